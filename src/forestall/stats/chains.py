"""Which crimes belong together as near-repeat chains, and which areas are on alert on a given day?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.close_pairs import close_pairs
from forestall.stats.inputs import Floats, numbers, refuse_degrees, same_length
from forestall.stats.results import Answer, figure

RULE = (
    "an event is a near repeat if an earlier one lies within the distance and under the days; on one day the row "
    "that comes first is the earlier"
)


@dataclass(frozen=True)
class Chain(Answer):
    """Events linked by closeness in space and time: rows in order of time, the originator first."""

    rows: NDArray[np.int64]
    originator: int
    first_day: float
    last_day: float
    x: float
    y: float

    @property
    def events(self) -> int:
        return int(self.rows.size)


@dataclass(frozen=True)
class Chains(Answer):
    """All chains of two or more, longest first, and the role of every row."""

    chains: list[Chain]
    role: NDArray[np.str_]
    originators: int
    near_repeats: int
    isolated: int
    distance: float
    days: float
    n: int
    rule: str = RULE

    def sentence(self) -> str:
        share = self.near_repeats / self.n if self.n else 0.0
        return (
            f"{self.near_repeats:,} of {self.n:,} events ({share:.0%}) followed another within {figure(self.distance)} "
            f"metres and under {figure(self.days)} days; {self.originators:,} began such a series."
        )


def _events(x: ArrayLike, y: ArrayLike, days: ArrayLike, distance: float) -> tuple[Floats, Floats, Floats]:
    px, py, when = numbers(x, "x"), numbers(y, "y"), numbers(days, "days")
    same_length(x=px, y=py, days=when)
    refuse_degrees(px, py, distance)
    return px, py, when


def near_repeat_chains(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    distance: float,
    within_days: float,
    metric: str = "euclidean",
) -> Chains:
    """Which events follow on from which, and how long are the series?

    x, y: places (n,) in metres; days: day numbers (n,). distance, within_days: linked if nearer than both
    (half open). An event counts once, however many it follows. Role: `originator` (nothing before it, at
    least one after), `near repeat`, `isolated`. Chains are the connected groups of links.
    When not to use it: before the Knox test shows that the distance and days matter; chance alone links
    many events in busy places. Source: Haberman & Ratcliffe 2012.
    """
    px, py, when = _events(x, y, days, distance)
    if within_days <= 0:
        raise ForestallError(f"The days {within_days:g} are not above zero.", "Use for example 14.")
    n = px.size
    pairs = close_pairs(px, py, distance, metric)
    # Rank in time, then in the order of rows: the only meaning of "earlier" used below.
    rank = np.empty(n, dtype=np.int64)
    rank[np.argsort(when, kind="stable")] = np.arange(n)
    label = np.arange(n)
    follows, leads = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for i, j, _ in pairs.chunks():
        a, b = pairs.order[i], pairs.order[j]
        near = np.abs(when[a] - when[b]) < within_days
        a, b = a[near], b[near]
        earlier = np.where(rank[a] < rank[b], a, b)
        leads[earlier] = True
        follows[a + b - earlier] = True
        label = _merge(label, a, b)
    role = np.where(follows, "near repeat", np.where(leads, "originator", "isolated"))
    return Chains(
        chains=_chains(label, follows | leads, rank, when, px, py),
        role=role,
        originators=int((leads & ~follows).sum()),
        near_repeats=int(follows.sum()),
        isolated=int((~follows & ~leads).sum()),
        distance=float(distance),
        days=float(within_days),
        n=n,
    )


def _merge(label: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join the groups of linked events; only labels are kept, never links."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if a.size == 0:
        return label
    n = label.size
    links = coo_matrix((np.ones(a.size, dtype=bool), (label[a], label[b])), shape=(n, n))
    group = connected_components(links, directed=False)[1]
    return group[label].astype(np.int64)


def _chains(
    label: NDArray, linked: NDArray, rank: NDArray, when: Floats, x: Floats, y: Floats
) -> list[Chain]:
    rows = np.flatnonzero(linked)
    rows = rows[np.lexsort((rank[rows], label[rows]))]
    if rows.size == 0:
        return []
    cuts = np.flatnonzero(np.diff(label[rows])) + 1
    found = [
        Chain(
            rows=part,
            originator=int(part[0]),
            first_day=float(when[part[0]]),
            last_day=float(when[part[-1]]),
            x=float(x[part].mean()),
            y=float(y[part].mean()),
        )
        for part in np.split(rows, cuts)
    ]
    return sorted(found, key=lambda chain: (-chain.events, chain.first_day, chain.originator))


@dataclass(frozen=True)
class AlertArea(Answer):
    """A circle in which the risk is raised on the day asked about, and how much longer."""

    x: float
    y: float
    radius: float
    events: int
    newest_day: float
    days_left: float
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class AlertAreas(Answer):
    """Areas on alert, those with most events first (then the newest)."""

    areas: list[AlertArea]
    as_of: float
    distance: float
    days: float
    rule: str = (
        "an event keeps its surroundings on alert for the days after it, its own day included; events on alert "
        "nearer to each other than the distance are one area"
    )

    def sentence(self) -> str:
        if not self.areas:
            return "No area is on alert."
        top = self.areas[0]
        return (
            f"{len(self.areas):,} areas are on alert; the first holds {top.events} events within "
            f"{figure(top.radius)} metres and stays on alert for {figure(top.days_left)} more days."
        )


def alert_areas(
    x: ArrayLike,
    y: ArrayLike,
    days: ArrayLike,
    as_of: float,
    distance: float,
    within_days: float,
    metric: str = "euclidean",
) -> AlertAreas:
    """Where is the risk of a near repeat raised today?

    as_of: the day (same numbering as `days`); events after it are not yet known and are left out. distance,
    within_days: the bands in which the Knox test found more pairs than chance gives.
    Returns circles around joined recent events; the radius reaches `distance` beyond the outermost.
    When not to use it: without such a finding for this crime type and area. Source: Bowers et al. 2004.
    """
    px, py, when = _events(x, y, days, distance)
    live = np.flatnonzero((when <= as_of) & (when > as_of - within_days))
    if live.size == 0:
        return AlertAreas([], float(as_of), float(distance), float(within_days))
    # Clustering in place alone: all these events are within the days of the day asked about.
    pairs = close_pairs(px[live], py[live], distance, metric)
    label = np.arange(live.size)
    for i, j, _ in pairs.chunks():
        label = _merge(label, pairs.order[i], pairs.order[j])
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    areas = []
    for part in np.split(order, cuts):
        rows = live[part]
        cx, cy = float(px[rows].mean()), float(py[rows].mean())
        newest = float(when[rows].max())
        areas.append(
            AlertArea(
                x=cx,
                y=cy,
                radius=float(np.hypot(px[rows] - cx, py[rows] - cy).max()) + float(distance),
                events=int(rows.size),
                newest_day=newest,
                days_left=newest + within_days - as_of,
                rows=np.sort(rows),
            )
        )
    areas.sort(key=lambda area: (-area.events, -area.newest_day, int(area.rows[0])))
    return AlertAreas(areas, float(as_of), float(distance), float(within_days))
