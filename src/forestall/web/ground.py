"""What lies under a map: borders and names of places, or where events are, so that a lone area is somewhere."""

from __future__ import annotations

import math
from dataclasses import replace

from forestall.records.problems.selectors import areas
from forestall.web.maps import Beneath, Map, Shape, extent

Box = tuple[float, float, float, float]
Names = tuple[tuple[str, float, float], ...]  # name, lon, lat

#: A map shows at least so many kilometres, or a single street would fill it.
LEAST_KM = 3.0
#: Room around the shapes, as a share of their extent.
ROOM = 0.12
#: Height to width of the drawing, so that the ground fills it.
SHAPE = 0.68
KM_PER_DEGREE = 111.32
#: More names than this crowd the map.
MOST_NAMES = 8
SQUARES = ("dense", "middling", "light")


def with_ground(drawn: Map | None, force: str | None = None, least_km: float = LEAST_KM) -> Map | None:
    """The same map with its surroundings by the live release beneath. force: whose events may stand in."""
    reach = extent(drawn.shapes) if drawn else None
    if drawn is None or reach is None:
        return drawn
    box = looked_at(reach, least_km)
    found = areas.ground(_grown(box), force)
    kinds = sorted({o.kind for o in found.outlines}, key=("beat", "district", "force").index)
    under = [
        Shape(kind, "", _joined([o.geometry for o in found.outlines if o.kind == kind])) for kind in kinds
    ]
    labelled = [extent([s]) for s in drawn.shapes if s.label]
    written = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for b in labelled if b]
    under += [Shape(kind, "", square) for kind, square in zip(SQUARES, found.squares, strict=False)]
    if not under and not found.names:
        return drawn
    return replace(
        drawn, beneath=Beneath(box, tuple(under), _apart(found.names, box, written), _words(kinds, found))
    )


def looked_at(reach: Box, least_km: float = LEAST_KM) -> Box:
    """The part of the country that a map of these shapes shows: with room around, in the drawing's shape."""
    west, south, east, north = reach
    shorten = math.cos(math.radians((south + north) / 2))
    least = least_km / KM_PER_DEGREE
    wide = max((east - west) * shorten * (1 + 2 * ROOM), least)
    tall = max((north - south) * (1 + 2 * ROOM), least * SHAPE)
    wide, tall = max(wide, tall / SHAPE), max(tall, wide * SHAPE)
    lon, lat = (west + east) / 2, (south + north) / 2
    wide = wide / shorten
    return tuple(round(v, 4) for v in (lon - wide / 2, lat - tall / 2, lon + wide / 2, lat + tall / 2))  # type: ignore[return-value]


def _grown(box: Box) -> Box:
    """Wider: the map in the page is wider than the drawing, and can be moved."""
    west, south, east, north = box
    wide, tall = (east - west) / 3, (north - south) / 8
    return round(west - wide, 4), round(south - tall, 4), round(east + wide, 4), round(north + tall, 4)


def _joined(geometries: list[dict]) -> dict:
    return {"type": "MultiPolygon", "coordinates": [p for g in geometries for p in g["coordinates"]]}


def _apart(names: Names, box: Box, written: list[tuple[float, float]]) -> Names:
    """Names that are in sight, not on top of one another and not on what the map itself says."""
    west, south, east, north = box
    kept: list[tuple[str, float, float]] = []
    for name, lon, lat in names:
        inside = west + 0.06 * (east - west) < lon < east - 0.06 * (east - west) and south < lat < north
        clear = all(
            abs(lon - x) > 0.2 * (east - west) or abs(lat - y) > 0.06 * (north - south) for _, x, y in kept
        )
        clear = clear and all(
            abs(lon - x) > 0.12 * (east - west) or abs(lat - y) > 0.05 * (north - south) for x, y in written
        )
        if inside and clear:
            kept.append((name, round(lon, 5), round(lat, 5)))
    return tuple(kept[:MOST_NAMES])


def _words(kinds: list[str], found: areas.Ground) -> str:
    if kinds:
        return f"Grey lines: {' and '.join(f'{kind}s' for kind in kinds)}."
    if found.squares:
        return f"Grey squares of {found.square_metres} metres: where events are recorded at all, darker for more."
    return ""
