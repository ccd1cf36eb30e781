"""How few places or people bear how much of the crime? Lorenz, Gini, the share that bears half."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, level_of
from forestall.stats.results import Answer, Interval, figure


def _all_places(values: ArrayLike, places: int | None) -> Floats:
    """Counts sorted from most to least, with places that had none added where `places` says so."""
    c = counts(values, "counts")
    if places is not None:
        if places < c.size:
            raise ForestallError(
                f"There are {c.size} counts but only {places} places are said to exist.",
                "Give the number of all places, those without events included.",
            )
        c = np.concatenate([c, np.zeros(places - c.size)])
    return np.sort(c)[::-1]


def _need_events(c: Floats) -> float:
    total = float(c.sum())
    if total <= 0:
        raise ForestallError(
            "There are no events, so nothing is concentrated.", "Widen the period or the area."
        )
    return total


@dataclass(frozen=True)
class Lorenz(Answer):
    """The curve from the most to the least affected: cumulative shares of places and of events."""

    share_places: Floats
    share_events: Floats
    places: int
    events: float

    def events_in_top(self, share: float) -> float:
        """The share of events in the most affected `share` of places (rounded up to whole places)."""
        top = min(self.places, int(np.ceil(share * self.places - 1e-9)))
        return float(self.share_events[top])

    def sentence(self) -> str:
        return (
            f"The most affected 5% of {self.places:,} places bear {self.events_in_top(0.05):.0%} of events."
        )


def lorenz(values: ArrayLike, places: int | None = None) -> Lorenz:
    """What share of events falls on the most affected 1, 5, 20 per cent of places?

    values: events per place (n,). places: number of all places, if `values` leaves out those with none.
    Returns the curve with n + 1 points, most affected first. When not to use it: to compare curves of
    sets with very different numbers of events per place (chance alone concentrates few events; see
    `gini`'s corrected form). Source: Weisburd 2015; Lorenz 1905. Errors: no events, negative counts.
    """
    c = _all_places(values, places)
    total = _need_events(c)
    share = np.concatenate([[0.0], np.cumsum(c) / total])
    share[-1] = 1.0
    return Lorenz(np.arange(c.size + 1) / c.size, share, c.size, total)


def gini(values: ArrayLike, places: int | None = None, corrected: bool = False) -> float:
    """How unequally are events shared over places, from 0 (equal) to nearly 1 (all in one place)?

    corrected: the small-count form of Bernasco and Steenbeek. With fewer events than places nobody can
    share equally, and the plain Gini is high by arithmetic alone; the corrected form measures against the
    most equal sharing possible: max(places / events, 1) x (Gini - 1) + 1.
    When not to use it: a single place; sets whose number of places is not known.
    Sources: Gini 1912; Bernasco & Steenbeek 2017. Errors: no events, negative counts.
    """
    c = _all_places(values, places)
    total = _need_events(c)
    n = c.size
    plain = 1 + 1 / n - 2 * float((np.arange(1, n + 1) * c).sum()) / (n * total)
    if not corrected:
        return plain
    return max(n / total, 1.0) * (plain - 1) + 1


def places_bearing(values: ArrayLike, share: float = 0.5, places: int | None = None) -> int:
    """How many places, taken from the most affected down, does it take to reach this share of events?"""
    c = _all_places(values, places)
    total = _need_events(c)
    if not 0 < share <= 1:
        raise ForestallError(f"The share {share:g} is not between 0 and 1.", "Use for example 0.5 for half.")
    return int(np.searchsorted(np.cumsum(c), share * total * (1 - 1e-12)) + 1)


@dataclass(frozen=True)
class Concentration(Answer):
    """The usual measures together, each with a bootstrap interval where replicates were asked for."""

    places: int
    events: float
    gini: float
    gini_corrected: float
    gini_unbiased: float
    places_bearing_half: int
    share_bearing_half: float
    expected_share_bearing_half: float
    share_top_1pct: float
    share_top_5pct: float
    share_top_20pct: float
    most: float
    places_repeated: int
    gini_interval: Interval | None
    gini_corrected_interval: Interval | None
    share_bearing_half_interval: Interval | None
    replicates: int
    method: str

    def sentence(self) -> str:
        return (
            f"Half of {figure(self.events)} events fell on {self.places_bearing_half:,} of {self.places:,} "
            f"places ({self.share_bearing_half:.1%}); by chance alone it would have been "
            f"{self.expected_share_bearing_half:.1%}."
        )


def concentration(
    values: ArrayLike,
    places: int | None = None,
    *,
    replicates: int = 0,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> Concentration:
    """How concentrated are events, and how much of that would chance alone give?

    values: events per place (n,). places: all places, those without events included. replicates: bootstrap
    resamples of places for intervals (0: none); needs `rng`. `expected_share_bearing_half` is the share of
    places that would bear half if events fell on places at random (Poisson).
    When not to use it: comparing periods with different numbers of events by the plain Gini; use the
    corrected form. Sources: see `lorenz` and `gini`; bootstrap: Efron & Tibshirani 1993 (percentile).
    """
    c = _all_places(values, places)
    total = _need_events(c)
    curve = lorenz(c)
    half = places_bearing(c)
    intervals: list[Interval | None] = [None, None, None]
    if replicates:
        if rng is None:
            raise ForestallError("Intervals need a source of randomness.", "Give rng with a stated seed.")
        intervals = list(_bootstrap(c, replicates, rng, level_of(level)))
    plain = gini(c)
    return Concentration(
        places=c.size,
        events=total,
        gini=plain,
        gini_corrected=gini(c, corrected=True),
        gini_unbiased=plain * c.size / (c.size - 1) if c.size > 1 else float("nan"),
        places_bearing_half=half,
        share_bearing_half=half / c.size,
        expected_share_bearing_half=_half_by_chance(total, c.size),
        share_top_1pct=curve.events_in_top(0.01),
        share_top_5pct=curve.events_in_top(0.05),
        share_top_20pct=curve.events_in_top(0.20),
        most=float(c[0]),
        places_repeated=int((c > 1).sum()),
        gini_interval=intervals[0],
        gini_corrected_interval=intervals[1],
        share_bearing_half_interval=intervals[2],
        replicates=replicates,
        method="percentile bootstrap of places" if replicates else "counts",
    )


def _bootstrap(c: Floats, replicates: int, rng: np.random.Generator, level: float) -> list[Interval]:
    """Places drawn again with replacement; distinct counts are drawn by their number, so it stays quick."""
    value, number = np.unique(c, return_counts=True)
    draws = rng.multinomial(c.size, number / c.size, size=replicates)[:, ::-1]
    value = value[::-1]
    draws = draws[(draws * value).sum(axis=1) > 0]
    events = (draws * value).sum(axis=1)
    after = np.cumsum(draws, axis=1)
    before = after - draws
    # Sum of ranks of a block of equal counts: ranks before + 1 .. after.
    ranks = ((before + 1 + after) * draws / 2 * value).sum(axis=1)
    plain = 1 + 1 / c.size - 2 * ranks / (c.size * events)
    corrected = np.maximum(c.size / events, 1.0) * (plain - 1) + 1
    running = np.cumsum(draws * value, axis=1)
    target = events / 2
    block = (running < target[:, None] * (1 - 1e-12)).sum(axis=1)
    row = np.arange(events.size)
    short = target - (running[row, block] - (draws * value)[row, block])
    half = (before[row, block] + np.ceil(short / value[block] - 1e-9)) / c.size
    tail = 100 * (1 - level) / 2
    limits = [np.percentile(s, [tail, 100 - tail]).tolist() for s in (plain, corrected, half)]
    return [Interval(low, high, level, "percentile bootstrap") for low, high in limits]


def _half_by_chance(events: float, places: int) -> float:
    """The share of places that would bear half the events if each event fell on any place alike."""
    mean = events / places
    top = int(np.ceil(mean + 12 * np.sqrt(mean) + 12))
    k = np.arange(top + 1)
    number = np.exp(k * np.log(mean) - mean - np.concatenate([[0.0], np.cumsum(np.log(k[1:]))]))
    events_at = k * number
    running_events = np.cumsum(events_at[::-1])
    running_places = np.cumsum(number[::-1])
    need = mean / 2
    block = int(np.searchsorted(running_events, need))
    block = min(block, top)
    before_events = running_events[block - 1] if block else 0.0
    before_places = running_places[block - 1] if block else 0.0
    return float(before_places + (need - before_events) / (top - block)) if top > block else 1.0
