"""Interventions: shipped, ranked, corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from forestall.errors import ForestallError
from forestall.records.knowledge import actions, selectors
from forestall.records.knowledge.models import Intervention, Technique
from forestall.records.knowledge.rules import Confidence, Effect, check_quality, order, quality_words

pytestmark = pytest.mark.django_db


def test_loading_again_changes_nothing() -> None:
    assert actions.load_shipped(by="system") == Intervention.objects.count() > 40
    assert actions.load_shipped(by="system") == 0
    assert Technique.objects.count() == 25


def test_every_entry_is_sound() -> None:
    actions.load_shipped(by="system")
    for row in Intervention.objects.all():
        assert row.effect in list(Effect)
        assert row.confidence in list(Confidence)
        assert check_quality(row.quality) == []
        assert set(row.techniques) <= set(range(1, 26))
        if row.confidence != Confidence.CONFIRMED:
            assert not any(v is not None for v in row.quality.values()), row.key
        if row.confidence != Confidence.GENERAL:
            assert row.source, row.key


def test_an_edited_entry_is_left_alone(person: Any) -> None:
    actions.load_shipped(by="system")
    row = Intervention.objects.get(key="street-lighting")
    actions.edit_intervention(
        by=person, intervention=row, values={"note": "Checked here"}, expected_version=1
    )
    actions.load_shipped(by="system")
    assert Intervention.objects.get(key="street-lighting").note == "Checked here"


def test_editing_needs_a_role_and_a_real_effect(person: Any, add_person: Callable[..., Any]) -> None:
    actions.load_shipped(by="system")
    row = Intervention.objects.get(key="cctv")
    with pytest.raises(PermissionDenied):
        actions.edit_intervention(
            by=add_person("officer"), intervention=row, values={"note": "x"}, expected_version=1
        )
    with pytest.raises(ForestallError, match="effect scale"):
        actions.edit_intervention(by=person, intervention=row, values={"effect": "great"}, expected_version=1)


def test_what_fits_and_works_comes_first_and_harm_last() -> None:
    actions.load_shipped(by="system")
    names = [e.name for e in selectors.for_problem(["Burglary"], search="e")]
    assert names.index("Hot spots policing") < names.index(
        "Prison visits to deter young people (Scared Straight)"
    )
    fitting = selectors.for_problem(["Burglary"])
    assert all(e.fit for e in fitting)
    assert "Alley gating" in [e.name for e in fitting]
    assert "Retail tagging" not in [e.name for e in fitting]


def test_unknown_quality_is_not_nought() -> None:
    assert quality_words(None) == "not rated here"
    assert quality_words(0) == "no information"
    rated = order(fit=True, effect="reduce", confidence="confirmed", quality=4, cost="low")
    assert rated < order(fit=True, effect="reduce", confidence="general", quality=None, cost="low")
