"""The outcome of a plan as counts: by crime type and month, in each of its areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import Events, load
from forestall.sara.plans import Plan


@dataclass(frozen=True)
class Counts:
    """Events by crime type and month in each area of a plan. Arrays (types, months); None: no such area."""

    types: tuple[str, ...]
    months: tuple[str, ...]  # held months of before and after, in order
    before: np.ndarray  # bool (months,)
    treated: np.ndarray
    comparison: np.ndarray | None
    buffer: np.ndarray | None
    buffer_comparison: np.ndarray | None

    def pair(self, counts: np.ndarray, kind: int | None = None) -> tuple[float, float]:
        """(before, after) of all types, or of one."""
        series = counts.sum(0) if kind is None else counts[kind]
        return float(series[self.before].sum()), float(series[~self.before].sum())


def count(release: Release, plan: Plan, months: Sequence[str]) -> Counts:
    """Events of the plan's types in each of its areas and these months. An event counts in one area only:
    treated first, then buffer, comparison, and the comparison's buffer."""
    events = load(
        release,
        ["crime_type", "month", "lon", "lat", "area"],
        force=plan.force,
        crime_types=plan.crime_types,
        months=months,
    )
    kind = _positions(events, "crime_type", plan.crime_types)
    month = _positions(events, "month", months)
    free = np.ones(events.n, dtype=bool)
    tables: list[np.ndarray | None] = []
    for area in (plan.treated, plan.buffer, plan.comparison, plan.buffer_comparison):
        if area is None or area.empty:
            tables.append(None)
            continue
        mask = area.mask(release, events) & free
        free &= ~mask
        table = np.zeros((len(plan.crime_types), len(months)))
        np.add.at(table, (kind[mask], month[mask]), 1)
        tables.append(table)
    treated, buffer, comparison, buffer_comparison = tables
    assert treated is not None  # a plan always has a treated area
    edge = np.array([m < plan.response_start for m in months])
    return Counts(plan.crime_types, tuple(months), edge, treated, comparison, buffer, buffer_comparison)


def _positions(events: Events, name: str, wanted: Sequence[str]) -> np.ndarray:
    codes = events.codes(name)
    position = {value: i for i, value in enumerate(wanted)}
    return np.array([position.get(v, -1) for v in codes.names] + [-1], dtype=np.int64)[codes.codes]
