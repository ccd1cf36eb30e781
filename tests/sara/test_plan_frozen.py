"""Plans: checked, canonical, hashed."""

from __future__ import annotations

import json

import pytest

from forestall.errors import ForestallError
from forestall.sara.plans import Plan, amended, default_periods
from forestall.sara.scope import Area


def plan(**changes) -> Plan:
    base = {
        "force": "mb-northmarsh",
        "crime_types": ("Burglary",),
        "treated": Area(areas=("X01010011",)),
        "comparison": Area(areas=("X01010012", "X01010013")),
        "before": ("2024-01", "2024-12"),
        "after": ("2025-01", "2025-12"),
        "response_start": "2025-01",
    }
    return Plan(**(base | changes))


def test_round_trip_keeps_the_hash() -> None:
    first = plan(buffer=Area(areas=("X01010014",)), caveats=("Shop closed in May.",))
    again = Plan.from_dict(json.loads(json.dumps(first.to_dict())))
    assert again == first
    assert again.hash == first.hash
    assert len(first.hash) == 64


def test_order_does_not_change_the_hash_and_content_does() -> None:
    one = plan(crime_types=("Burglary", "Robbery"), comparison=Area(areas=("b", "a")))
    two = plan(crime_types=("Robbery", "Burglary"), comparison=Area(areas=("a", "b")))
    assert one.hash == two.hash
    assert amended(one, after=("2025-01", "2025-11")).hash != one.hash
    assert amended(one, chosen_because_high=False).hash != one.hash


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crime_types": ()}, "no crime type"),
        ({"treated": Area()}, "no treated area"),
        ({"after": ("2024-12", "2025-12")}, "before the response starts"),
        ({"before": ("2024-01", "2025-01")}, "had started"),
        ({"before": ("2024-12", "2024-01")}, "before it begins"),
        ({"before": ("2024-11", "2024-12")}, "2 month"),
        ({"before": ("2024", "2025")}, "not a month"),
        ({"comparison": None}, "no comparison area is given"),
        ({"design": "magic"}, "no design 'magic'"),
        ({"level": 95}, "level is 95"),
        ({"buffer_comparison": Area(areas=("x",))}, "no buffer"),
    ],
)
def test_errors_name_what_is_wrong(changes: dict, words: str) -> None:
    with pytest.raises(ForestallError, match=words):
        plan(**changes)


def test_what_is_missing_in_a_file_is_named() -> None:
    with pytest.raises(ForestallError, match="no crime_types, no treated"):
        Plan.from_dict({"force": "x", "before": ["a", "b"], "after": ["a", "b"], "response_start": "c"})
    with pytest.raises(ForestallError, match="later version"):
        Plan.from_dict(plan().to_dict() | {"version": 99})


def test_advice() -> None:
    good = plan(buffer=Area(areas=("z",)), buffer_comparison=Area(areas=("y",)), smallest_fall=0.3)
    assert good.advice() == []
    poor = plan(
        design="before_after", comparison=None, before=("2024-07", "2024-12"), after=("2025-01", "2025-03")
    ).advice()
    for words in ("different months of the year", "6 months before", "3 months after", "not why", "buffer"):
        assert any(words in line for line in poor), words
    assert any("60% or more" in line for line in plan(smallest_fall=0.6).advice())


def test_default_periods_cover_whole_years() -> None:
    held = [f"{y}-{m:02d}" for y in (2023, 2024, 2025) for m in range(1, 13)]
    assert default_periods("2025-01", held) == (("2023-01", "2024-12"), ("2025-01", "2025-12"))
    assert default_periods("2024-06", held) == (("2023-06", "2024-05"), ("2024-06", "2025-05"))
    assert default_periods("2023-08", held, 6) == (("2023-01", "2023-07"), ("2023-08", "2024-01"))
    with pytest.raises(ForestallError, match="hold 1 month"):
        default_periods("2023-02", held)
