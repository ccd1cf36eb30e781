"""In which months did what a whole force records move to another level, everywhere in it at once?

Such a step is more likely a change of recording, of a rule, or an event that touched everybody than a problem of
places. Two things are told: a lasting shift of level, held against the spread of the series itself, and a sudden
jump of a large count. Small jumps of one month are left to the scan.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

#: The chance of any false lasting shift in one release, over all its forces, types and months.
FALSE_ALARM = 0.05
#: Months compared on each side, and the fewest on either.
WIDTHS, FEWEST = (6, 12), 4
#: The least shift, where season can be taken off (two years and more) and where it cannot.
LEAST_RATIO, LEAST_RATIO_SHORT = 1.25, 1.5
#: A step must stand out of a straight trend through the same months by this many standard errors.
LEAST_BESIDE_TREND = 2.5
#: A sudden jump: by this factor to the next month, season off by the second, and by the third over three months against
#: three, between months with at least so many events. Chosen by trial on real and made-up records, not derived.
JUMP, JUMP_LESS_SEASON, JUMP_KEPT, JUMP_EVENTS = 1.5, 1.4, 1.3, 250
#: Share of the areas that moved the same way, of those with events enough to tell; and how many these must be.
SHARE, AREA_EVENTS, FEWEST_AREAS = 0.75, 8, 5
#: A type of crime with fewer events a month than this is not looked at.
FEWEST_EVENTS = 20
#: Of shifts nearer to each other than this only the clearest is told.
APART = 6


def shifts(
    counts: np.ndarray, months: list[str], tests: int, types: list[str], force: str
) -> list[dict[str, Any]]:
    """The shifts of one force.

    counts: events, shape (types, areas, months); areas are parts of the force with some events in most months.
    months: names in order. tests: comparisons made over the whole release, for the limit.
    Returns a row for each shift, ready for JSON. Assumes months that vary independently about a level and a
    season; a steady trend widens the spread and so hides steps rather than makes them.
    When not to use it: fewer than ten months; to say why a level moved.
    """
    found = []
    for name, table in zip(types, counts, strict=True):
        total = table.sum(0).astype(float)
        held = total > 0
        if held.sum() < 10 or total[held].mean() < FEWEST_EVENTS:
            continue
        found += [
            {"force": force, "crime_type": name, **row} for row in _of_type(table, total, months, tests)
        ]
    return found


def _of_type(table: np.ndarray, total: np.ndarray, months: list[str], tests: int) -> list[dict[str, Any]]:
    days = _days(months)
    held, at = total > 0, np.arange(len(months))
    raw = np.log((total + 0.5) / days)
    level = _less_season(raw, months, held)
    least = np.log(LEAST_RATIO if len(months) >= 24 else LEAST_RATIO_SHORT)
    noise = float((1 / total[held]).mean())
    rows = []
    for m in range(FEWEST, len(months) - FEWEST + 1):
        early, late = held & (at >= m - 3) & (at < m), held & (at >= m) & (at < m + 3)
        if not (early.any() and late.any()):
            continue
        edge = float(level[late].mean() - level[early].mean())
        for width in WIDTHS:
            before, after = held & (at >= m - width) & (at < m), held & (at >= m) & (at < m + width)
            if min(before.sum(), after.sum()) < FEWEST:
                continue
            size, score, limit = _step(level[before], level[after], noise, tests)
            # A slow drift parts the means of a year without any step where the two meet.
            alike = size * edge > 0 and min(abs(size), abs(edge)) >= least
            if score >= limit and alike and _beside_trend(level, before, after, noise) >= LEAST_BESIDE_TREND:
                rows.append((score / limit, m, "level", size, score, before, after))
        if _jumps(raw, level, total, m, float(raw[late].mean() - raw[early].mean())):
            rows.append((0.0, m, "jump", float(raw[m] - raw[m - 1]), None, early, late))
    told: list[dict[str, Any]] = []
    taken: list[int] = []
    for _, m, kind, size, score, before, after in sorted(rows, key=lambda r: (-r[0], r[1])):
        share = _share(table, before, after, days, size)
        if share < SHARE or any(abs(m - other) <= APART for other in taken):
            continue
        taken.append(m)
        one = kind == "jump"
        told.append(
            {
                "month": months[m],
                "kind": kind,
                "before": round(float(total[m - 1] if one else total[before].mean())),
                "after": round(float(total[m] if one else total[after].mean())),
                "ratio": round(float(np.exp(size)), 3),
                "spreads": None if score is None else round(score, 1),
                "share_of_areas": round(share, 3),
            }
        )
    return sorted(told, key=lambda row: row["month"])


def _step(before: np.ndarray, after: np.ndarray, noise: float, tests: int) -> tuple[float, float, float]:
    """(size of the step in logarithms, its size in standard errors, the limit that this has to reach)."""
    size = float(after.mean() - before.mean())
    freedom = len(before) + len(after) - 2
    squares = ((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum()
    error = np.sqrt(max(float(squares) / freedom, noise) * (1 / len(before) + 1 / len(after)))
    return size, abs(size) / float(error), student(1 - FALSE_ALARM / 2 / max(tests, 1), freedom)


def _beside_trend(level: np.ndarray, before: np.ndarray, after: np.ndarray, noise: float) -> float:
    """Standard errors by which the step stands out of a straight trend through both sides."""
    use = before | after
    at = np.flatnonzero(use).astype(float)
    trend = np.stack([np.ones(len(at)), at - at.mean()], axis=1)
    step = after[use].astype(float)
    step -= trend @ np.linalg.lstsq(trend, step, rcond=None)[0]
    rest = level[use] - trend @ np.linalg.lstsq(trend, level[use], rcond=None)[0]
    size = float(step @ rest) / float(step @ step)
    spread = float(((rest - size * step) ** 2).sum()) / max(len(at) - 3, 1)
    return abs(size) * float(np.sqrt((step @ step) / max(spread, noise)))


def student(share: float, freedom: int) -> float:
    """The quantile of Student's t by its expansion about the normal one (Abramowitz and Stegun, 26.7.5).

    share: above 0.5. freedom: degrees of freedom, 6 and more; for fewer the expansion falls short in the far tail.
    """
    z = NormalDist().inv_cdf(share)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _jumps(raw: np.ndarray, level: np.ndarray, total: np.ndarray, m: int, kept: float) -> bool:
    jump, less_season = float(raw[m] - raw[m - 1]), float(level[m] - level[m - 1])
    return (
        min(total[m], total[m - 1]) >= JUMP_EVENTS
        and abs(jump) >= np.log(JUMP)
        and less_season * jump > 0
        and abs(less_season) >= np.log(JUMP_LESS_SEASON)
        and kept * jump > 0
        and abs(kept) >= np.log(JUMP_KEPT)
    )


def _less_season(raw: np.ndarray, months: list[str], held: np.ndarray) -> np.ndarray:
    """The series less a yearly wave, where there are two years and more to tell it from.

    The wave is fitted to the changes from month to month, great ones cut back, so that a step does not bend it.
    """
    if len(months) < 24:
        return raw
    turn = 2 * np.pi * np.array([int(m[5:]) for m in months]) / 12
    wave = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    both = held[1:] & held[:-1]
    change = np.diff(raw)[both]
    most = 3 * 1.4826 * float(np.median(np.abs(change)))
    fitted = np.linalg.lstsq(np.diff(wave, axis=0)[both], np.clip(change, -most, most), rcond=None)[0]
    return raw - wave @ fitted


def _share(table: np.ndarray, before: np.ndarray, after: np.ndarray, days: np.ndarray, size: float) -> float:
    """Share of the areas that moved this way, of those with events enough to tell.

    None did where most of the shift is that of one area.
    """
    early = table[:, before].sum(axis=1) / days[before].sum()
    late = table[:, after].sum(axis=1) / days[after].sum()
    telling = table[:, before | after].sum(axis=1) >= AREA_EVENTS
    if telling.sum() < FEWEST_AREAS:
        return 0.0
    others = np.arange(len(table)) != int(np.argmax(np.abs(late - early)))
    left = np.log(max(late[others].sum(), 1e-9) / max(early[others].sum(), 1e-9))
    if left * size < 0 or abs(left) < abs(size) / 2:
        return 0.0
    return float(((late > early) if size > 0 else (late < early))[telling].mean())


def _days(months: list[str]) -> np.ndarray:
    first = np.array(months, dtype="datetime64[M]")
    return ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(float)
