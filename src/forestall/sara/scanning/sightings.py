"""What one lens saw at one place: the common form in which lenses hand on what they find."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.stats.rates import Shrunk, rate_ratio


@dataclass(frozen=True)
class Sighting:
    """One place and crime type that a lens picked out.

    cells: indices into the field's cells. events to upper: of the window [first, last], indices into the
    field's months. Excess is after shrinkage. place: code, where the place is an area; point: x, y metres, where it
    is one point. months_persistent: months of the window with more events than chance gives (of `monthly`
    against `expected` spread evenly). why: the reason, without place and type, as the end of a sentence.
    """

    lens: str
    crime_type: int
    cells: np.ndarray
    members: np.ndarray  # positions of its events, all months of the field
    first: int
    last: int
    events: int
    expected: float
    excess: float
    lower: float
    upper: float
    why: str
    place: str | None = None
    point: tuple[float, float] | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


def held_up(monthly: np.ndarray, expected_a_month: float) -> int:
    """In how many months were there more events than 19 of 20 places as expected would have?"""
    from scipy.special import gammainc

    return int(
        ((monthly > 0) & (gammainc(np.maximum(monthly, 1e-12), max(expected_a_month, 1e-9)) < 0.05)).sum()
    )


def shrunk_excess(shrunk: Shrunk, i: int) -> tuple[float, float, float]:
    """Excess events of unit i, with its limits, after the luck of being picked has been taken out."""
    interval = shrunk.excess_interval
    return float(shrunk.excess[i]), float(interval.lower[i]), float(interval.upper[i])


def trend(monthly: np.ndarray, days: np.ndarray) -> dict[str, Any]:
    """Is it going up or down? The latest months against as many before them, at most a year each.

    monthly: events of each month (m,), oldest first; days: days of each month (m,). Years are compared whole
    where there are two, so that season is no trend. Returns direction ("rising", "falling", "no clear change",
    "not known"), change a month as a share with its 95% interval; under 10 events no share is given.
    """
    half = min(12, len(monthly) // 2)
    if half < 3:
        return {"direction": "not known", "monthly_change": None, "interval": None, "months_compared": half}
    late, early = monthly[-half:].sum(), monthly[-2 * half : -half].sum()
    base = {"months_compared": half, "latest": int(late), "before": int(early)}
    if late + early < 10:
        return {"direction": "not known", "monthly_change": None, "interval": None, **base}
    ratio = rate_ratio(late, early, float(days[-half:].sum()), float(days[-2 * half : -half].sum()))
    low, high = ratio.interval
    direction = "rising" if low > 1 else "falling" if high < 1 else "no clear change"

    def a_month(value: float) -> float | None:
        return round(float(value ** (1 / half) - 1), 4) if 0 < value < np.inf else None

    return {
        "direction": direction,
        "monthly_change": a_month(ratio.ratio),
        "interval": [a_month(low), a_month(high)],
        **base,
    }


def members_in_cells(field_: Field, crime_type: int, cells: np.ndarray) -> np.ndarray:
    """Positions of the events of one type that fall in these cells, all months."""
    events = field_.by_type[crime_type]
    flags = np.zeros(field_.n_cells + 1, dtype=bool)
    flags[cells] = True  # the last entry stands for "off the map" and stays false
    return events[flags[field_.cell[events]]]
