"""Areas of a plan in a sentence: up to three by name, more by count."""

from __future__ import annotations

from typing import Any

import pytest

from forestall.records.problems.selectors import areas
from forestall.web.ground import looked_at
from forestall.web.problems.planmap import in_few_words

KNOWN = {
    **{f"S{i}": {"name": f"Small {i}", "kind": "small_area", "parent": f"B{i % 2}"} for i in range(6)},
    "B0": {"name": "North beat", "kind": "beat", "parent": "D1"},
    "B1": {"name": "South beat", "kind": "beat", "parent": "D2"},
    "D1": {"name": "Fernmere", "kind": "district", "parent": "f:x"},
    "D2": {"name": "Quillhaven", "kind": "district", "parent": "f:x"},
}


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    def described(codes: Any) -> dict[str, Any]:
        return {c: KNOWN[c] for c in codes if c in KNOWN}

    monkeypatch.setattr(areas, "described", described)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        (None, ""),
        ({"areas": ["S0", "S2"]}, "Small 0, Small 2"),
        ({"areas": ["S0", "gone"]}, "Small 0, gone"),
        ({"areas": [f"S{i}" for i in range(6)]}, "6 small areas of Fernmere and Quillhaven"),
        ({"areas": ["S0", "S2", "S4", "B0"]}, "4 areas of Fernmere"),
        ({"geometry": {"type": "Polygon"}, "name": "Within 400 m"}, "Within 400 m"),
    ],
)
def test_few_are_named_and_many_are_counted(area: Any, words: str) -> None:
    assert in_few_words(area) == words


def test_a_single_street_does_not_fill_the_map() -> None:
    west, south, east, north = looked_at((-1.0, 52.0, -1.0, 52.0))
    assert (north - south) * 111.32 == pytest.approx(3 * 0.68, rel=0.02)
    assert west < -1.0 < east


def test_what_is_looked_at_holds_the_shapes() -> None:
    west, south, east, north = looked_at((-1.2, 52.0, -1.0, 52.5))
    assert west < -1.2
    assert east > -1.0
    assert south < 52.0
    assert north > 52.5
