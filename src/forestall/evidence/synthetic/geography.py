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


def lay_out(rng: np.random.Generator, forces: tuple[names.ForceName, ...]) -> Geography:
    """The nation, or only the forces given. The lattice is the same whichever are kept."""
    columns = max(f.left + 4 * len(f.districts) for f in names.FORCES)
    rows = max(f.bottom + sum(f.beat_rows) for f in names.FORCES)
    step = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1)
    shift = rng.uniform(-JITTER, JITTER, step.shape)
    corner = np.array(ORIGIN) + SPACING * (step + shift)
    cells: list[tuple[int, int, int, int, int, bool]] = []
    districts: list[tuple[str, str, int]] = []
    beats: list[tuple[str, str, int]] = []
    for f, force in enumerate(forces):
        height = sum(force.beat_rows)
        width = 4 * len(force.districts)
        for d, name in enumerate(force.districts):
            slug = name.lower().replace(" ", "-")
            districts.append((f"d:mb-{slug}", name, f))
            for b, (base, high, across) in enumerate(_beats(force.beat_rows)):
                number = sum(
                    len(_beats(x.beat_rows)) * len(x.districts) for x in names.FORCES[: _place(force)]
                )
                title = names.beat_name(number + d * len(_beats(force.beat_rows)) + b)
                beats.append((f"n:mb-{slug}-{b + 1}", f"{title}, {name}", len(districts) - 1))
                for j in range(high):
                    for i in range(2):
                        column, row = 4 * d + 2 * across + i, base + j
                        edge = column in (0, width - 1) or row in (0, height - 1)
                        place = (force.left + column, force.bottom + row)
                        cells.append((*place, f, len(districts) - 1, len(beats) - 1, edge))
    i, j = np.array([c[0] for c in cells]), np.array([c[1] for c in cells])
    corners = np.stack([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]], axis=1)
    seen: dict[int, int] = {}
    area_names = []
    for c in cells:
        k = seen[c[3]] = seen.get(c[3], 0) + 1
        area_names.append(f"{districts[c[3]][1]} {(k - 1) // 5 + 1:03d}{'ABCDE'[(k - 1) % 5]}")
    return Geography(
        corners=corners,
        population=np.round(rng.gamma(40, 1650 / 40, len(cells))).clip(900, 3000),
        force=np.array([c[2] for c in cells]),
        district=np.array([c[3] for c in cells]),
        beat=np.array([c[4] for c in cells]),
        border=np.array([c[5] for c in cells]),
        codes=tuple(f"X01{1000 * c[0] + c[1] + 1:06d}" for c in cells),
        area_names=tuple(area_names),
        forces=forces,
        districts=tuple(districts),
        beats=tuple(beats),
    )


def _place(force: names.ForceName) -> int:
    return names.FORCES.index(force)


def _beats(rows: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Beats of a district: (first row, rows high, 0 left or 1 right)."""
    first = np.concatenate([[0], np.cumsum(rows)[:-1]])
    return [(int(base), high, across) for base, high in zip(first, rows, strict=True) for across in (0, 1)]


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
