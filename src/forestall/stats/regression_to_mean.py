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
        said = (
            f"The places were chosen when high ({self.before:.0f} events). Chance highs alone would bring them to "
            f"about {self.expected_after:.0f}; {self.after:.0f} happened, a change of {self.estimate:+.0f} beyond "
            f"that ({self.level:.0%} interval {self.interval[0]:+.0f} to {self.interval[1]:+.0f})."
        )
        return said.replace(" -", " −").replace("(-", "(−")


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
    Returns: a `MeanReversion`. Underlying levels follow one gamma distribution, but for a few places that may
    lie anywhere: so a place far above all others is taken for what it is, and a high among many alike for
    luck. How wide the gamma is and how many places lie outside it are not assumed known but averaged over.
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
    size = int(chosen.sum())
    total = float(counts[chosen].sum())
    level_mean, level_variance = _underlying(counts, counts[chosen])
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
        method="Empirical Bayes, gamma-Poisson with places outside, averaged over width",
    )


def _underlying(counts: np.ndarray, chosen: np.ndarray) -> tuple[float, float]:
    """Posterior mean and variance of the sum of the chosen places' levels."""
    mean, shrink, outside = (part.ravel() for part in np.meshgrid(*_hyper(counts), indexing="ij"))
    rate = shrink / (1 - shrink)
    shape = rate * mean
    # A place outside the gamma lies far above the others: between these, evenly on the log scale.
    low_end = 2 * float(np.quantile(counts, 0.98)) + 5
    high_end = 4 * max(float(counts.max()), low_end)

    def inside(value: float) -> np.ndarray:
        return np.exp(_negative_binomial(value, shape, rate)) * (1 - outside)

    def beyond(value: float) -> np.ndarray:
        return outside * _far_above(value, low_end, high_end)[0]

    log = np.zeros(len(mean))
    for value, number in zip(*np.unique(counts, return_counts=True), strict=True):
        log += number * np.log(inside(value) + beyond(value))
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    total, variance = np.zeros(len(mean)), np.zeros(len(mean))
    for value, number in zip(*np.unique(chosen, return_counts=True), strict=True):
        a, b = inside(value), beyond(value)
        share = a / (a + b)
        low = (value + shape) / (rate + 1)
        _, wide, spread = _far_above(value, low_end, high_end)
        middle = share * low + (1 - share) * wide
        total += number * middle
        variance += number * (
            share * (low / (rate + 1) + (low - middle) ** 2) + (1 - share) * (spread + (wide - middle) ** 2)
        )
    expected = float(weights @ total)
    return expected, float(weights @ variance + weights @ (total - expected) ** 2)


def _far_above(value: float, low: float, high: float) -> tuple[float, float, float]:
    """Chance of this count, and mean and variance of its level, were the level log-uniform between the two."""
    from scipy.special import exp1, gammainc

    def mass(power: float) -> float:
        return (
            float(gammainc(power, high) - gammainc(power, low))
            if power > 0
            else float(exp1(low) - exp1(high))
        )

    whole = mass(value) / (value if value > 0 else 1.0)
    if whole < 1e-300:
        return 0.0, low, 0.0
    first = mass(value + 1) / whole
    second = (value + 1) * mass(value + 2) / whole
    return whole / math.log(high / low), first, max(second - first**2, 0.0)


def _hyper(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values to average over: the gamma's mean, the weight of the mean in shrinking, the share outside."""
    n = len(counts)
    trimmed = np.sort(counts)[: max(1, math.floor(0.98 * n))]
    error = math.sqrt(float(trimmed.var()) / n) + 0.5 / n
    low = max(float(trimmed.mean()) - 3 * error, 0.2 / n)
    high = max(float(counts.mean()), float(trimmed.mean())) + 3 * error
    outside = np.array([0.5 / n, 0.01, 0.05])
    return np.linspace(low, high, 24), (np.arange(100) + 0.5) / 100, outside


def _negative_binomial(value: float, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln

    return (
        gammaln(value + shape)
        - gammaln(shape)
        - gammaln(value + 1)
        + shape * np.log(rate / (rate + 1))
        - value * np.log(rate + 1)
    )
