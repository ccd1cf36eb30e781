"""Does one crime raise the risk of another soon after and close by? Knox's near-repeat test; repeat rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.close_pairs import ClosePairs, close_pairs
from forestall.stats.inputs import Floats, counts, numbers, refuse_degrees, same_length
from forestall.stats.results import Answer, figure

TAIL = "upper: share of relabellings with at least as many pairs, (b + 1) / (m + 1)"
ORIGINATOR = "each pair counts once; the earlier event is the originator, on one day the row that comes first"
#: Permuted labels held at once, and columns that fit the processor's cache.
LABEL_BYTES = 256_000_000
GROUP = 256
BLOCK = 255  # rows whose yes/no sums still fit a byte
TILE = 4 * BLOCK


@dataclass(frozen=True)
class NearRepeat(Answer):
    """Tables of pairs, rows = space bands, columns = time bands, all bands half open [from, to)."""

    space: Floats
    time: Floats
    observed: NDArray[np.int64]
    expected: Floats
    ratio: Floats
    p: Floats | None
    z: Floats
    standard_deviation: Floats
    expected_simulated: Floats | None
    n: int
    close_pairs: int
    permutations: int
    metric: str
    tail: str
    originator: str
    method: str = "Knox test with all bands at once; expected in closed form under relabelling of dates"

    def sentence(self) -> str:
        """The strongest cell as a person would say it."""
        usable = np.where((self.observed >= 3) & (self.ratio > 1), self.z, -np.inf)
        s, t = np.unravel_index(int(np.nanargmax(usable)), usable.shape)
        if not np.isfinite(usable[s, t]):
            return "No band has three or more pairs and more than shuffled dates would give."
        p = "" if self.p is None else f" (p = {self.p[s, t]:.3g}, one-sided)"
        return (
            f"Pairs {figure(self.space[s])} to under {figure(self.space[s + 1])} apart and "
            f"{figure(self.time[t])} to under {figure(self.time[t + 1])} days apart were "
            f"{figure(self.ratio[s, t])} times as many as dates shuffled among places would give{p}."
        )


def _bands(values: Sequence[float] | ArrayLike, name: str) -> Floats:
    edges = numbers(values, name)
    if edges.size < 2 or (np.diff(edges) <= 0).any() or edges[0] < 0:
        raise ForestallError(
            f"The {name} {edges.tolist()} are not rising edges from zero or more.",
            "Give edges such as 0,1,100,200: bands [0, 1), [1, 100), [100, 200).",
        )
    return edges


def near_repeat(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    space_bands: Sequence[float] | ArrayLike = (0, 1, 100, 200, 300, 400),
    time_bands: Sequence[float] | ArrayLike = (0, 8, 15, 22, 29),
    permutations: int = 999,
    rng: np.random.Generator | None = None,
    metric: str = "euclidean",
) -> NearRepeat:
    """Are crimes close in space also close in time more often than chance gives?

    x, y: places (n,) in metres. days: dates as day numbers (n,), whole or with fractions. space_bands,
    time_bands: edges of half-open bands [a, b). permutations: random relabellings of dates (0: no p).
    rng: source of randomness, needed for permutations. metric: euclidean or manhattan.
    Returns tables with rows = space bands: observed pairs, expected (exact mean under relabelling), ratio,
    upper-tail p, and z from the exact variance. Memory grows with events, not with pairs.
    Assumes that every place was at risk throughout. When not to use it: dates known to the month only;
    coordinates moved to shared anonymous points (closest band then measures the points, not the risk); a
    period over which the pattern moved for other reasons (ratios at long bands then differ from 1 too).
    Errors: bands not rising, degrees, all dates on the first of a month, fewer than two events.
    Sources: Knox 1964; Barton & David 1966 (variance); Johnson et al. 2007; Ratcliffe 2009.
    """
    px, py, when = numbers(x, "x"), numbers(y, "y"), numbers(days, "days")
    n = same_length(x=px, y=py, days=when)
    space, time = _bands(space_bands, "space bands"), _bands(time_bands, "time bands")
    if n < 2:
        raise ForestallError(f"There are {n} events; a pair needs two.", "Widen the period or the area.")
    refuse_degrees(px, py, float(space[-1]))
    if permutations and rng is None:
        raise ForestallError("Permutations need a source of randomness.", "Give rng with a stated seed.")
    pairs = close_pairs(px, py, float(space[-1]), metric)
    labels = _Labels.of(when[pairs.order], time)
    table = _count(pairs, labels, space, permutations, rng)
    per_space = table.pairs_in_band
    share, time_paths = _time_pairs(np.sort(when), time)
    total = n * (n - 1) / 2
    expected = per_space[:, None] * (share / total)
    deviation = _deviation(per_space, table.space_paths, share, time_paths, n)
    observed = table.observed
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(expected > 0, observed / expected, np.nan)
        z = np.where(deviation > 0, (observed - expected) / deviation, np.nan)
    m = permutations
    return NearRepeat(
        space=space,
        time=time,
        observed=observed,
        expected=expected,
        ratio=ratio,
        p=(table.at_least + 1) / (m + 1) if m else None,
        z=z,
        standard_deviation=deviation,
        expected_simulated=table.total / m if m else None,
        n=n,
        close_pairs=int(per_space.sum()),
        permutations=m,
        metric=metric,
        tail=TAIL,
        originator=ORIGINATOR,
    )


@dataclass(frozen=True)
class _Labels:
    """Dates in the smallest type that keeps every difference exact, and a date that is far from all."""

    days: NDArray[np.generic]
    edges: NDArray[np.generic]
    far: float

    @classmethod
    def of(cls, when: Floats, time: Floats) -> _Labels:
        whole = bool((when == np.round(when)).all())
        span = float(np.ptp(when))
        # For whole days "nearer than 7.5" is "nearer than 8".
        edges = np.minimum(np.ceil(time) if whole else time, span + 1)
        if whole and span < 15_000:
            return cls((when - when.min()).astype(np.int16), edges.astype(np.int16), 32_000)
        return cls(when - when.min(), edges, 3 * span + 3)

    def columns(self, permutations: int, rng: np.random.Generator | None, true_first: bool) -> NDArray:
        """(n + 1, columns): the true dates if asked, then relabellings; the last row is the far date."""
        n = self.days.size
        table = np.empty((n + 1, permutations + int(true_first)), dtype=self.days.dtype)
        table[n] = self.far
        if true_first:
            table[:n, 0] = self.days
        for column in range(int(true_first), table.shape[1]):
            table[:n, column] = rng.permutation(self.days)  # type: ignore[union-attr]
        return table


@dataclass
class _Table:
    observed: NDArray[np.int64]
    at_least: NDArray[np.int64]
    total: Floats
    pairs_in_band: NDArray[np.int64]
    space_paths: Floats


def _count(
    pairs: ClosePairs,
    labels: _Labels,
    space: Floats,
    permutations: int,
    rng: np.random.Generator | None,
) -> _Table:
    """Pairs per space and time band, for the true dates and every relabelling."""
    n, bands = labels.days.size, space.size - 1
    shape = (bands, labels.edges.size - 1)
    table = _Table(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.zeros(shape),
        np.zeros(bands, np.int64),
        np.zeros(bands),
    )
    most = max(GROUP, int(LABEL_BYTES / ((n + 1) * labels.days.itemsize))) - 1
    done = 0
    while True:
        now = min(most, permutations - done)
        columns = labels.columns(now, rng, true_first=done == 0)
        got = _pass(pairs, columns, labels.edges, space, table if done == 0 else None)
        if done == 0:
            table.observed = got[0]
            got = got[1:]
        table.at_least += (got >= table.observed).sum(axis=0)
        table.total += got.sum(axis=0)
        done += now
        if done >= permutations:
            return table


def _pass(
    pairs: ClosePairs, columns: NDArray, edges: NDArray, space: Floats, tally: _Table | None
) -> NDArray[np.int64]:
    """One walk over all close pairs; returns counts (columns, space bands, time bands)."""
    n, bands = columns.shape[0] - 1, space.size - 1
    degrees = np.zeros((bands, n), dtype=np.int64) if tally else None
    groups = [np.ascontiguousarray(columns[:, g : g + GROUP]) for g in range(0, columns.shape[1], GROUP)]
    below = [np.zeros((bands, edges.size, g.shape[1]), dtype=np.int64) for g in groups]
    for i, j, d in pairs.chunks():
        parts = _by_band(i, j, d, space)
        if tally is not None and degrees is not None:
            for band, (a, b) in enumerate(parts):
                tally.pairs_in_band[band] += a.size
                _add_degrees(degrees[band], a)
                _add_degrees(degrees[band], b)
        for labels, under in zip(groups, below, strict=True):
            _tally(labels, parts, edges, under)
    if tally is not None and degrees is not None:
        tally.space_paths = (degrees * (degrees - 1.0)).sum(axis=1)
    all_below = np.concatenate(below, axis=2)
    return np.moveaxis(np.diff(all_below, axis=1), 2, 0)


def _by_band(i: NDArray, j: NDArray, d: Floats, space: Floats) -> list[tuple[NDArray, NDArray]]:
    """The pairs of each space band."""
    band = (np.searchsorted(space, d, side="right") - 1).astype(np.int8)
    order = np.argsort(band, kind="stable")
    cuts = np.searchsorted(band[order], np.arange(space.size))
    return [(i[order[a:b]], j[order[a:b]]) for a, b in pairwise(cuts)]


def _add_degrees(degrees: NDArray[np.int64], ends: NDArray) -> None:
    if ends.size:
        low = int(ends.min())
        found = np.bincount(ends - low)
        degrees[low : low + found.size] += found


def _tally(labels: NDArray, parts: list[tuple[NDArray, NDArray]], edges: NDArray, below: NDArray) -> None:
    """Add to `below[band, edge, column]` the pairs whose lag is under each edge.

    Rows of labels are gathered for a tile of pairs at a time: one copy serves all columns, and the tile
    stays in the cache for every comparison.
    """
    width = labels.shape[1]
    lag = np.empty((TILE, width), dtype=labels.dtype)
    other = np.empty_like(lag)
    near = np.empty((TILE, width), dtype=bool)
    far = labels.shape[0] - 1
    for band, (i, j) in enumerate(parts):
        for start in range(0, i.size, TILE):
            a, b = i[start : start + TILE], j[start : start + TILE]
            if a.size < TILE:
                rows = -(-a.size // BLOCK) * BLOCK
                pad = rows - a.size
                # Padding pairs the far date with a real event: further than every edge.
                a = np.concatenate([a, np.full(pad, far)])
                b = np.concatenate([b, np.zeros(pad, dtype=b.dtype)])
            rows = a.size
            np.take(labels, a, axis=0, out=lag[:rows], mode="clip")
            np.take(labels, b, axis=0, out=other[:rows], mode="clip")
            np.subtract(lag[:rows], other[:rows], out=lag[:rows])
            np.abs(lag[:rows], out=lag[:rows])
            for edge, limit in enumerate(edges):
                if limit <= 0:
                    continue
                np.less(lag[:rows], limit, out=near[:rows])
                blocks = near[:rows].view(np.uint8).reshape(-1, BLOCK, width)
                below[band, edge] += np.add.reduce(blocks, axis=1, dtype=np.uint8).sum(axis=0, dtype=np.int64)


def _time_pairs(when: Floats, time: Floats) -> tuple[Floats, Floats]:
    """Of sorted dates: pairs in each time band, and ordered paths of two such pairs through one event."""
    n = when.size
    here = np.arange(n)
    later = np.array([np.searchsorted(when, when + edge, side="left") for edge in time])
    earlier = np.array([np.searchsorted(when, when - edge, side="right") for edge in time])
    # Dates nearer than an edge, on both sides, the event itself left out (an edge of 0 has none).
    ahead = np.maximum(later - here - 1, 0)
    behind = np.maximum(here - earlier, 0)
    positive = (time > 0)[:, None]
    degree = np.diff(np.where(positive, ahead + behind, 0), axis=0).astype(np.float64)
    return degree.sum(axis=1) / 2, (degree * (degree - 1)).sum(axis=1)


def _deviation(pairs: NDArray, space_paths: Floats, lags: Floats, time_paths: Floats, n: int) -> Floats:
    """Standard deviation of each cell under relabelling (Barton & David 1966)."""
    a, paths_a = pairs[:, None].astype(np.float64), space_paths[:, None]
    b, paths_b = lags[None, :], time_paths[None, :]
    mean = a * b * 2 / (n * (n - 1))
    variance = mean - mean**2
    if n > 2:
        variance = variance + paths_a * paths_b / (n * (n - 1.0) * (n - 2))
    if n > 3:
        apart = (a * (a - 1) - paths_a) * (b * (b - 1) - paths_b)
        variance = variance + 4 * apart / (n * (n - 1.0) * (n - 2) * (n - 3))
    return np.sqrt(np.maximum(variance, 0))


@dataclass(frozen=True)
class RepeatRates(Answer):
    """How many keys (victims, premises, callers) had 1, 2, 3 or more events, and what share they bear."""

    keys: int
    events: int
    number_of_keys: NDArray[np.int64]
    number_of_events: NDArray[np.int64]
    times: list[str]
    share_of_keys_repeated: float
    share_of_events_repeats: float
    without_key: int
    method: str = "events beyond the first of a key are repeats; rows without a key are left out and counted"

    def sentence(self) -> str:
        return (
            f"Of {self.keys:,} victims or places {self.share_of_keys_repeated:.1%} had more than one event; "
            f"{self.share_of_events_repeats:.1%} of {self.events:,} events were repeats."
        )


def repeat_rates(events_per_key: ArrayLike, without_key: int = 0, top: int = 5) -> RepeatRates:
    """How much crime falls on those already victimised?

    events_per_key: events of each key that had any (k,). without_key: rows whose key is unknown: left out,
    counted. top: last class, "5 or more". A short period hides repeats at its edges: compare like
    periods. Sources: Farrell & Pease 1993; Pease 1998.
    """
    c = counts(events_per_key, "events per key")
    c = c[c > 0]
    if c.size == 0:
        raise ForestallError("No row has a key.", "Map a victim, premises or caller column and import again.")
    classes = np.minimum(c, top).astype(np.int64)
    keys = np.bincount(classes, minlength=top + 1)[1:]
    events = np.bincount(classes, weights=c, minlength=top + 1)[1:].astype(np.int64)
    total = int(c.sum())
    return RepeatRates(
        keys=c.size,
        events=total,
        number_of_keys=keys,
        number_of_events=events,
        times=[*(str(k) for k in range(1, top)), f"{top} or more"],
        share_of_keys_repeated=float((c > 1).mean()),
        share_of_events_repeats=(total - c.size) / total,
        without_key=without_key,
    )
