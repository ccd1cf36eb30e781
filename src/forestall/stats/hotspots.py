"""Where is crime so concentrated that chance does not explain it? Grid counts, Gi*, joined places."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, numbers, same_length
from forestall.stats.results import Answer

#: A dense grid above this many cells is refused before any work (200 MB of counts).
MOST_CELLS = 25_000_000
MOST_NEIGHBOURS = 9


@dataclass(frozen=True)
class Grid(Answer):
    """Counts on square half-open cells. `counts[row, column]`: row grows with y, column with x."""

    counts: NDArray[Any]
    x0: float
    y0: float
    cell: float
    without_location: int

    def centres(self) -> tuple[Floats, Floats]:
        """x of each column's centre and y of each row's centre."""
        rows, columns = self.counts.shape
        return (
            self.x0 + self.cell * (np.arange(columns, dtype=np.float64) + 0.5),
            self.y0 + self.cell * (np.arange(rows, dtype=np.float64) + 0.5),
        )


@dataclass(frozen=True)
class SparseGrid(Answer):
    """The cells that hold anything: column and row numbers from the origin, and their counts."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[Any]
    x0: float
    y0: float
    cell: float
    without_location: int

    def dense(self) -> Grid:
        """The same counts as a full grid that just holds them."""
        if self.counts.size == 0:
            return Grid(np.zeros((0, 0)), self.x0, self.y0, self.cell, self.without_location)
        c0, r0 = int(self.columns.min()), int(self.rows.min())
        shape = int(self.rows.max()) - r0 + 1, int(self.columns.max()) - c0 + 1
        check_size(*shape, self.cell)
        full = np.zeros(shape, dtype=self.counts.dtype)
        full[self.rows - r0, self.columns - c0] = self.counts
        return Grid(
            full, self.x0 + c0 * self.cell, self.y0 + r0 * self.cell, self.cell, self.without_location
        )


def check_size(rows: float, columns: float, cell: float) -> None:
    """Refuse a grid that would not fit, before any work."""
    if rows * columns > MOST_CELLS:
        raise ForestallError(
            f"A cell of {cell:g} makes a grid of {columns:,.0f} by {rows:,.0f} cells.",
            f"Use a larger cell (at least {cell * np.sqrt(rows * columns / MOST_CELLS):.3g}), a smaller "
            "area, or check for stray coordinates.",
        )


def located(x: ArrayLike, y: ArrayLike, cell: float) -> tuple[Floats, Floats, NDArray[np.bool_] | None]:
    if not (np.isfinite(cell) and cell > 0):
        raise ForestallError(f"The cell size {cell:g} is not above zero.", "Use for example 250 (metres).")
    px, py = numbers(x, "x", allow_missing=True), numbers(y, "y", allow_missing=True)
    same_length(x=px, y=py)
    bad = np.isnan(px) | np.isnan(py)
    if not bad.any():
        return px, py, None
    return px[~bad], py[~bad], ~bad


def _origin(px: Floats, py: Floats, cell: float, origin: tuple[float, float] | None) -> tuple[float, float]:
    if origin is not None:
        return float(origin[0]), float(origin[1])
    if px.size == 0:
        return 0.0, 0.0
    # Multiples of the cell, so that two months of one area share their cells.
    x0, y0 = (float(np.floor(v.min() / cell) * cell) for v in (px, py))
    # Rounding may put the multiple a hair above the least coordinate.
    return (x0 if x0 <= px.min() else x0 - cell), (y0 if y0 <= py.min() else y0 - cell)


def grid_counts(
    x: ArrayLike,
    y: ArrayLike,
    cell: float = 250.0,
    origin: tuple[float, float] | None = None,
    shape: tuple[int, int] | None = None,
    weights: ArrayLike | None = None,
) -> Grid:
    """How many events fall in each square cell?

    x, y: coordinates (n,), in the unit of `cell` (metres). NaN means no location: left off the grid and
    counted in `without_location`. origin: lower left corner; by default the multiple of `cell` at or below
    the least coordinate. shape: (rows, columns); by default just large enough. weights: for example harm.
    Cells are half open, [edge, next edge): a point on a shared edge counts once, and
    `counts.sum() + without_location` is n. Refuses a grid too large, and points outside a given shape.
    When not to use it: coordinates in degrees (cells would not be square).
    """
    px, py, kept = located(x, y, cell)
    missing = 0 if kept is None else int((~kept).sum())
    x0, y0 = _origin(px, py, cell, origin)
    if px.size == 0:
        return Grid(np.zeros(shape or (0, 0), dtype=np.int64), x0, y0, float(cell), missing)
    check_size((py.max() - y0) / cell + 1, (px.max() - x0) / cell + 1, cell)
    # Cut towards zero equals floor here: nothing may lie below the origin, which is checked next.
    if px.min() < x0 or py.min() < y0:
        raise ForestallError(
            "Some points lie below or left of the grid's origin.", "Move the origin, or leave them out."
        )
    columns = ((px - x0) / cell).astype(np.int32)
    rows = ((py - y0) / cell).astype(np.int32)
    need = int(rows.max()) + 1, int(columns.max()) + 1
    height, width = shape or need
    if need[0] > height or need[1] > width:
        raise ForestallError(
            f"Some points lie outside the grid of {width} by {height} cells: they need {need[1]} by {need[0]}.",
            "Check that points and grid cover the same area in the same coordinates.",
        )
    check_size(height, width, cell)
    w = None
    if weights is not None:
        w = numbers(weights, "weights", allow_missing=True)
        w = w if kept is None else w[kept]
        same_length(x=px, weights=w)
    flat = np.bincount(rows * np.int64(width) + columns, weights=w, minlength=height * width)
    return Grid(flat.reshape(height, width), x0, y0, float(cell), missing)


def sparse_counts(
    x: ArrayLike, y: ArrayLike, cell: float = 250.0, origin: tuple[float, float] = (0.0, 0.0)
) -> SparseGrid:
    """How many events fall in each cell that holds any? As `grid_counts`, for areas wide and empty.

    Column and row numbers count from `origin` and may be negative.
    """
    px, py, kept = located(x, y, cell)
    missing = 0 if kept is None else int((~kept).sum())
    columns = np.floor((px - origin[0]) / cell).astype(np.int64)
    rows = np.floor((py - origin[1]) / cell).astype(np.int64)
    if columns.size == 0:
        empty = np.zeros(0, dtype=np.int64)
        return SparseGrid(empty, empty, empty, float(origin[0]), float(origin[1]), float(cell), missing)
    low, width = columns.min(), columns.max() - columns.min() + 1
    bottom = rows.min()
    keys, number = np.unique((rows - bottom) * width + (columns - low), return_counts=True)
    x0, y0 = map(float, origin)
    return SparseGrid(keys % width + low, keys // width + bottom, number, x0, y0, float(cell), missing)


@dataclass(frozen=True)
class GiStar(Answer):
    """Gi* of each cell: z, the upper-tail p, the sum over the cell and its neighbours, and their number."""

    z: Floats
    p_upper: Floats
    local_sum: Floats
    neighbours: NDArray[np.int64]
    method: str
    tail: str
    n: int

    def sentence(self) -> str:
        hot = int((self.p_upper < 0.05).sum())
        return (
            f"{hot:,} of {self.n:,} cells have more events around them than 1 in 20 chance maps would give "
            "(one test per cell: control for the number of tests before calling any of them a hot spot)."
        )


def box_sum(values: Floats) -> Floats:
    """The sum over each cell and its up to eight neighbours; nothing lies beyond the edge."""
    down = values.copy()
    down[1:] += values[:-1]
    down[:-1] += values[1:]
    out = down.copy()
    out[:, 1:] += down[:, :-1]
    out[:, :-1] += down[:, 1:]
    return out


def box_size(shape: tuple[int, int]) -> NDArray[np.int64]:
    """How many cells the box of each cell holds: 9 inside, 6 on edges, 4 in corners."""
    rows, columns = (np.full(length, 3, dtype=np.int64) for length in shape)
    for side in (rows, columns):
        if side.size:
            side[0] -= 1
            side[-1] -= 1
    return np.outer(rows, columns)


def checked_grid(grid: ArrayLike | Grid) -> Floats:
    """A two-dimensional array of finite counts, not negative."""
    values = np.asarray(grid.counts if isinstance(grid, Grid) else grid, dtype=np.float64)
    if values.ndim != 2:
        raise ForestallError(
            f"A grid has rows and columns; this has {values.ndim} dimensions.", "Use grid_counts."
        )
    if values.size and not (np.isfinite(values).all() and values.min() >= 0):
        raise ForestallError("The grid has a count that is missing or negative.", "Use grid_counts.")
    return values


def getis_ord(grid: ArrayLike | Grid, inside: ArrayLike | None = None) -> GiStar:
    """Which cells, with their neighbours, hold more events than an even scatter of these counts would give?

    grid: counts (rows, columns) of the whole study area, empty cells included. inside: bool of the same shape,
    the cells where an event could be (the rest neither count nor dilute; z 0, p 1). Returns z (standard normal
    under the null of counts shuffled over cells), `p_upper` (upper tail: hot spots; never folded to the
    nearer tail), local sums and neighbourhood sizes (queen and self: 9, edges 6, corners 4).
    Free of scale: twice the counts, same z. If all cells are equal, z is 0 and p is 1.
    Assumes counts may be shuffled freely and enough cells for the normal approximation. When not to use
    it: sparse or very skewed grids, where normal p are too small (use `getis_ord_exact`); areas with large
    stretches where no crime can happen (cut the grid first).
    Source: Ord & Getis 1995. Errors: not two-dimensional, or negative counts.
    """

    values = checked_grid(grid)
    used = values
    sizes = box_size(values.shape)
    if inside is not None:
        within = np.asarray(inside, dtype=bool)
        if within.shape != values.shape:
            raise ForestallError(
                f"The study area covers {within.shape} cells and the grid {values.shape}.",
                "Use the same grid.",
            )
        used, values = values[within], np.where(within, values, 0.0)
        sizes = np.where(within, box_sum(within.astype(np.float64)), 0).astype(np.int64)
    sums = box_sum(values)
    n = used.size
    spread = float(used.std()) if n else 0.0
    if n < 2 or spread <= 1e-12 * max(float(np.abs(values).max(initial=0.0)), 1e-300):
        flat = np.zeros_like(values)
        return GiStar(flat, np.ones_like(values), sums, sizes, "analytic", "upper", n)
    mean = float(used.mean())
    scale = _spread_by_size(sizes, n, spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(scale > 0, (sums - mean * sizes) / scale, 0.0)
    p = np.where(scale > 0, upper_tail(z), 1.0)
    return GiStar(z, p, sums, sizes, "analytic", "upper", n)


def upper_tail(z: Floats) -> Floats:
    """P(Z >= z) of the standard normal. Small arrays by the C library: scipy costs more to import than this."""
    if z.size > 100_000:
        from scipy.special import ndtr

        return ndtr(-z)
    scaled = z / np.sqrt(2.0)
    return 0.5 * np.frompyfunc(math.erfc, 1, 1)(scaled).astype(np.float64)


def _spread_by_size(sizes: NDArray[np.int64], n: int, spread: float) -> Floats:
    """Standard deviation of a local sum; a table over the few sizes is quicker than a root per cell."""
    k = np.arange(MOST_NEIGHBOURS + 1, dtype=np.float64)
    return (spread * np.sqrt(np.maximum(n * k - k * k, 0) / (n - 1)))[sizes]


def _groups(
    flags: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """The group (1, 2, ...) of each flagged cell, corners touching, and the number of groups."""
    if rows.size > 20_000:
        from scipy.ndimage import label

        labels, number = label(flags, structure=np.ones((3, 3), dtype=int))
        return labels[rows, columns], int(number)
    # Few cells: a walk is quicker than loading an image library.
    left = {(r, c): k for k, (r, c) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))}
    which = np.zeros(rows.size, dtype=np.int64)
    number = 0
    while left:
        number += 1
        at, k = next(iter(left.items()))
        del left[at]
        which[k] = number
        trail = [at]
        while trail:
            r, c = trail.pop()
            for near in ((r + dr, c + dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)):
                if near in left:
                    which[left.pop(near)] = number
                    trail.append(near)
    return which, number


@dataclass(frozen=True)
class Place(Answer):
    """Adjacent cells joined into one place: their rows and columns, events and centre of events."""

    number: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    events: float
    peak_z: float
    x: float
    y: float


def join_cells(hot: ArrayLike, grid: Grid, z: ArrayLike | None = None) -> list[Place]:
    """Which places do the significant cells make, when cells that touch (corners too) are joined?

    hot: bool (rows, columns). grid: the counts. z: optional scores for `peak_z`. Returns places ordered by
    events, most first; ties by position. x, y: centre of events (of cells, where none).
    """
    flags = np.asarray(hot, dtype=bool)
    if flags.shape != grid.counts.shape:
        raise ForestallError(
            f"The flags cover {flags.shape} cells and the grid {grid.counts.shape}.", "Use the same grid."
        )
    rows, columns = np.nonzero(flags)
    if not rows.size:
        return []
    which, number = _groups(flags, rows, columns)
    order = np.argsort(which, kind="stable")
    cuts = np.searchsorted(which[order], np.arange(2, number + 1))
    cx, cy = grid.centres()
    scores = None if z is None else np.asarray(z, dtype=np.float64)
    found = []
    for part in np.split(order, cuts):
        r, c = rows[part], columns[part]
        inside = np.asarray(grid.counts[r, c], dtype=np.float64)
        total = float(inside.sum())
        w = inside / total if total > 0 else np.full(r.size, 1 / r.size)
        peak = float(scores[r, c].max()) if scores is not None else float("nan")
        found.append((total, r, c, peak, float((cx[c] * w).sum()), float((cy[r] * w).sum())))
    found.sort(key=lambda item: (-item[0], int(item[1][0]), int(item[2][0])))
    return [Place(i + 1, r, c, total, peak, x, y) for i, (total, r, c, peak, x, y) in enumerate(found)]
