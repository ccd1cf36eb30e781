"""When in the week does crime happen, if nobody saw it happen? Aoristic weights by hour and weekday."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.results import Answer
from forestall.stats.zones import Seconds, Zone, zone

HOUR = 3600
WEEK_HOURS = 168
WEEK = WEEK_HOURS * HOUR
#: 1970-01-01 was a Thursday: three days after Monday.
MONDAY = 3 * 24 * HOUR
#: Rows worked at a time, so that every temporary stays in the cache.
BLOCK = 32_768
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Aoristic(Answer):
    """Expected events by weekday (7 rows, Monday first) and hour (24 columns); the sum is `n`."""

    weights: Floats
    n: int
    point_events: int
    spread_over_week: int
    reversed: int
    without_start: int
    timezone: str | None
    method: str = (
        "each event spreads evenly over [start, end) by elapsed time; a missing end, or one not after the start, "
        "counts in the start's hour; a week or longer spreads over all 168 hours"
    )

    def by_hour(self) -> Floats:
        return self.weights.sum(axis=0)

    def by_weekday(self) -> Floats:
        return self.weights.sum(axis=1)

    def sentence(self) -> str:
        if not self.n:
            return "No event has a time."
        day, hour = np.unravel_index(int(np.argmax(self.weights)), self.weights.shape)
        part = self.weights[day, hour] / self.n
        return (
            f"The likeliest hour of the week is {WEEKDAYS[int(day)]} {hour:02d}:00 to "
            f"{(hour + 1) % 24:02d}:00, with {part:.1%} of {self.n:,} events "
            f"(an even spread gives {1 / WEEK_HOURS:.1%})."
        )


def _seconds(values: ArrayLike, name: str) -> tuple[Seconds, NDArray[np.bool_]]:
    """Whole seconds since 1970 and which are missing."""
    array = np.asarray(values)
    if array.dtype.kind != "M":
        try:
            array = np.array(array, dtype="datetime64[s]")
        except (TypeError, ValueError):
            raise ForestallError(
                f"{name} holds values that are not dates with times.", "Use for example 2024-03-31T00:30."
            ) from None
    if array.ndim != 1:
        raise ForestallError(f"{name} has {array.ndim} dimensions.", "Give one value per row.")
    if np.datetime_data(array.dtype)[0] in ("Y", "M", "W", "D") and array.size:
        raise ForestallError(
            f"{name} has dates without a time of day.", "Use a column with times, or ask by weekday instead."
        )
    array = array.astype("datetime64[s]")
    return array.astype(np.int64), np.isnat(array)


def aoristic(
    start: ArrayLike, end: ArrayLike | None = None, timezone: str | None = None, *, utc: bool = False
) -> Aoristic:
    """In which hours of the week did these events probably happen?

    start, end: date-times (n,) as datetime64; the earliest and latest moment the event can have happened.
    An `end` of NaT (or None for all) makes a point event; so does an end not after its start (those before
    are counted in `reversed`). timezone: a name such as Europe/London: intervals are then measured in
    elapsed time, so a night with a clock change has 23 or 25 hours; an hour that comes twice is read as the
    first. None: clock time as stored, every day 24 hours. utc: times are UTC and become local first (needs
    timezone). Rows without a start are left out and counted. Whole seconds.
    Assumes that within its interval each moment is equally likely. When not to use it: most intervals longer
    than a shift or two (the answer is then mostly the assumption: compare with events whose time is known).
    Source: Ratcliffe 2000; Ratcliffe & McCullagh 1998. Errors: not date-times, unknown zone.
    """
    s, no_start = _seconds(start, "start")
    if end is None:
        e, no_end = s, np.ones(s.size, dtype=bool)
    else:
        e, no_end = _seconds(end, "end")
    if e.size != s.size:
        raise ForestallError(f"start has {s.size} rows and end {e.size}.", "Give both for each event.")
    if utc and timezone is None:
        raise ForestallError("UTC times need a time zone to become hours of the week.", "Give the zone.")
    left_out = int(no_start.sum())
    if left_out:
        s, e, no_end = s[~no_start], e[~no_start], no_end[~no_start]
    if s.size == 0:
        return Aoristic(np.zeros((7, 24)), 0, 0, 0, 0, left_out, timezone)
    e = np.where(no_end, s, e)
    clock = None
    if timezone is not None:
        clock = zone(timezone, int(min(s.min(), e.min())), int(max(s.max(), e.max())))
        local = clock.to_local(s) if utc else s
        s, e = (s, e) if utc else (clock.to_utc(s), clock.to_utc(e))
    else:
        local = s
    length = e - s
    week = np.zeros(WEEK_HOURS)
    for at in range(0, s.size, BLOCK):
        part = slice(at, at + BLOCK)
        week += _spread(s[part], local[part], length[part], clock)
    point = length <= 0
    return Aoristic(
        weights=week.reshape(7, 24),
        n=int(s.size),
        point_events=int(point.sum()),
        spread_over_week=int((length >= WEEK).sum()),
        reversed=int((length < 0).sum()),
        without_start=left_out,
        timezone=timezone,
    )


def _spread(s: Seconds, local: Seconds, length: Seconds, clock: Zone | None) -> Floats:
    """168 sums. Each interval touches two difference arrays at its two ends, however long it is."""
    long = length >= WEEK
    week = np.full(WEEK_HOURS, int(long.sum()) / WEEK_HOURS)
    start = _second_of_week(local)
    hour = start // HOUR
    # Within one hour of the clock, or no length: the whole weight, exactly, and no rounding.
    single = (start + length <= (hour + 1) * HOUR) & ~long
    split = np.zeros(s.size, dtype=bool)
    if clock is not None and clock.changes.size:
        changes_before = np.searchsorted(clock.changes, s, side="right")
        split = (np.searchsorted(clock.changes, s + length, side="left") > changes_before) & ~long & ~single
    # Positions and take are several times quicker than a mask here.
    week += np.bincount(hour.take(np.flatnonzero(single)), minlength=WEEK_HOURS)
    whole = np.flatnonzero(~(single | long | split))
    total = length.take(whole)
    parts = [(start.take(whole), total, total)]
    if split.any() and clock is not None:
        parts.append(_pieces(s[split], length[split], clock))
    for at, piece, total in parts:
        week += _difference(at, piece, total)
    return week


def _second_of_week(local: Seconds) -> Seconds:
    """Seconds since Monday midnight. In 32 bits where they fit: division is the slow step."""
    since = local - ((int(local.min()) + MONDAY) // WEEK * WEEK - MONDAY)
    if since.max() < 2**32:
        return (since.astype(np.uint32) % np.uint32(WEEK)).astype(np.int64)
    return since % WEEK


def _pieces(s: Seconds, length: Seconds, clock: Zone) -> tuple[Seconds, Seconds, Seconds]:
    """Intervals with a clock change inside, cut at the change, each piece at its local start."""
    starts, pieces, totals = [], [], []
    for first, long in zip(s.tolist(), length.tolist(), strict=True):
        inside = [c for c in clock.changes.tolist() if first < c < first + long]
        cuts = [first, *inside, first + long]
        starts += cuts[:-1]
        pieces += [b - a for a, b in pairwise(cuts)]
        totals += [long] * (len(cuts) - 1)
    local = clock.to_local(np.array(starts, dtype=np.int64))
    return _second_of_week(local), np.array(pieces, dtype=np.int64), np.array(totals, dtype=np.int64)


def _difference(start: Seconds, piece: Seconds, total: Seconds) -> Floats:
    """168 sums of intervals that begin at a second of the week, carry piece/total and are under a week."""
    if start.size == 0:
        return np.zeros(WEEK_HOURS)
    size = 2 * WEEK_HOURS + 2
    change = np.zeros(size)
    rate = HOUR / total
    for at, sign in ((start, 1), (start + piece, -1)):
        hour = at.astype(np.int32) // np.int32(HOUR)
        part = (at - hour * HOUR) * (1 / total)
        # From `at` on every hour has `rate`; the hour of `at` only what is left of it.
        change += sign * np.bincount(hour, weights=rate - part, minlength=size)
        change[1:] += sign * np.bincount(hour, weights=part, minlength=size)[:-1]
    hours = np.cumsum(change)[: 2 * WEEK_HOURS]
    return np.maximum(hours[:WEEK_HOURS] + hours[WEEK_HOURS:], 0)
