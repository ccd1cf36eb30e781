"""The plan's pages and the assessment: one question a page, the plan freezes, the answer is the same again."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from forestall.records.demo.problems import Team, _analyse, _open, _respond, _scan
from forestall.records.knowledge.actions import load_shipped
from forestall.records.organisations import selectors as organisations
from forestall.records.problems.models import Assessment, EvaluationPlan

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


BAD = (
    "",
    "nonsense",
    '{"type": "Point", "coordinates": [0, 52]}',
    "[" * 5000,
    '{"type": "Polygon"}',
    '{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}',
    '{"type": "Polygon", "coordinates": "x"}',
)


class Plan:
    """The plan's pages, filled in by an analyst."""

    def __init__(self, demo: dict[str, Any]) -> None:
        load_shipped(by="system")
        force = organisations.home_organisation(demo["analyst"])
        team = Team(demo["analyst"], demo["commander"], force, None)
        where = (0.0, 0.0, None)
        place = organisations.of_place("f:mb-brinefold")
        assert place is not None
        from forestall.records.problems.selectors import scans

        row = next(
            c for c in scans.scan("mb-brinefold", "harm")["candidates"] if c["crime_type"] == "Vehicle crime"
        )
        where = (row["place"]["lon"], row["place"]["lat"], row["place"]["geometry"])
        self.problem = _open(team, where, "Vehicle crime", "mb-brinefold", "Cars")
        _scan(team, self.problem)
        _analyse(team, self.problem)
        _respond(team, self.problem)
        self.at = f"/problems/{self.problem.reference}/"
        self.client = Client()
        self.client.force_login(demo["analyst"])

    def send(self, page: str, **values: Any) -> Any:
        got = self.client.get(self.at + page).content.decode()
        data = {"token": hidden(got, "token"), "expected_version": hidden(got, "expected_version"), **values}
        return self.client.post(self.at + page, data)

    def settle(self, start: str) -> None:
        assert self.send("plan/outcome/", crime_types=["Vehicle crime"]).status_code == 302
        assert self.send("plan/area/", how="problem").status_code == 302
        assert self.send("plan/periods/", response_start=start, after_months="12").status_code == 302
        assert self.send("plan/comparison/", option="0", buffer_metres="400").status_code == 302


@pytest.fixture
def plan(demo: dict[str, Any]) -> Plan:
    return Plan(demo)


def test_plan_area_and_start(plan: Plan) -> None:
    drawn = json.dumps(plan.problem.place["geometry"])
    assert plan.send("plan/area/", how="draw", drawn=drawn).status_code == 302  # pasted, no script needed
    kept = EvaluationPlan.objects.get().draft["treated"]
    assert kept["geometry"] == plan.problem.place["geometry"]
    for bad in BAD:
        answer = plan.send("plan/area/", how="draw", drawn=bad)
        assert answer.status_code == 422, bad[:40]
    assert plan.send("plan/area/", how="pick").status_code == 422
    page = plan.client.get(plan.at + "plan/area/").content.decode()
    code = re.search(r'type="checkbox" value="(n:[^"]+)"', page).group(1)
    assert plan.send("plan/area/", how="pick", picked=[code]).status_code == 302
    assert EvaluationPlan.objects.get().draft["treated"]["areas"] == [code]

    assert plan.send("plan/periods/", response_start="2025-13", after_months="12").status_code == 422
    assert plan.send("plan/periods/", response_start="1999-01", after_months="12").status_code == 422
    assert plan.client.get(plan.at + "plan/start/").status_code == 302  # not complete: back to the plan

    plan.settle("2026-01")
    page = plan.client.get(plan.at + "plan/").content.decode()
    assert "would be seen four times out of five" in page
    assert plan.send("plan/start/").status_code == 302
    frozen = EvaluationPlan.objects.get()
    assert frozen.frozen
    assert plan.send("plan/outcome/", crime_types=["Burglary"]).status_code == 400
    page = plan.client.get(plan.at + "plan/").content.decode()
    assert frozen.sha256 in page
    assert "Change<" not in page

    # The response starts after the last month of the records: nothing can be said yet, and it says so.
    assert plan.client.post(plan.at + "assessment/compute/").status_code == 302
    page = plan.client.get(plan.at + "assessment/").content.decode()
    assert "Too early to tell" in page
    assert "Harm avoided" not in page


def test_the_answer_is_kept_once_and_the_same_again(plan: Plan) -> None:
    plan.settle("2025-01")
    assert plan.send("plan/start/").status_code == 302
    for _ in range(2):
        plan.client.post(plan.at + "assessment/compute/")
    kept = Assessment.objects.get()
    page = plan.client.get(plan.at + "assessment/").content.decode()
    assert kept.sha256 in page
    assert "Weighted displacement difference" in page
    assert "z " in page
    assert "Rate ratio" in page
    assert "Maryland level" in page
    csv = plan.client.get(plan.at + "assessment/?csv=series").content.decode("utf-8-sig")
    assert "Expected without a change" in csv
    for part, key in (
        ("plan/", "plan"),
        ("assessment/", "plan"),
        ("scanning/", "place"),
        ("analysis/", "where"),
    ):
        numbers = plan.client.get(f"{plan.at}{part}?csv={key}")
        assert numbers["Content-Type"].startswith("text/csv"), part
    before, after = kept.finding["answer"]["counts"]["treated"]
    assert f">{before:,}<" in page
    assert f">{after:,}<" in page
