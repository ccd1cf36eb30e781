"""Rises and outliers among many places: sizes under chance, agreement with exact sums."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.rates import gamma_poisson_shrinkage
from forestall.stats.rises import dispersion, outlying_among_others_p, outlying_p, rise_p


def test_rise_is_the_exact_binomial_tail() -> None:
    share, recent, before = 0.2, 5, 9
    n = recent + before
    tail = sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(recent, n + 1))
    assert rise_p([recent], [before], share)[0] == pytest.approx(tail, rel=1e-12)
    assert rise_p([0], [9], share)[0] == 1.0


def test_rise_never_cries_wolf_more_than_it_says() -> None:
    rng = np.random.default_rng(1)
    for mean in (0.5, 2, 5, 20, 100):
        recent, before = rng.poisson(mean, 10_000), rng.poisson(4 * mean, 10_000)
        assert (rise_p(recent, before, 0.2) <= 0.05).mean() <= 0.0565


def test_spread_beyond_chance_makes_a_rise_less_sure() -> None:
    assert rise_p([12], [20], 0.2, 2.0)[0] > rise_p([12], [20], 0.2)[0]


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_rise_needs_events_on_both_sides(share: float) -> None:
    with pytest.raises(ForestallError, match="share"):
        rise_p([1], [1], share)


def test_ordinary_unlike_places_are_not_outlying() -> None:
    rng = np.random.default_rng(2)
    flagged = []
    for _ in range(40):
        counts = rng.poisson(rng.gamma(2.0, 3.0, 400))
        flagged.append((outlying_p(gamma_poisson_shrinkage(counts, np.full(400, 6.0))) <= 0.05).mean())
    assert np.mean(flagged) <= 0.055


def test_one_place_among_nothing_does_not_hide_behind_itself() -> None:
    counts = np.zeros(120)
    counts[7] = 53
    shrunk = gamma_poisson_shrinkage(counts, np.full(120, counts.mean()))
    assert outlying_p(shrunk)[7] > 1e-3  # it is its own prior
    assert outlying_p(shrunk, widest=4.0)[7] < 1e-4


def test_a_suspect_is_judged_by_the_others() -> None:
    rng = np.random.default_rng(5)
    counts = rng.poisson(40, 36)
    counts[4] = 130
    shrunk = gamma_poisson_shrinkage(counts, np.full(36, counts.mean()))
    assert outlying_among_others_p(shrunk)[4] < outlying_p(shrunk)[4] / 10
    assert outlying_among_others_p(shrunk).argmin() == 4


def test_judged_by_the_others_stays_near_its_size() -> None:
    rng = np.random.default_rng(6)
    flagged = []
    for _ in range(60):
        counts = rng.poisson(rng.gamma(4.0, 5.0, 60))
        shrunk = gamma_poisson_shrinkage(counts, np.full(60, 20.0))
        flagged.append((outlying_among_others_p(shrunk) <= 0.01).mean())
    assert np.mean(flagged) <= 0.025  # others' spread is itself only estimated


def test_dispersion_of_chance_and_of_double_chance() -> None:
    rng = np.random.default_rng(3)
    expected = np.full(20_000, 4.0)
    assert dispersion(rng.poisson(4.0, 20_000), expected) == pytest.approx(1.0, abs=0.05)
    doubled = rng.negative_binomial(4, 0.5, 20_000)  # mean 4, variance 8
    assert dispersion(doubled, expected) == pytest.approx(2.0, abs=0.1)
    assert dispersion([1, 2], [1.0, 2.0]) == 1.0
