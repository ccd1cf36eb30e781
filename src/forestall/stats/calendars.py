"""Do events favour certain weekdays, months, paydays or holidays more than chance explains?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.rates import normal_quantile
from forestall.stats.results import Answer, Interval, figure
from forestall.stats.timing import WEEKDAYS

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip

Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Profile(Answer):
    """Events and days at risk per class, the ratio of each daily rate to the mean, and one test of all."""

    names: tuple[str, ...]
    events: Floats
    days: Floats
    ratio: Floats
    statistic: float
    degrees: int
    dispersion: float
    p: float
    n: int
    method: str = "F test of equal daily rates, variance scaled by the day-to-day spread within classes"

    def sentence(self) -> str:
        top = int(np.nanargmax(self.ratio))
        said = "more than chance explains" if self.p < 0.05 else "no more than chance may explain"
        return (
            f"{self.names[top]} has {figure(self.ratio[top])} times the daily average; the differences are {said} "
            f"(p = {self.p:.3g})."
        )


def daily_counts(
    days: ArrayLike, first: str | np.datetime64, last: str | np.datetime64
) -> tuple[Days, Floats]:
    """Each day from first to last (both included) and its number of events, days without any included."""
    begin, end = (np.datetime64(day).astype("datetime64[D]") for day in (first, last))
    if end < begin:
        raise ForestallError(f"The period ends ({end}) before it begins ({begin}).", "Swap the two days.")
    when = np.asarray(days, dtype="datetime64[D]")
    if np.isnat(when).any():
        raise ForestallError("Some events have no date.", "Leave those rows out.")
    if when.size and (when.min() < begin or when.max() > end):
        raise ForestallError(
            f"Some events lie outside {begin} to {end}.", "Give the period that the file covers."
        )
    calendar = np.arange(begin, end + 1)
    return calendar, np.bincount((when - begin).astype(np.int64), minlength=calendar.size).astype(float)


def _profile(classes: NDArray[np.int64], daily: Floats, names: tuple[str, ...]) -> Profile:
    from scipy.special import fdtrc

    size = len(names)
    at_risk = np.bincount(classes, minlength=size).astype(float)
    events = np.bincount(classes, weights=daily, minlength=size).astype(float)
    used = at_risk > 0
    mean = float(daily.mean()) if daily.size else 0.0
    if mean == 0 or used.sum() < 2:
        raise ForestallError("There are no events, or all days are of one class.", "Widen the period.")
    expected = mean * at_risk[used]
    between = float(((events[used] - expected) ** 2 / expected).sum())
    rate = events[used] / at_risk[used]
    fitted = np.zeros(size)
    fitted[used] = rate
    left = daily.size - int(used.sum())
    within = float(((daily - fitted[classes]) ** 2).sum()) / mean
    # Less spread than Poisson is luck, not knowledge: never below 1.
    dispersion = max(1.0, within / left) if left > 0 else 1.0
    degrees = int(used.sum()) - 1
    p = float(fdtrc(degrees, max(left, 1), between / degrees / dispersion))
    ratio = np.full(size, np.nan)
    ratio[used] = rate / mean
    return Profile(names, events, at_risk, ratio, between, degrees, dispersion, p, int(daily.sum()))


def weekday_profile(days: ArrayLike, first: str | np.datetime64, last: str | np.datetime64) -> Profile:
    """Do events favour some days of the week?

    days: dates of events; first, last: the period covered, both days included, so that each weekday is
    counted as often as it came. Assumes days alike but for chance and a spread common to all; not for dates
    known to the month. Source: McCullagh & Nelder 1989 (quasi-likelihood F test).
    """
    calendar, daily = daily_counts(days, first, last)
    return _profile((calendar.astype(np.int64) + 3) % 7, daily, WEEKDAYS)


def month_profile(days: ArrayLike, first: str | np.datetime64, last: str | np.datetime64) -> Profile:
    """Do events favour some months of the year, per day of that month?

    As `weekday_profile`. When not to use it: less than about two years (season and trend look alike).
    """
    calendar, daily = daily_counts(days, first, last)
    return _profile(calendar.astype("datetime64[M]").astype(np.int64) % 12, daily, MONTHS)


@dataclass(frozen=True)
class SpecialDays(Answer):
    """The daily rate on special days over that on other days of the same weekday and month."""

    ratio: float
    interval: Interval
    events: int
    expected: float
    days: int
    dispersion: float
    method: str = "stratified by month and weekday (Mantel-Haenszel), variance scaled by day-to-day spread"

    def sentence(self) -> str:
        low, high = self.interval
        said = "evidence of a difference" if not low <= 1 <= high else "no evidence of a difference"
        return (
            f"On the {self.days} special days the rate was {figure(self.ratio)} times that of like days "
            f"({self.interval.sentence()}): {said}."
        )


def special_days(
    days: ArrayLike,
    special: ArrayLike,
    first: str | np.datetime64,
    last: str | np.datetime64,
    level: float = 0.95,
) -> SpecialDays:
    """Are paydays, holidays or match days different from like days?

    special: the dates, as given (a calendar of holidays, paydays, matches). Each is compared with other days
    of its weekday and calendar month in the period; strata without both kinds say nothing and fall out.
    When not to use it: fewer than about five special days. Source: Greenland & Robins 1985.
    """
    calendar, daily = daily_counts(days, first, last)
    marked = np.isin(calendar, np.asarray(special, dtype="datetime64[D]"))
    stratum = calendar.astype("datetime64[M]").astype(np.int64) * 7 + (calendar.astype(np.int64) + 3) % 7
    stratum = np.unique(stratum, return_inverse=True)[1]
    ta = np.bincount(stratum, weights=marked.astype(float))
    tb = np.bincount(stratum, weights=(~marked).astype(float))
    a = np.bincount(stratum, weights=daily * marked)
    b = np.bincount(stratum, weights=daily * ~marked)
    use = (ta > 0) & (tb > 0)
    if not use.any():
        raise ForestallError(
            "No special day has a like day (same weekday and month) to compare with.",
            "Check the dates and the period.",
        )
    a, b, ta, tb = a[use], b[use], ta[use], tb[use]
    t = ta + tb
    top, bottom = float((a * tb / t).sum()), float((b * ta / t).sum())
    if top == 0 or bottom == 0:
        raise ForestallError("One of the two kinds of day has no events.", "Widen the period.")
    ratio = top / bottom
    spread = float(((a + b) * ta * tb / t**2).sum()) / (top * bottom)
    mean = (a + b) / t
    inside = np.isin(stratum, np.flatnonzero(use))
    fitted = np.zeros(use.size)
    fitted[use] = mean
    residual = daily[inside] - fitted[stratum[inside]] * np.where(marked[inside], ratio, 1.0)
    freedom = int(inside.sum()) - int(use.sum()) - 1
    dispersion = max(1.0, float((residual**2).sum() / daily[inside].mean() / max(freedom, 1)))
    wide = normal_quantile(level) * np.sqrt(spread * dispersion)
    interval = Interval(float(ratio * np.exp(-wide)), float(ratio * np.exp(wide)), level, "Mantel-Haenszel")
    expected = float((b * ta / tb).sum())
    return SpecialDays(ratio, interval, int(a.sum()), expected, int(ta.sum()), dispersion)
