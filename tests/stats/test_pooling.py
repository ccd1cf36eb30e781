"""Pooling: a hand-sized case, the BCG trials, properties, and error rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats import pooling

# Thirteen BCG vaccine trials (Colditz and others 1994): cases and others, vaccinated then not.
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)
LATITUDE = [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def bcg() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    y = np.log(a / (a + b)) - np.log(c / (c + d))
    return y, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_two_areas_by_hand() -> None:
    # weights 1/1 and 1/4: (2*1 + 6*0.25) / 1.25 = 2.8; error 1/sqrt(1.25) = 0.8944; Q = (0.8^2) + (3.2^2)/4 = 3.2
    answer = pooling.pool([2, 6], [1, 2], method="fixed")
    assert answer.estimate == pytest.approx(2.8)
    assert answer.standard_error == pytest.approx(0.894427, abs=1e-6)
    assert answer.heterogeneity == pytest.approx(3.2)
    assert answer.weights.tolist() == pytest.approx([0.8, 0.2])


@pytest.mark.parametrize(
    ("method", "estimate", "error", "between"),
    [  # as published with the R package metafor
        ("fixed", -0.4303, 0.0405, 0.0),
        ("dersimonian-laird", -0.7141, 0.1787, 0.3088),
        ("reml", -0.7145, 0.1798, 0.3132),
    ],
)
def test_bcg_trials(method: str, estimate: float, error: float, between: float) -> None:
    answer = pooling.pool(*bcg(), method=method, hartung_knapp=False)
    assert answer.estimate == pytest.approx(estimate, abs=6e-5)
    assert answer.standard_error == pytest.approx(error, abs=6e-5)
    assert answer.between_variance == pytest.approx(between, abs=6e-5)
    assert answer.heterogeneity == pytest.approx(152.2330, abs=6e-5)


def test_bcg_hartung_knapp() -> None:
    answer = pooling.pool(*bcg())
    assert answer.standard_error == pytest.approx(0.1807, abs=2e-4)
    assert answer.interval.lower == pytest.approx(-1.1082, abs=5e-4)
    assert answer.interval.upper == pytest.approx(-0.3208, abs=5e-4)
    assert answer.prediction_interval.lower < answer.interval.lower
    # Q-profile limits published for these trials: 0.1197 to 1.1115
    assert answer.between_interval.lower == pytest.approx(0.1197, abs=2e-4)
    assert answer.between_interval.upper == pytest.approx(1.1115, abs=2e-4)


def test_latitude_explains_bcg() -> None:
    answer = pooling.moderators(*bcg(), {"latitude": LATITUDE})
    assert answer.estimates.tolist() == pytest.approx([0.2515, -0.0291], abs=6e-5)
    assert answer.between_variance == pytest.approx(0.0764, abs=6e-5)


@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 2)), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_order_and_unit_do_not_matter(rows: list[tuple[float, float]], random) -> None:
    y, s = np.array(rows).T
    base = pooling.pool(y, s, method="dersimonian-laird")
    order = list(range(len(y)))
    random.shuffle(order)
    turned = pooling.pool(y[order], s[order], method="dersimonian-laird")
    scaled = pooling.pool(10 * y, 10 * s, method="dersimonian-laird")
    assert turned.estimate == pytest.approx(base.estimate, abs=1e-9)
    assert scaled.estimate == pytest.approx(10 * base.estimate, abs=1e-7)
    assert scaled.interval.upper == pytest.approx(10 * base.interval.upper, abs=1e-6)
    assert min(y) - 1e-9 <= base.estimate <= max(y) + 1e-9


def test_one_area_is_itself() -> None:
    answer = pooling.pool([1.5], [0.5])
    assert (answer.estimate, answer.standard_error, answer.n) == (1.5, 0.5, 1)
    assert answer.prediction_interval is None


def test_leave_one_out_and_cumulative_agree_with_pool() -> None:
    y, s = bcg()
    assert pooling.leave_one_out(y, s)[-1].estimate == pytest.approx(pooling.pool(y[:-1], s[:-1]).estimate)
    assert pooling.cumulative(y, s)[-1].estimate == pytest.approx(pooling.pool(y, s).estimate)
    assert len(pooling.leave_one_out(y, s)) == 13


def test_small_studies_that_say_more_are_noticed() -> None:
    s = np.linspace(0.05, 1, 20)
    skewed = pooling.small_study_check(-2 * s, s)
    even = pooling.small_study_check(np.where(np.arange(20) % 2, 0.3, -0.3) * s, s)
    assert skewed.p[1] < 0.001
    assert even.p[1] > 0.2


@pytest.mark.slow
def test_interval_covers_at_its_level() -> None:
    rng = np.random.default_rng(4)
    hits = 0
    runs = 600
    for _ in range(runs):
        s = rng.uniform(0.1, 0.5, 8)
        y = rng.normal(-0.2, 0.3, 8) + rng.normal(0, s)
        hits += bool(pooling.pool(y, s, method="dersimonian-laird").interval.covers(-0.2))
    assert 0.92 <= hits / runs <= 0.985


@pytest.mark.parametrize(
    ("estimates", "errors", "word"),
    [([], [], "nothing to pool"), ([1, 2], [1, 0], "row 2"), ([1, 2], [1], "differ in length")],
)
def test_refusals_name_what_is_wrong(estimates: list, errors: list, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        pooling.pool(estimates, errors)


def test_too_few_areas_for_moderators() -> None:
    with pytest.raises(ForestallError, match="too few"):
        pooling.moderators([1, 2, 3], [1, 1, 1], {"size": [1, 2, 3]})
