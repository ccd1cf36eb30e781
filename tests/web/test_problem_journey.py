"""From a candidate to a result, through the pages alone, on the make-believe nation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from forestall.records.knowledge.actions import load_shipped

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


class Walk:
    """A person who fills in pages."""

    def __init__(self, person: Any) -> None:
        self.client = Client()
        self.client.force_login(person)

    def get(self, address: str, status: int = 200) -> str:
        answer = self.client.get(address)
        assert answer.status_code == status, (address, answer.status_code, answer.content.decode()[:3000])
        return answer.content.decode()

    def fill(self, address: str, **values: Any) -> str:
        page = self.get(address)
        data = {
            "token": hidden(page, "token"),
            "expected_version": hidden(page, "expected_version"),
            **values,
        }
        answer = self.client.post(address, data)
        if answer.status_code != 302:
            said = re.findall(r"error-summary.*?</ul>", answer.content.decode(), re.DOTALL)
            raise AssertionError((address, answer.status_code, said or answer.content.decode()[:3000]))
        return answer["Location"]

    def press(self, address: str, **values: Any) -> str:
        answer = self.client.post(address, values)
        assert answer.status_code == 302, (address, answer.status_code, answer.content.decode()[:3000])
        return answer["Location"]


def test_from_candidate_to_result(demo: dict[str, Any]) -> None:
    load_shipped(by="system")
    analyst, sergeant = Walk(demo["analyst"]), Walk(demo["commander"])
    page = analyst.get("/scan/")
    at = re.search(r'href="(/scan/[0-9a-f]{12}/\?force=[^"]+)"', page).group(1)
    page = analyst.get(at)
    assert "Open a problem" in page
    force = at.partition("force=")[2]
    at = analyst.press(at.partition("?")[0] + "open/", token=hidden(page, "token"), force=force)
    page = analyst.get(at)
    assert "Missing at the gate of scanning" in page
    assert "Name a supervisor" in page

    people = analyst.get(at + "people/")
    options = re.findall(r'<option value="(\d+)"[^>]*>\s*([^<]+?)\s*</option>', people)
    owner = next(k for k, name in options if name == demo["analyst"].name)
    signer = next(k for k, name in options if name == demo["commander"].name)
    analyst.fill(at + "people/", owner=owner, supervisor=signer)
    cheers = {
        f"{e}_passed": "yes"
        for e in ("community", "harm", "expectation", "events", "recurring", "similarity")
    }
    words = {k.replace("passed", "text"): "Seen at the panel" for k in cheers}
    analyst.fill(at + "scanning/cheers/", **cheers, **words)
    analyst.fill(at + "scanning/aim/", aim="A fifth fewer in a year")
    analyst.fill(at + "scanning/similar/")
    page = analyst.get(at)
    assert "Nothing is missing." in page
    analyst.press(at + "ask/", expected_version=hidden(page, "expected_version"))
    assert "Waiting for your signature" in sergeant.get("/problems/my-tasks/")
    sergeant.fill(at + "move/?to=analysis")

    page = analyst.get(at + "analysis/")
    assert "From the records" in page
    assert "Against the rest of the force" in page
    for side in ("victim", "offender", "location"):
        analyst.fill(at + f"analysis/triangle/{side}/", note="What is known", controllers="The landlord")
    analyst.fill(
        at + "analysis/hypothesis/",
        statement="Rear alleys are open",
        speaks_for="Entry at the rear",
        speaks_against="",
        status="supported",
    )
    analyst.fill(at + "analysis/statement/", statement="There is an issue.")
    assert "It does not say where" in analyst.get(at + "analysis/")
    sergeant.fill(at + "move/?to=response")

    page = analyst.get(at + "response/interventions/")
    assert "Hot spots policing" in page
    assert "Local setting, not verified" in page
    page = analyst.get(at + "response/choose/?intervention=hot-spots-policing")
    cause = re.search(r'<option value="(\d+)"[^>]*>\s*Rear alleys', page).group(1)
    agency = re.search(r'name="agency".*?<option value="(\d+)"', page, re.DOTALL).group(1)
    analyst.fill(
        at + "response/choose/?intervention=hot-spots-policing",
        title="Patrols at the hot hours",
        hypothesis=cause,
        side="location",
        technique="10",
        mechanism="Seen officers raise the risk",
        evidence_note="Strong",
        owner=owner,
        agency=agency,
    )
    analyst.fill(at + "response/cost/", what="Patrol hours", payer=agency, quantity="100", unit_cost="35")
    assert "£3,500.00" in analyst.get(at + "response/")
    analyst.fill(at + "task/", title="Brief the team", organisation=agency, owner=owner, due_on="2030-01-31")

    page = analyst.get(at + "plan/outcome/")
    kind = re.search(r'value="([^"]+)"\s+checked', page).group(1)
    assert analyst.fill(at + "plan/outcome/", crime_types=kind) == at + "plan/area/"
    assert analyst.fill(at + "plan/area/", how="problem") == at + "plan/periods/"
    assert (
        analyst.fill(at + "plan/periods/", response_start="2025-01", after_months="12")
        == at + "plan/comparison/"
    )
    analyst.fill(at + "plan/comparison/", option="0", buffer_metres="500")
    page = analyst.get(at + "plan/")
    assert "Start the response" in page
    analyst.fill(at + "plan/start/")
    page = analyst.get(at + "plan/")
    assert "Frozen" in page
    analyst.fill(at + "plan/amend/", words="One patrol fewer", reason="Sickness")
    analyst.get(at + "plan/outcome/", status=400)

    analyst.press(at + "assessment/compute/")
    first = analyst.get(at + "assessment/")
    analyst.press(at + "assessment/compute/")
    again = analyst.get(at + "assessment/")
    assert "the same bytes" in again
    hashes = [
        re.search(r'Hash of the answer <span class="app-hash">(\w+)', p).group(1) for p in (first, again)
    ]
    assert hashes[0] == hashes[1]

    page = analyst.get(at)
    task = re.search(r'href="(/problems/my-tasks/\d+/)"', page).group(1)
    analyst.fill(task, status="done", evidence="Briefed on Monday")
    analyst.fill(at + "move/?to=assessment")
    analyst.fill(
        at + "assessment/result/", result="reduced", displacement_answer="None", learning="Ask first"
    )
    analyst.fill(at + "move/?to=closure_requested")
    analyst.get(at + "move/?to=closed")
    answer = analyst.client.post(at + "move/?to=closed", {"expected_version": "99"})
    assert answer.status_code == 403
    sergeant.fill(at + "move/?to=closed", sustain_check_on="2031-01-01")
    page = analyst.get(at)
    assert "agreed by" in page
    assert "Check on" in page
    assert "Who does what by when" in analyst.get(at + "briefing/")
    word = analyst.client.get(at + "briefing/word/")
    assert word.content[:2] == b"PK"
    pdf = analyst.client.get(at + "briefing/pdf/")
    assert pdf.content[:5] == b"%PDF-" or (pdf.status_code == 503 and b"apt install" in pdf.content)
