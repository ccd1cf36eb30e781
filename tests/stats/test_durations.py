"""Time to an event: by hand, the leukaemia trial, properties, error rate."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats import durations

# Freireich and others 1963: weeks in remission, 21 patients a group; treated, then placebo.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_four_rows_by_hand() -> None:
    # at 1: 4 at risk, 1 event: 3/4; at 3: 2 at risk (one left at 2), 1 event: 3/4 * 1/2 = 3/8
    answer = durations.survival([1, 2, 3, 4], [1, 0, 1, 0])
    assert answer.times.tolist() == [1, 3]
    assert answer.share.tolist() == [0.75, 0.375]
    assert (answer.at(0.5), answer.at(1), answer.at(2.9), answer.at(99)) == (1, 0.75, 0.75, 0.375)
    assert answer.median == 3


def test_leukaemia_trial() -> None:
    answer = durations.survival(TREATED, RELAPSED)
    assert answer.share.tolist() == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    assert answer.median == 23
    assert durations.survival(PLACEBO, [1] * 21).median == 8


def test_leukaemia_log_rank() -> None:
    answer = durations.log_rank(TREATED + PLACEBO, RELAPSED + [1] * 21, ["t"] * 21 + ["p"] * 21)
    assert answer.statistic == pytest.approx(16.79, abs=0.005)
    assert dict(zip(answer.groups, answer.expected, strict=True)) == pytest.approx(
        {"p": 10.75, "t": 19.25}, abs=5e-3
    )


rows = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


@given(rows)
def test_shares_fall_and_intervals_hold_them(data: list[tuple[int, bool]]) -> None:
    t, e = zip(*data, strict=True)
    answer = durations.survival(t, e)
    assert (np.diff(answer.share) <= 1e-12).all()
    assert (answer.lower <= answer.share + 1e-9).all()
    assert (answer.share <= answer.upper + 1e-9).all()
    assert answer.events.sum() == sum(e)


@given(rows)
def test_one_kind_of_event_is_one_less_survival(data: list[tuple[int, bool]]) -> None:
    t, e = zip(*data, strict=True)
    if not any(e):
        return
    shares = durations.incidence(t, np.array(e, dtype=int)).share[0]
    assert shares == pytest.approx(1 - durations.survival(t, e).share)


def test_competing_kinds_never_add_to_more_than_one() -> None:
    answer = durations.incidence([1, 2, 2, 3, 4, 5], [1, 2, 1, 0, 2, 1])
    assert answer.kinds == (1, 2)
    assert answer.share[:, -1].sum() == pytest.approx(1)
    assert 1 - durations.survival([1, 2, 2, 3, 4, 5], [1, 0, 1, 0, 0, 1]).share[-1] > answer.share[0, -1]


def test_log_rank_errs_at_its_level() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(["a", "b"], 30)
    wrong = 0
    for _ in range(400):
        t, stop = rng.exponential(10, 60), rng.uniform(2, 30, 60)
        wrong += durations.log_rank(np.minimum(t, stop), t <= stop, group).p < 0.05
    assert 0.02 <= wrong / 400 <= 0.085


@pytest.mark.parametrize(
    ("times", "happened", "word"),
    [
        ([], [], "nobody"),
        ([1, -1], [1, 1], "row 2"),
        ([1, 2], [1, 2], "true and false"),
        ([1], [1, 0], "length"),
    ],
)
def test_refusals(times: list, happened: list, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        durations.survival(times, happened)
