"""A smooth map of where crime is: kernel density on a grid, free of the unit of the coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.hotspots import check_size
from forestall.stats.inputs import Floats, numbers, same_length
from forestall.stats.results import Answer, figure

KERNELS = ("gaussian", "quartic")
#: The normal curve is cut where it falls under 1e-7 of its peak.
REACH = 5.7
#: Fine cells per bandwidth. The normal curve needs few, because the widening by binning is taken off it: the
#: error stays under 0.1 % of the peak. The quartic has edges and needs more for 0.3 %.
FINENESS = {"gaussian": 3, "quartic": 10}
#: Points binned at a time, so that temporaries stay in the cache.
BLOCK = 65_536


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
            self.x0 + self.cell * (np.arange(columns) + 0.5),
            self.y0 + self.cell * (np.arange(rows) + 0.5),
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
    points and three bandwidths around. exact: sum over points at every centre, else points are binned
    linearly on a fine grid first (error below 0.5 % of the highest density). Returns density that integrates
    to 1 over the plane (`inside` is the part that lies on the grid).
    Assumes smooth risk over open ground. When not to use it: as a test (it has none: see `getis_ord`); where
    rivers or borders cut the area; with a bandwidth smaller than a cell (warned).
    Source: Silverman 1986; Wand & Jones 1995 (linear binning). Errors: unknown kernel, grid too large.
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
    work = _exact if exact else _binned
    density = work(px, py, w / w.sum(), bandwidth, cell, (x0, y0), (rows, columns), kernel)
    method = "exact sum over points" if exact else "linear binning and convolution"
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
        origin = tuple(float(np.floor((v.min() - 3 * bandwidth) / cell) * cell) for v in (x, y))
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
    for up in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            r, c = row + up, column + across
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
    origin: tuple[float, float], shape: tuple[int, int], kernel: str,
) -> Floats:  # fmt: skip
    """Points shared among the four fine nodes around them, then smoothed and read off at the centres."""
    parts = max(1, int(np.ceil(FINENESS[kernel] * cell / bandwidth - 1e-9)))
    # An odd number of fine steps per cell puts a node on every centre.
    parts += 1 - parts % 2
    fine = cell / parts
    reach = REACH * bandwidth if kernel == "gaussian" else bandwidth
    pad = int(np.ceil(reach / fine)) + 1
    left, bottom = origin[0] + fine / 2 - pad * fine, origin[1] + fine / 2 - pad * fine
    size = shape[0] * parts + 2 * pad, shape[1] * parts + 2 * pad
    check_size(*size, fine)
    nodes = _shared(x, y, w, left, bottom, fine, size)
    at_rows = pad + parts // 2 + parts * np.arange(shape[0])
    at_columns = pad + parts // 2 + parts * np.arange(shape[1])
    if kernel == "gaussian":
        # Each side is a banded matrix of the curve at node distances: two products, no transform.
        up = _band(at_rows, size[0], fine, bandwidth, reach)
        across = _band(at_columns, size[1], fine, bandwidth, reach)
        return np.asarray(up @ np.asarray(across @ nodes.T).T)
    return _quartic_field(nodes, fine, bandwidth, pad)[np.ix_(at_rows, at_columns)]


def _shared(
    x: Floats, y: Floats, w: Floats, left: float, bottom: float, fine: float, size: tuple[int, int]
) -> Floats:
    """Linear binning: each point's weight goes to four nodes by nearness. Points off the frame count nothing."""
    out = np.zeros(size[0] * size[1])
    for start in range(0, x.size, BLOCK):
        part = slice(start, start + BLOCK)
        fx, fy, share = (x[part] - left) / fine, (y[part] - bottom) / fine, w[part]
        inside = (fx >= 0) & (fy >= 0) & (fx < size[1] - 1) & (fy < size[0] - 1)
        if not inside.all():
            fx, fy, share = fx[inside], fy[inside], share[inside]
        cx, cy = fx.astype(np.int64), fy.astype(np.int64)
        fx -= cx
        fy -= cy
        flat = cy * size[1] + cx
        right, up = share * fx, share * fy
        both = right * fy
        for step, part_of in (
            (0, share - right - up + both),
            (1, right - both),
            (size[1], up - both),
            (size[1] + 1, both),
        ):
            out += np.bincount(flat + step, weights=part_of, minlength=out.size)
    return out.reshape(size)


def _band(at: NDArray[np.int64], nodes: int, fine: float, bandwidth: float, reach: float) -> object:
    """The normal curve from each centre to the nodes near it, as a sparse matrix (centres, nodes)."""
    from scipy.sparse import csr_matrix

    half = int(np.ceil(reach / fine))
    steps = np.arange(-half, half + 1)
    # The linear shares widen the curve by fine squared / 6: taken off the bandwidth.
    narrow = np.sqrt(max(bandwidth**2 - fine**2 / 6, (0.5 * bandwidth) ** 2))
    curve = _kernel_1d(steps * fine, narrow)
    curve *= 1 / (curve.sum() * fine)
    columns = (at[:, None] + steps).ravel()
    keep = (columns >= 0) & (columns < nodes)
    rows = np.repeat(np.arange(at.size), steps.size)
    values = np.tile(curve, at.size)
    return csr_matrix((values[keep], (rows[keep], columns[keep])), shape=(at.size, nodes))


def _quartic_field(nodes: Floats, fine: float, bandwidth: float, pad: int) -> Floats:
    """Quartic smoothing by fast transform: the kernel is no product of two curves."""
    from scipy.fft import irfft2, next_fast_len, rfft2

    half = int(np.ceil(bandwidth / fine))
    steps = np.arange(-half, half + 1) * fine
    u = (steps[:, None] ** 2 + steps**2) / bandwidth**2
    kernel = np.where(u < 1, (1 - u) ** 2, 0.0)
    kernel /= kernel.sum() * fine**2
    size = tuple(next_fast_len(length + kernel.shape[0], real=True) for length in nodes.shape)
    field = irfft2(rfft2(nodes, size) * rfft2(kernel, size), size)
    return np.maximum(field[half : half + nodes.shape[0], half : half + nodes.shape[1]], 0.0)


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
    frame = {"origin": (x0, y0), "shape": (rows, columns)}
    top = kernel_density(px, py, bandwidth, cell, origin=frame["origin"], shape=frame["shape"])
    base = kernel_density(bx, by, bandwidth, cell, origin=frame["origin"], shape=frame["shape"])
    enough = base.density > least * base.density.max()
    ratio = np.full(base.density.shape, np.nan)
    ratio[enough] = top.density[enough] / base.density[enough]
    return base, ratio
