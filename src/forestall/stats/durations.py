"""How long until it happens again? Survival curves for time to reoffending or repeat.

Sources: Kaplan and Meier 1958; Greenwood 1926; Kalbfleisch and Prentice (log-log interval); Mantel 1966
(log-rank); Aalen and Johansen 1978 (competing risks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, level_of, numbers, same_length
from forestall.stats.results import Answer, figure


@dataclass(frozen=True)
class Survival(Answer):
    """Share still free of the event after each time at which one happened."""

    times: Floats
    share: Floats
    lower: Floats
    upper: Floats
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    median: float | None  # None where fewer than half had the event
    level: float
    n: int
    method: str = "Kaplan-Meier, log-log interval"

    def at(self, time: float) -> float:
        """Share still free of the event just after this time."""
        before = np.searchsorted(self.times, time, side="right")
        return 1.0 if before == 0 else float(self.share[before - 1])

    def sentence(self) -> str:
        if self.median is None:
            return f"Of {self.n}, fewer than half had the event while they were followed."
        return f"Of {self.n}, half had the event within {figure(self.median)}."


@dataclass(frozen=True)
class LogRank(Answer):
    """Do groups differ in time to the event?"""

    statistic: float
    degrees: int
    p: float
    observed: Floats
    expected: Floats
    groups: tuple[str, ...]
    n: int
    method: str = "log-rank"


@dataclass(frozen=True)
class Incidence(Answer):
    """Share that had each kind of event by each time, others counted as competing."""

    times: Floats
    kinds: tuple[int, ...]
    share: Floats  # shape (kinds, times)
    n: int
    method: str = "Aalen-Johansen"


def survival(times: ArrayLike, happened: ArrayLike, *, level: float = 0.95) -> Survival:
    """What share is still free of the event as time goes by?

    times: shape (n,), time followed, any one unit, not negative. happened: shape (n,), true where the event
    ended the follow-up, false where follow-up just ended. Assumes that ending follow-up tells nothing about
    risk: leaving because of moving prison does. Where another event makes this one impossible, use
    `incidence`. Returns Survival.
    """
    t, e = _follow_up(times, happened)
    points, at_risk, events = _table(t, e)
    factor = 1 - events / at_risk
    share = np.cumprod(factor).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(events / (at_risk * (at_risk - events)))
        lower, upper = _log_log(share, variance, level_of(level))
    below = np.flatnonzero(share <= 0.5)
    median = float(points[below[0]]) if below.size else None
    return Survival(points, share, lower, upper, at_risk, events, median, level, len(t))


def log_rank(times: ArrayLike, happened: ArrayLike, group: ArrayLike) -> LogRank:
    """Do the groups differ in time to the event?

    times, happened as in `survival`; group: shape (n,), labels. Has most power where one group's rate is a
    constant multiple of the other's; crossing curves can hide from it. Returns LogRank.
    """
    from scipy.special import chdtrc

    t, e = _follow_up(times, happened)
    labels = np.asarray(group).astype(str)
    names, codes = np.unique(labels, return_inverse=True)
    if len(labels) != len(t):
        raise ForestallError("The groups differ in length from the times.", "Give one group per row.")
    if len(names) < 2:
        raise ForestallError("There is only one group.", "Give two or more to compare.")
    points, at_risk, events = _table(t, e)
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    for point, n, d in zip(points, at_risk, events, strict=True):
        here = np.bincount(codes[t >= point], minlength=len(names))
        observed += np.bincount(codes[(t == point) & e], minlength=len(names))
        expected += d * here / n
        if n > 1:
            share = here / n
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    gap = (observed - expected)[:-1]
    statistic = float(gap @ np.linalg.pinv(covariance[:-1, :-1]) @ gap)
    degrees = len(names) - 1
    p = float(chdtrc(degrees, statistic))
    return LogRank(statistic, degrees, p, observed, expected, tuple(map(str, names)), len(t))


def incidence(times: ArrayLike, kind: ArrayLike) -> Incidence:
    """What share had each kind of event by each time, when one kind rules out the others?

    kind: shape (n,), whole numbers: 0 = follow-up ended, 1, 2 ... = which event. Taking one minus
    `survival` for each kind would say too much. Returns Incidence.
    """
    kinds = np.asarray(numbers(kind, "kind")).astype(int)
    t, e = _follow_up(times, kinds > 0)
    points, at_risk, events = _table(t, e)
    free = np.concatenate([[1.0], np.cumprod(1 - events / at_risk)[:-1]])
    names = tuple(int(k) for k in np.unique(kinds) if k > 0)
    share = np.array(
        [
            np.cumsum(free * np.array([np.sum((t == p) & (kinds == k)) for p in points]) / at_risk)
            for k in names
        ]
    ).reshape(len(names), len(points))
    return Incidence(points, names, share, len(t))


def _follow_up(times: ArrayLike, happened: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    t = numbers(times, "times")
    e = np.asarray(happened)
    if e.ndim != 1 or not np.isin(e, (0, 1)).all():
        raise ForestallError("`happened` holds values other than true and false.", "Use 1 or 0 on each row.")
    same_length(times=t, happened=e)
    if t.size == 0:
        raise ForestallError("There is nobody to follow.", "Give at least one row.")
    if (t < 0).any():
        row = int(np.argmax(t < 0))
        raise ForestallError(f"The time at row {row + 1} is below zero.", "Check start and end of follow-up.")
    return t, e.astype(bool)


def _table(t: Floats, e: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Times at which an event happened, how many were at risk then, and how many events."""
    points, events = np.unique(t[e], return_counts=True)
    at_risk = len(t) - np.searchsorted(np.sort(t), points, side="left")
    return points, at_risk.astype(np.int64), events.astype(np.int64)


def _log_log(share: Floats, variance: Floats, level: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    inside = (share > 0) & (share < 1)
    reach = np.where(inside, ndtri(0.5 + level / 2) * np.sqrt(variance) / np.log(share), 0.0)
    lower = np.where(inside, share ** np.exp(-reach), share)
    upper = np.where(inside, share ** np.exp(reach), share)
    return lower, upper
