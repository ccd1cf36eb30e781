"""The odds ratio of a two by two table, exactly."""

from __future__ import annotations

import math

import numpy as np


def exact_odds_ratio(
    a: int, b: int, c: int, d: int, level: float
) -> tuple[float | None, float | None, float]:
    """What odds ratio do the counts [[a, b], [c, d]] bear, given their margins?

    Returns lower limit, upper limit (None where there is none) and a two-sided p for a ratio of 1, twice the
    smaller tail. Conservative for small counts. Source: Fisher (1935); limits Cornfield (1956).
    """
    from scipy.special import gammaln

    row, other, column = a + b, c + d, a + c
    k = np.arange(max(0, column - other), min(row, column) + 1)
    base = -(
        gammaln(k + 1) + gammaln(row - k + 1) + gammaln(column - k + 1) + gammaln(other - column + k + 1)
    )
    at = a - int(k[0])

    def tails(log_odds: float) -> tuple[float, float]:
        w = base + k * log_odds
        w = np.exp(w - w.max())
        w /= w.sum()
        return float(w[: at + 1].sum()), float(w[at:].sum())

    def solve(upper: bool) -> float:
        target = (1 - level) / 2
        low, high = -40.0, 40.0
        for _ in range(52):  # to 1e-14 of the log odds
            middle = (low + high) / 2
            lower_tail, upper_tail = tails(middle)
            if (upper_tail < target) if not upper else (lower_tail > target):
                low = middle
            else:
                high = middle
        return math.exp((low + high) / 2)

    lower_tail, upper_tail = tails(0.0)
    low = 0.0 if at == 0 else solve(upper=False)
    high = None if at == len(k) - 1 else solve(upper=True)
    return low, high, min(1.0, 2 * min(lower_tail, upper_tail))
