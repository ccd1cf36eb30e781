"""Which area is like the treated one, and what surrounds it? Pieces that `response` puts together."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places, to_degrees, to_grid
from forestall.evidence.queries.inside import polygon, small_areas
from forestall.sara.scope import Area
from forestall.stats.glm import fit_counts
from forestall.stats.series import paired_dispersion

#: Sides of the blocks that stand for a drawn area, metres.
SMALLEST_BLOCK, LARGEST_BLOCK = 150.0, 2500.0


@dataclass(frozen=True)
class Units:
    """Candidate pieces of ground. counts (units, months); boxes (units, 4) in metres or None for small areas."""

    counts: np.ndarray
    centres: np.ndarray  # (units, 2) metres
    reach: np.ndarray  # (units,) metres from the centre within which it mostly lies
    codes: tuple[str, ...]  # empty for blocks
    boxes: np.ndarray | None


def shape_in_metres(release: Release, area: Area) -> Any | None:
    """The area as a Shapely polygon in grid metres; None for small areas without a loaded boundary."""
    import shapely

    parts = []
    if area.geometry is not None:
        parts.append(polygon(area.geometry))
    if area.areas:
        places = load_places(release)
        drawn = [places.geometry(code) for code in area.areas]
        if any(g is None for g in drawn):
            drawn = [places.geometry(code) for code in small_areas(release, area.areas)]
        if any(g is None for g in drawn) or not drawn:
            return None
        parts += [polygon(g) for g in drawn if g is not None]
    whole = shapely.union_all(parts)
    return shapely.transform(whole, lambda xy: np.column_stack(to_grid(xy[:, 0], xy[:, 1])))


def in_degrees(shape: Any) -> dict[str, Any]:
    """GeoJSON (degrees, six decimals) of a Shapely polygon in metres."""
    import shapely

    turned = shapely.transform(shape, lambda xy: np.round(np.column_stack(to_degrees(xy[:, 0], xy[:, 1])), 6))
    return json.loads(shapely.to_geojson(turned))


def blocks(x: np.ndarray, y: np.ndarray, month: np.ndarray, months: int, side: float) -> Units:
    """Square blocks of one size, on four grids half a side apart, so that a cluster is not always cut."""
    counts, centres, boxes = [], [], []
    for shift_x in (0.0, side / 2):
        for shift_y in (0.0, side / 2):
            column = np.floor((x - shift_x) / side).astype(np.int64)
            row = np.floor((y - shift_y) / side).astype(np.int64)
            key = column * 10_000_000 + row
            distinct, back = np.unique(key, return_inverse=True)
            table = np.zeros((len(distinct), months))
            np.add.at(table, (back, month), 1)
            left = (distinct // 10_000_000) * side + shift_x
            bottom = (distinct % 10_000_000) * side + shift_y
            counts.append(table)
            centres.append(np.column_stack([left + side / 2, bottom + side / 2]))
            boxes.append(np.column_stack([left, bottom, left + side, bottom + side]))
    together = np.vstack(centres)
    return Units(np.vstack(counts), together, np.full(len(together), side * 0.7072), (), np.vstack(boxes))


def areas_as_units(
    area: np.ndarray, names: Sequence[str], x: np.ndarray, y: np.ndarray, month: np.ndarray, months: int
) -> Units:
    """Small areas, each with the middle of its events."""
    table = np.zeros((len(names), months))
    centres = np.full((len(names), 2), np.nan)
    reach = np.zeros(len(names))
    np.add.at(table, (area, month), 1)
    order = np.argsort(area, kind="stable")
    edges = np.searchsorted(area[order], np.arange(len(names) + 1))
    for i in range(len(names)):
        part = order[edges[i] : edges[i + 1]]
        part = part[np.isfinite(x[part])]
        if len(part):
            centres[i] = np.median(x[part]), np.median(y[part])
            reach[i] = np.median(np.hypot(x[part] - centres[i, 0], y[part] - centres[i, 1]))
    return Units(table, centres, reach, tuple(names), None)


def closeness(units: Units, target: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """How unlike the treated area each unit is, from its months before: (units,), small is alike.

    Adds up: difference of level (a factor of 1.35 counts 1), of trend (two standard errors count 1), and half
    of one minus the correlation of the months, smoothed by three (small counts correlate by luck). Where
    hardly any unit comes near the level, level is left out: the highest of the others would be chance highs
    that fall back by themselves, and make the treated area look worse than it is.
    """
    totals = units.counts.sum(1)
    level = np.abs(np.log((totals + 0.5) / (scale * target.sum() + 0.5))) / 0.3
    if int((level <= math.log(1.5) / 0.3).sum()) < 5:
        level = np.where(totals >= max(5.0, float(np.median(totals)) / 2), 0.0, level)
    half = units.counts.shape[1] // 2

    def drift(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        early, late = counts[..., :half].sum(-1) + 0.5, counts[..., -half:].sum(-1) + 0.5
        return np.log(late / early), 1 / late + 1 / early

    own, error = drift(units.counts)
    theirs, more = drift(target)
    trend = np.abs(own - theirs) / np.sqrt(error + more) / 2
    return level + trend + (1 - _correlation(units.counts, target)) / 2


def _correlation(counts: np.ndarray, target: np.ndarray) -> np.ndarray:
    if counts.shape[1] < 6:
        return np.zeros(len(counts))
    kernel = np.ones(3) / 3
    smooth = np.apply_along_axis(np.convolve, 1, counts, kernel, "valid")
    wanted = np.convolve(target, kernel, "valid")
    smooth = smooth - smooth.mean(1, keepdims=True)
    wanted = wanted - wanted.mean()
    size = np.sqrt((smooth**2).sum(1) * (wanted**2).sum())
    return np.divide(smooth @ wanted, size, out=np.zeros(len(counts)), where=size > 0)


def parallel_trends(treated: np.ndarray, comparison: np.ndarray) -> dict[str, float | None]:
    """Did both areas run alike before? Yearly factor by which their ratio drifted, its p, and correlation.

    treated, comparison: monthly counts (m,). p near nought: they drifted apart, so after may too.
    """
    both = treated + comparison
    correlation = float(_correlation(comparison[None, :], treated)[0])
    m = len(treated)
    if m < 6 or treated.sum() < 10 or comparison.sum() < 10:
        return {"correlation": correlation, "drift_a_year": None, "trend_p": None}
    keep = both > 0
    t = (np.arange(m) - (m - 1) / 2) / 12
    months = np.eye(m)[:, keep]
    design = np.vstack(
        [
            np.column_stack([months[keep], np.ones(keep.sum()), t[keep]]),
            np.column_stack([months[keep], np.zeros(keep.sum()), np.zeros(keep.sum())]),
        ]
    )
    model = fit_counts(np.concatenate([treated[keep], comparison[keep]]), design)
    spread = paired_dispersion(treated, comparison)
    drift, error = float(model.coefficients[-1]), float(model.errors(spread)[-1])
    return {
        "correlation": correlation,
        "drift_a_year": math.exp(drift),
        "trend_p": math.erfc(abs(drift / error) / math.sqrt(2)),
    }


def ring(shape: Any, metres: float) -> Any:
    """The ground within so many metres around a polygon, itself left out."""
    if not 10 <= metres <= 20_000:
        raise ForestallError(f"A buffer of {metres:g} metres cannot be drawn.", "Give 10 to 20,000 metres.")
    return shape.buffer(metres, quad_segs=8).difference(shape)
