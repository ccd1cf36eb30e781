"""The lenses that need keys and times, and what none of them may ever say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.sara.scan_ground import BURGLARY, Ground

from forestall.sara.scanning.lenses.every import LENSES
from forestall.sara.scanning.lenses.hours import _said, crowded_hours
from forestall.sara.scanning.lenses.near_repeats import near_repeats
from forestall.sara.scanning.lenses.points import risky_points
from forestall.sara.scanning.lenses.repeats import repeats


def with_repeats(kind: str, people: int, each: int = 8):
    """Even ground where keys come back by chance, and in one area a few that come back far more."""
    ground = Ground(11, n_months=12)
    plain = ground.n
    for _ in range(people):
        ground.add(
            BURGLARY,
            ground.rng.integers(0, 12, each),
            ground.rng.uniform(2000, 3000, each),
            ground.rng.uniform(2000, 3000, each),
        )
    key = np.concatenate(
        [ground.rng.integers(0, plain // 2, plain), plain + np.repeat(np.arange(people), each)]
    )
    return ground.field(keys={kind: key})


@pytest.mark.parametrize("kind", ["victim", "caller"])
def test_repeats_are_found_by_area_and_count(kind: str) -> None:
    found = repeats(with_repeats(kind, 5), kind)
    assert [s.place for s in found] == ["n:14"]
    spot = found[0]
    assert spot.evidence["people"] >= 5
    assert spot.events >= 5 * 7  # the first of each is no repeat
    assert spot.events < len(spot.members)
    assert spot.expected < spot.events / 3


def test_a_single_repeat_victim_is_not_listed() -> None:
    # The area would point at a person: the pattern needs three.
    field = with_repeats("victim", 1, each=40)
    key = field.keys["victim"].copy()
    key[:-40] = np.arange(len(key) - 40)
    assert repeats(replace(field, keys={"victim": key}), "victim") == []
    two = with_repeats("victim", 2, each=40)
    key = two.keys["victim"].copy()
    key[:-80] = np.arange(len(key) - 80)
    assert repeats(replace(two, keys={"victim": key}), "victim") == []


def test_keys_all_different_give_nothing() -> None:
    ground = Ground(12, n_months=12)
    assert repeats(ground.field(keys={"victim": np.arange(ground.n)}), "victim") == []


def test_no_lens_looks_at_offenders() -> None:
    from forestall.sara.scanning.reading import KEYS

    assert "offender" not in KEYS
    assert not any("offender" in lens.name for lens in LENSES)


def test_repeat_location_by_premises_key() -> None:
    ground = Ground(13, n_months=12)
    plain = ground.n
    ground.add(
        BURGLARY, ground.rng.integers(0, 12, 40), ground.rng.uniform(900, 960, 40), np.full(40, 1010.0)
    )
    key = np.concatenate([np.arange(plain) % 600, np.full(40, 600)])
    found = risky_points(ground.field(keys={"premises": key}), "premises")
    assert [(s.lens, s.events) for s in found] == [("repeat_location", 40)]


def timed(ground: Ground, days: np.ndarray):
    """A field with these day numbers (days after 2021-01-01) as starts."""
    first = np.datetime64("2021-01-01T12:00:00", "s")
    start = first + (days * 86_400).astype("timedelta64[s]")
    hour = ((days.astype(int) + 4) % 7) * 24 + 12  # 2021-01-01 was a Friday
    return ground.field(start=start, hour_of_week=hour)


def series(at_end: bool) -> tuple[Ground, np.ndarray]:
    """Two years of even burglary, twelve short series in it, and perhaps one at the very end."""
    ground = Ground(14, n_months=24, per_cell_month=0)
    rng = ground.rng
    days, xs, ys = (
        list(rng.uniform(0, 730, 900)),
        list(rng.uniform(0, 6000, 900)),
        list(rng.uniform(0, 6000, 900)),
    )
    begins = [*range(360, 660, 20), *([722] if at_end else [])]
    for begin in begins:
        x, y = rng.uniform(200, 5800, 2)
        days += list(begin + np.arange(7))
        xs += list(x + rng.uniform(-60, 60, 7))
        ys += list(y + rng.uniform(-60, 60, 7))
    month = np.minimum(np.array(days) // 30.5, 23).astype(int)
    return ground.add(BURGLARY, month, np.array(xs), np.array(ys)), np.array(days)


def test_active_series_is_found_and_an_old_one_is_not() -> None:
    ground, days = series(at_end=True)
    found = near_repeats(timed(ground, days))
    assert len(found) == 1
    assert found[0].events >= 7
    assert "series" in found[0].why
    ground, days = series(at_end=False)
    assert near_repeats(timed(ground, days)) == []


def test_no_series_without_more_close_pairs_than_chance() -> None:
    ground = Ground(15, n_months=24, per_cell_month=0)
    days = ground.rng.uniform(0, 730, 1500)
    ground.add(
        BURGLARY,
        np.minimum(days // 30.5, 23).astype(int),
        ground.rng.uniform(0, 6000, 1500),
        ground.rng.uniform(0, 6000, 1500),
    )
    assert near_repeats(timed(ground, days)) == []


def test_hours_that_stand_out() -> None:
    ground = Ground(16, n_months=12)
    plain = ground.n
    ground.add(
        BURGLARY,
        ground.rng.integers(0, 12, 40),
        ground.rng.uniform(2000, 3000, 40),
        ground.rng.uniform(2000, 3000, 40),
    )
    hour = np.concatenate([ground.rng.integers(0, 168, plain), np.full(40, 4 * 24 + 22)])
    found = crowded_hours(ground.field(hour_of_week=hour))
    assert [s.place for s in found] == ["n:14"]
    assert "Fri 20:00-24:00" in found[0].why
    even = Ground(16, n_months=12)
    assert crowded_hours(even.field(hour_of_week=even.rng.integers(0, 168, even.n))) == []


def test_blocks_are_said_as_people_say_them() -> None:
    assert _said(np.array([29, 30])) == "Fri 20:00-Sat 04:00"
    assert _said(np.array([0, 3])) == "Mon 00:00-04:00, Mon 12:00-16:00"
    assert _said(np.array([41])) == "Sun 20:00-24:00"


def test_each_lens_says_what_it_lacks() -> None:
    field = Ground(1, n_months=12).field()
    lacking = {lens.name for lens in LENSES if lens.lacks(field)}
    assert lacking == {
        "emerging_place",
        "repeat_location",
        "repeat_victims",
        "repeat_callers",
        "near_repeat",
        "hours_of_week",
    }
    assert all(all(lens.lacks(field) or ("x", "y")) for lens in LENSES)
