"""Which places are there, how do they nest, and which one is a point in?

Coordinates: degrees are WGS84 longitude and latitude; grid is the British National Grid (EPSG:27700) in
metres. The conversion between them is good to about 2 metres: enough for anonymised and recorded incident
locations, never survey-grade.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence import grid
from forestall.evidence.catalogue import Release
from forestall.evidence.schemas import PLACE_KINDS

if TYPE_CHECKING:
    import pyarrow as pa

#: Longitude and latitude that the British National Grid is made for (EPSG:27700, area of use).
GRID_BOX = (-9.01, 49.75, 2.01, 61.01)
#: The same in metres, wide enough for every point of the box.
GRID_METRES = (-110_000.0, -30_000.0, 730_000.0, 1_310_000.0)
#: How far a converted point may be from the true one, metres.
ACCURACY_METRES = 2.0


@dataclass(frozen=True)
class Place:
    """One place at one level. `None` means that no file said."""

    code: str
    name: str
    kind: str
    parent: str | None
    population: float | None
    population_year: int | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True)
class Places:
    """Every place of a release, by code."""

    by_code: dict[str, Place]
    shapes: dict[str, str] = field(default_factory=dict, repr=False)  # code -> GeoJSON geometry, as text
    units: MeetingUnits | None = field(default=None, repr=False)  # where small areas of two vintages meet

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def __getitem__(self, code: str) -> Place:
        return self.by_code[code]

    def __len__(self) -> int:
        return len(self.by_code)

    def get(self, code: str | None) -> Place | None:
        return None if code is None else self.by_code.get(code)

    def name(self, code: str) -> str:
        """The name of a place, or its code where there is none."""
        found = self.by_code.get(code)
        return found.name if found is not None and found.name else code

    def of_kind(self, kind: str) -> list[Place]:
        """All places of one kind ("small_area", "beat", "district", "force", "region", "nation"), by code."""
        if kind not in PLACE_KINDS:
            raise KeyError(f"no such kind of place: {kind}; there are {', '.join(PLACE_KINDS)}")
        return [p for p in self._sorted if p.kind == kind]

    def children(self, code: str) -> list[Place]:
        """The places one level down, by code."""
        return [self.by_code[c] for c in self._children.get(code, ())]

    def ancestors(self, code: str) -> list[Place]:
        """Parent, grandparent and so on, nearest first. Stops at a parent that is not held, and at a circle."""
        found: list[Place] = []
        at = self.get(code)
        while at is not None and at.parent is not None:
            at = self.get(at.parent)
            if at is None or at.code == code or at in found:
                break
            found.append(at)
        return found

    def ancestor(self, code: str, kind: str) -> Place | None:
        """The place of this kind that `code` lies in, or is."""
        own = self.get(code)
        if own is None or own.kind == kind:
            return own
        return next((p for p in self.ancestors(code) if p.kind == kind), None)

    def descendants(self, code: str, kind: str = "small_area") -> list[Place]:
        """Every place of one kind inside `code`, at any depth; `code` itself when it is of that kind."""
        found, waiting, seen = [], [code], set()
        while waiting:
            at = waiting.pop()
            if at in seen or at not in self.by_code:
                continue
            seen.add(at)
            if self.by_code[at].kind == kind:
                found.append(self.by_code[at])
            waiting += self._children.get(at, ())
        return sorted(found, key=lambda p: p.code)

    def parents_of_kind(self, kind: str) -> dict[str, str]:
        """Code -> code of the place of this kind above it, for `LabelledMatrix.group_rows`.

        A place that has none above it is left out.
        """
        found = {}
        for code in self.by_code:
            above = self.ancestor(code, kind)
            if above is not None:
                found[code] = above.code
        return found

    def population(self, code: str) -> float | None:
        """Its residents: its own figure, or the sum of its small areas when every one of them has a figure.

        Where areas of two vintages are held, each counts once: a split area or its pieces, whichever have a figure.
        """
        return self._residents(code)[0]

    def population_years(self, code: str) -> tuple[int, ...]:
        """The years that the figures behind `population` are of; more than one is worth a remark."""
        return self._residents(code)[1]

    def _residents(self, code: str) -> tuple[float | None, tuple[int, ...]]:
        own = self.get(code)
        if own is None or own.population is not None:
            return _total([own] if own is not None else [])
        parts: list[Place] = []
        for group in self._by_unit(self.descendants(code)).values():
            figures = [p for p in group if p.population is not None]
            whole = [
                p for p in figures if self.units is None or self.units.unit.get(p.code, p.code) == p.code
            ]
            if not whole and len(figures) < max(len(group) - 1, 1):
                return None, ()
            parts += whole or figures
        return _total(parts)

    def _by_unit(self, areas: Sequence[Place]) -> dict[str, list[Place]]:
        """Small areas by the unit that they meet in; those that changed irregularly all in one."""
        groups: dict[str, list[Place]] = {}
        for area in areas:
            unit = area.code
            if self.units is not None:
                unit = "" if unit in self._irregular else self.units.unit.get(unit, unit)
            groups.setdefault(unit, []).append(area)
        return groups

    def geometry(self, code: str) -> dict[str, Any] | None:
        """Its GeoJSON geometry (degrees), or None where no boundary was loaded."""
        text = self.shapes.get(code)
        return None if text is None else json.loads(text)

    def polygons(self, kind: str) -> tuple[list[str], list[Any]]:
        """Codes and Shapely polygons (degrees) of the places of one kind that have a boundary."""
        import shapely

        codes = [p.code for p in self.of_kind(kind) if p.code in self.shapes]
        return codes, list(shapely.from_geojson([self.shapes[c] for c in codes])) if codes else []

    @cached_property
    def _irregular(self) -> frozenset[str]:
        return frozenset(self.units.irregular if self.units is not None else ())

    @cached_property
    def _sorted(self) -> list[Place]:
        return sorted(self.by_code.values(), key=lambda p: p.code)

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place in self._sorted:
            if place.parent is not None:
                found.setdefault(place.parent, []).append(place.code)
        return found


def load_places(release: Release) -> Places:
    """The places of a release. Empty where the release has none."""
    return _load(str(release.places_path), release.hash)


@lru_cache(maxsize=4)
def _load(path: str, content: str) -> Places:
    """A release never changes, so what was read of it may be kept; `content` tells releases of one path apart."""
    import pyarrow.parquet as pq

    if not Path(path).exists():
        return Places({})
    held = places_of(pq.read_table(path))
    return Places(held.by_code, held.shapes, _load_units(Path(path).with_name("area_vintages.parquet")))


def _total(places: Sequence[Place]) -> tuple[float | None, tuple[int, ...]]:
    known = [p for p in places if p.population is not None]
    if not known:
        return None, ()
    years = tuple(sorted({p.population_year for p in known if p.population_year is not None}))
    return float(sum(p.population for p in known if p.population is not None)), years


def places_of(table: pa.Table) -> Places:
    """Places from a table with the columns of PLACE_COLUMNS."""
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    blank = [None] * table.num_rows
    by_code, shapes = {}, {}
    for i, code in enumerate(columns["code"]):
        row = {
            name: columns.get(name, blank)[i]
            for name in ("name", "kind", "parent", "population", "population_year", "lon", "lat")
        }
        row["name"] = row["name"] or code
        by_code[code] = Place(code=code, **row)
        shape = columns.get("geometry", blank)[i]
        if shape:
            shapes[code] = shape
    return Places(by_code, shapes)


def assign(x: np.ndarray, y: np.ndarray, polygons: Sequence[Any]) -> np.ndarray:
    """Which polygon is each point in?

    x, y: points, same coordinates as the polygons (degrees with degrees, metres with metres); NaN = none.
    polygons: Shapely polygons or multipolygons, valid.
    Returns: int32, index of the polygon, -1 where the point is in none. A point on a shared boundary, or in
        two overlapping polygons, goes to the first of them: it is counted once.
    Not for: points that were snapped to a map point: prefer the area that the record itself names.
    """
    import shapely

    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    found = np.full(len(x), -1, dtype=np.int32)
    usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    order = usable[np.argsort(x[usable], kind="stable")]
    xs, ys, got = x[order], y[order], np.full(len(order), -1, dtype=np.int32)
    if not len(order) or not len(polygons):
        return found
    bounds = shapely.bounds(np.asarray(polygons, dtype=object))
    left = np.searchsorted(xs, bounds[:, 0], side="left")
    right = np.searchsorted(xs, bounds[:, 2], side="right")
    for i, polygon in enumerate(polygons):
        part = slice(left[i], right[i])
        near = np.flatnonzero((ys[part] >= bounds[i, 1]) & (ys[part] <= bounds[i, 3]) & (got[part] < 0))
        if len(near):
            near += left[i]
            shapely.prepare(polygon)
            got[near[shapely.intersects_xy(polygon, xs[near], ys[near])]] = i
    found[order] = got
    return found


def to_grid(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Degrees to British National Grid metres, to about 2 m. NaN where the grid does not reach."""
    return grid.to_metres(*_inside(lon, lat, GRID_BOX))


def to_degrees(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """British National Grid metres to longitude and latitude, to about 2 m. NaN where the grid does not reach."""
    return grid.to_degrees(*_inside(x, y, GRID_METRES))


def _inside(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float]) -> tuple[np.ndarray, ...]:
    """The points with those outside the box (and those without a number) made NaN."""
    x, y = np.atleast_1d(np.asarray(x, dtype=np.float64)), np.atleast_1d(np.asarray(y, dtype=np.float64))
    good = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
    return np.where(good, x, np.nan), np.where(good, y, np.nan)


def convert(x: np.ndarray, y: np.ndarray, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of one reference system in another (x or longitude first, always). NaN where there are none."""
    x, y = np.atleast_1d(np.asarray(x, dtype=np.float64)), np.atleast_1d(np.asarray(y, dtype=np.float64))
    good = np.isfinite(x) & np.isfinite(y)
    new_x, new_y = np.full(len(x), np.nan), np.full(len(y), np.nan)
    if good.any():
        new_x[good], new_y[good] = _transformer(source, target).transform(x[good], y[good])
    lost = ~(np.isfinite(new_x) & np.isfinite(new_y))
    new_x[lost] = new_y[lost] = np.nan
    return new_x, new_y


@lru_cache(maxsize=16)
def _transformer(source: str, target: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


@dataclass(frozen=True)
class MeetingUnits:
    """Small areas of 2011 and of 2021 under one set of codes, so that months of both can be compared.

    unit: code of either vintage -> code to count under. An unchanged area keeps its code; the pieces of a
        split area count under the 2011 code; the parts of a merged area under the 2021 code.
    irregular: codes whose areas changed in a way that no code is common to: they keep their own code, and
        figures of the two vintages must not be compared there.
    """

    unit: dict[str, str]
    irregular: tuple[str, ...]

    def bring(self, codes: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
        """Each code as its meeting unit, and the codes that could not be matched (kept as they are)."""
        unmatched = {c for c in codes if c not in self.unit or c in self.irregular}
        return [self.unit.get(c, c) for c in codes], tuple(sorted(unmatched))


def meeting_units(old: Sequence[str], new: Sequence[str], change: Sequence[str | None]) -> MeetingUnits:
    """Under which code do small areas of 2011 and 2021 meet?

    old, new: codes of 2011 and 2021, one row a pair, as in the ONS best-fit look-up.
    change: ONS change code of the pair: U unchanged, S split, M merged, X irregular; None = work it out.
    """
    rows = list(zip(old, new, change, strict=True))
    olds: dict[str, set[str]] = {}
    news: dict[str, set[str]] = {}
    for before, after, _ in rows:
        olds.setdefault(after, set()).add(before)
        news.setdefault(before, set()).add(after)
    unit: dict[str, str] = {}
    waiting = []
    for before, after, code in rows:
        split, merged = len(news[before]) > 1, len(olds[after]) > 1
        unit[before] = unit[after] = after if merged else before
        if code == "X" or (split and merged):
            waiting += [before, after]
    irregular: set[str] = set()
    while waiting:  # whatever exchanges ground with an irregular area is irregular too
        code = waiting.pop()
        if code not in irregular:
            irregular.add(code)
            unit[code] = code
            waiting += [*olds.get(code, ()), *news.get(code, ())]
    return MeetingUnits(unit, tuple(sorted(irregular)))


def load_meeting_units(release: Release) -> MeetingUnits | None:
    """The look-up between vintages that was imported into this release, or None."""
    return load_places(release).units


def _load_units(path: Path) -> MeetingUnits | None:
    import pyarrow.parquet as pq

    if not path.exists():
        return None
    table = pq.read_table(path)
    change = table.column("change").to_pylist() if "change" in table.column_names else [None] * len(table)
    return meeting_units(table.column("old").to_pylist(), table.column("new").to_pylist(), change)


def group_map(places: Places, kind: str, units: MeetingUnits | None = None) -> Mapping[str, str]:
    """Code -> place of this kind, for codes of both vintages where the look-up is there."""
    found = places.parents_of_kind(kind)
    if units is not None:
        for code, unit in units.unit.items():
            if code not in found and unit in found:
                found[code] = found[unit]
    return found
