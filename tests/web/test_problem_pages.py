"""Pages of one problem: who may, two people at once, forms sent twice, what is wrong said at its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from forestall.records.problems.actions import opening, working
from forestall.records.problems.models import Problem

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def problem(person: Any, organisations: dict[str, Any]) -> Problem:
    return opening.open_problem(
        by=person,
        lead_organisation=organisations["force"],
        title="Burglary in Mill Road",
        force="aldshire",
        place={"name": "Mill Road", "lon": -1.0, "lat": 52.6},
        crime_types=["Burglary"],
    )


@pytest.fixture
def at(problem: Problem) -> str:
    return f"/problems/{problem.reference}/"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


READS = [
    "",
    "scanning/",
    "analysis/",
    "response/",
    "response/interventions/",
    "plan/",
    "assessment/",
    "briefing/",
]
WRITES = ["people/", "note/", "partner/", "scanning/about/", "scanning/cheers/", "scanning/aim/",
          "scanning/similar/", "analysis/triangle/victim/", "analysis/hypothesis/", "analysis/statement/",
          "response/choose/", "response/cost/", "task/", "assessment/result/"]  # fmt: skip


@pytest.mark.parametrize("part", READS + WRITES)
def test_strangers_get_the_same_as_for_nothing(
    at: str, part: str, add_person: Callable[..., Any], client_for: Any
) -> None:
    stranger = client_for(add_person("analyst", "other-force"))
    assert stranger.get(at + part).status_code == 404
    assert stranger.post(at + part).status_code in (404, 405)


@pytest.mark.parametrize("part", WRITES)
def test_readers_read_and_change_nothing(
    at: str, part: str, add_person: Callable[..., Any], client_for: Any, problem: Problem
) -> None:
    reader = client_for(add_person("reader", "force"))
    assert reader.post(at + part, {"aim": "x", "words": "x"}).status_code == 403
    assert Problem.objects.get().version == problem.version


@pytest.mark.parametrize("part", READS + WRITES)
def test_every_page_opens_with_no_records_at_all(
    at: str, part: str, signed_in: Client, data_folder: Any
) -> None:
    answer = signed_in.get(at + part)
    assert answer.status_code == 200, answer.content.decode()[:500]
    page = answer.content.decode()
    assert " style=" not in page
    assert page.count("<h1") == 1


def test_two_people_saving(at: str, signed_in: Client, problem: Problem) -> None:
    page = signed_in.get(at + "scanning/aim/").content.decode()
    version = hidden(page, "expected_version")
    signed_in.post(at + "scanning/aim/", {"aim": "The first", "expected_version": version, "token": "a"})
    late = signed_in.post(
        at + "scanning/aim/", {"aim": "My long words", "expected_version": version, "token": "b"}
    )
    assert late.status_code == 409
    assert "My long words" in late.content.decode()
    assert Problem.objects.get().aim == "The first"


def test_a_note_sent_twice_is_one_note(at: str, signed_in: Client, problem: Problem) -> None:
    token = hidden(signed_in.get(at + "note/").content.decode(), "token")
    for _ in range(2):
        answer = signed_in.post(at + "note/", {"words": "Seen again", "token": token})
        assert answer.status_code == 302
    assert problem.notes.count() == 1


def test_what_is_wrong_is_said_at_the_top_and_at_its_field(at: str, signed_in: Client) -> None:
    answer = signed_in.post(at + "task/", {"title": "   ", "due_on": "31/02/2030", "token": "x"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert 'href="#id_due_on"' in page
    assert "must be a real date" in page
    assert "<title>Error: " in re.sub(r"\s+", " ", page).replace("<title> ", "<title>")


@pytest.mark.parametrize(
    ("part", "data"),
    [
        ("response/cost/", {"what": "x", "quantity": "NaN", "unit_cost": "1e400", "payer": "999"}),
        ("response/cost/", {"what": "x", "quantity": "-1", "unit_cost": "Infinity"}),
        ("people/", {"owner": "999999", "supervisor": "1 OR 1=1"}),
        ("scanning/aim/", {"aim": "x" * 50_000, "expected_version": "1"}),
        ("scanning/about/", {"title": "\x00", "tier": "nonsense", "marking": "TOP SECRET"}),
        ("task/", {"title": "x", "organisation": "0", "due_on": "10000-01-01"}),
        ("assessment/result/", {"result": "won", "learning": "x", "displacement_answer": "x"}),
    ],
)
def test_bad_forms_are_refused(at: str, signed_in: Client, part: str, data: dict[str, str]) -> None:
    assert signed_in.post(at + part, data).status_code in (400, 422)


@pytest.mark.parametrize("version", ["", "-1", "999", "1.0", "१", "9" * 40])
def test_odd_versions_never_match(at: str, signed_in: Client, version: str) -> None:
    answer = signed_in.post(at + "scanning/aim/", {"aim": "x", "expected_version": version})
    assert answer.status_code == 409
    assert Problem.objects.get().aim == ""


@pytest.mark.parametrize(
    "address",
    ["/problems/NONE-2026-0001/", "/problems/my-tasks/99999999/", "/problems/1/move/?to=closed",
     "/scan/000000000000/", "/what-works/nothing/edit/"],
)  # fmt: skip
def test_what_is_not_there_is_404(signed_in: Client, address: str) -> None:
    assert signed_in.get(address).status_code == 404


def test_moves_that_are_none(at: str, signed_in: Client) -> None:
    assert signed_in.get(at + "move/?to=closed").status_code == 404
    assert signed_in.get(at + "move/?to=").status_code == 404


def test_a_partner_finds_the_problem_and_its_task(
    at: str,
    problem: Problem,
    person: Any,
    organisations: dict[str, Any],
    add_person: Callable[..., Any],
    client_for: Any,
) -> None:
    partner = client_for(add_person("partner", "council"))
    assert partner.get(at).status_code == 404
    working.add_participant(by=person, problem=problem, organisation=organisations["council"])
    assert partner.get(at).status_code == 200
    assert problem.title in partner.get("/problems/").content.decode()
    assert "Sign" not in re.findall(r"govuk-button[^>]*>([^<]*)", partner.get(at).content.decode())


def test_the_briefing_as_word_holds_what_the_page_says(at: str, signed_in: Client, problem: Problem) -> None:
    import io

    from docx import Document

    answer = signed_in.get(at + "briefing/word/")
    text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
    assert problem.reference in text
    assert "Who does what by when" in text
    assert problem.title in text


def test_without_the_text_library_the_page_says_what_to_install(
    at: str, signed_in: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forestall.web.problems import paper

    def lacks(page: str) -> bytes:
        raise paper.CannotDraw("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(paper, "pdf", lacks)
    answer = signed_in.get(at + "briefing/pdf/")
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "apt install libpango-1.0-0" in page
    assert "print the briefing" in page
