"""Boundaries: GeoJSON of small areas, beats, districts, forces or regions, as places with a shape.

Shapes are kept in degrees (WGS84), flat, to six decimals. A shape that crosses itself is mended and named;
one that is no area of England and Wales is refused, with the reason.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.schemas import PLACE_KINDS
from forestall.evidence.sources.area_columns import area_columns, place_code, place_name
from forestall.evidence.sources.protocol import Item, Reject, SourceRows

if TYPE_CHECKING:
    import pyarrow as pa

#: England and Wales with the Isles of Scilly, degrees: west, south, east, north.
BOX = (-6.6, 49.8, 2.0, 56.0)
MOST_VERTICES = 1_000_000  # of one shape
MOST_PARTS = 10_000
_MOST_BYTES = 1_000_000_000
_DECIMALS = 6
_OWN = ("code", "name", "kind")
_MEND = "Mend the shape in a mapping program, or leave the feature out."


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for GeoJSON, by its ending or its first words."""
    if item.name.lower().endswith(".geojson"):
        return True
    return item.name.lower().endswith(".json") and b"Feature" in item.head(4096)


def read(item: Item, mapping: Path | None) -> SourceRows:
    """The places in a GeoJSON file. Every feature becomes a place or a reject (its line is its number)."""
    features, crs = _features(item)
    found = SourceRows("boundaries", rows=len(features))
    places: dict[str, dict[str, Any]] = {}
    mended: list[str] = []
    flat = 0
    for number, feature in enumerate(features, start=1):
        try:
            place = _place(feature, places)
            shape, was_mended, had_height = _shape(feature, crs)
        except _FeatureFaultError as fault:
            found.rejects.append(_reject(item.name, number, feature, fault))
            continue
        place |= _located(shape)
        places[place["code"]] = place
        if place["kind"] == "small_area" and place["name"] != place["code"]:
            found.area_names[place["code"]] = place["name"]
        mended += [place["code"]] if was_mended else []
        flat += had_height
    if mended:
        shown = ", ".join(mended[:10]) + (", ..." if len(mended) > 10 else "")
        found.notices.append(
            f"{item.name}: {len(mended)} shapes crossed or touched themselves and were mended: {shown}."
        )
    if flat:
        found.notices.append(f"{item.name}: heights were left out of {flat} shapes.")
    if crs is not None:
        found.notices.append(f"{item.name}: converted from {crs} to degrees.")
    found.places = _table(list(places.values()))
    if features and not places:
        raise ForestallError(
            f"{item.name}: none of its {len(features)} features can be used. First: {found.rejects[0].reason}",
            found.rejects[0].next_step,
        )
    return found


class _FeatureFaultError(Exception):
    def __init__(self, column: str, reason: str, next_step: str = _MEND) -> None:
        super().__init__(reason)
        self.column, self.reason, self.next_step = column, reason, next_step


def _features(item: Item) -> tuple[list[Any], str | None]:
    """The features, and the reference system they are declared in when it is not degrees."""
    if item.size > _MOST_BYTES:
        raise ForestallError(
            f"{item.name} is larger than a gigabyte.", "Simplify the boundaries, or split the file."
        )
    try:
        data = json.loads(item.read())
    except (ValueError, RecursionError) as problem:
        where = f" (line {problem.lineno})" if isinstance(problem, json.JSONDecodeError) else ""
        raise ForestallError(
            f"{item.name} is not GeoJSON that can be read{where}.", "Export or download it again."
        ) from None
    kind = data.get("type") if isinstance(data, dict) else None
    if kind == "Feature":
        return [data], None
    if kind != "FeatureCollection" or not isinstance(data.get("features"), list):
        raise ForestallError(
            f"{item.name} is not a GeoJSON FeatureCollection (its type is {str(kind)[:40]!r}).",
            "Export the boundaries as GeoJSON, with a code and a name for each feature.",
        )
    return data["features"], _declared(data.get("crs"), item.name)


def _declared(said: Any, name: str) -> str | None:
    """The declared reference system, None for degrees."""
    if not isinstance(said, dict):
        return None
    inner = said.get("properties")
    text = str(inner.get("name", "")) if isinstance(inner, dict) else ""
    if not text or "CRS84" in text.upper() or re.search(r"(EPSG\D*|:)4326$", text, re.IGNORECASE):
        return None
    found = re.search(r"(\d{4,6})$", text)
    try:
        from pyproj import CRS

        if found is None:
            raise ValueError(text)
        CRS.from_epsg(int(found[1]))
    except (ValueError, RuntimeError) as problem:
        raise ForestallError(
            f"{name} declares the reference system {text[:80]!r}, which is not known.",
            "Export it in WGS84 degrees, as GeoJSON is meant to be.",
        ) from problem
    return f"EPSG:{found[1]}"


def _place(feature: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Code, name and kind from a feature's properties."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise _FeatureFaultError("type", "It is not a feature.")
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    own = {str(k).strip().lower(): v for k, v in properties.items()}
    kind = str(own.get("kind") or "").strip().lower()
    if kind in PLACE_KINDS and own.get("code") not in (None, ""):
        place: dict[str, Any] = {name: str(own.get(name) or "").strip() for name in _OWN}
        place["name"] = place["name"] or place["code"]
        place["parent"] = str(own.get("parent") or "").strip() or None
    else:
        place = _official(properties)
    if place["code"] in known:
        raise _FeatureFaultError(
            "code", f"The code {place['code']} came before in this file.", "Keep one of the two."
        )
    if re.match(r"[SN]\d{8}$|95", place["code"]):
        raise _FeatureFaultError("code", "The area is not in England or Wales.", "Leave the feature out.")
    return place


def _official(properties: dict[str, Any]) -> dict[str, Any]:
    """The lowest level that the properties name: a small area's file may name its district too."""
    columns = area_columns([str(k) for k in properties])
    for kind in ("small_area", "beat", "district", "force", "region"):
        parts = {
            c.part: str(properties[c.title] or "").strip()
            for c in reversed(columns)
            if c.kind == kind and properties[c.title] is not None
        }
        name = parts.get("name", "")
        official = parts.get("code", "")
        code = place_code(kind, official, name) if name or kind in ("small_area", "force") else None
        if code:
            if re.match(r"[SN]\d{8}$", official):
                raise _FeatureFaultError(
                    "code", "The area is not in England or Wales.", "Leave the feature out."
                )
            return {
                "code": code,
                "name": place_name(kind, name) if name else code,
                "kind": kind,
                "parent": None,
            }
    raise _FeatureFaultError(
        "properties",
        "No property names the area: "
        + (", ".join(str(k)[:30] for k in list(properties)[:10]) or "there are none."),
        "Give each feature a code and a name, such as lsoa21_code and lsoa21_name, or code, name and kind "
        f"({', '.join(PLACE_KINDS)}).",
    )


def _shape(feature: dict[str, Any], crs: str | None) -> tuple[Any, bool, bool]:
    """A valid shape in degrees, whether it had to be mended, and whether it had heights."""
    import shapely

    geometry = feature.get("geometry")
    if geometry is None:
        raise _FeatureFaultError("geometry", "The feature has no geometry.")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise _FeatureFaultError(
            "geometry", f"The geometry is {str(kind)[:40]!r}, not a Polygon or MultiPolygon."
        )
    _check_numbers(geometry)
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.GEOSException, ValueError):
        raise _FeatureFaultError(
            "geometry", "A ring of the shape is not closed, or has too few points."
        ) from None
    had_height = bool(shapely.has_z(shape))
    shape = shapely.force_2d(shape)
    if crs is not None:
        shape = _to_degrees(shape, crs)
    _check_place(shape)
    shape = shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS))
    mended = not shapely.is_valid(shape)
    if mended:
        shape = _polygons_only(shapely.make_valid(shape))
    if shape.is_empty or shape.area <= 0:
        raise _FeatureFaultError("geometry", "The shape has no area.")
    return shape, mended, had_height


def _check_numbers(geometry: dict[str, Any]) -> None:
    """Every coordinate a finite number, and not too many, without walking into a nest a thousand deep."""
    depth = {"Polygon": 2, "MultiPolygon": 3}[geometry["type"]]
    level = geometry.get("coordinates")
    if not isinstance(level, list) or not level:
        raise _FeatureFaultError("geometry", "The shape has no coordinates.")
    if depth == 3 and len(level) > MOST_PARTS:
        raise _FeatureFaultError("geometry", f"The shape has over {MOST_PARTS:,} parts.", "Simplify it.")
    points = level
    for _ in range(depth - 1):
        if not all(isinstance(part, list) for part in points):
            raise _FeatureFaultError("geometry", "The coordinates are not nested as they should be.")
        points = [inner for part in points for inner in part]
        if len(points) > MOST_VERTICES:
            raise _FeatureFaultError(
                "geometry", f"The shape has over {MOST_VERTICES:,} points.", "Simplify it."
            )
    for point in points:
        if not isinstance(point, list) or not 2 <= len(point) <= 4:
            raise _FeatureFaultError("geometry", "A point of the shape is not a pair of numbers.")
        for value in point[:2]:
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise _FeatureFaultError("geometry", "A coordinate is not a number.")


def _to_degrees(shape: Any, crs: str) -> Any:
    import shapely

    from forestall.evidence import places

    def convert(xy: np.ndarray) -> np.ndarray:
        if crs == "EPSG:27700":
            return np.column_stack(places.to_degrees(xy[:, 0], xy[:, 1]))
        return np.column_stack(places.convert(xy[:, 0], xy[:, 1], crs, "EPSG:4326"))

    west, south, east, north = shape.bounds
    if max(abs(west), abs(east)) <= 180 and max(abs(south), abs(north)) <= 90:
        raise _FeatureFaultError(
            "geometry",
            f"The file is declared in {crs}, and this shape is in degrees.",
            "Take `crs` out of the file.",
        )
    shape = shapely.transform(shape, convert)
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise _FeatureFaultError("geometry", f"A point has no place in {crs}.")
    return shape


def _check_place(shape: Any) -> None:
    if shape.is_empty:
        raise _FeatureFaultError("geometry", "The shape is empty.")
    west, south, east, north = shape.bounds
    if west >= BOX[0] and south >= BOX[1] and east <= BOX[2] and north <= BOX[3]:
        return
    if south >= BOX[0] and west >= BOX[1] and north <= BOX[2] and east <= BOX[3]:
        raise _FeatureFaultError("geometry", "Longitude and latitude are swapped.", "Write longitude first.")
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _FeatureFaultError(
            "geometry",
            "The coordinates are not degrees; they look like metres of a grid.",
            "Export in WGS84 degrees, or declare the file's `crs` (EPSG:27700 for the British National Grid).",
        )
    raise _FeatureFaultError(
        "geometry", "The shape reaches outside England and Wales.", "Leave the feature out."
    )


def _polygons_only(shape: Any) -> Any:
    """A mended shape without the lines and points that mending may leave."""
    import shapely

    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _located(shape: Any) -> dict[str, Any]:
    """A point inside, and the shape as text."""
    import shapely

    inside = shape.representative_point()
    return {
        "lon": round(inside.x, _DECIMALS),
        "lat": round(inside.y, _DECIMALS),
        "geometry": shapely.to_geojson(shape).replace(" ", ""),
    }


def _table(places: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    text = ("code", "name", "kind", "parent", "geometry")
    columns = {name: pa.array([p[name] for p in places], pa.string()) for name in text}
    columns |= {name: pa.array([p[name] for p in places], pa.float64()) for name in ("lon", "lat")}
    return pa.table(columns)


def _reject(name: str, number: int, feature: Any, fault: _FeatureFaultError) -> Reject:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    said = {str(k): v for k, v in properties.items()} if isinstance(properties, dict) else {}
    shown = ", ".join(f"{k}={v}" for k, v in list(said.items())[:4])
    return Reject(
        name,
        number,
        fault.column,
        shown[:200],
        fault.reason,
        fault.next_step,
        ("feature", "properties"),
        (str(number), json.dumps(said, ensure_ascii=False, default=str)[:1000]),
    )
