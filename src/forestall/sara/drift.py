"""How much do places like these change by themselves? Measured where nothing was planned.

Counts that are independent and Poisson give intervals that are too narrow for real places, which drift apart
for reasons of their own. The small areas outside the plan show by how much, over the same two periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import load
from forestall.sara.outcomes import Counts
from forestall.sara.plans import Plan
from forestall.sara.scope import Area

#: A small area with fewer events before says nothing of drift; fewer areas than this, nothing at all.
ENOUGH_EVENTS, ENOUGH_PLACES = 5, 20


@dataclass(frozen=True)
class Drift:
    """Variance of the log change between places beyond chance, and the rest of the force's counts."""

    variance: float
    places: int
    rest: tuple[float, float]  # events before and after outside every area of the plan

    def to_dict(self) -> dict[str, Any]:
        usual = float(np.expm1(np.sqrt(self.variance))) if self.places else None
        return {
            "places": self.places,
            "variance": self.variance,
            "usual_change": usual,
            "rest_of_force": [int(v) for v in self.rest],
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        if not self.places:
            return "There are too few other places to see how much they change by themselves."
        if self.variance < 1e-4:
            return f"The {self.places} other places changed by no more than chance between the two periods."
        usual = np.expm1(np.sqrt(self.variance))
        return (
            f"The {self.places} other places changed by about {usual:.0%} more than chance between the two periods, "
            "with nothing planned there: intervals are widened for it."
        )


def measure(
    release: Release,
    force: str | None,
    crime_types: Sequence[str],
    early: Sequence[str],
    late: Sequence[str],
    without: Sequence[Area],
) -> Drift:
    """How far apart did the force's small areas drift from the early to the late months, and what is their total?

    without: areas to leave out (treated, buffer). The variance between places is that of DerSimonian and
    Laird (1986), with each place's own chance taken out; places with under 5 events in the early months are
    left out. Nothing is measured (0 places) with fewer than 20.
    """
    events = load(
        release,
        ["month", "area", "lon", "lat"],
        force=force,
        crime_types=crime_types or None,
        months=[*early, *late],
    )
    free = np.ones(events.n, dtype=bool)
    for area in without:
        free &= ~area.mask(release, events)
    month = events.codes("month")
    first_months = set(early)
    before = np.array([name in first_months for name in month.names] + [False], dtype=bool)[month.codes]
    rest = float((free & before).sum()), float((free & ~before).sum())
    codes = events.codes("area").codes
    held = free & (codes >= 0)
    size = len(events.codes("area").names)
    first = np.bincount(codes[held & before], minlength=size).astype(float)
    second = np.bincount(codes[held & ~before], minlength=size).astype(float)
    use = first >= ENOUGH_EVENTS
    if int(use.sum()) < ENOUGH_PLACES:
        return Drift(0.0, 0, rest)
    return Drift(_between(first[use], second[use]), int(use.sum()), rest)


def of_plan(release: Release, plan: Plan, counts: Counts) -> Drift:
    """Drift between a plan's own periods, outside its treated area and buffers."""
    months = np.array(counts.months)
    areas = [a for a in (plan.treated, plan.buffer, plan.buffer_comparison) if a is not None and not a.empty]
    return measure(
        release,
        plan.force,
        plan.crime_types,
        months[counts.before].tolist(),
        months[~counts.before].tolist(),
        areas,
    )


def _between(first: np.ndarray, second: np.ndarray) -> float:
    change = np.log((second + 0.5) / (first + 0.5))
    # Chance at the common change: an area's own small count after would make it look surer than it is.
    expected = first * second.sum() / first.sum()
    chance = 1 / (first + 0.5) + 1 / (expected + 0.5)
    weight = 1 / chance
    middle = (weight * change).sum() / weight.sum()
    excess = (weight * (change - middle) ** 2).sum() - (len(change) - 1)
    return max(0.0, float(excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def widened(
    spread: float,
    drift: Drift,
    treated: tuple[float, float],
    other: tuple[float, float] | None,
    treated_area: Area,
    comparison_area: Area | None,
) -> float:
    """Variance factor that takes in the drift of both areas: at least `spread`.

    An area of several small areas drifts less: their drifts are taken as independent.
    """
    if drift.variance <= 0 or min(treated) <= 0 or (other is not None and min(other) <= 0):
        return spread
    extra = drift.variance / _parts(treated_area)
    chance = 1 / treated[0] + 1 / treated[1]
    if other is not None and comparison_area is not None:
        extra += drift.variance / _parts(comparison_area)
        chance += 1 / other[0] + 1 / other[1]
    return max(spread, 1 + extra / chance)


def _parts(area: Area) -> int:
    drawn = area.geometry or {}
    shapes = len(drawn.get("coordinates", ())) if drawn.get("type") == "MultiPolygon" else int(bool(drawn))
    return max(1, len(area.areas) + shapes)
