"""Gi* without the normal curve: the exact chance of a cell's neighbours, or seeded permutations of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.hotspots import GiStar, Grid, box_size, checked_grid, getis_ord
from forestall.stats.inputs import Floats

#: Below this the rounding of the transform, not the data, would speak.
LEAST_P = 1e-12
#: Work refused beforehand: length of the distribution x neighbours.
MOST_WORK = 2e8


def getis_ord_exact(grid: ArrayLike | Grid) -> GiStar:
    """Gi* with exact upper-tail p: how often would as many events lie around this cell, counts shuffled?

    As `getis_ord`, but p is the exact probability, given the cell's own count, that the sum over its
    neighbours, drawn without replacement from all other cells, is at least what was seen (ties count as at
    least). No draw, no seed. z stays the analytic score. p under 1e-12 is given as 1e-12.
    When not to use it: weighted counts (use permutations). Errors: counts that are not whole; work too large.
    Method: the distribution of sums of k-subsets by Newton's identities in the Fourier domain, the cell itself
    taken out by one recursion.
    """
    values = checked_grid(grid)
    if values.size and (values != np.round(values)).any():
        raise ForestallError(
            "The exact null needs whole counts.", "Use getis_ord_permuted for weighted ones."
        )
    base = getis_ord(values)
    if values.size < 2 or values.max() == values.min():
        return replace(base, method="exact conditional")
    shifted = (values - values.min()).astype(np.int64)
    others = np.rint(base.local_sum - values - (base.neighbours - 1) * values.min()).astype(np.int64)
    p = _exact_tails(shifted, base.neighbours - 1, others)
    return replace(base, p_upper=np.clip(p, LEAST_P, 1.0), method="exact conditional")


def _exact_tails(values: NDArray[np.int64], number: NDArray[np.int64], others: NDArray[np.int64]) -> Floats:
    """P(sum of `number` other cells >= others) for every cell.

    All m-subsets are those without this cell and those with it, which are (m - 1)-subsets without it moved by
    its count: so the tail without it follows from the tails of all subsets at m + 1 points.
    """
    n, most = values.size, int(number.max())
    length = _quick_length(int(values.max()) * most + 1)
    if float(length) * most > MOST_WORK:
        raise ForestallError(
            f"Counts as high as {int(values.max()):,} make the exact null too long to work out.",
            "Use permutations or the analytic form.",
        )
    tails = [np.cumsum(s[::-1])[::-1] for s in _subset_sums(values, most, length)]
    flat_number, seen, own = number.ravel(), others.ravel(), values.ravel()
    p = np.empty(n)
    for size in np.unique(flat_number):
        cells = np.flatnonzero(flat_number == size)
        tail = np.zeros(cells.size)
        for m in range(int(size) + 1):
            # Sum still needed of m other cells, when size - m times this cell's count was taken out.
            need = seen[cells] - (size - m) * own[cells]
            if m == 0:
                tail = (need <= 0).astype(float)
                continue
            every = np.where(need <= 0, 1.0, tails[m][np.clip(need, 0, length - 1)])
            tail = np.clip(every * (n / (n - m)) - tail * (m / (n - m)), 0.0, 1.0)
        # Any draw reaches the least sum: exactly 1, whatever the rounding.
        p[cells] = np.where(seen[cells] <= 0, 1.0, tail)
    return p.reshape(values.shape)


def _quick_length(least: int) -> int:
    """The smallest product of 2s, 3s and 5s that is large enough: such transforms are quick."""
    best = 1 << (least - 1).bit_length()
    five = 1
    while five < best:
        odd = five
        while odd < best:
            need = -(-least // odd)
            best = min(best, odd << (need - 1).bit_length())
            odd *= 3
        five *= 5
    return best


def _subset_sums(values: NDArray[np.int64], most: int, length: int) -> list[Floats]:
    """Distribution of the sum of m cells drawn without replacement, for m = 0..most."""
    n = values.size
    spectrum = np.fft.fft(np.bincount(values.ravel(), minlength=length).astype(float))
    place = np.arange(length)
    # Power sums: sum over cells of x^(j v) at the roots of unity is the spectrum at j times the place.
    power = [spectrum[(j * place) % length] for j in range(most + 1)]
    scaled = [np.ones(length, dtype=complex)]
    for m in range(1, most + 1):
        total = np.zeros(length, dtype=complex)
        ratio = 1.0
        for j in range(1, m + 1):
            # C(n, m - j) / C(n, m), built up factor by factor.
            ratio *= (m - j + 1) / (n - m + j)
            total += (-1) ** (j - 1) * ratio * scaled[m - j] * power[j]
        scaled.append(total / m)
    return [np.maximum(np.fft.ifft(s).real, 0.0) for s in scaled]


def getis_ord_permuted(
    grid: ArrayLike | Grid, permutations: int = 999, rng: np.random.Generator | None = None
) -> GiStar:
    """Gi* with p from permutations: the cell stays, its neighbours are drawn from all other cells.

    permutations: draws; rng: needed. p = (b + 1) / (m + 1), b the draws whose sum is at least the one seen
    (ties included), upper tail, never folded. Weighted counts are allowed. All cells with the same own count
    and number of neighbours share one sorted set of draws: each p is valid, p of different cells depend.
    When not to use it: with false discovery control over many cells, unless permutations far exceed the
    number of cells (the least p is 1 / (m + 1)): use the exact form.
    """
    values = checked_grid(grid)
    if rng is None or permutations < 1:
        raise ForestallError("Permutations need a number and a source of randomness.", "Give rng.")
    base = getis_ord(values)
    method = f"conditional permutations ({permutations})"
    if values.size < 2 or values.max() == values.min():
        return replace(base, method=method)
    flat = values.ravel()
    ordered = np.sort(flat)
    n = flat.size
    number = (box_size(values.shape) - 1).ravel()
    most = int(number.max())
    draws = _distinct(rng, n - 1, permutations, most)
    others = base.local_sum.ravel() - flat
    own, inverse = np.unique(flat, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    cuts = np.searchsorted(inverse[order], np.arange(own.size + 1))
    p = np.empty(n)
    sizes = np.unique(number)
    tolerance = 1e-9 * max(float(flat.max()), 1e-300)
    for k, place in enumerate(np.searchsorted(ordered, own)):
        cells = order[cuts[k] : cuts[k + 1]]
        # Position in the sorted counts with one cell of this count taken out.
        sums = np.cumsum(ordered[draws + (draws >= place)], axis=1)
        for m in sizes:
            here = cells[number[cells] == m]
            if here.size:
                null = np.sort(sums[:, m - 1])
                more = permutations - np.searchsorted(null, others[here] - tolerance, side="left")
                p[here] = (more + 1) / (permutations + 1)
    return replace(base, p_upper=p.reshape(values.shape), method=method)


def _distinct(rng: np.random.Generator, n: int, rows: int, columns: int) -> NDArray[np.int64]:
    """Rows of distinct numbers below n, drawn again where a number repeats."""
    if n <= 4 * columns:
        return np.argsort(rng.random((rows, n)), axis=1)[:, :columns]
    draws = rng.integers(0, n, (rows, columns))
    while True:
        ranked = np.sort(draws, axis=1)
        again = np.flatnonzero((ranked[:, 1:] == ranked[:, :-1]).any(axis=1))
        if again.size == 0:
            return draws
        draws[again] = rng.integers(0, n, (again.size, columns))
