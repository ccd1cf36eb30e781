"""Chains and alert areas: who follows whom, same-day pairs, half-open limits."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.chains import alert_areas, near_repeat_chains


def test_a_series_by_hand() -> None:
    """On days 1, 1, 5 in a row of houses, then one far off and one too late."""
    answer = near_repeat_chains([0, 10, 20, 500, 10], [0] * 5, [1, 1, 5, 5, 40], 50, 7)
    assert answer.role.tolist() == ["originator", "near repeat", "near repeat", "isolated", "isolated"]
    assert [chain.rows.tolist() for chain in answer.chains] == [[0, 1, 2]]
    assert answer.chains[0].originator == 0
    assert (answer.originators, answer.near_repeats, answer.isolated) == (1, 2, 2)


def test_same_day_pair_has_one_originator() -> None:
    """A peer makes both a repeat and none the originator, and doubles the links."""
    answer = near_repeat_chains([0, 1], [0, 0], [3, 3], 10, 1)
    assert answer.role.tolist() == ["originator", "near repeat"]
    assert near_repeat_chains([1, 0], [0, 0], [3, 3], 10, 1).role.tolist() == ["originator", "near repeat"]


def test_limits_are_half_open() -> None:
    assert near_repeat_chains([0, 50], [0, 0], [1, 2], 50, 7).isolated == 2
    assert near_repeat_chains([0, 49], [0, 0], [1, 8], 50, 7).isolated == 2
    assert near_repeat_chains([0, 49], [0, 0], [1, 7], 50, 7).isolated == 0


def test_each_row_counts_once() -> None:
    rng = np.random.default_rng(0)
    where, days = rng.uniform(0, 500, (2, 400)), rng.integers(0, 100, 400)
    answer = near_repeat_chains(*where, days, 60, 14)
    assert answer.originators + answer.near_repeats + answer.isolated == 400
    in_chains = np.concatenate([chain.rows for chain in answer.chains])
    assert np.unique(in_chains).size == in_chains.size == 400 - answer.isolated
    assert all(answer.role[chain.originator] == "originator" for chain in answer.chains)
    assert all((np.diff(days[chain.rows]) >= 0).all() for chain in answer.chains)


def test_none_and_one() -> None:
    assert near_repeat_chains([], [], [], 50, 7).chains == []
    assert near_repeat_chains([1], [1], [1], 50, 7).isolated == 1
    with pytest.raises(ForestallError):
        near_repeat_chains([1], [1], [1], 50, 0)
    with pytest.raises(ForestallError):
        near_repeat_chains([1], [1], [1], 0, 7)


def test_alerts_as_of_a_day() -> None:
    """Day 10, 7 days: an event of day 3 has lapsed, of day 4 has one day left; tomorrow's is not known."""
    x = [0, 0, 30, 1000, 2000]
    answer = alert_areas(x, [0] * 5, [3, 4, 9, 10, 11], 10, 100, 7)
    assert [area.events for area in answer.areas] == [2, 1]
    assert answer.areas[0].rows.tolist() == [1, 2]
    assert answer.areas[0].x == 15
    assert answer.areas[0].radius == 115
    assert answer.areas[0].days_left == 6
    assert answer.areas[1].days_left == 7
    assert alert_areas(x, [0] * 5, [3, 4, 9, 10, 11], 100, 100, 7).areas == []
