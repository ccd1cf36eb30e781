"""A place chosen because it was high falls by itself. By how much, and what is left?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from forestall.errors import ForestallError


@dataclass(frozen=True)
class MeanReversion:
    """What the treated places would have held anyway, given how unusual their highs were."""

    before: float
    shrunk_before: float  # what their underlying level most likely was
    expected_after: float
    after: float
    naive_change: float
    estimate: float  # change beyond reversion to the mean
    interval: tuple[float, float]
    level: float
    luck: float  # share of the treated places' excess over the average that chance explains
    n: int
    method: str

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "interval": list(self.interval)}

    def sentence(self) -> str:
        return (
            f"The places were chosen when high ({self.before:.0f} events). Chance highs alone would bring them to "
            f"about {self.expected_after:.0f}; {self.after:.0f} happened, a change of {self.estimate:+.0f} beyond "
            f"that ({self.level:.0%} interval {self.interval[0]:+.0f} to {self.interval[1]:+.0f})."
        )


def regression_to_the_mean(
    reference_before: np.ndarray,
    treated: np.ndarray,
    treated_after: float,
    common_change: float = 1.0,
    level: float = 0.95,
) -> MeanReversion:
    """How much did places chosen for a high count change beyond what chance highs undo by themselves?

    Parameters: reference_before (n,) counts of all places that could have been chosen, the treated ones
    among them; treated (n,) bool; treated_after: their total afterwards; common_change: factor by which
    such places changed anyway (comparison after / before, length of period included); level.
    Returns: a `MeanReversion`. Underlying levels follow one gamma distribution; how wide it is, is not
    assumed known but averaged over (uniform prior on the shrinkage weight).
    Assumes: Poisson counts; places of one kind. Do not use with fewer than about 30 places.
    Errors: ForestallError for fewer than 5 places, or none treated.
    Source: Hauer (1997), Observational Before-After Studies; Morris (1983), JASA 78, 47-55.
    """
    counts = np.asarray(reference_before, dtype=float)
    chosen = np.asarray(treated, dtype=bool)
    if len(counts) < 5 or not chosen.any() or counts.sum() == 0:
        raise ForestallError(
            f"There are {len(counts)} places to compare, {int(chosen.sum())} of them treated.",
            "Give the counts of all places that could have been chosen.",
        )
    average = float(counts.mean())
    weights, shape, rate = _widths(counts, average)
    size = int(chosen.sum())
    total = float(counts[chosen].sum())
    # Given the width, the sum of the chosen places' levels has this mean and variance.
    mean = (total + size * shape) / (rate + 1)
    variance = (total + size * shape) / (rate + 1) ** 2
    level_mean = float(weights @ mean)
    level_variance = float(weights @ variance + weights @ (mean - level_mean) ** 2)
    # The average itself is learnt from n places.
    drift = float(weights @ (rate / (rate + 1))) * size
    level_variance += drift**2 * float(counts.var()) / len(counts)
    expected = common_change * level_mean
    spread = math.sqrt(common_change**2 * level_variance + max(treated_after, expected))
    width = NormalDist().inv_cdf(0.5 + level / 2) * spread
    estimate = treated_after - expected
    excess = total - size * average
    return MeanReversion(
        before=total,
        shrunk_before=level_mean,
        expected_after=expected,
        after=float(treated_after),
        naive_change=float(treated_after) - common_change * total,
        estimate=estimate,
        interval=(estimate - width, estimate + width),
        level=level,
        luck=(total - level_mean) / excess if excess > 0 else 0.0,
        n=len(counts),
        method="Empirical Bayes, gamma-Poisson, width averaged over",
    )


def _widths(counts: np.ndarray, average: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posterior weights over how widely levels differ, and the gamma's shape and rate at each."""
    from scipy.special import gammaln

    shrink = (np.arange(400) + 0.5) / 400
    rate = shrink / (1 - shrink)
    shape = rate * average
    values, times = np.unique(counts, return_counts=True)
    log = np.zeros(len(shrink))
    for value, number in zip(values, times, strict=True):
        log += number * (
            gammaln(value + shape)
            - gammaln(shape)
            + shape * np.log(rate / (rate + 1))
            - value * np.log(rate + 1)
        )
    weights = np.exp(log - log.max())
    return weights / weights.sum(), shape, rate
