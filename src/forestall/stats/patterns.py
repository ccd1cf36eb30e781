"""Did the map change? Two sets of points compared area by area.

Sources: Andresen 2009 and Wheeler, Steenbeek and Andresen 2018 (spatial point pattern test, with
proportions tested and false discovery controlled).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, same_length
from forestall.stats.multiplicity import false_discovery
from forestall.stats.results import Answer


@dataclass(frozen=True)
class PatternChange(Answer):
    """Areas whose share of all events differs between the two sets."""

    base_share: Floats
    test_share: Floats
    p: Floats
    changed: NDArray[np.bool_]
    direction: NDArray[np.int64]  # 1 where the share rose, -1 where it fell, 0 where not shown to differ
    similarity: float  # share of areas not shown to differ
    similarity_occupied: float  # the same, areas with events in either set only
    unmatched_base: int
    unmatched_test: int
    method: str
    n: int

    def sentence(self) -> str:
        return (
            f"The share of events changed in {int(self.changed.sum())} of {self.n} areas; "
            f"{self.unmatched_base + self.unmatched_test} events lie in no area and are left out."
        )


def pattern_change(
    base: ArrayLike,
    test: ArrayLike,
    *,
    unmatched: tuple[int, int] = (0, 0),
    rate: float = 0.05,
    dependent: bool = True,
) -> PatternChange:
    """In which areas did the share of all events change between two sets of points?

    base, test: shape (areas,), events in each area. unmatched: events of each set that fell in no area; they
    are reported and not counted in shares. rate: false discoveries allowed among areas called changed.
    dependent: control that holds whatever the dependence between areas (Benjamini-Yekutieli); otherwise
    Benjamini-Hochberg. Compares shares, not levels: a fall everywhere alike is no change of pattern.
    p by the chi-squared test of two proportions, exact (Fisher) where an expected count is below 5.
    """
    b, t = counts(base, "base"), counts(test, "test")
    n = same_length(base=b, test=t)
    if b.sum() == 0 or t.sum() == 0:
        raise ForestallError(
            "One of the two sets has no events in any area.", "Check that points and areas overlap."
        )
    p = np.array([_p(b[i], b.sum(), t[i], t.sum()) for i in range(n)])
    kind = "benjamini-yekutieli" if dependent else "benjamini-hochberg"
    changed = np.asarray(false_discovery(p, rate, kind))
    shares = b / b.sum(), t / t.sum()
    direction = np.where(changed, np.sign(shares[1] - shares[0]), 0).astype(np.int64)
    occupied = (b + t) > 0
    return PatternChange(
        shares[0],
        shares[1],
        p,
        changed,
        direction,
        float(1 - changed.mean()),
        float(1 - changed[occupied].mean()),
        int(unmatched[0]),
        int(unmatched[1]),
        f"two proportions, {kind}",
        n,
    )


def _p(x: float, n: float, y: float, m: float) -> float:
    """Two-sided p that two shares are the same."""
    from scipy.special import chdtrc

    table = np.array([[x, n - x], [y, m - y]])
    margin = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    if margin.min() == 0:
        return 1.0
    if margin.min() >= 5:
        return float(chdtrc(1, float(((table - margin) ** 2 / margin).sum())))
    return _fisher(int(x), int(n), int(y), int(m))


def _fisher(x: int, n: int, y: int, m: int) -> float:
    """Exact p: all tables with these margins that are no likelier than the one seen."""
    from scipy.special import gammaln

    total = x + y
    k = np.arange(max(0, total - m), min(n, total) + 1)
    log = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    log += gammaln(m + 1) - gammaln(total - k + 1) - gammaln(m - total + k + 1)
    likely = np.exp(log - log.max())
    likely /= likely.sum()
    return float(min(1.0, likely[likely <= likely[k == x][0] * (1 + 1e-7)].sum()))
