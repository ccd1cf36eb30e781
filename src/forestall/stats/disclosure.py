"""Counts leave through here: small numbers are withheld, the rest rounded, and nobody can work back.

Sources: OpenSAFELY's output rules (redact 7 and below, round the rest to 5, totals from rounded cells);
Office for National Statistics guidance on secondary suppression and differencing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.results import Answer


@dataclass(frozen=True)
class Profile:
    """How strict: counts from 1 to `withhold` are hidden, the rest rounded to `base`."""

    name: str
    withhold: int
    base: int


#: For tables made from records of people.
STRICT = Profile("strict", 7, 5)
#: For what is open data already.
OPEN = Profile("open", 4, 1)

#: What a withheld cell holds in the published array.
WITHHELD = -1


@dataclass(frozen=True)
class Published(Answer):
    """A table fit to publish. `cells` and totals hold WITHHELD (-1) where a figure is kept back."""

    cells: NDArray[np.int64]
    row_totals: NDArray[np.int64]
    column_totals: NDArray[np.int64]
    total: int
    withheld_primary: int
    withheld_secondary: int
    profile: str

    def sentence(self) -> str:
        hidden = self.withheld_primary + self.withheld_secondary
        return (
            f"{hidden} of {self.cells.size} figures are withheld: {self.withheld_primary} because they are small, "
            f"{self.withheld_secondary} so that those cannot be worked out."
        )


def publish(table: ArrayLike, *, profile: Profile = STRICT) -> Published:
    """Which of these counts may be shown, so that no small count can be read or worked out?

    table: shape (rows, columns), whole counts, not negative. Returns Published.
    Zero is shown as zero: where zero itself tells something about a known group, withhold the table.
    Totals are sums of what is shown, so nothing published depends on the value of a withheld small count.
    Every row and column with a withheld cell has at least two, which blunts subtraction by a reader who
    knows the true margin from elsewhere; where such a margin is small itself (a row of 1, 0, 0) no
    suppression inside the table helps: withhold the margin there. Protects one table: see `differences`
    for several.
    """
    counts = _counts(table)
    hidden = (counts > 0) & (counts <= profile.withhold)
    primary = int(hidden.sum())
    hidden = _protect(counts, hidden)
    shown = np.where(hidden, WITHHELD, _rounded(counts, profile.base))
    rows, columns = _totals(shown, hidden, 1), _totals(shown, hidden, 0)
    total = int(np.where(hidden, 0, shown).sum())
    return Published(shown, rows, columns, total, primary, int(hidden.sum()) - primary, profile.name)


def differences(tables: list[ArrayLike], *, profile: Profile = STRICT) -> list[tuple[int, int]]:
    """Which pairs of published totals differ by a small, non-zero count?

    tables: counts of one thing under different filters or on different days, each shape (n,), the same
    cells in the same order. A pair (i, j) in the answer means that subtracting release i from release j
    leaves some cell between 1 and the profile's limit: do not publish both. Pairs are of positions.
    """
    arrays = [_counts(np.atleast_2d(t)) for t in tables]
    if len({a.shape for a in arrays}) > 1:
        raise ForestallError(
            "The releases have different cells.", "Give each the same cells in the same order."
        )
    found = []
    for i, first in enumerate(arrays):
        for j in range(i + 1, len(arrays)):
            gap = np.abs(arrays[j] - first)
            if ((gap > 0) & (gap <= profile.withhold)).any():
                found.append((i, j))
    return found


def _counts(table: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(table)
    if array.ndim != 2:
        raise ForestallError(f"The table has {array.ndim} dimensions.", "Give rows and columns.")
    if array.size and (not np.issubdtype(array.dtype, np.number) or (array != np.floor(array)).any()):
        raise ForestallError(
            "The table holds figures that are not whole counts.", "Publish rates from shown counts."
        )
    if (array < 0).any():
        raise ForestallError("The table holds a count below zero.", "Correct the counts first.")
    return array.astype(np.int64)


def _rounded(counts: NDArray[np.int64], base: int) -> NDArray[np.int64]:
    return (counts + base // 2) // base * base


def _totals(shown: NDArray[np.int64], hidden: NDArray[np.bool_], axis: int) -> NDArray[np.int64]:
    """Sums of shown cells; withheld where everything under them is."""
    sums = np.where(hidden, 0, shown).sum(axis=axis)
    return np.where(hidden.all(axis=axis) & (hidden.shape[axis] > 0), WITHHELD, sums)


def _protect(counts: NDArray[np.int64], hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Hide the smallest further cells until no row or column has exactly one hidden cell."""
    hidden = hidden.copy()
    while True:
        before = int(hidden.sum())
        for axis in (1, 0):
            lines, marks = (counts, hidden) if axis == 1 else (counts.T, hidden.T)
            for i in np.flatnonzero(marks.sum(axis=1) == 1):
                # The smallest count above zero, zeros last: a hidden zero protects nobody.
                order = np.where(marks[i], np.inf, np.where(lines[i] == 0, np.inf, lines[i]))
                if not np.isfinite(order).any():
                    order = np.where(marks[i], np.inf, lines[i].astype(float))
                if np.isfinite(order).any():
                    marks[i, int(np.argmin(order))] = True
        if int(hidden.sum()) == before:
            return hidden
