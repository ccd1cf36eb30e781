"""Poisson limits, rate ratios, shrinkage: published values, hand-sized cases, coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats.rates import gamma_poisson_shrinkage, poisson_interval, rate_ratio


@pytest.mark.parametrize(
    ("count", "lower", "upper"), [(0, 0.0, 3.689), (5, 1.623, 11.668), (10, 4.795, 18.390)]
)
def test_exact_limits_as_published(count: int, lower: float, upper: float) -> None:
    assert list(poisson_interval(count)) == pytest.approx([lower, upper], abs=5e-4)


def test_byar_limits_as_published() -> None:
    assert list(poisson_interval(5, method="byar")) == pytest.approx([1.611, 11.668], abs=5e-4)


def test_auto_is_exact_below_ten_and_byar_from_ten() -> None:
    auto = poisson_interval([9, 10], method="auto")
    assert auto.lower[0] == poisson_interval(9).lower
    assert auto.upper[1] == poisson_interval(10, method="byar").upper


def test_exact_limits_invert_the_poisson_tails() -> None:
    """With 2 events, P(N >= 2) at the lower limit is 1 - e^-m (1 + m) = 0.025."""
    low, high = poisson_interval(2)
    assert 1 - np.exp(-low) * (1 + low) == pytest.approx(0.025, abs=1e-9)
    assert np.exp(-high) * (1 + high + high**2 / 2) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize("mean", [0.5, 2, 5, 20, 100])
def test_exact_limits_cover_at_least_the_level(mean: float) -> None:
    """Coverage summed over the distribution itself: no simulation noise."""
    from scipy.special import gammaln

    k = np.arange(0, 400)
    p = np.exp(k * np.log(mean) - mean - gammaln(k + 1))
    assert p[np.asarray(poisson_interval(k).covers(mean))].sum() >= 0.95 - 1e-9


def test_rate_ratio_by_hand() -> None:
    """8 against 2 in equal time: p = 2 P(A >= 8 | 10, 1/2) = 2 (45 + 10 + 1) / 1024."""
    answer = rate_ratio(8, 2)
    assert answer.ratio == 4
    assert answer.p == pytest.approx(2 * 56 / 1024)
    assert "no evidence of a difference" in answer.sentence()


def test_rate_ratio_counts_exposure() -> None:
    plain = rate_ratio(20, 10, 2.0, 1.0)
    assert plain.ratio == 1
    assert plain.interval.covers(1)
    assert rate_ratio(20, 10, 20.0, 10.0).interval.lower == pytest.approx(plain.interval.lower)


def test_rate_ratio_turned_round() -> None:
    one, other = rate_ratio(12, 5, 3, 2), rate_ratio(5, 12, 2, 3)
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert one.interval.lower == pytest.approx(1 / other.interval.upper)
    assert one.p == pytest.approx(other.p)


def test_rate_ratio_with_none_on_a_side() -> None:
    assert rate_ratio(0, 5).interval.lower == 0
    assert rate_ratio(5, 0).interval.upper == np.inf
    assert np.isnan(rate_ratio(0, 0).ratio)
    assert rate_ratio(0, 0).to_dict()["ratio"] is None
    with pytest.raises(ForestallError, match="both sides"):
        rate_ratio(0, 5, method="log")


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_interval_and_p_agree(a: int, b: int, ta: float, tb: float) -> None:
    for method in ("exact", "mid-p"):
        answer = rate_ratio(a, b, ta, tb, method=method)
        if abs(answer.p - 0.05) > 1e-6:
            assert (answer.p < 0.05) == (not answer.interval.covers(1.0))


def test_exact_ratio_coverage_and_mid_p_closeness() -> None:
    """Summed over all outcomes of Poisson(6) against Poisson(6)."""
    from scipy.special import gammaln

    k = np.arange(0, 30)
    p = np.exp(k * np.log(6) - 6 - gammaln(k + 1))
    for method, least, most in (("exact", 0.95, 1.0), ("mid-p", 0.94, 0.975)):
        covered = sum(
            p[a] * p[b]
            for a in k
            for b in k
            if (a or b) and rate_ratio(a, b, method=method).interval.covers(1)
        )
        assert least <= covered + p[0] * p[0] <= most


def test_shrinkage_by_hand_is_the_posterior_mean() -> None:
    answer = gamma_poisson_shrinkage([0, 5, 10, 20, 40], [10.0] * 5)
    a, b = answer.prior_shape, answer.prior_rate
    np.testing.assert_allclose(answer.estimate, (answer.observed + a) / (10 + b))
    np.testing.assert_allclose(answer.excess, (answer.estimate - 1) * 10)
    assert ((answer.lower < answer.estimate) & (answer.estimate < answer.upper)).all()


def test_shrinkage_pulls_the_small_places_more() -> None:
    """Two places at three times expectation, one on 3 events and one on 300."""
    answer = gamma_poisson_shrinkage([3, 300, *[10] * 30], [1.0, 100.0, *[10.0] * 30])
    assert 1 < answer.estimate[0] < answer.estimate[1] < 3


def test_shrinkage_finds_the_planted_spread() -> None:
    rng = np.random.default_rng(5)
    expected = rng.uniform(2, 20, 4000)
    truth = rng.gamma(2.0, 0.5, 4000)
    answer = gamma_poisson_shrinkage(rng.poisson(truth * expected), expected)
    assert answer.prior_shape == pytest.approx(2.0, rel=0.1)
    assert answer.prior_mean == pytest.approx(1.0, rel=0.05)
    assert np.mean((answer.lower <= truth) & (truth <= answer.upper)) == pytest.approx(0.95, abs=0.015)


def test_highest_of_chance_alone_covers_no_excess() -> None:
    """Regression to the mean: the top 20 of 1,000 pure-chance places, 60 times."""
    rng = np.random.default_rng(8)
    held = []
    for _ in range(60):
        observed = rng.poisson(5.0, 1000)
        answer = gamma_poisson_shrinkage(observed, np.full(1000, 5.0))
        top = np.argsort(observed)[-20:]
        held.append(np.mean((answer.lower[top] <= 1) & (answer.upper[top] >= 1)))
    assert np.mean(held) >= 0.94


def test_shrinkage_does_not_care_about_order() -> None:
    rng = np.random.default_rng(3)
    observed, expected = rng.poisson(4, 50), rng.uniform(1, 8, 50)
    turn = rng.permutation(50)
    one, two = (
        gamma_poisson_shrinkage(o, e) for o, e in ((observed, expected), (observed[turn], expected[turn]))
    )
    np.testing.assert_allclose(one.estimate[turn], two.estimate, rtol=1e-9)


def test_nothing_anywhere_keeps_finite_limits() -> None:
    answer = gamma_poisson_shrinkage([0, 0, 0], [1.0, 2.0, 3.0])
    assert np.isfinite(answer.upper).all()
    assert (answer.upper > 0).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda: poisson_interval(-1),
        lambda: poisson_interval(1, level=1.0),
        lambda: poisson_interval(1, method="guess"),
        lambda: rate_ratio(1, 1, 0.0, 1.0),
        lambda: rate_ratio(1, float("nan")),
        lambda: gamma_poisson_shrinkage([1, 2], [1.0, 0.0]),
        lambda: gamma_poisson_shrinkage([1], [1.0]),
        lambda: gamma_poisson_shrinkage([1, 2, 3], [1.0, 2.0]),
    ],
)
def test_refusals_say_what_to_do(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError) as caught:
        call()
    assert caught.value.what
    assert caught.value.next_step
