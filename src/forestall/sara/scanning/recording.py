"""What changed everywhere at once: steps in what a whole force records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.sara.scanning.field import Field

#: Months compared on each side -> a step that great is reported when most areas share it: two months see a short
#: sharp step, six a lasting one in a small force. A lesser one, down to LEAST_STEP, must also be LEAST_SCORE
#: robust standard deviations out of the type's own movement.
GREAT_STEP = {2: 1.5, 3: 1.5, 6: 1.4}
LEAST_STEP = 1.25
LEAST_SCORE = 4.0
#: Areas that must move the same way: more than chance, and most of them.
LEAST_SHARE = 0.6


@dataclass(frozen=True)
class RecordingChange:
    """A step in one crime type over a whole force: the level from `month` on is `ratio` times that before.

    It may be a change of recording or an event that touched everyone (Covid rules in April 2020); it is not a
    local problem.
    """

    force: str
    crime_type: str
    month: str
    ratio: float
    share_of_areas: float
    areas: int

    def sentence(self) -> str:
        way = "rose" if self.ratio > 1 else "fell"
        return (
            f"{self.crime_type} {way} to {self.ratio:.2f} times its level in {self.month}, in "
            f"{self.share_of_areas:.0%} of {self.areas} areas at once: a change of recording, or an event that "
            "touched the whole force. It is not ranked as a problem."
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "force": self.force,
            "crime_type": self.crime_type,
            "month": self.month,
            "ratio": self.ratio,
            "share_of_areas": self.share_of_areas,
            "areas": self.areas,
            "why": self.sentence(),
        }


def days_in(months: tuple[str, ...]) -> np.ndarray:
    """Days of each month."""
    first = np.array(months, dtype="datetime64[M]")
    return ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.float64)


def recording_changes(field: Field) -> list[RecordingChange]:
    """In which months did a crime type step up or down over the whole force at once?

    A step is two, three or six months against as many before (per day), beyond chance, by half or more (six
    months: 40%); or by a quarter where that is out of line with the type's other months. What the same months of
    other years do too is season and taken off. It must be shared by at least 60% of the areas, more than chance
    gives. One step is reported where neighbours in time tell of the same. The ratio is the one seen, season in it.
    When not to use it: less than 8 months.
    """
    months = len(field.months)
    if months < 8:
        return []
    unit, n_units = (
        (field.beat, len(field.beats)) if len(field.beats) >= 10 else (field.area, len(field.areas))
    )
    days = days_in(field.months)
    found = []
    for t, name in enumerate(field.types):
        table = field.table(field.by_type[t], unit, n_units) if n_units else np.zeros((0, months))
        whole = np.bincount(field.month[field.by_type[t]], minlength=months)
        if whole.mean() < 20 or len(table) < 10:
            continue
        steps: list[RecordingChange] = []
        for m, width in _steps(whole / days, whole, field.months):
            near = (abs(m - field.months.index(c.month)) <= max(GREAT_STEP) for c in steps)
            change = None if any(near) else _shared(field, name, table, whole, days, m, width)
            steps += [change] if change else []
        found += sorted(steps, key=lambda c: c.month)
    return found


def _shared(
    field: Field, name: str, table: np.ndarray, whole: np.ndarray, days: np.ndarray, m: int, width: int
) -> RecordingChange | None:
    """The step at month m as a recording change, if most areas share it."""
    late, early = slice(m, min(m + width, len(whole))), slice(m - width, m)
    ratio = (whole[late].sum() / days[late].sum()) / (whole[early].sum() / days[early].sum())
    share, areas, beyond = _breadth(table, late, early, days, ratio > 1)
    if share < LEAST_SHARE or not beyond:
        return None
    return RecordingChange(field.force, name, field.months[m], round(float(ratio), 3), round(share, 3), areas)


def _steps(rate: np.ndarray, whole: np.ndarray, months: tuple[str, ...]) -> list[tuple[int, int]]:
    """(month, months compared on each side) of the steps that stand out, the sharpest first."""
    big = [
        (m, width, jump)
        for width in GREAT_STEP
        if len(rate) >= 2 * width + 2
        for m, jump in _steps_of(rate, whole, months, width)
    ]
    return [(m, width) for m, width, _ in sorted(big, key=lambda s: (-s[2], s[0], s[1]))]


def _steps_of(
    rate: np.ndarray, whole: np.ndarray, months: tuple[str, ...], width: int
) -> list[tuple[int, float]]:
    """(month, size of its jump from the month before) of each step at this width."""
    n = len(rate)
    at = np.arange(width, n - 1)
    spans = [(slice(m, m + width), slice(m - width, m)) for m in at]
    step = np.array([np.log(max(rate[a].mean(), 1e-9) / max(rate[b].mean(), 1e-9)) for a, b in spans])
    chance = np.array([np.sqrt(1 / max(whole[a].sum(), 1) + 1 / max(whole[b].sum(), 1)) for a, b in spans])
    odd, others = _less_season(step, np.array([months[m][5:] for m in at]))
    # The season taken off is itself known only from a year or two.
    chance = chance * np.sqrt(1 + 1 / np.maximum(others, 1) * (others > 0))
    spread = 1.4826 * np.median(np.abs(step - np.median(step)))
    score = np.abs(odd) / np.maximum(spread, chance)
    great = (np.maximum(np.abs(step), np.abs(odd)) >= np.log(GREAT_STEP[width])) & (
        np.abs(odd) >= np.log(1.2)
    )
    lesser = (width <= 3) & (np.abs(odd) >= np.log(LEAST_STEP)) & (score >= LEAST_SCORE)
    big = (np.abs(odd) >= 4 * chance) & (np.abs(step) >= np.log(1.2)) & (great | lesser)
    # A jump is clearest in the month where one month differs most from the one before.
    jump = np.abs(np.log(np.maximum(rate[at], 1e-9) / np.maximum(rate[at - 1], 1e-9)))
    return [(int(at[i]), float(jump[i])) for i in np.flatnonzero(big)]


def _less_season(step: np.ndarray, calendar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(steps less what the same calendar month did in other years, number of other years)."""
    odd, years = step.copy(), np.zeros(len(step))
    for i in range(len(step)):
        others = (calendar == calendar[i]) & (np.arange(len(step)) != i)
        years[i] = others.sum()
        left = step[i] - (step[others].mean() if others.any() else 0.0)
        # A step that season alone explains, or that only a fall in other years makes look like one, is none.
        odd[i] = left if np.sign(left) == np.sign(step[i]) else 0.0
    return odd, years


def _breadth(
    table: np.ndarray, late: slice, early: slice, days: np.ndarray, up: bool
) -> tuple[float, int, bool]:
    """(share of areas that moved this way, areas with enough to tell, whether more than chance gives)."""
    a = table[:, late].sum(axis=1) / days[late].sum()
    b = table[:, early].sum(axis=1) / days[early].sum()
    # Chosen by all months, not by these: areas picked because they just had events would all seem to rise.
    expected = table.mean(axis=1) * (late.stop - late.start + early.stop - early.start)
    telling = expected >= 4
    n = int(telling.sum())
    if n < 10:
        return 0.0, n, False
    same = float(((a > b) if up else (a < b))[telling].mean())
    return same, n, same > 0.5 + 2 * 0.5 / np.sqrt(n)
