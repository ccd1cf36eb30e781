"""Maps without tiles: a drawing made on the server, and the same shapes for Leaflet where scripts run.

A view makes a `Map`; the template has

    {% include "parts/map.html" with map=map %}        in the page
    {% include "parts/map_scripts.html" %}             in its `scripts` block

Nothing is fetched from anywhere: no map shows a reader's interest to another server.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Geometry = dict[str, Any]

#: What a shape is -> how it is drawn, here and in the page. Dashes as well as colours tell kinds apart.
STYLES: dict[str, dict[str, Any]] = {
    "force": {"color": "#505a5f", "weight": 2, "fill": "#ffffff", "opacity": 0.7},
    "district": {"color": "#6f777b", "weight": 1.5, "fill": "#ffffff", "opacity": 0.5},
    "beat": {"color": "#b1b4b6", "weight": 1, "fill": "#ffffff", "opacity": 0.5},
    "dense": {"color": "#505a5f", "weight": 0, "fill": "#505a5f", "opacity": 0.36},
    "middling": {"color": "#505a5f", "weight": 0, "fill": "#505a5f", "opacity": 0.22},
    "light": {"color": "#505a5f", "weight": 0, "fill": "#505a5f", "opacity": 0.11},
    "outline": {"color": "#505a5f", "weight": 2, "fill": "#ffffff", "opacity": 0.6},
    "place": {"color": "#1d70b8", "weight": 1, "fill": "#1d70b8", "opacity": 0.45},
    "candidate": {"color": "#942514", "weight": 2, "fill": "#d4351c", "opacity": 0.35},
    "cell": {"color": "#942514", "weight": 0, "fill": "#b3200c", "opacity": 0.85},
    "point": {"color": "#1d70b8", "weight": 1, "fill": "#1d70b8", "opacity": 0.5},
    "treated": {"color": "#942514", "weight": 3, "fill": "#d4351c", "opacity": 0.3},
    "comparison": {"color": "#1d70b8", "weight": 3, "fill": "#1d70b8", "opacity": 0.25, "dash": "8 4"},
    "buffer": {"color": "#b65a00", "weight": 2, "fill": "#f47738", "opacity": 0.15, "dash": "2 4"},
}
WIDTH = 640
#: The drawing is never taller than this; long places get margins left and right.
HEIGHT = 520
#: More points than this go without their names: the table has them.
MOST_NAMED = 20
#: Radius of the largest circle.
MOST_RADIUS = 22


@dataclass(frozen=True)
class Shape:
    """One thing on the map. `value` sizes a point among the points of its kind; `href` leads on."""

    kind: str  # of STYLES
    name: str
    geometry: Geometry  # GeoJSON, degrees
    value: float | None = None
    text: str = ""  # "12 events"
    href: str = ""
    label: str = ""  # written on the map: "3"


@dataclass(frozen=True)
class Beneath:
    """What is drawn under the shapes, so that a reader knows the place. It carries no numbers."""

    box: tuple[float, float, float, float]  # what is looked at: west, south, east, north
    shapes: tuple[Shape, ...]
    names: tuple[tuple[str, float, float], ...] = ()  # name, lon, lat
    words: str = ""  # what the reader sees there


@dataclass(frozen=True)
class Map:
    """Shapes with all that a reader needs. `rows` hold the numbers that are drawn."""

    key: str
    title: str
    unit: str
    period: str
    source: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    shapes: tuple[Shape, ...]
    sentence: str = ""
    caveat: str = ""
    beneath: Beneath | None = None  # see web/ground.py

    @property
    def svg(self) -> SafeString:
        label = f"{self.title}. {self.sentence}".strip()
        return mark_safe(drawing(self.shapes, label, self.beneath))  # noqa: S308

    @property
    def data_id(self) -> str:
        return f"{self.key}-data"

    @property
    def data(self) -> dict[str, Any]:
        """What static/js/map.js reads."""
        biggest = _biggest(self.shapes)
        named = _named(self.shapes)
        features = [
            {
                "type": "Feature",
                "geometry": shape.geometry,
                "properties": {
                    **STYLES[shape.kind],
                    "name": shape.name,
                    "text": shape.text,
                    "href": shape.href,
                    "opacity": strength(shape, biggest),
                    "radius": radius(shape, biggest),
                    "label": shape.label or (shape.name if id(shape) in named else ""),
                },
            }
            for shape in self.shapes
        ]
        found = {"type": "FeatureCollection", "features": features}
        if self.beneath is None:
            return found
        west, south, east, north = self.beneath.box
        under = [
            {"type": "Feature", "geometry": s.geometry, "properties": STYLES[s.kind]}
            for s in self.beneath.shapes
        ]
        return {
            **found,
            "beneath": {"type": "FeatureCollection", "features": under},
            "names": self.beneath.names,
            "bounds": [[south, west], [north, east]],
        }

    @property
    def legend(self) -> list[tuple[str, str]]:
        """(kind, words) of the kinds that need telling apart."""
        words = {
            "treated": "treated area (solid line)",
            "comparison": "comparison area (long dashes)",
            "buffer": "buffer (dots)",
            "candidate": "candidate problem",
        }
        kinds = {shape.kind for shape in self.shapes}
        return [(k, w) for k, w in words.items() if k in kinds]


def point(lon: float, lat: float) -> Geometry:
    return {"type": "Point", "coordinates": [lon, lat]}


def radius(shape: Shape, biggest: dict[str, float]) -> float:
    """Area in proportion to the value; at least 4, so that it can be hit."""
    most = biggest.get(shape.kind, 0)
    if shape.value is None or most <= 0:
        return 6
    return round(max(4.0, MOST_RADIUS * math.sqrt(max(shape.value, 0) / most)), 1)


def strength(shape: Shape, biggest: dict[str, float]) -> float:
    """How dense the fill is: of a square, by its value among the squares; else that of its kind."""
    own = float(STYLES[shape.kind]["opacity"])
    most = biggest.get(shape.kind, 0)
    if shape.kind != "cell" or shape.value is None or most <= 0:
        return own
    return round(max(0.06, own * shape.value / most), 2)


def square(lon: float, lat: float, metres: float = 250) -> Geometry:
    """A square around a point, sides north-south and east-west."""
    up = metres / 2 / 111_320
    along = up / max(math.cos(math.radians(lat)), 0.01)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    ring = [[round(lon + i * along, 6), round(lat + j * up, 6)] for i, j in corners]
    return {"type": "Polygon", "coordinates": [ring]}


def _biggest(shapes: Iterable[Shape]) -> dict[str, float]:
    found: dict[str, float] = {}
    for shape in shapes:
        found[shape.kind] = max(found.get(shape.kind, 0), shape.value or 0)
    return found


def extent(shapes: Iterable[Shape]) -> tuple[float, float, float, float] | None:
    """West, south, east and north of the shapes; None where there are none."""
    corners = [c for shape in shapes for c in _coordinates(shape.geometry)]
    if not corners:
        return None
    lon, lat = [c[0] for c in corners], [c[1] for c in corners]
    return min(lon), min(lat), max(lon), max(lat)


def drawing(shapes: Sequence[Shape], label: str, beneath: Beneath | None = None) -> str:
    """The shapes as SVG: north up, degrees of longitude shortened as they are at this latitude."""
    reach = extent(shapes)
    if reach is None:
        return ""
    west, south, east, north = beneath.box if beneath else reach
    shorten = math.cos(math.radians((south + north) / 2))
    wide, tall = max((east - west) * shorten, 1e-4), max(north - south, 1e-4)
    margin = 0 if beneath else MOST_RADIUS + 4
    scale = min((WIDTH - 2 * margin) / wide, (HEIGHT - 2 * margin) / tall)
    height = round(tall * scale + 2 * margin)
    left = (WIDTH - wide * scale) / 2

    def place(c: Sequence[float]) -> str:
        x = left + (c[0] - west) * shorten * scale
        return f"{x:.1f},{height - margin - (c[1] - south) * scale:.1f}"

    biggest, named = _biggest(shapes), _named(shapes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}" focusable="false">'
    ]
    if beneath:
        parts += _under(beneath, place)
    for shape in shapes:
        style = STYLES[shape.kind]
        look = (
            f'fill="{style["fill"]}" fill-opacity="{strength(shape, biggest)}" stroke="{style["color"]}" '
            f'stroke-width="{style["weight"]}"'
        )
        if style.get("dash"):
            look += f' stroke-dasharray="{style["dash"]}"'
        title = f"<title>{escape(f'{shape.name} {shape.text}'.strip())}</title>"
        for ring in _rings(shape.geometry):
            parts.append(f'<path d="M{"L".join(place(c) for c in ring)}Z" {look}>{title}</path>')
        for c in _points(shape.geometry):
            x, y = place(c).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="{radius(shape, biggest)}" {look}>{title}</circle>')
            if id(shape) in named and not shape.label:
                parts.append(_written(shape.name, f"{x},{y}"))
    if beneath:
        parts += [_written(name, place((lon, lat)), colour="#505a5f") for name, lon, lat in beneath.names]
    for shape in reversed(shapes):  # the first of them on top
        own = extent([shape]) if shape.label else None
        if own:
            parts.append(_written(shape.label, place(_middle(own)), "bold"))
    return "".join([*parts, "</svg>"])


def _under(beneath: Beneath, place: Callable[[Sequence[float]], str]) -> Iterator[str]:
    """Outlines or squares of one kind in one path."""
    yield '<rect width="100%" height="100%" fill="#f3f4f6"/>'
    for shape in beneath.shapes:
        style = STYLES[shape.kind]
        rings = "".join(f"M{'L'.join(place(c) for c in ring)}Z" for ring in _rings(shape.geometry))
        yield (
            f'<path d="{rings}" fill="{style["fill"]}" fill-opacity="{style["opacity"]}" '
            f'stroke="{style["color"]}" stroke-width="{style["weight"]}"/>'
        )


def _written(words: str, at: str, weight: str = "normal", colour: str = "#0b0c0c") -> str:
    """Words on the map, with a white edge that keeps them readable on any ground."""
    x, y = at.split(",")
    look = (
        f'x="{x}" y="{float(y) + 5:.1f}" font-family="Arial, Liberation Sans, sans-serif" font-size="13" '
        f'font-weight="{weight}" text-anchor="middle"'
    )
    edge = 'fill="#ffffff" stroke="#ffffff" stroke-width="3" stroke-linejoin="round" aria-hidden="true"'
    return f'<text {look} {edge}>{escape(words)}</text><text {look} fill="{colour}">{escape(words)}</text>'


def _middle(box: tuple[float, float, float, float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _named(shapes: Sequence[Shape]) -> set[int]:
    """Which shapes carry their name: places, while there is room."""
    points = [s for s in shapes if s.kind == "point"]
    return {id(s) for s in points} if len(points) <= MOST_NAMED else set()


def _coordinates(geometry: Geometry) -> Iterator[Sequence[float]]:
    for ring in _rings(geometry):
        yield from ring
    yield from _points(geometry)


def _rings(geometry: Geometry) -> Iterator[Sequence[Sequence[float]]]:
    kind = geometry.get("type")
    if kind == "Polygon":
        yield from geometry["coordinates"]
    elif kind == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon
    elif kind == "GeometryCollection":
        for inner in geometry["geometries"]:
            yield from _rings(inner)


def _points(geometry: Geometry) -> Iterator[Sequence[float]]:
    kind = geometry.get("type")
    if kind == "Point":
        yield geometry["coordinates"]
    elif kind == "MultiPoint":
        yield from geometry["coordinates"]
    elif kind == "GeometryCollection":
        for inner in geometry["geometries"]:
            yield from _points(inner)
