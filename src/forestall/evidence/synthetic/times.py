"""When each event happened: dates and hours on the local clock, then UTC."""

from __future__ import annotations

import numpy as np

from forestall.evidence.synthetic import profiles
from forestall.evidence.synthetic.batches import Batch
from forestall.evidence.synthetic.near_repeats import month_start
from forestall.evidence.synthetic.planting import PROFILES

DAY, HOUR = 86_400, 3_600


def draw(
    rng: np.random.Generator, events: Batch, calendar: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True local time, start and end of each event, int64 seconds on the local clock; end -1 where the moment
    is known (start is then the true time)."""
    true = np.where(np.isnan(events.when), _by_profile(rng, events, calendar), events.when).astype(np.int64)
    median = np.array([t.interval for t in profiles.TYPES])[events.type]
    length = np.clip(median * np.exp(rng.normal(0, 0.7, events.n)), 0.25, 96) * HOUR
    known = (median == 0) | (rng.random(events.n) < 0.1)
    begin = true - (rng.random(events.n) * length).astype(np.int64) // 60 * 60
    # A crime belongs to the month in which it can first have happened: hold the start in it.
    first = np.array([month_start(y, m) for y, m in calendar], dtype=np.int64)[events.month]
    begin = np.maximum(begin, first)
    finish = np.maximum(begin + length.astype(np.int64) // 60 * 60, true)
    return true, np.where(known, true, begin), np.where(known, -1, finish)


def _by_profile(rng: np.random.Generator, events: Batch, calendar: np.ndarray) -> np.ndarray:
    names = [t.hours for t in profiles.TYPES] + list(PROFILES)
    which = np.where(events.hours >= 0, events.hours + len(profiles.TYPES), events.type)
    slot = np.empty(events.n, dtype=np.int64)
    for p, name in enumerate(names):
        chosen = which == p
        running = np.cumsum(profiles.week(name).ravel())
        slot[chosen] = np.minimum(np.searchsorted(running, rng.random(int(chosen.sum())), side="right"), 167)
    weekday, hour = np.divmod(slot, 24)
    start = np.array([month_start(y, m) for y, m in calendar], dtype=np.int64) // DAY
    last = int(calendar[-1, 0]) * 12 + int(calendar[-1, 1])
    after = int(month_start(last // 12, last % 12 + 1)) // DAY
    days = np.diff(np.append(start, after))
    # 1 January 1970 was a Thursday, weekday 3.
    offset = (weekday - (start[events.month] + 3)) % 7
    times = (days[events.month] - offset + 6) // 7
    day = start[events.month] + offset + 7 * (rng.random(events.n) * times).astype(np.int64)
    return day * DAY + hour * HOUR + rng.integers(0, 60, events.n) * 60


def to_utc(local: np.ndarray) -> np.ndarray:
    """Seconds on the clock of England and Wales to seconds UTC.

    Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. An
    hour that the clock skips is taken as winter time; of an hour that comes twice, the first is taken.
    """
    years = np.unique(local.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970)
    summer = np.zeros(len(local), dtype=bool)
    for year in years:
        spring, autumn = _last_sunday(int(year), 3), _last_sunday(int(year), 10)
        summer |= (local >= spring * DAY + 2 * HOUR) & (local < autumn * DAY + 2 * HOUR)
    return local - HOUR * summer


def clock(utc: np.ndarray) -> np.ndarray:
    """Seconds UTC to seconds on the clock of England and Wales."""
    years = np.unique(utc.astype("datetime64[s]").astype("datetime64[Y]").astype(np.int64) + 1970)
    summer = np.zeros(len(utc), dtype=bool)
    for year in years:
        spring, autumn = _last_sunday(int(year), 3), _last_sunday(int(year), 10)
        summer |= (utc >= spring * DAY + HOUR) & (utc < autumn * DAY + HOUR)
    return utc + HOUR * summer


def _last_sunday(year: int, month: int) -> int:
    """Days since 1970."""
    last = int(month_start(year, month + 1)) // DAY - 1
    return last - (last + 4) % 7
