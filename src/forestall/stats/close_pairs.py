"""Every pair of events that lie close together, in chunks: memory grows with events, never with pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats

METRICS = ("euclidean", "manhattan")
#: Candidate pairs held at once: about 50 MB while a chunk is being measured.
CHUNK = 1_000_000
#: Strips per reach. More strips try fewer pairs in vain, at the price of more ranges per event.
STRIPS = 4

Indices = NDArray[np.int64]


def distance(dx: Floats, dy: Floats, metric: str) -> Floats:
    """Distance for differences in x and y."""
    if metric == "manhattan":
        return np.abs(dx) + np.abs(dy)
    if metric == "euclidean":
        return np.hypot(dx, dy)
    raise ForestallError(f"There is no metric {metric!r}.", f"Choose {' or '.join(METRICS)}.")


@dataclass(frozen=True)
class ClosePairs:
    """Events sorted into strips of y and along x within, ready to give each close pair exactly once.

    `order` maps sorted position to the row given; pairs come in sorted positions.
    """

    order: Indices
    x: Floats
    y: Floats
    reach: float
    metric: str
    first: Indices
    last: Indices

    @property
    def candidates(self) -> int:
        """How many pairs will be measured: known before the work starts."""
        return int((self.last - self.first).sum())

    def chunks(self, size: int = CHUNK) -> Iterator[tuple[Indices, Indices, Floats]]:
        """(i, j, distance) of every pair nearer than `reach`, in chunks, each pair once."""
        per_event = (self.last - self.first).sum(axis=1)
        running = np.concatenate([[0], np.cumsum(per_event)])
        start, n = 0, self.x.size
        while start < n:
            stop = int(np.searchsorted(running, running[start] + size, side="right")) - 1
            stop = min(max(stop, start + 1), n)
            if running[stop] > running[start]:
                yield self._measure(start, stop)
            start = stop

    def _measure(self, start: int, stop: int) -> tuple[Indices, Indices, Floats]:
        first = self.first[start:stop].ravel()
        lengths = self.last[start:stop].ravel() - first
        i = np.repeat(np.repeat(np.arange(start, stop), self.first.shape[1]), lengths)
        ends = np.cumsum(lengths)
        j = np.arange(ends[-1]) + np.repeat(first - (ends - lengths), lengths)
        d = distance(self.x[i] - self.x[j], self.y[i] - self.y[j], self.metric)
        near = np.flatnonzero(d < self.reach)
        return i[near], j[near], d[near]


def close_pairs(x: Floats, y: Floats, reach: float, metric: str = "euclidean") -> ClosePairs:
    """Prepare all pairs of points with distance below `reach` (half open, in the unit of x and y)."""
    distance(np.zeros(1), np.zeros(1), metric)
    if not (np.isfinite(reach) and reach > 0):
        raise ForestallError(
            f"The reach {reach:g} is not above zero.", "Use the largest distance, in metres."
        )
    n = x.size
    if n == 0:
        none = np.zeros((0, 1), dtype=np.int64)
        return ClosePairs(np.zeros(0, np.int64), x, y, float(reach), metric, none, none)
    height = reach / STRIPS
    strip = np.floor((y - y.min()) / height).astype(np.int64)
    order = np.lexsort((x, strip))
    xs, ys, strip = x[order], y[order], strip[order]
    # One rising key for (strip, x) finds ranges in all strips with one search each.
    width = float(np.ptp(x)) + 3 * reach
    key = strip * width + (xs - x.min())
    slack = 1e-12 * (float(np.abs(key).max()) + width)
    first = np.empty((n, STRIPS + 2), dtype=np.int64)
    last = np.empty_like(first)
    first[:, 0] = np.arange(1, n + 1)
    last[:, 0] = np.maximum(np.searchsorted(key, key + reach + slack, side="right"), first[:, 0])
    for above in range(1, STRIPS + 2):
        gap = (above - 1) * height
        half = reach - gap if metric == "manhattan" else np.sqrt(max(reach**2 - gap**2, 0.0))
        middle = key + above * width
        first[:, above] = np.searchsorted(key, middle - half - slack, side="left")
        last[:, above] = np.searchsorted(key, middle + half + slack, side="right")
    return ClosePairs(order, xs, ys, float(reach), metric, first, last)
