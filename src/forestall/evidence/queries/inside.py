"""Which events lie inside an area, given by the codes of places or drawn on a map?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places
from forestall.evidence.queries.events import Events, load


def load_inside(
    release: Release,
    columns: Sequence[str],
    *,
    force: str | None = None,
    crime_types: Sequence[str] | None = None,
    months: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    geometry: dict[str, Any] | None = None,
) -> Events:
    """The events inside an area, with the chosen columns.

    Parameters: as `load`; areas: codes of places of any kind (a beat stands for its small areas); geometry:
    GeoJSON polygon in longitude and latitude; with both, inside either. With neither: the whole force.
    Returns: Events; those without a location are in areas by code only, never in a drawn one.
    Errors: ForestallError for a geometry that is not a polygon, or an area without records or places.
    """
    if geometry is None:
        codes = None if areas is None else small_areas(release, areas)
        return load(release, columns, force=force, crime_types=crime_types, months=months, areas=codes)
    wanted = list(dict.fromkeys([*columns, "lon", "lat", "area"]))
    if areas:
        events = load(release, wanted, force=force, crime_types=crime_types, months=months)
    else:
        box = polygon(geometry).bounds
        events = load(release, wanted, force=force, crime_types=crime_types, months=months, box=box)
    mask = points_inside(events["lon"], events["lat"], geometry)
    if areas:
        mask |= has_area(events, small_areas(release, areas))
    return events.take(mask)


def points_inside(lon: np.ndarray, lat: np.ndarray, geometry: dict[str, Any]) -> np.ndarray:
    """Which points lie in the polygon, its edge included: bool (n,). NaN is never inside.

    Points in police records repeat (they are snapped to map points), so each distinct one is asked once.
    """
    import shapely

    shape = polygon(geometry)
    west, south, east, north = shape.bounds
    mask = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    near = np.flatnonzero(mask)
    if not len(near):
        return mask
    points = lon[near] + 1j * lat[near]
    distinct, back = np.unique(points, return_inverse=True)
    shapely.prepare(shape)
    mask[near] = shapely.intersects_xy(shape, distinct.real, distinct.imag)[back]
    return mask


def has_area(events: Events, codes: Sequence[str]) -> np.ndarray:
    """Which events carry one of these small-area codes: bool (n,)."""
    area = events.codes("area")
    wanted = set(codes)
    known = np.array([name in wanted for name in area.names] + [False], dtype=bool)
    return known[area.codes]


def small_areas(release: Release, codes: Sequence[str]) -> list[str]:
    """The small areas that these places stand for. A code that the release's places do not know is kept as it is:
    events may carry it."""
    places = load_places(release)
    found: list[str] = []
    for code in codes:
        place = places.get(code)
        if place is None or place.kind == "small_area":
            found.append(code)
        else:
            found += [p.code for p in places.descendants(code)]
    return list(dict.fromkeys(found))


def polygon(geometry: dict[str, Any]) -> Any:
    """A valid Shapely polygon (or several) from GeoJSON in degrees; mends crossings; refuses all else."""
    import json

    import shapely

    if geometry.get("type") == "Feature":
        geometry = geometry.get("geometry") or {}
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ForestallError(f"The area drawn is a {kind or 'thing without a type'}.", "Draw a polygon.")
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.GEOSException:
        shape = None
    if shape is None or shape.is_empty:
        raise ForestallError(
            "The area drawn has no points that make a polygon.", "Draw at least three corners."
        )
    if not shape.is_valid:
        shape = shapely.make_valid(shape)
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ForestallError(
            f"The area drawn reaches from {west:g}, {south:g} to {east:g}, {north:g}: not longitude and latitude.",
            "Give GeoJSON in degrees, longitude first.",
        )
    return shape
