"""Where and when did unusually many events come together? Kulldorff's scans, by points or by areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, numbers, refuse_degrees, same_length
from forestall.stats.results import Answer, figure

#: Cylinders (circles x periods x window lengths) above which the work is refused beforehand.
MOST_CYLINDERS = 60_000_000
#: Only counts this many standard deviations above expectation can be the maximum; checked afterwards.
WORTH = 2.5
EULER = 0.5772156649015329

Draw = Callable[[np.random.Generator], NDArray[Any]]


@dataclass(frozen=True)
class Cluster(Answer):
    """A circle and a span of days with more events than expected."""

    x: float
    y: float
    radius: float
    first_day: float
    last_day: float
    events: float
    expected: float
    ratio: float
    log_likelihood_ratio: float
    p: float | None


@dataclass(frozen=True)
class Scan(Answer):
    """The strongest cluster, then those that do not overlap a stronger one; p allows for all that were tried."""

    clusters: list[Cluster]
    n: float
    circles: int
    cylinders: int
    replicas: int
    p_method: str
    model: str
    radii: Floats
    period_days: float
    longest_days: float
    prospective: bool
    method: str

    def sentence(self) -> str:
        if not self.clusters:
            return "No circle and span holds more events than expected."
        top = self.clusters[0]
        if top.p is None:
            said = "not tested"
        elif top.p <= 0.05:
            said = f"more than chance explains (p = {top.p:.3g}, all {self.cylinders:,} tried allowed for)"
        else:
            said = f"no more than chance may explain (p = {top.p:.3g})"
        return (
            f"The strongest cluster has {figure(top.events)} events where {figure(top.expected)} were expected, within "
            f"{figure(top.radius)} metres over {figure(top.last_day - top.first_day + 1)} days: {said}."
        )


@dataclass(frozen=True)
class _Space:
    """Places, the circles around each, and every window of time; what is expected in each cylinder."""

    x: Floats
    y: Floats
    radii: Floats
    rings: list[Any]
    lengths: range
    prospective: bool
    total: float

    def circles(self, table: NDArray[Any]) -> list[Floats]:
        """Running sums over time within every circle: one (places, periods + 1) array per radius."""
        inside = np.zeros(table.shape)
        found = []
        for ring in self.rings:
            inside = inside + ring @ table
            running = np.zeros((table.shape[0], table.shape[1] + 1))
            np.cumsum(inside, axis=1, out=running[:, 1:])
            found.append(running)
        return found

    def windows(self, running: Floats, length: int) -> Floats:
        """Sums over every window of this many periods; only the last one if prospective."""
        if self.prospective:
            return running[:, -1:] - running[:, -1 - length : running.shape[1] - length]
        return running[:, length:] - running[:, :-length]


def _likelihood(count: Floats, expected: Floats, total: float) -> Floats:
    """Log likelihood ratio of a cylinder against the rest; 0 where the count is not above expectation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = total - count
        inside = count * np.log(count / expected)
        outside = np.where(rest > 0, rest * np.log(rest / (total - expected)), 0.0)
        return np.where((count > expected) & (expected > 0), inside + outside, 0.0)


def _rings(x: Floats, y: Floats, radii: Floats) -> list[Any]:
    """For each radius the places between it and the one before, as sparse 0/1 matrices."""
    from scipy.sparse import csr_matrix
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack([x, y]))
    near = tree.sparse_distance_matrix(tree, float(radii[-1]), output_type="coo_matrix")
    rows, columns, d = near.row, near.col, near.data
    # A distance of zero to another place may be left out of a sparse answer: put pairs at one point back.
    ring = np.searchsorted(radii, d, side="left")
    found = []
    for k in range(radii.size):
        use = ring == k
        found.append(csr_matrix((np.ones(int(use.sum())), (rows[use], columns[use])), shape=(x.size, x.size)))
    missing = np.asarray(sum(r.diagonal() for r in found)) == 0
    if missing.any():
        at = np.flatnonzero(missing)
        found[0] = found[0] + csr_matrix((np.ones(at.size), (at, at)), shape=(x.size, x.size))
    return found


def _check(radii: Sequence[float] | ArrayLike, longest: int, periods: int) -> Floats:
    sizes = numbers(radii, "radii")
    if sizes.size == 0 or (sizes <= 0).any() or (np.diff(sizes) <= 0).any():
        raise ForestallError(
            f"The radii {sizes.tolist()} are not rising from above zero.", "Use 250,500,1000."
        )
    if not 1 <= longest <= max(periods // 2, 1):
        raise ForestallError(
            f"The longest window of {longest} periods does not fit {periods} periods.",
            "Use at most half of the time covered, or shorter periods.",
        )
    return sizes


def _run(
    space: _Space,
    observed: NDArray[Any],
    expected_of: Callable[[int, int], Floats],
    draw: Draw,
    replicas: int,
    rng: np.random.Generator | None,
    p_method: str,
    most: int,
    days: tuple[float, float],
    model: str,
) -> Scan:
    if replicas and rng is None:
        raise ForestallError("Replicas need a source of randomness.", "Give rng with a stated seed.")
    if p_method not in ("monte carlo", "gumbel"):
        raise ForestallError(f"There is no p method {p_method!r}.", "Choose monte carlo or gumbel.")
    if replicas and p_method == "gumbel" and replicas < 50:
        raise ForestallError(
            f"A Gumbel curve cannot be fitted to {replicas} replicas.", "Use 99 or more, or monte carlo."
        )
    places, periods = observed.shape
    windows = sum(1 if space.prospective else periods - length + 1 for length in space.lengths)
    cylinders = places * space.radii.size * windows
    if cylinders > MOST_CYLINDERS:
        raise ForestallError(
            f"{places:,} places, {space.radii.size} radii and {windows:,} windows make {cylinders:,} cylinders.",
            "Use larger cells, fewer radii, longer periods or a shorter longest window.",
        )
    keys = [(r, length) for r in range(space.radii.size) for length in space.lengths]
    expected = {key: expected_of(*key) for key in keys}
    running = space.circles(observed)
    ratio = {
        key: _likelihood(space.windows(running[key[0]], key[1]), expected[key], space.total) for key in keys
    }
    found = _separate(space, running, ratio, expected, most)
    null = _null(space, expected, keys, draw, replicas, rng) if replicas else np.zeros(0)
    start, step = days
    clusters = []
    for row, key, column, score in found:
        count = float(space.windows(running[key[0]], key[1])[row, column])
        mean = float(expected[key][row, column])
        first = periods - key[1] if space.prospective else column
        clusters.append(
            Cluster(
                x=float(space.x[row]),
                y=float(space.y[row]),
                radius=float(space.radii[key[0]]),
                first_day=start + first * step,
                last_day=start + (first + key[1]) * step - 1,
                events=count,
                expected=mean,
                ratio=count / mean,
                log_likelihood_ratio=score,
                p=_p(score, null, p_method) if replicas else None,
            )
        )
    return Scan(
        clusters=clusters,
        n=space.total,
        circles=places * space.radii.size,
        cylinders=cylinders,
        replicas=replicas,
        p_method=p_method,
        model=model,
        radii=space.radii,
        period_days=step,
        longest_days=space.lengths[-1] * step,
        prospective=space.prospective,
        method="circular scan over space and time; the largest log likelihood ratio against that of replicas",
    )


def _null(
    space: _Space,
    expected: dict[tuple[int, int], Floats],
    keys: list[tuple[int, int]],
    draw: Draw,
    replicas: int,
    rng: np.random.Generator | None,
) -> Floats:
    """The largest ratio in each replica. Counts near expectation cannot hold it and are not worked out."""
    worth = {key: expected[key] + WORTH * np.sqrt(expected[key]) for key in keys}
    top_mean = max(float(e.max()) for e in expected.values())
    # Twice the ratio is at most the squared deviation in standard units, times N / (N - mean).
    sure = WORTH**2 / 2 * space.total / max(space.total - top_mean, 1e-9)
    largest = np.empty(replicas)
    for replica in range(replicas):
        running = space.circles(draw(rng))  # type: ignore[arg-type]
        best = 0.0
        for key in keys:
            count = space.windows(running[key[0]], key[1])
            at = np.flatnonzero(count > worth[key])
            if at.size:
                scores = _likelihood(count.ravel()[at], expected[key].ravel()[at], space.total)
                best = max(best, float(scores.max()))
        if best < sure:
            best = max(
                float(_likelihood(space.windows(running[k[0]], k[1]), expected[k], space.total).max())
                for k in keys
            )
        largest[replica] = best
    return largest


def _p(score: float, null: Floats, method: str) -> float:
    if method == "monte carlo":
        return float((1 + (null >= score - 1e-9).sum()) / (null.size + 1))
    scale = float(null.std(ddof=1)) * np.sqrt(6) / np.pi
    place = float(null.mean()) - EULER * scale
    return float(-np.expm1(-np.exp(-(score - place) / scale)))


def _separate(
    space: _Space,
    running: list[Floats],
    ratio: dict[tuple[int, int], Floats],
    expected: dict[tuple[int, int], Floats],
    most: int,
) -> list[tuple[int, tuple[int, int], int, float]]:
    """The strongest cylinder, then those whose circle does not touch that of a stronger one."""
    best = np.stack([r.max(axis=1) for r in ratio.values()])
    keys = list(ratio)
    order = np.argsort(-best.max(axis=0), kind="stable")
    chosen: list[tuple[int, tuple[int, int], int, float]] = []
    for row in order:
        if len(chosen) == most:
            break
        which = int(np.argmax(best[:, row]))
        key = keys[which]
        score = float(best[which, row])
        if score <= 0:
            break
        radius = space.radii[key[0]]
        apart = all(
            np.hypot(space.x[row] - space.x[r], space.y[row] - space.y[r]) > radius + space.radii[k[0]]
            for r, k, _, _ in chosen
        )
        if apart:
            chosen.append((int(row), key, int(np.argmax(ratio[key][row])), score))
    return chosen


def space_time_scan(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    radii: Sequence[float] | ArrayLike = (250, 500, 1000),
    *,
    cell: float = 250.0,
    period: float = 7,
    longest: int = 8,
    prospective: bool = False,
    replicas: int = 999,
    rng: np.random.Generator | None = None,
    p_method: str = "monte carlo",
    most: int = 10,
) -> Scan:
    """Did events come together in space and time more than busy places and busy weeks explain?

    x, y: places (n,) in metres; days: day numbers (n,). Events are put on cells of side `cell` and periods of
    `period` days (counted back from the last day); circles of each radius around every cell that holds any, and
    every window of 1 to `longest` periods, are tried. prospective: only windows that reach the last day.
    replicas: dates shuffled among events; rng is needed. p_method: monte carlo, or gumbel (a curve fitted to
    the replicas' maxima: 99 suffice). Needs no population: adjusts for place and time as such.
    When not to use it: population shifts during the period look like clusters; months-only dates.
    Sources: Kulldorff et al. 2005 (permutation); Abrams et al. 2010 (Gumbel). Errors: degrees, work too large.
    """
    px, py, when = numbers(x, "x"), numbers(y, "y"), numbers(days, "days")
    n = same_length(x=px, y=py, days=when)
    if n < 3:
        raise ForestallError(f"There are {n} events; a scan needs more.", "Widen the period or the area.")
    refuse_degrees(px, py, float(np.max(radii)) if np.size(radii) else 0.0)
    if not (cell > 0 and period > 0):
        raise ForestallError("The cell and the period must be above zero.", "Use for example 250 and 7.")
    last = float(np.floor(when.max()))
    back = np.floor((last - np.floor(when)) / period).astype(np.int64)
    periods = int(back.max()) + 1
    when_index = periods - 1 - back
    sizes = _check(radii, longest, periods)
    column, row = np.floor(px / cell).astype(np.int64), np.floor(py / cell).astype(np.int64)
    column -= column.min()
    row -= row.min()
    _, first, place = np.unique(row * (column.max() + 1) + column, return_index=True, return_inverse=True)
    places = first.size
    number = np.bincount(place, minlength=places)
    # A place stands at the centre of its events.
    cx = np.bincount(place, weights=px, minlength=places) / number
    cy = np.bincount(place, weights=py, minlength=places) / number
    space = _Space(cx, cy, sizes, _rings(cx, cy, sizes), range(1, longest + 1), prospective, float(n))

    def table(index: NDArray[np.int64]) -> NDArray[Any]:
        flat = np.bincount(place * periods + index, minlength=places * periods)
        return flat.reshape(places, periods).astype(float)

    per_circle = np.cumsum([ring @ number for ring in space.rings], axis=0)
    in_time = np.concatenate([[0], np.cumsum(np.bincount(when_index, minlength=periods))])[None, :]

    def expected_of(radius: int, length: int) -> Floats:
        return per_circle[radius][:, None] * space.windows(in_time, length) / n

    return _run(
        space, table(when_index), expected_of, lambda r: table(r.permutation(when_index)), replicas, rng,
        p_method, most, (last - periods * period + 1, float(period)), "space-time permutation",
    )  # fmt: skip


def poisson_scan(
    x: ArrayLike,
    y: ArrayLike,
    counts: ArrayLike,
    expected: ArrayLike,
    radii: Sequence[float] | ArrayLike = (1000, 2000, 4000),
    *,
    longest: int = 1,
    prospective: bool = False,
    replicas: int = 999,
    rng: np.random.Generator | None = None,
    p_method: str = "monte carlo",
    most: int = 10,
) -> Scan:
    """Which neighbouring areas (and periods) have more events than their population leads one to expect?

    x, y: centres of areas (k,) in metres; counts: events (k,) or (k, periods); expected: the same shape,
    population or any expectation above zero (scaled to the total). As `space_time_scan`; replicas draw all
    events over areas and periods in proportion to `expected`. Days in the answer are period numbers from 0.
    Assumes Poisson counts at risk as expected. When not to use it: counts that vary more than Poisson for
    other reasons (p is then too small); unknown population. Source: Kulldorff 1997.
    """
    px, py = numbers(x, "x"), numbers(y, "y")
    same_length(x=px, y=py)
    refuse_degrees(px, py, float(np.max(radii)) if np.size(radii) else 0.0)
    seen, mean = (np.asarray(v, dtype=float) for v in (counts, expected))
    seen, mean = (v[:, None] if v.ndim == 1 else v for v in (seen, mean))
    if seen.shape != mean.shape or seen.shape[0] != px.size:
        raise ForestallError(
            f"There are {px.size} areas, counts {seen.shape} and expected {mean.shape}.",
            "Give one row per area.",
        )
    if not (np.isfinite(seen).all() and (seen >= 0).all() and np.isfinite(mean).all() and (mean > 0).all()):
        raise ForestallError("Counts must be zero or more and expected above zero.", "Leave out empty areas.")
    total = float(seen.sum())
    if total < 3 or (seen != np.round(seen)).any():
        raise ForestallError("The scan needs three or more events in whole counts.", "Widen the period.")
    sizes = _check(radii, longest, max(seen.shape[1], 1))
    mean = mean * (total / mean.sum())
    space = _Space(px, py, sizes, _rings(px, py, sizes), range(1, longest + 1), prospective, total)
    running = space.circles(mean)
    share = (mean / total).ravel()
    return _run(
        space, seen, lambda r, length: space.windows(running[r], length),
        lambda r: r.multinomial(int(total), share).reshape(seen.shape).astype(float),
        replicas, rng, p_method, most, (0.0, 1.0), "Poisson",
    )  # fmt: skip
