"""What lies around a place: outlines and names of districts and beats, else the squares where events are.

For maps only: outlines are simplified to what a small drawing can show. Nothing is counted from them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places, to_degrees
from forestall.evidence.queries.events import load

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]  # west, south, east, north, in degrees

#: Up to so many kilometres across, beats are drawn; above it districts; far above it forces.
BEATS_TO, DISTRICTS_TO = 22.0, 150.0
#: Kinds drawn at each of these three widths, the finer first, which also bears the names.
KINDS = (("beat", "district"), ("district", "force"), ("force",))
MOST_OUTLINES = 400
MOST_NAMES = 30
#: Squares are sized so that about this many fit side by side.
SQUARES_ACROSS = 48
MOST_SQUARES = 800
#: Shares of squares, the busiest first, that are drawn dark, middling and light.
DENSITIES = (0.15, 0.45, 1.0)
KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Outline:
    """The border of one place around."""

    kind: str  # beat, district or force
    name: str
    geometry: dict[str, Any]  # GeoJSON, degrees


@dataclass(frozen=True)
class Ground:
    """What to draw beneath a map. `squares`: GeoJSON MultiPolygons, from the densest to the lightest."""

    outlines: tuple[Outline, ...] = ()
    names: tuple[tuple[str, float, float], ...] = ()  # name, lon, lat
    squares: tuple[dict[str, Any], ...] = ()
    square_metres: int | None = None


def across(box: Box) -> float:
    """The longer side of a box, km."""
    shorten = math.cos(math.radians((box[1] + box[3]) / 2))
    return max((box[2] - box[0]) * shorten, box[3] - box[1]) * KM_PER_DEGREE


@lru_cache(maxsize=128)
def ground(release: Release, box: Box, force: str | None = None) -> Ground:
    """What lies in and around this box, for the eye of who reads a map of it.

    Parameters: box (west, south, east, north), degrees. force: whose events stand in where the release has no
        outlines. Returns: Ground, with outlines where the release has boundaries, else squares of its events.
    Assumptions: a release never changes, so the answer may be kept.
    Not for: telling which place a point is in; `evidence.places.assign` does that.
    """
    width = across(box)
    kinds = KINDS[0 if width <= BEATS_TO else 1 if width <= DISTRICTS_TO else 2]
    outlines = tuple(o for kind in reversed(kinds) for o in _outlines(release, kind, box))
    named = _names(release, kinds[0], box)
    if outlines:
        return Ground(outlines, named)
    squares, metres = _squares(release, box, force) if width <= DISTRICTS_TO else ((), None)
    return Ground((), named or _names(release, kinds[-1], box), squares, metres)


@lru_cache(maxsize=12)
def _shapes(release: Release, kind: str) -> tuple[list[str], NDArray[np.object_]]:
    codes, polygons = load_places(release).polygons(kind)
    return codes, np.asarray(polygons, dtype=object)


def _outlines(release: Release, kind: str, box: Box) -> list[Outline]:
    import shapely

    codes, polygons = _shapes(release, kind)
    if not codes:
        return []
    near = np.flatnonzero(shapely.intersects(polygons, shapely.box(*box)))[:MOST_OUTLINES]
    if not len(near):
        return []
    step = (box[3] - box[1] + box[2] - box[0]) / 800
    simple = shapely.set_precision(shapely.simplify(polygons[near], step), 1e-5)
    places = load_places(release)
    return [
        Outline(kind, places.name(codes[i]), _short(json.loads(text)))
        for i, text in zip(near, shapely.to_geojson(simple), strict=True)
    ]


def _short(geometry: dict[str, Any]) -> dict[str, Any]:
    """The polygons of a geometry with coordinates to about a metre, so that pages stay small."""
    kind, found = geometry["type"], geometry.get("coordinates", [])
    polygons = found if kind == "MultiPolygon" else [found] if kind == "Polygon" else []
    short = [
        [[[round(c[0], 5), round(c[1], 5)] for c in ring] for ring in polygon if ring] for polygon in polygons
    ]
    return {"type": "MultiPolygon", "coordinates": short}


def _names(release: Release, kind: str, box: Box) -> tuple[tuple[str, float, float], ...]:
    """Places whose middle is in the box, those nearest its middle first."""
    west, south, east, north = box
    inside = [
        (math.hypot(p.lon - (west + east) / 2, p.lat - (south + north) / 2), p.name, p.lon, p.lat)
        for p in load_places(release).of_kind(kind)
        if p.lon is not None and p.lat is not None and west < p.lon < east and south < p.lat < north
    ]
    return tuple((name, lon, lat) for _, name, lon, lat in sorted(inside)[:MOST_NAMES])


def _squares(release: Release, box: Box, force: str | None) -> tuple[tuple[dict[str, Any], ...], int | None]:
    """The busiest squares of the box in three densities: the shapes of towns, no counts."""
    metres = next((m for m in (250, 500, 1000, 2000) if across(box) * 1000 / m <= SQUARES_ACROSS), 4000)
    found = load(release, ["x", "y"], force=force, box=box)
    x, y = found["x"], found["y"]
    good = np.isfinite(x) & np.isfinite(y)
    east, north = (np.floor(v[good] / metres).astype(np.int64) for v in (x, y))
    if not len(east):
        return (), None
    keys, counts = np.unique((east << 20) + north, return_counts=True)
    keys = keys[np.argsort(-counts, kind="stable")[:MOST_SQUARES]]
    ends = [math.ceil(share * len(keys)) for share in DENSITIES]
    parts = [keys[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    return tuple(_multipolygon(part, metres) for part in parts if len(part)), metres


def _multipolygon(keys: NDArray[np.int64], metres: int) -> dict[str, Any]:
    columns, rows = keys >> 20, keys & (2**20 - 1)
    corners = [
        to_degrees((columns + i) * float(metres), (rows + j) * float(metres))
        for i, j in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    ]
    rings = [
        [[round(float(lon[k]), 5), round(float(lat[k]), 5)] for lon, lat in corners] for k in range(len(keys))
    ]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
