"""Weekday, month and special-day profiles."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.calendars import month_profile, special_days, weekday_profile

FIRST, LAST = "2022-01-01", "2023-12-31"
CALENDAR = np.arange(np.datetime64(FIRST), np.datetime64("2024-01-01"))


def test_rates_are_per_day_at_risk() -> None:
    """Eight days, Monday to Monday, one event a day: two Mondays are no excess of Mondays."""
    answer = weekday_profile(
        np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-09")), "2024-01-01", "2024-01-08"
    )
    assert answer.days.tolist() == [2, 1, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(answer.ratio, 1)
    assert answer.p > 0.9


def test_a_weekday_that_is_high_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(1)
    friday = (CALENDAR.astype(int) + 3) % 7 == 4
    answer = weekday_profile(np.repeat(CALENDAR, rng.poisson(np.where(friday, 3.0, 2.0))), FIRST, LAST)
    assert answer.names[int(np.argmax(answer.ratio))] == "Friday"
    assert answer.p < 0.001


def test_level_holds_with_overdispersed_days() -> None:
    rng = np.random.default_rng(2)
    p, covered = [], []
    for _ in range(250):
        days = np.repeat(CALENDAR, rng.negative_binomial(2, 0.4, CALENDAR.size))
        p.append(weekday_profile(days, FIRST, LAST).p)
        special = rng.choice(CALENDAR, 24, replace=False)
        covered.append(bool(special_days(days, special, FIRST, LAST).interval.covers(1)))
    assert np.mean(np.array(p) < 0.05) <= 0.05 + 3 * 0.0138
    assert np.mean(covered) >= 0.95 - 3 * 0.0138


def test_months_are_per_day_too() -> None:
    answer = month_profile(CALENDAR, FIRST, LAST)
    np.testing.assert_allclose(answer.ratio, 1)


def test_special_days_by_hand() -> None:
    """One January of one event a day, but three on each of two Mondays of five: ratio 3."""
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-02-01"))
    special = np.array(["2024-01-08", "2024-01-15"], dtype="datetime64[D]")
    answer = special_days(np.concatenate([days, special, special]), special, "2024-01-01", "2024-01-31")
    assert answer.ratio == pytest.approx(3)
    assert (answer.events, answer.expected, answer.days) == (6, 2, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: weekday_profile(["2024-01-01"], "2024-02-01", "2024-01-01"),
        lambda: weekday_profile(["2025-01-01"], "2024-01-01", "2024-02-01"),
        lambda: weekday_profile(["NaT"], "2024-01-01", "2024-02-01"),
        lambda: weekday_profile([], "2024-01-01", "2024-02-01"),
        lambda: special_days(["2024-01-05"], ["2026-01-01"], "2024-01-01", "2024-01-31"),
    ],
)
def test_refusals(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError):
        call()
