"""The response: what is known to work, what to compare with, and how small a change could be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import Events, load
from forestall.evidence.queries.inside import small_areas
from forestall.sara.buffers import BUFFER_METRES, buffer, distance_to
from forestall.sara.comparison import (
    LARGEST_BLOCK,
    SMALLEST_BLOCK,
    Units,
    areas_as_units,
    blocks,
    closeness,
    in_degrees,
    parallel_trends,
    shape_in_metres,
)
from forestall.sara.drift import measure, widened
from forestall.sara.interventions import rank_interventions
from forestall.sara.scope import Area, Scope, months_sent
from forestall.stats.power import Smallest, smallest_change
from forestall.stats.series import allow_for_few_months, paired_dispersion

__all__ = ["Comparison", "buffer", "propose_comparison", "rank_interventions", "smallest_effect"]

#: A comparison takes in like pieces, at least so many and at most so many, until it holds this many times the
#: events of the treated area: fewer would add more chance of their own than they take away.
FEWEST_PIECES, MOST_PIECES, ENOUGH = 5, 30, 2.0
#: Blocks that need more pieces than this are not alike: whole small areas are the plainer comparison.
MOST_BLOCKS = 12


@dataclass(frozen=True)
class Comparison:
    """A proposed comparison area, why, how well it fits, and others that were considered."""

    area: Area
    reason: str
    fit: dict[str, Any]
    alternatives: tuple[Comparison, ...] = field(default=())
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "area": self.area.to_dict(),
            "reason": self.reason,
            "fit": self.fit,
            "alternatives": [a.to_dict() for a in self.alternatives],
            "caveats": list(self.caveats),
        }


def propose_comparison(
    release: Release,
    scope: Scope,
    before: Sequence[str],
    *,
    buffer_metres: float = BUFFER_METRES,
    avoid: Sequence[Area] = (),
) -> Comparison:
    """Which areas of the same force are most like this one before the response, and out of its reach?

    Parameters: scope: force, treated area and crime types; before: the months before; buffer_metres: stay
    this far away; avoid: other areas where something is being done.
    Returns: a `Comparison`: blocks of about the treated area's size for a drawn area, small areas for
    picked ones. Fit: monthly levels, correlation, drift of the ratio a year with its p.
    Assumes: areas alike before stay alike. They are picked by their counts before, so the most alike ones
    of a very high area may themselves be chance highs: the assessment allows for that in the treated area.
    Errors: ForestallError when there is no like area, or the treated area has no events.
    """
    sent = months_sent(release, scope.force)
    recent = [m for m in before if m in set(sent)]
    if len(recent) < 3:
        raise ForestallError(
            f"The records hold {len(recent)} of the months before.",
            "Use a before period with at least 3 months.",
        )
    # Likeness is judged on all that is known by then, so that it rests less on luck in the before period.
    held = [m for m in sent if m < recent[0]] + recent
    events, month = _events(release, scope, held)
    inside = scope.area.mask(release, events)
    target = np.bincount(month[inside], minlength=len(held)).astype(float)
    if target.sum() == 0:
        raise ForestallError(
            "The treated area has no such events in the months before.",
            "Check the area, the types and the months.",
        )
    shape = shape_in_metres(release, scope.area)
    around = _Ground(release, events, inside, shape, scope, buffer_metres, tuple(avoid))
    units, order = _alike(around, month, len(held), target)
    if not order:
        raise ForestallError(
            "There is no other area with such events out of reach of this one.",
            "Choose fewer metres of buffer, more months, or more crime types.",
        )
    rest = ~inside & _far_events(events, inside, shape, buffer_metres)
    options: list[Comparison | None] = [
        _option(units, order, target, len(recent), f"The {len(order)} most alike areas"),
        _option(units, order[:1], target, len(recent), "The single most alike area"),
    ]
    options.append(_whole_force(events, month, rest, target, len(recent)))
    best, *others = [o for o in options if o is not None]
    return Comparison(best.area, best.reason, best.fit, tuple(others), best.caveats)


def smallest_effect(
    release: Release,
    scope: Scope,
    comparison: Area,
    before: Sequence[str],
    after_months: int,
    *,
    power: float = 0.8,
    level: float = 0.95,
) -> Smallest:
    """How small a change would this plan see? Counts of the months before stand for what is to come.

    Parameters: scope of the treated area; its comparison; months before; number of months after; power.
    Returns: `Smallest` (see stats.power), with the spread between months and the drift of places allowed for.
    Errors: ForestallError when an area has no events before.
    """
    held = [m for m in before if m in set(months_sent(release, scope.force))]
    events, month = _events(release, scope, held)
    treated = np.bincount(month[scope.area.mask(release, events)], minlength=len(held)).astype(float)
    other = np.bincount(month[comparison.mask(release, events)], minlength=len(held)).astype(float)
    if not held or treated.sum() == 0 or other.sum() == 0:
        raise ForestallError(
            "An area has no such events in the months before.", "Choose larger areas, or more months."
        )
    spread = allow_for_few_months(paired_dispersion(treated, other), len(held))
    length = after_months / len(held)
    sent = [m for m in months_sent(release, scope.force) if m <= held[-1]]
    half = min(len(sent) // 2, after_months)
    if half >= 3:
        # What places did by themselves between the two latest stretches stands for what they will do.
        drift = measure(
            release, scope.force, scope.crime_types, sent[-2 * half : -half], sent[-half:], [scope.area]
        )
        pairs = [(c.sum(), max(c.sum() * length, 0.5)) for c in (treated, other)]
        spread = widened(spread, drift, pairs[0], pairs[1], scope.area, comparison)
    return smallest_change(
        treated.sum(),
        other.sum(),
        length_ratio=length,
        dispersion=spread,
        power=power,
        level=level,
    )


def _events(release: Release, scope: Scope, held: Sequence[str]) -> tuple[Events, np.ndarray]:
    scope.check(release)
    events = load(
        release,
        ["month", "lon", "lat", "x", "y", "area"],
        force=scope.force,
        crime_types=scope.crime_types or None,
        months=held,
    )
    codes = events.codes("month")
    position = {m: i for i, m in enumerate(held)}
    table = np.array([position.get(name, -1) for name in codes.names] + [-1], dtype=np.int64)
    return events, table[codes.codes]


def _located(events: Events, month: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    there = np.isfinite(events["x"])
    return events["x"][there], events["y"][there], month[there]


def _side(shape: Any) -> float:
    return float(np.clip(np.sqrt(shape.area), SMALLEST_BLOCK, LARGEST_BLOCK))


def _small_area_units(events: Events, month: np.ndarray, months: int) -> Units:
    area = events.codes("area")
    known = area.codes >= 0
    return areas_as_units(
        area.codes[known], area.names, events["x"][known], events["y"][known], month[known], months
    )


@dataclass(frozen=True)
class _Ground:
    """What a comparison must keep away from."""

    release: Release
    events: Events
    inside: np.ndarray
    shape: Any
    scope: Scope
    metres: float
    avoid: tuple[Area, ...]


def _alike(ground: _Ground, month: np.ndarray, months: int, target: np.ndarray) -> tuple[Units, list[int]]:
    """Units, and the positions of those that make up the comparison, most alike first."""
    drawn = ground.scope.geometry is not None
    if drawn:
        units = blocks(*_located(ground.events, month), months, _side(ground.shape))
        units, order = _most_alike(ground, units, target, 1.0)
        if order and len(order) <= MOST_BLOCKS:
            return units, order
    codes = small_areas(ground.release, ground.scope.areas)
    units = _small_area_units(ground.events, month, months)
    return _most_alike(ground, units, target, 1.0 if drawn else 1 / max(1, len(codes)))


def _most_alike(ground: _Ground, units: Units, target: np.ndarray, scale: float) -> tuple[Units, list[int]]:
    units = _take(units, _out_of_reach(ground, units) & (units.counts.sum(1) > 0))
    if not len(units.counts):
        return units, []
    score = closeness(units, target, scale)
    return units, _apart(units, np.argsort(score, kind="stable"), target.sum())


def _out_of_reach(ground: _Ground, units: Units) -> np.ndarray:
    import shapely

    release, events, inside, shape = ground.release, ground.events, ground.inside, ground.shape
    scope, metres, avoid = ground.scope, ground.metres, ground.avoid
    free = np.isfinite(units.centres[:, 0])
    taken = set(small_areas(release, scope.areas))
    for other in avoid:
        taken |= set(small_areas(release, other.areas))
    if units.codes:
        free &= ~np.array([c in taken for c in units.codes])
    grounds = [shape] if shape is not None else []
    grounds += [g for g in (shape_in_metres(release, a) for a in avoid) if g is not None]
    for near in grounds:
        wide = near.buffer(metres)
        shapely.prepare(wide)
        if units.boxes is not None:
            free &= ~shapely.intersects(wide, shapely.box(*units.boxes.T))
        else:
            known = np.flatnonzero(free)
            gap = shapely.distance(wide, shapely.points(units.centres[known]))
            free[known[gap <= units.reach[known]]] = False
    if shape is None:
        free &= distance_to(units.centres, events, inside) > metres + units.reach
    return free


def _far_events(events: Events, inside: np.ndarray, shape: Any, metres: float) -> np.ndarray:
    points = np.column_stack([events["x"], events["y"]])
    return np.isfinite(points[:, 0]) & (distance_to(points, events, inside) > metres)


def _take(units: Units, keep: np.ndarray) -> Units:
    codes = tuple(c for c, k in zip(units.codes, keep, strict=True) if k) if units.codes else ()
    boxes = None if units.boxes is None else units.boxes[keep]
    return Units(units.counts[keep], units.centres[keep], units.reach[keep], codes, boxes)


def _apart(units: Units, order: np.ndarray, events: float) -> list[int]:
    """The first of the order that do not overlap, until they hold enough events."""
    chosen: list[int] = []
    held = 0.0
    for i in order:
        if len(chosen) == MOST_PIECES or (len(chosen) >= FEWEST_PIECES and held >= ENOUGH * events):
            break
        if units.boxes is not None and chosen:
            a, b = units.boxes[i], units.boxes[chosen]
            if ((a[0] < b[:, 2]) & (b[:, 0] < a[2]) & (a[1] < b[:, 3]) & (b[:, 1] < a[3])).any():
                continue
        chosen.append(int(i))
        held += float(units.counts[i].sum())
    return chosen


def _option(units: Units, chosen: list[int], target: np.ndarray, recent: int, words: str) -> Comparison:
    import shapely

    series = units.counts[chosen].sum(0)
    if units.boxes is not None:
        area = Area(geometry=in_degrees(shapely.union_all(shapely.box(*units.boxes[chosen].T))), name=words)
    else:
        area = Area(areas=tuple(units.codes[i] for i in chosen), name=words)
        words = words.replace("areas", "small areas").replace("area of", "small area of")
    return _judged(area, series[-recent:], target[-recent:], len(chosen), words)


def _judged(
    area: Area, series: np.ndarray, target: np.ndarray, parts: int, words: str, whole: bool = False
) -> Comparison:
    fit: dict[str, Any] = {
        "treated_a_month": float(target.mean()),
        "comparison_a_month": float(series.mean()),
        "pieces": parts,
        "months": len(target),
        **parallel_trends(target, series),
    }
    caveats = []
    p = fit["trend_p"]
    if p is not None and p < 0.1:
        caveats.append(
            f"The two areas drifted apart before (ratio times {fit['drift_a_year']:.2f} a year, p {p:.2f}): "
            "part of any difference after may be that drift."
        )
        trend = "their trends before differ"
    elif p is None:
        trend = "there are too few events or months to compare trends"
    else:
        trend = f"their trends before show no evidence of a difference (p {p:.2f})"
    if series.mean() / parts < 0.5 * target.mean() and not whole:
        caveats.append(
            f"No area of the force is as high as this one: the pieces have {series.mean() / parts:.1f} events a "
            f"month each, the treated area {target.mean():.1f}. Their trend stands in for its own."
        )
    if series.sum() < 20:
        caveats.append("The comparison has under 20 events before: it carries much chance of its own.")
    reason = (
        f"{words} of the same force, by their months before and out of reach of the treated area: "
        f"{series.mean():.1f} events a month against {target.mean():.1f} in the treated area; {trend}."
    )
    return Comparison(area, reason, fit, (), tuple(caveats))


def _whole_force(
    events: Events, month: np.ndarray, rest: np.ndarray, target: np.ndarray, recent: int
) -> Comparison | None:
    """The small areas of the rest of the force: a steady comparison, though not a like one."""
    area = events.codes("area")
    codes = np.unique(area.codes[rest & (area.codes >= 0)])
    near = np.unique(area.codes[~rest & (area.codes >= 0)])
    codes = np.setdiff1d(codes, near)
    if not len(codes):
        return None
    chosen = np.isin(area.codes, codes)
    series = np.bincount(month[chosen], minlength=len(target)).astype(float)[-recent:]
    target = target[-recent:]
    names = tuple(sorted(area.names[c] for c in codes))
    found = _judged(
        Area(areas=names, name="The rest of the force"),
        series,
        target,
        len(names),
        "The rest of the force",
        True,
    )
    reason = (
        f"The rest of the force, {len(names)} small areas out of reach of the treated area: steady, but not "
        f"chosen to be alike ({series.mean():.0f} events a month against {target.mean():.1f})."
    )
    return Comparison(found.area, reason, found.fit, (), found.caveats)
