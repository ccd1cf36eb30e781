"""The ground around an area in which displacement is looked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import Events, load
from forestall.evidence.queries.inside import small_areas
from forestall.sara.comparison import areas_as_units, in_degrees, ring, shape_in_metres
from forestall.sara.scope import Area

#: How far displacement is looked for unless told otherwise, metres: a local setting, not verified.
BUFFER_METRES = 500.0


def buffer(
    release: Release, area: Area, metres: float = BUFFER_METRES, *, without: Sequence[Area] = ()
) -> Area:
    """The ring around an area in which displacement is looked for; `without` cuts other areas out of it.

    An area given by small-area codes whose boundaries are not loaded gets the small areas whose events lie
    nearest instead. Errors: ForestallError when nothing is left.
    """
    shape = shape_in_metres(release, area)
    if shape is None:
        return _adjacent(release, area, metres, without)
    around = ring(shape, metres)
    for other in without:
        cut = shape_in_metres(release, other)
        if cut is not None:
            around = around.difference(cut)
    if around.is_empty:
        raise ForestallError("Nothing is left of the buffer.", "Make it wider, or cut less out of it.")
    return Area(geometry=in_degrees(around), name=f"Within {metres:g} m")


def _adjacent(release: Release, area: Area, metres: float, without: Sequence[Area]) -> Area:
    """Small areas whose middle lies within the distance of an event of the treated ones."""
    events = load(release, ["area", "x", "y", "lon", "lat"])
    inside = area.mask(release, events)
    codes = events.codes("area")
    known = codes.codes >= 0
    units = areas_as_units(
        codes.codes[known],
        codes.names,
        events["x"][known],
        events["y"][known],
        np.zeros(int(known.sum()), dtype=np.int64),
        1,
    )
    taken = {c for a in (area, *without) for c in small_areas(release, a.areas)}
    near = distance_to(units.centres, events, inside) <= metres + units.reach
    found = tuple(sorted(c for c, n in zip(units.codes, near, strict=True) if n and c not in taken))
    if not found:
        raise ForestallError("No small area lies that near.", "Make the buffer wider.")
    return Area(areas=found, name=f"Small areas within about {metres:g} m")


def distance_to(points: np.ndarray, events: Events, inside: np.ndarray) -> np.ndarray:
    """Metres from each point to the nearest event of the treated area; far where it has none located."""
    from scipy.spatial import cKDTree

    there = inside & np.isfinite(events["x"])
    known = np.isfinite(points[:, 0])
    found = np.full(len(points), np.inf)
    if there.any() and known.any():
        tree = cKDTree(np.unique(np.column_stack([events["x"][there], events["y"][there]]), axis=0))
        found[known] = tree.query(points[known])[0]
    return found
