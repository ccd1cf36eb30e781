"""A smooth map of where crime is: kernel density on a grid, free of the unit of the coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.hotspots import check_size
from forestall.stats.inputs import Floats, numbers, same_length
from forestall.stats.results import Answer, figure

KERNELS = ("gaussian", "quartic")
#: The normal curve is cut where it falls under 1e-7 of its peak.
REACH = 5.7
#: Fine cells per bandwidth. Sharing each point among nine nodes widens it by the same amount wherever it lies,
#: which is taken off the curve: three fine cells keep the error under 0.2 % of the peak, even of a single point.
FINENESS = 3
#: Points binned at a time, so that temporaries stay in the cache.
BLOCK = 65_536
#: Points times cells below which the exact sum is used.
EXACT_WORK = 4e7


@dataclass(frozen=True)
class Density(Answer):
    """Probability density per unit of area at cell centres: `density[row, column]`, rows grow with y."""

    density: Floats
    x0: float
    y0: float
    cell: float
    bandwidth: float
    kernel: str
    method: str
    n: int
    inside: float
    warnings: tuple[str, ...]

    def centres(self) -> tuple[Floats, Floats]:
        rows, columns = self.density.shape
        return (
            self.x0 + self.cell * (np.arange(columns, dtype=np.float64) + 0.5),
            self.y0 + self.cell * (np.arange(rows, dtype=np.float64) + 0.5),
        )

    def sentence(self) -> str:
        row, column = np.unravel_index(int(np.argmax(self.density)), self.density.shape)
        x, y = self.centres()
        even = 1 / (self.density.size * self.cell**2)
        return (
            f"The densest point is near {x[column]:.0f}, {y[row]:.0f}: "
            f"{figure(self.density[row, column] / even)} times an even spread "
            f"(bandwidth {figure(self.bandwidth)})."
        )


def plug_in_bandwidth(x: ArrayLike, y: ArrayLike) -> float:
    """How wide should the smoothing be, if nothing else is known?

    Silverman's rule in two dimensions with the smaller of the standard deviation and the scaled quartile
    range, averaged over x and y (both are used). It oversmooths clustered crime: a start, not an answer.
    """
    px, py = numbers(x, "x"), numbers(y, "y")
    n = same_length(x=px, y=py)
    if n < 2:
        raise ForestallError("A bandwidth cannot be judged from fewer than two points.", "Give --bandwidth.")
    spreads = []
    for values in (px, py):
        quartiles = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349
        spreads.append(min(s for s in (float(values.std(ddof=1)), quartiles or np.inf) if s >= 0))
    spread = float(np.sqrt(np.mean(np.square(spreads))))
    if not spread > 0:
        raise ForestallError("All points lie at one place.", "Give the bandwidth yourself.")
    return spread * n ** (-1 / 6)


def kernel_density(
    x: ArrayLike,
    y: ArrayLike,
    bandwidth: float,
    cell: float,
    *,
    origin: tuple[float, float] | None = None,
    shape: tuple[int, int] | None = None,
    kernel: str = "gaussian",
    exact: bool = False,
    weights: ArrayLike | None = None,
) -> Density:
    """How densely do events lie around each point of a grid?

    x, y: coordinates (n,); bandwidth: standard deviation of the gaussian, or radius of the quartic, same
    unit; cell: side of the output cells; origin, shape: lower left corner and (rows, columns), by default the
    points and three bandwidths around. exact: sum over points at every centre; else many points are binned on
    a fine grid first (error below 0.2 % of the highest density); few points and the quartic are always exact.
    Returns density that integrates to 1 over the plane (`inside` is the part that lies on the grid).
    Assumes smooth risk over open ground. When not to use it: as a test (it has none: see `getis_ord`); where
    rivers or borders cut the area; with a bandwidth smaller than a cell (warned).
    Source: Silverman 1986; Wand & Jones 1995 (binning); Hockney & Eastwood 1988 (quadratic shares).
    Errors: unknown kernel, grid too large, no overlap.
    """
    px, py = numbers(x, "x"), numbers(y, "y")
    n = same_length(x=px, y=py)
    if kernel not in KERNELS:
        raise ForestallError(f"There is no kernel {kernel!r}.", f"Choose {' or '.join(KERNELS)}.")
    for name, value in (("bandwidth", bandwidth), ("cell", cell)):
        if not (np.isfinite(value) and value > 0):
            raise ForestallError(f"The {name} {value:g} is not above zero.", "Use metres, for example 300.")
    if n == 0:
        raise ForestallError("There are no points.", "Widen the period or the area.")
    w = np.ones(n) if weights is None else numbers(weights, "weights")
    same_length(x=px, weights=w)
    if not w.sum() > 0:
        raise ForestallError("The weights sum to zero.", "Give weights above zero.")
    x0, y0, rows, columns = _frame(px, py, bandwidth, cell, origin, shape)
    warnings = _warnings(bandwidth, cell)
    place = (px, py, w / w.sum(), bandwidth, cell, (x0, y0), (rows, columns))
    # A few points are summed exactly as quickly as they are binned.
    exact = exact or kernel == "quartic" or n * rows * columns <= EXACT_WORK
    density = _exact(*place, kernel) if exact else _binned(*place)
    method = "exact sum over points" if exact else "quadratic binning and convolution"
    inside = float(density.sum() * cell**2)
    if inside < 1e-9:
        raise ForestallError("Points and grid do not overlap.", "Use the same coordinates for both.")
    return Density(density, x0, y0, float(cell), float(bandwidth), kernel, method, n, inside, warnings)


def _warnings(bandwidth: float, cell: float) -> tuple[str, ...]:
    if bandwidth < cell:
        return (
            f"The bandwidth {bandwidth:g} is smaller than a cell ({cell:g}): the map shows single events.",
        )
    return ()


def _frame(
    x: Floats,
    y: Floats,
    bandwidth: float,
    cell: float,
    origin: tuple[float, float] | None,
    shape: tuple[int, int] | None,
) -> tuple[float, float, int, int]:
    if origin is None:
        west, south = (float(np.floor((v.min() - 3 * bandwidth) / cell) * cell) for v in (x, y))
        origin = west, south
    if shape is None:
        high = [float(v.max()) + 3 * bandwidth for v in (x, y)]
        need = [int(np.ceil((h - o) / cell)) for h, o in zip(high, origin, strict=True)]
        check_size(max(need[1], 1), max(need[0], 1), cell)
        shape = max(need[1], 1), max(need[0], 1)
    check_size(*shape, cell)
    return float(origin[0]), float(origin[1]), int(shape[0]), int(shape[1])


def _kernel_1d(distance: Floats, bandwidth: float) -> Floats:
    return np.exp(-0.5 * (distance / bandwidth) ** 2) / (bandwidth * np.sqrt(2 * np.pi))


def _exact(
    x: Floats, y: Floats, w: Floats, bandwidth: float, cell: float,
    origin: tuple[float, float], shape: tuple[int, int], kernel: str,
) -> Floats:  # fmt: skip
    """Gaussian: the product of two curves, summed as one matrix product. Quartic: points near each centre."""
    gx = origin[0] + cell * (np.arange(shape[1]) + 0.5)
    gy = origin[1] + cell * (np.arange(shape[0]) + 0.5)
    out = np.zeros(shape)
    if kernel == "gaussian":
        for start in range(0, x.size, 20_000):
            part = slice(start, start + 20_000)
            across = _kernel_1d(gx[:, None] - x[part], bandwidth)
            up = _kernel_1d(gy[:, None] - y[part], bandwidth) * w[part]
            out += up @ across.T
        return out
    reach = int(np.ceil(bandwidth / cell)) + 1
    column = np.floor((x - origin[0]) / cell).astype(np.int64)
    row = np.floor((y - origin[1]) / cell).astype(np.int64)
    for rise in range(-reach, reach + 1):
        for aside in range(-reach, reach + 1):
            r, c = row + rise, column + aside
            use = np.flatnonzero((r >= 0) & (r < shape[0]) & (c >= 0) & (c < shape[1]))
            if use.size == 0:
                continue
            r, c = r[use], c[use]
            u = ((gx[c] - x[use]) ** 2 + (gy[r] - y[use]) ** 2) / bandwidth**2
            value = np.where(u < 1, (1 - u) ** 2, 0.0) * w[use]
            out += np.bincount(r * shape[1] + c, weights=value, minlength=out.size).reshape(shape)
    return out * 3 / (np.pi * bandwidth**2)


def _binned(
    x: Floats, y: Floats, w: Floats, bandwidth: float, cell: float,
    origin: tuple[float, float], shape: tuple[int, int],
) -> Floats:  # fmt: skip
    """Points shared among the fine nodes around them, then smoothed and read off at the centres."""
    parts = max(1, int(np.ceil(FINENESS * cell / bandwidth - 1e-9)))
    # An odd number of fine steps per cell puts a node on every centre.
    parts += 1 - parts % 2
    fine = cell / parts
    reach = REACH * bandwidth
    pad = int(np.ceil(reach / fine)) + 2
    left, bottom = origin[0] + fine / 2 - pad * fine, origin[1] + fine / 2 - pad * fine
    size = shape[0] * parts + 2 * pad, shape[1] * parts + 2 * pad
    check_size(*size, fine)
    nodes = _shared(x, y, w, left, bottom, fine, size)
    curve = _curve(fine, bandwidth, reach)
    first = pad + parts // 2
    smooth = _slide(nodes, curve, first, parts, shape[0])
    return _slide(smooth.T, curve, first, parts, shape[1]).T


def _shared(
    x: Floats, y: Floats, w: Floats, left: float, bottom: float, fine: float, size: tuple[int, int]
) -> Floats:
    """Quadratic binning: each point's weight goes to nine nodes. Points off the frame count nothing."""
    width = size[1]
    out = np.zeros(size[0] * width)
    for start in range(0, x.size, BLOCK):
        part = slice(start, start + BLOCK)
        fx, fy, share = (x[part] - left) / fine, (y[part] - bottom) / fine, w[part]
        inside = (fx >= 1) & (fy >= 1) & (fx < width - 2) & (fy < size[0] - 2)
        if not inside.all():
            fx, fy, share = fx[inside], fy[inside], share[inside]
        cx, cy = (fx + 0.5).astype(np.int64), (fy + 0.5).astype(np.int64)
        flat = cy * width + cx
        columns = _three(fx - cx)
        for step, row in zip((-width, 0, width), _three(fy - cy), strict=True):
            row = row * share
            for aside, column in zip((-1, 0, 1), columns, strict=True):
                out += np.bincount(flat + (step + aside), weights=row * column, minlength=out.size)
    return out.reshape(size)


def _three(offset: Floats) -> tuple[Floats, Floats, Floats]:
    """Shares of the node before, at and after a point; their spread is a quarter step squared everywhere."""
    return 0.5 * (0.5 - offset) ** 2, 0.75 - offset**2, 0.5 * (0.5 + offset) ** 2


def _curve(fine: float, bandwidth: float, reach: float) -> Floats:
    """The normal curve at node distances, its sum one over the fine step."""
    half = int(np.ceil(reach / fine))
    # The shares widen the curve by fine squared / 4: taken off the bandwidth.
    narrow = float(np.sqrt(bandwidth**2 - fine**2 / 4))
    curve = _kernel_1d(np.arange(-half, half + 1, dtype=np.float64) * fine, narrow)
    return curve / (curve.sum() * fine)


def _slide(nodes: Floats, curve: Floats, first: int, step: int, number: int) -> Floats:
    """Weighted sums of rows around every `step`-th row from `first`: one slice per point of the curve."""
    half = curve.size // 2
    out = np.zeros((number, nodes.shape[1]))
    for k, weight in enumerate(curve):
        start = first + k - half
        out += weight * nodes[start : start + (number - 1) * step + 1 : step]
    return out


def dual_density(
    x: ArrayLike,
    y: ArrayLike,
    base_x: ArrayLike,
    base_y: ArrayLike,
    bandwidth: float,
    cell: float,
    *,
    least: float = 1e-3,
) -> tuple[Density, Floats]:
    """Where is crime dense for the number of people, homes or earlier crimes there?

    x, y: events; base_x, base_y: what is at risk (or events of a base period). Both smoothed alike on one grid.
    Returns the base's density object and the ratio of densities (1 = as expected), NaN where the base has
    less than `least` of its own peak (a ratio there would be noise). Source: Kelsall & Diggle 1995.
    """
    px, py = numbers(x, "x"), numbers(y, "y")
    bx, by = numbers(base_x, "base x"), numbers(base_y, "base y")
    everything = np.concatenate([px, bx]), np.concatenate([py, by])
    if px.size == 0 or bx.size == 0:
        raise ForestallError("One of the two sets of points is empty.", "Give events and what is at risk.")
    x0, y0, rows, columns = _frame(*everything, bandwidth, cell, None, None)
    top = kernel_density(px, py, bandwidth, cell, origin=(x0, y0), shape=(rows, columns))
    base = kernel_density(bx, by, bandwidth, cell, origin=(x0, y0), shape=(rows, columns))
    enough = base.density > least * base.density.max()
    ratio = np.full(base.density.shape, np.nan)
    ratio[enough] = top.density[enough] / base.density[enough]
    return base, ratio
