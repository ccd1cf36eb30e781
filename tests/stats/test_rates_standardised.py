"""Crude and standardised rates, shares, funnel limits, harm: hand-sized cases, published values, laws."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.harm import harm_total
from forestall.stats.rates import poisson_interval
from forestall.stats.standardised import (
    crude_rate,
    directly_standardised_rate,
    funnel_limits,
    indirectly_standardised_ratio,
    proportion_interval,
)


def test_crude_rate_by_hand() -> None:
    answer = crude_rate(10, 2000)
    assert answer.rate == 5
    assert answer.interval.upper == pytest.approx(poisson_interval(10, method="byar").upper / 2)
    assert crude_rate(10, 4000).rate == 2.5
    assert "per 1,000" in answer.sentence()


def test_wilson_as_published() -> None:
    """Newcombe 1998, table I: 81/263, 15/148, 0/20, 1/29."""
    for part, whole, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert list(proportion_interval(part, whole)) == pytest.approx([low, high], abs=5e-5)


def test_direct_rate_by_hand() -> None:
    """Strata of 10 in 1,000 and 30 in 1,000, the standard three quarters of the first: 0.75 % + 0.75 % = 1.5 %."""
    answer = directly_standardised_rate([10, 30], [1000, 1000], [750, 250], per=1000)
    assert answer.rate == pytest.approx(15)
    # Dobson: variance .75^2 x 10 + .25^2 x 30 = 7.5 (per 1,000), 40 events.
    limits = poisson_interval(40, method="byar")
    assert answer.interval.lower == pytest.approx(15 + np.sqrt(7.5 / 40) * (limits.lower - 40))
    assert answer.interval.upper == pytest.approx(15 + np.sqrt(7.5 / 40) * (limits.upper - 40))


def test_direct_rate_of_the_standard_is_its_crude_rate() -> None:
    standardised = directly_standardised_rate([12, 40, 9], [500, 900, 300], [500, 900, 300], per=1000)
    plain = crude_rate(61, 1700)
    assert standardised.rate == pytest.approx(plain.rate)
    assert list(standardised.interval) == pytest.approx(list(plain.interval))


def test_laws_of_direct_rates() -> None:
    one = directly_standardised_rate([12, 40, 9], [500, 900, 300], [5, 9, 3])
    turned = directly_standardised_rate([9, 12, 40], [300, 500, 900], [3, 5, 9])
    doubled = directly_standardised_rate([12, 40, 9], [1000, 1800, 600], [50, 90, 30])
    assert turned.rate == pytest.approx(one.rate)
    assert doubled.rate == pytest.approx(one.rate / 2)


def test_indirect_ratio_by_hand() -> None:
    """Reference 1 % and 4 %: 100 and 50 people lead one to expect 3; 6 happened."""
    answer = indirectly_standardised_ratio(6, [100, 50], [10, 40], [1000, 1000])
    assert (answer.ratio, answer.expected) == (2, 3)
    assert answer.interval.lower == pytest.approx(poisson_interval(6).lower / 3)


def test_funnel_without_overdispersion_by_hand() -> None:
    """Expecting 100: (1 +- 1.96 / 20)^2."""
    answer = funnel_limits([100, 130, 70], [100, 100, 100], level=0.95, overdispersion="none")
    assert answer.lower[0] == pytest.approx((1 - 1.959964 / 20) ** 2)
    assert answer.upper[0] == pytest.approx((1 + 1.959964 / 20) ** 2)
    assert answer.beyond.tolist() == [False, True, True]


def test_funnel_allows_for_spread_between_places() -> None:
    rng = np.random.default_rng(1)
    expected = rng.uniform(50, 2000, 300)
    observed = rng.poisson(expected * rng.normal(1, 0.15, 300).clip(0.2))
    share = {
        how: funnel_limits(observed, expected, 0.95, how).beyond.mean()
        for how in ("none", "multiplicative", "additive")
    }
    assert share["none"] > 0.4
    assert share["additive"] < 0.12
    assert np.sqrt(funnel_limits(observed, expected).between) * 2 == pytest.approx(0.15, rel=0.3)


def test_funnel_level_under_chance_alone() -> None:
    rng = np.random.default_rng(2)
    expected = rng.uniform(20, 500, 2000)
    answer = funnel_limits(rng.poisson(expected), expected, 0.95)
    assert answer.beyond.mean() == pytest.approx(0.05, abs=0.02)


def test_harm_by_hand() -> None:
    answer = harm_total(
        {"Burglary": 4, "Robbery": 1, "Anti-social behaviour": 7},
        {"Burglary": 20.0, "Robbery": 365.0},
        "a table",
    )
    assert answer.total == 445
    assert answer.unweighted_types == ("Anti-social behaviour",)
    assert answer.unweighted_events == 7
    # Upper: a gamma with mean 445 + 365 and variance 4 x 20^2 + 365^2 + 365^2.
    from scipy.special import gammainc

    mean, variance = 810, 1600 + 2 * 365**2
    assert gammainc(mean**2 / variance, answer.interval.upper * mean / variance) == pytest.approx(0.975)
    assert 0 < answer.interval.lower < 445
    assert "a table" in answer.sentence()


def test_equal_weights_give_the_poisson_interval() -> None:
    answer = harm_total({"a": 3, "b": 9}, {"a": 2.0, "b": 2.0}, "x")
    assert answer.interval.upper == pytest.approx(2 * poisson_interval(12).upper)


def test_nothing_happened_still_has_an_upper_limit() -> None:
    answer = harm_total({"a": 0, "b": 0}, {"a": 2.0, "b": 5.0}, "x")
    assert answer.total == 0
    assert answer.interval.upper == pytest.approx(5 * 3.689, abs=0.01)


def test_harm_interval_covers() -> None:
    rng = np.random.default_rng(3)
    weights, means = {"a": 1.0, "b": 20.0, "c": 365.0}, {"a": 60.0, "b": 15.0, "c": 3.0}
    truth = sum(weights[k] * means[k] for k in weights)
    held = [
        harm_total({k: float(rng.poisson(m)) for k, m in means.items()}, weights, "x").interval.covers(truth)
        for _ in range(600)
    ]
    assert np.mean(held) >= 0.95 - 3 * 0.009


@pytest.mark.parametrize(
    "call",
    [
        lambda: crude_rate(5, 0),
        lambda: proportion_interval(5, 3),
        lambda: directly_standardised_rate([3, 3], [10, 10], [1, 1]),
        lambda: directly_standardised_rate([30, 3], [10, 0], [1, 1]),
        lambda: indirectly_standardised_ratio(5, [10], [0], [10]),
        lambda: indirectly_standardised_ratio(5, [10], [1], [0]),
        lambda: funnel_limits([1], [1.0]),
        lambda: funnel_limits([1, 2], [1.0, 0.0]),
        lambda: funnel_limits([1, 2], [1.0, 1.0], overdispersion="some"),
        lambda: harm_total({"a": 1}, {"a": None}, "x"),
        lambda: harm_total({"a": 1}, {"a": -1.0}, "x"),
        lambda: harm_total({"a": -1}, {"a": 1.0}, "x"),
    ],
)
def test_refusals(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError) as caught:
        call()
    assert caught.value.next_step
