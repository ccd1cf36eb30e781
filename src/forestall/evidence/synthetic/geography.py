"""Where the make-believe nation lies: a jittered lattice of small areas, out at sea so that no real place is meant."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence.synthetic import names

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely import STRtree

#: Lower left corner of the nation, British National Grid metres: about 40 km east of Spurn Head, open sea.
ORIGIN = (580_000.0, 440_000.0)
SPACING = 750.0  # between corners of the lattice, metres
JITTER = 0.16  # of the spacing, each way


@dataclass(frozen=True)
class Geography:
    """The small areas as arrays (length A) and the places above them.

    corners: (A, 4, 2) metres, anticlockwise. force, district, beat: index into the lists of those places.
    """

    corners: np.ndarray
    population: np.ndarray
    force: np.ndarray
    district: np.ndarray
    beat: np.ndarray
    border: np.ndarray  # True where the area touches the edge of its force
    codes: tuple[str, ...]
    area_names: tuple[str, ...]
    forces: tuple[names.ForceName, ...]
    districts: tuple[tuple[str, str, int], ...]  # code, name, force index
    beats: tuple[tuple[str, str, int], ...]  # code, name, district index
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n(self) -> int:
        return len(self.codes)

    @property
    def centres(self) -> np.ndarray:
        """(A, 2) mean of the corners, metres; inside, because every area is convex."""
        return self.corners.mean(axis=1)

    def at(self, area: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Points inside areas from two coordinates in 0..1 (bilinear); shape (n, 2), metres."""
        c = self.corners[area]
        u, v = u[:, None], v[:, None]
        return (1 - u) * (1 - v) * c[:, 0] + u * (1 - v) * c[:, 1] + u * v * c[:, 2] + (1 - u) * v * c[:, 3]

    def tree(self) -> STRtree:
        """The areas, drawn in by a metre so that rounding never moves a point over an edge."""
        import shapely

        if "tree" not in self._cache:
            self._cache["tree"] = shapely.STRtree(shapely.buffer(shapely.polygons(self.corners), -1.0))
        return self._cache["tree"]

    def locate(self, points: np.ndarray) -> np.ndarray:
        """The area that holds each point; -1 outside and within a metre of an edge."""
        import shapely

        found = np.full(len(points), -1)
        which, area = self.tree().query(shapely.points(points), predicate="within")
        found[which] = area
        return found


@dataclass(frozen=True)
class _Cell:
    """One small area on the lattice. force, district and beat are numbers; border: at the edge of its force."""

    column: int
    row: int
    force: int
    district: int
    beat: int
    border: bool


def lay_out(rng: np.random.Generator, forces: tuple[names.ForceName, ...]) -> Geography:
    """The nation, or only the forces given. The lattice is the same whichever are kept."""
    columns = max(f.left + 4 * len(f.districts) for f in names.FORCES)
    rows = max(f.bottom + sum(f.beat_rows) for f in names.FORCES)
    step = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1)
    shift = rng.uniform(-JITTER, JITTER, step.shape)
    corner = np.array(ORIGIN) + SPACING * (step + shift)
    cells, districts, beats = _divide(forces)
    at, up = np.array([c.column for c in cells]), np.array([c.row for c in cells])
    corners = [corner[at, up], corner[at + 1, up], corner[at + 1, up + 1], corner[at, up + 1]]
    return Geography(
        corners=np.stack(corners, axis=1),
        population=np.round(rng.gamma(40, 1650 / 40, len(cells))).clip(900, 3000),
        force=np.array([c.force for c in cells]),
        district=np.array([c.district for c in cells]),
        beat=np.array([c.beat for c in cells]),
        border=np.array([c.border for c in cells]),
        codes=tuple(f"X01{1000 * c.column + c.row + 1:06d}" for c in cells),
        area_names=_area_names(cells, districts),
        forces=forces,
        districts=tuple(districts),
        beats=tuple(beats),
    )


Named = list[tuple[str, str, int]]


def _divide(forces: tuple[names.ForceName, ...]) -> tuple[list[_Cell], Named, Named]:
    """Forces into districts side by side, districts into beats two areas wide, beats into small areas."""
    cells: list[_Cell] = []
    districts: Named = []
    beats: Named = []
    for f, force in enumerate(forces):
        before = names.FORCES[: names.FORCES.index(force)]
        number = sum(2 * len(x.beat_rows) * len(x.districts) for x in before)
        for d, name in enumerate(force.districts):
            slug = name.lower().replace(" ", "-")
            districts.append((f"d:mb-{slug}", name, f))
            base = 0
            for level, high in enumerate(force.beat_rows):
                for side in (0, 1):
                    title = f"{names.beat_name(number)}, {name}"
                    beats.append((f"n:mb-{slug}-{2 * level + side + 1}", title, len(districts) - 1))
                    number += 1
                    for row in range(base, base + high):
                        for column in range(4 * d + 2 * side, 4 * d + 2 * side + 2):
                            edge = column in (0, 4 * len(force.districts) - 1)
                            edge |= row in (0, sum(force.beat_rows) - 1)
                            where = (force.left + column, force.bottom + row)
                            cells.append(_Cell(*where, f, len(districts) - 1, len(beats) - 1, edge))
                base += high
    return cells, districts, beats


def _area_names(cells: list[_Cell], districts: Named) -> tuple[str, ...]:
    """Names in the manner of small areas: "Northmarsh Sands 001A"."""
    met = [0] * len(districts)
    found = []
    for cell in cells:
        k = met[cell.district]
        met[cell.district] += 1
        found.append(f"{districts[cell.district][1]} {k // 5 + 1:03d}{'ABCDE'[k % 5]}")
    return tuple(found)


def to_lon_lat(points: np.ndarray) -> np.ndarray:
    """British National Grid metres to WGS84 degrees, seven decimals (a centimetre); shape (n, 2)."""
    return np.round(np.column_stack(_transformer().transform(points[:, 0], points[:, 1])), 7)


@cache
def _transformer() -> Any:
    from pyproj import Transformer

    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


def lon_lat_geometry(shape: Any) -> dict[str, Any]:
    """A shapely shape in metres as a GeoJSON geometry in degrees."""
    import shapely

    return json.loads(shapely.to_geojson(shapely.transform(shape, to_lon_lat)))


def places_table(geography: Geography) -> pa.Table:
    """Every place of the nation in the columns of the store, from the small areas up."""
    import pyarrow as pa
    import shapely

    areas = shapely.transform(shapely.polygons(geography.corners), to_lon_lat)
    g = geography
    rows: list[dict[str, Any]] = []

    def add(code: str, name: str, kind: str, parent: str | None, members: np.ndarray) -> None:
        shape = areas[members[0]] if len(members) == 1 else shapely.unary_union(areas[members])
        inside = shape.representative_point()
        rows.append(
            {
                "code": code,
                "name": name,
                "kind": kind,
                "parent": parent,
                "population": float(g.population[members].sum()),
                "population_year": 2024,
                "lon": round(inside.x, 7),
                "lat": round(inside.y, 7),
                "geometry": shapely.to_geojson(shape),
            }
        )

    for a in range(g.n):
        add(g.codes[a], g.area_names[a], "small_area", g.beats[g.beat[a]][0], np.array([a]))
    for b, (code, name, district) in enumerate(g.beats):
        add(code, name, "beat", g.districts[district][0], np.flatnonzero(g.beat == b))
    for d, (code, name, force) in enumerate(g.districts):
        add(code, name, "district", f"f:{g.forces[force].code}", np.flatnonzero(g.district == d))
    for f, force_name in enumerate(g.forces):
        add(f"f:{force_name.code}", force_name.name, "force", force_name.region, np.flatnonzero(g.force == f))
    for code, name in names.REGIONS:
        member_forces = [f for f, x in enumerate(g.forces) if x.region == code]
        if member_forces:
            add(code, name, "region", names.NATION[0], np.flatnonzero(np.isin(g.force, member_forces)))
    add(*names.NATION, "nation", None, np.arange(g.n))
    columns = {k: [row[k] for row in rows] for k in rows[0]}
    arrays = {
        k: pa.array(v, pa.float64() if k in ("population", "lon", "lat") else None)
        for k, v in columns.items()
    }
    arrays["population_year"] = pa.array(columns["population_year"], pa.int32())
    arrays["kind"] = pa.array(columns["kind"]).dictionary_encode()
    return pa.table(arrays)
