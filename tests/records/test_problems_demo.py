"""The practice problems: one at each stage; the planted effect is found, the placebo is not."""

from __future__ import annotations

from typing import Any

import pytest

from forestall.records.audit import selectors as audit
from forestall.records.demo import problems
from forestall.records.problems.models import Assessment, Problem

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_one_at_each_stage_and_two_results(demo: dict[str, Any]) -> None:
    assert problems.build() == 6
    assert problems.build() == 0
    states = {p.title: p.state for p in Problem.objects.all()}
    assert states == {
        "Calls from one address": "scanning",
        "Fights on the promenade": "analysis",
        "Burglary in the terraces": "response",
        "Robbery in the underpass": "response",
        "Cars broken into at the station": "monitoring",
        "A week of posters": "assessment",
    }
    found = {a.plan.problem.title: a for a in Assessment.objects.select_related("plan__problem")}
    works = found["Cars broken into at the station"]
    assert works.verdict == "fewer"
    low, high = works.finding["answer"]["effect"]["ratio"]["interval"]
    assert low < 0.70 < high
    assert found["A week of posters"].verdict in ("no_evidence_of_change", "too_few")
    assert audit.verify() == []
