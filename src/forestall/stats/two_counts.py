"""Are two counts different? Exact-in-spirit tests for two Poisson counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from forestall.errors import ForestallError

#: Above this the E-test and the normal test agree beyond what anyone reads.
LARGE = 200_000


@dataclass(frozen=True)
class TwoCounts:
    """Rates of two counts, how they differ, and how surprising that is if they do not."""

    rate_1: float
    rate_2: float
    ratio: float | None
    interval: tuple[float, float | None] | None  # of the ratio, where the method gives one
    p: float
    method: str
    n: float


def e_test(
    count_1: int,
    count_2: int,
    periods_1: float = 1.0,
    periods_2: float = 1.0,
    null_difference: float = 0.0,
    as_published: bool = False,
) -> TwoCounts:
    """Do two Poisson counts come from rates that differ by something other than `null_difference`?

    Parameters: counts and the periods (or areas) over which each was counted; `null_difference` = rate 1 -
    rate 2 under the null. `as_published` matters only with a null difference: the published calculators
    scale the observed statistic by the null's rate and all others by their own, which makes p too small;
    True repeats that, False (the default) scales all alike.
    Returns: a `TwoCounts`; p is two-sided. The statistic is scaled by the pooled rate.
    Assumes: independent Poisson counts. Do not use with overdispersed series or places chosen for a high
    count. Errors: ForestallError for negative or fractional counts, periods of nought.
    Source: Krishnamoorthy and Thomson (2004), J. Statistical Planning and Inference 119, 23-35; pooled
    scaling: Gu, Ng, Tang and Schucany (2008), Biometrical Journal 50, 283-298.
    """
    k1, k2 = _counts(count_1, count_2)
    n1, n2 = _periods(periods_1, periods_2)
    r1, r2 = k1 / n1, k2 / n2
    ratio = r1 / r2 if r2 > 0 else None
    gap = abs(r1 - r2 - null_difference)
    together = (k1 + k2) / (n1 + n2)
    if together == 0:
        p = 1.0 if gap == 0 else math.exp(-n1 * max(null_difference, 0))
        return TwoCounts(r1, r2, ratio, None, p, "E-test", 0)
    if max(k1, k2) > LARGE:
        p = math.erfc(gap / math.sqrt(2 * together * (1 / n1 + 1 / n2)))
        return TwoCounts(r1, r2, ratio, None, p, "Normal (large counts)", k1 + k2)
    null_rate = max(together - null_difference * n1 / (n1 + n2), 1e-10)
    scale = null_rate if as_published else together
    means = n1 * max(null_rate + null_difference, 0.0), n2 * null_rate
    p = _tail_sum(*means, n1, n2, null_difference, gap / math.sqrt(scale))
    return TwoCounts(r1, r2, ratio, None, min(1.0, p), "E-test", k1 + k2)


def _tail_sum(mean_1: float, mean_2: float, n1: float, n2: float, d: float, observed: float) -> float:
    """Chance, at the null rates, of a statistic at least as large as the one observed.

    Two noughts have no statistic and are not counted, as in the published calculators.
    """
    x, px = _poisson(mean_1)
    y, py = _poisson(mean_2)
    total = 0.0
    for start in range(0, len(x), 512):  # in blocks: 512 rows at a time bounds the memory
        rows = x[start : start + 512, None]
        pooled = (rows + y[None, :]) / (n1 + n2)
        gap = np.abs(rows / n1 - y[None, :] / n2 - d)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = np.where(pooled > 0, gap / np.sqrt(pooled), -1.0)
        # A hair of slack: equal statistics reached by different sums must count as equal.
        hit = statistic >= observed * (1 - 1e-12)
        total += float(px[start : start + 512] @ (hit @ py))
    return total


def _poisson(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """Values and probabilities that hold all but about 1e-20 of a Poisson distribution."""
    from scipy.special import gammaln

    if mean <= 0:
        return np.zeros(1), np.ones(1)
    reach = 10 * math.sqrt(mean) + 30
    k = np.arange(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1, dtype=float)
    return k, np.exp(k * math.log(mean) - mean - gammaln(k + 1))


def conditional_test(
    count_1: int, count_2: int, periods_1: float = 1.0, periods_2: float = 1.0, level: float = 0.95
) -> TwoCounts:
    """Do two Poisson counts come from different rates, and by what factor?

    Given their total, the first is binomial: exact, never above its nominal error, a little conservative.

    Parameters: counts and the periods over which each was counted; `level` of the interval.
    Returns: a `TwoCounts` with the exact interval of rate 1 / rate 2 (upper end None when count 2 is 0).
    Assumes: independent Poisson counts. Errors: as `e_test`.
    Source: Przyborowski and Wilenski (1940), Biometrika 31, 313-323; interval Clopper and Pearson (1934).
    """
    from scipy.special import bdtr, betaincinv

    k1, k2 = _counts(count_1, count_2)
    n1, n2 = _periods(periods_1, periods_2)
    total, share = k1 + k2, n1 / (n1 + n2)
    if total == 0:
        return TwoCounts(0.0, 0.0, None, None, 1.0, "Conditional (binomial)", 0)
    lower_tail = float(bdtr(k1, total, share))
    upper_tail = 1.0 if k1 == 0 else 1.0 - float(bdtr(k1 - 1, total, share))
    tail = (1 - level) / 2
    low = 0.0 if k1 == 0 else float(betaincinv(k1, k2 + 1, tail))
    high = 1.0 if k2 == 0 else float(betaincinv(k1 + 1, k2, 1 - tail))
    odds = n2 / n1
    interval = (low / (1 - low) * odds, None if high >= 1 else high / (1 - high) * odds)
    ratio = (k1 / n1) / (k2 / n2) if k2 else None
    p = min(1.0, 2 * min(lower_tail, upper_tail))
    return TwoCounts(k1 / n1, k2 / n2, ratio, interval, p, "Conditional (binomial)", total)


def _counts(count_1: float, count_2: float) -> tuple[int, int]:
    for value in (count_1, count_2):
        if not math.isfinite(value) or value < 0 or not float(value).is_integer():
            raise ForestallError(
                f"The counts are {count_1} and {count_2}.", "Give whole counts, nought or more."
            )
    return int(count_1), int(count_2)


def _periods(periods_1: float, periods_2: float) -> tuple[float, float]:
    for value in (periods_1, periods_2):
        if not math.isfinite(value) or value <= 0:
            raise ForestallError(
                f"The periods are {periods_1} and {periods_2}.", "Periods are above nought, in one unit."
            )
    return float(periods_1), float(periods_2)
