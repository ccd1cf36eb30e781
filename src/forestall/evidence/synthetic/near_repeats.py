"""Burglary that comes back nearby within days: a self-exciting chain."""

from __future__ import annotations

import numpy as np

OFFSPRING = 0.6  # expected further burglaries set off by each
NEARBY = 80.0  # spread of an offspring around its parent, metres each way
SOON = 5.0  # mean delay, days
WITHIN_DAYS = 14.0
STILL_ACTIVE = 5  # events forced into the last fortnight, so that the area is active at the end
DAY = 86_400.0


def chain(
    rng: np.random.Generator, homes: np.ndarray, means: np.ndarray, calendar: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month, home and local time (seconds) of each burglary, first to last.

    homes: (H, 2) metres. means: expected events in each month, offspring included. calendar: (M, 2) year, month.
    Each burglary sets off a Poisson number of others, within 200 m and 14 days.
    """
    edges = np.array([month_start(y, m) for y, m in calendar] + [_after(*calendar[-1])], dtype=np.float64)
    parents = rng.poisson(means * (1 - OFFSPRING))
    month = np.repeat(np.arange(len(means)), parents)
    when = edges[month] + rng.random(len(month)) * (edges[month + 1] - edges[month])
    home = rng.integers(0, len(homes), len(month))
    # The chain that is running at the end begins a fortnight before it.
    when = np.append(when, edges[-1] - 13 * DAY)
    home = np.append(home, rng.integers(0, len(homes)))
    times, places = [when], [home]
    forced = STILL_ACTIVE
    while len(when):
        children = rng.poisson(OFFSPRING, len(when))
        if forced:
            children[-1], forced = forced, 0
        when = np.repeat(when, children)
        home = np.repeat(home, children)
        when = when + np.clip(rng.exponential(SOON, len(when)), 0.3, WITHIN_DAYS) * DAY
        home = _near(rng, homes, home)
        inside = when < edges[-1]
        when, home = when[inside], home[inside]
        times.append(when)
        places.append(home)
    at, where = np.concatenate(times), np.concatenate(places)
    order = np.argsort(at, kind="stable")
    at, where = at[order], where[order]
    return np.searchsorted(edges, at, side="right") - 1, where, np.floor(at / 60) * 60


def _near(rng: np.random.Generator, homes: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """The home nearest to a point drawn near each parent, never more than 190 m from it."""
    step = rng.normal(0, NEARBY, (len(parent), 2))
    far = np.hypot(*step.T)
    step *= np.minimum(1, 150 / np.maximum(far, 1e-9))[:, None]
    target = homes[parent] + step
    away = np.hypot(*(target[:, None, :] - homes[None, :, :]).transpose(2, 0, 1))
    away[np.hypot(*(homes[parent][:, None, :] - homes[None, :, :]).transpose(2, 0, 1)) > 190] = np.inf
    return np.argmin(away, axis=1) if len(parent) else parent


def month_start(year: int, month: int) -> float:
    """Local midnight on the first of the month, as seconds since 1970 on the local clock."""
    return float(np.datetime64(f"{int(year):04d}-{int(month):02d}-01", "s").astype(np.int64))


def _after(year: int, month: int) -> float:
    return month_start(year + month // 12, month % 12 + 1)
