"""What is a place like? Counts by month and type, harm and trend, for any level from nation to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence import places as evidence_places
from forestall.evidence import weights as evidence_weights
from forestall.evidence.catalogue import Release
from forestall.evidence.queries import events
from forestall.evidence.schemas import CELL_METRES, PLACE_KINDS
from forestall.stats import rates

#: Months in the recent period and in the one it is compared with.
SPAN = 12
#: A map of more squares than this says less, and takes longer.
MOST_CELLS = 400
LEVELS = tuple(k for k in reversed(PLACE_KINDS) if k != "small_area")


@dataclass(frozen=True)
class Change:
    """Events of two spans of equal length, and the ratio of their monthly rates.

    ratio: recent monthly rate over earlier monthly rate, with its interval; None where either has no month.
    """

    recent: int
    earlier: int
    recent_months: int
    earlier_months: int
    ratio: float | None
    lower: float | None
    upper: float | None

    @property
    def words(self) -> str:
        """Up, down, or not told apart from chance. Never "no change"."""
        if self.lower is None or self.upper is None:
            return "not enough months to compare"
        if self.lower > 1:
            return "up"
        if self.upper < 1:
            return "down"
        return "no evidence of change"


@dataclass(frozen=True)
class Part:
    """One place inside the place asked about."""

    code: str
    name: str
    kind: str
    lon: float | None
    lat: float | None
    events: int  # in the recent span
    harm: float
    change: Change


@dataclass(frozen=True)
class PlacePicture:
    """Everything that the page of a place shows. Plain values; figures are of the release named.

    by_month: (month, events), oldest first; None where the month is missing, or is missing for one of the
        forces concerned (a sum without that force would look like a fall). `months_incomplete` names these.
    by_type: (crime type, events in the recent span, its change), most events first.
    harm: severity of the recent span in the edition's unit; `without_weight` events have no value in it.
    cells: (lon, lat, events in the recent span) of grid squares, most first; only for district and beat.
    unplaced: events of the recent span whose force names no small area: in totals of forces and above alone.
    """

    release: str
    code: str
    name: str
    kind: str
    population: float | None
    population_year: int | None
    lon: float | None
    lat: float | None
    ancestors: tuple[tuple[str, str, str], ...]  # (code, name, kind), nation first
    months: tuple[str, ...]  # of the recent span
    by_month: tuple[tuple[str, int | None], ...]
    months_incomplete: tuple[tuple[str, tuple[str, ...]], ...]  # month -> forces that lack it
    by_type: tuple[tuple[str, int, Change], ...]
    total: int
    change: Change
    harm: float
    harm_edition: str
    harm_unit: str
    harm_caveat: str
    without_weight: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]
    outline: dict[str, Any] | None
    cells: tuple[tuple[float, float, int], ...]
    unplaced: int
    make_believe: bool

    @property
    def most_cells(self) -> int:
        """How many squares are given at most."""
        return MOST_CELLS


def place_list(release: Release) -> list[dict[str, str]]:
    """Which places are there, from nation to beat? Each with code, name, kind and its parent's code."""
    held = _places(release)
    return [
        {"code": p.code, "name": p.name, "kind": p.kind, "parent": p.parent or ""}
        for kind in LEVELS
        for p in held.of_kind(kind)
    ]


def totals(release: Release) -> dict[str, dict[str, int]]:
    """How many events has a release, by month and by crime type?"""
    cube = _cube(release)
    months = np.bincount(cube.month, weights=cube.n, minlength=len(cube.months))
    types = np.bincount(cube.type, weights=cube.n, minlength=len(cube.types))
    return {
        "by_month": {m: int(v) for m, v in zip(cube.months, months, strict=True)},
        "by_type": {t: int(v) for t, v in zip(cube.types, types, strict=True)},
    }


def place_picture(release: Release, code: str) -> PlacePicture:
    """What is this place like: how much, of what, how harmful, rising or falling, and where inside it?

    code: a place of the release, from nation to beat.
    Assumes: a month that the release has not is missing, never zero: spans are made of months present, and
    compared as monthly rates.
    Not for: comparing places of different size (see rates of like areas in `sara.scanning`).
    Errors: no such place; a small area, which is too small to publish alone.
    """
    held = _places(release)
    place = held.get(code)
    if place is None or place.kind not in LEVELS:
        raise ForestallError(
            f"There is no place {code!r} in these records.",
            "Choose one from the list of places; another release may have other places.",
        )
    cube = _cube(release)
    weights = evidence_weights.harm_weights()
    forces = _forces_of(held, code)
    lacking = _lacking(release, forces)
    recent, earlier = _spans(release.months, set(lacking))
    rows = cube.rows_of(held, code)
    parts = _parts(cube, held, code, weights, recent, earlier)
    by_type = cube.by(cube.type, rows, len(cube.types), recent)
    before = cube.by(cube.type, rows, len(cube.types), earlier)
    counts = {t: int(v) for t, v in zip(cube.types, by_type, strict=True) if v}
    harm = evidence_weights.harm_of(counts, weights)
    small = place.kind in ("district", "beat")
    return PlacePicture(
        release=release.id,
        code=code,
        name=place.name,
        kind=place.kind,
        population=held.population(code),
        population_year=place.population_year,
        lon=place.lon,
        lat=place.lat,
        ancestors=tuple((p.code, p.name, p.kind) for p in reversed(held.ancestors(code))),
        months=tuple(recent),
        by_month=_by_month(cube, rows, release, set(lacking)),
        months_incomplete=tuple((m, tuple(names)) for m, names in sorted(lacking.items())),
        by_type=tuple(
            sorted(
                (
                    (t, int(a), _change(int(a), int(b), len(recent), len(earlier)))
                    for t, a, b in zip(cube.types, by_type, before, strict=True)
                    if a or b
                ),
                key=lambda row: (-row[1], row[0]),
            )
        ),
        total=int(by_type.sum()),
        change=_change(int(by_type.sum()), int(before.sum()), len(recent), len(earlier)),
        harm=harm.value,
        harm_edition=weights.edition.title,
        harm_unit=weights.edition.unit,
        harm_caveat=weights.edition.caveat,
        without_weight=tuple(sorted(harm.without_weight.items())),
        parts=tuple(sorted(parts, key=lambda p: (-p.events, p.name))),
        outline=held.geometry(code),
        cells=_cells(release, code, tuple(recent)) if small else (),
        unplaced=0 if small else cube.without_area(forces, recent),
        make_believe=release.make_believe,
    )


@dataclass(frozen=True)
class _Cube:
    """Events added up by force, small area, crime type and month: arrays of equal length, -1 = not known."""

    force: np.ndarray
    area: np.ndarray
    type: np.ndarray
    month: np.ndarray
    n: np.ndarray
    forces: tuple[str, ...]
    areas: tuple[str, ...]
    types: tuple[str, ...]
    months: tuple[str, ...]

    def force_codes(self, names: Sequence[str]) -> list[int]:
        return [i for i, name in enumerate(self.forces) if name in set(names)]

    def rows_of(self, held: evidence_places.Places, code: str) -> np.ndarray:
        """Rows of a place: by the recording force from force upwards, by small area below it.

        A row without a small area still counts for its force.
        """
        if held[code].kind in ("force", "region", "nation"):
            return np.isin(self.force, self.force_codes(_forces_of(held, code)))
        inside = {p.code for p in held.descendants(code)}
        return np.isin(self.area, [i for i, name in enumerate(self.areas) if name in inside])

    def by(self, what: np.ndarray, rows: np.ndarray, size: int, months: Sequence[str]) -> np.ndarray:
        """Events of these rows and months by the codes of one dimension."""
        wanted = [i for i, name in enumerate(self.months) if name in set(months)]
        use = rows & np.isin(self.month, wanted) & (what >= 0)
        return np.bincount(what[use], weights=self.n[use], minlength=size)

    def without_area(self, forces: Sequence[str], months: Sequence[str]) -> int:
        """Events of these forces and months that name no small area."""
        wanted = [i for i, name in enumerate(self.months) if name in set(months)]
        rows = (self.area < 0) & np.isin(self.force, self.force_codes(forces)) & np.isin(self.month, wanted)
        return int(self.n[rows].sum())

    def by_part(
        self,
        held: evidence_places.Places,
        parts: Sequence[evidence_places.Place],
        months: Sequence[str],
    ) -> np.ndarray:
        """Events of each part and crime type in these months, shape (parts, types)."""
        by_force = bool(parts) and parts[0].kind in ("force", "region", "nation")
        names, column = (self.forces, self.force) if by_force else (self.areas, self.area)
        place = {name: i for i, name in enumerate(names)}
        part_of = np.full(len(names) + 1, -1)  # the last one answers for code -1
        for i, part in enumerate(parts):
            inside = (
                _forces_of(held, part.code) if by_force else [p.code for p in held.descendants(part.code)]
            )
            part_of[[place[name] for name in inside if name in place]] = i
        wanted = np.isin(self.month, [i for i, name in enumerate(self.months) if name in set(months)])
        use = wanted & (self.type >= 0) & (part_of[column] >= 0)
        key = part_of[column[use]] * len(self.types) + self.type[use]
        size = len(parts) * len(self.types)
        return np.bincount(key, weights=self.n[use], minlength=size).reshape(len(parts), len(self.types))


@lru_cache(maxsize=4)
def _places(release: Release) -> evidence_places.Places:
    return evidence_places.load_places(release)


@lru_cache(maxsize=2)
def _cube(release: Release) -> _Cube:
    found = events.load(release, ["force", "area", "crime_type", "month"])
    codes = {name: found.codes(name) for name in ("force", "area", "crime_type", "month")}
    sizes = [len(c.names) + 1 for c in codes.values()]
    key = np.zeros(found.n, dtype=np.int64)
    for column, size in zip(codes.values(), sizes, strict=True):
        key = key * size + (column.codes + 1)
    unique, n = np.unique(key, return_counts=True)
    parts = []
    for size in reversed(sizes):
        parts.append((unique % size - 1).astype(np.int32))
        unique = unique // size
    month, kind, area, force = parts
    names = {name: column.names for name, column in codes.items()}
    return _Cube(
        force, area, kind, month, n, names["force"], names["area"], names["crime_type"], names["month"]
    )


def _forces_of(held: evidence_places.Places, code: str) -> list[str]:
    """Force codes, as events have them, of a place: its own, those inside it, or the one around it."""
    around = held.ancestor(code, "force")
    found = [around] if around is not None else held.descendants(code, "force")
    return [p.code.removeprefix("f:") for p in found]


def _lacking(release: Release, forces: Sequence[str]) -> dict[str, list[str]]:
    """Month -> the forces concerned that lack it, while others (or other months of theirs) are there."""
    gaps = release.manifest.get("months_missing_by_force", {})
    found: dict[str, list[str]] = {}
    for force in forces:
        for month in gaps.get(force, ()):
            found.setdefault(month, []).append(force)
    return found


def _spans(months: Sequence[str], lacking: set[str]) -> tuple[list[str], list[str]]:
    """The last twelve calendar months, and the twelve before, less the months that are missing.

    Where the months that every force has are too few to say anything, all are taken: better a figure with
    its gap named than none.
    """
    if not months:
        return [], []
    last = _ordinal(months[-1])
    spans = []
    for low in (last - SPAN, last - 2 * SPAN):
        there = [m for m in months if low < _ordinal(m) <= low + SPAN]
        whole = [m for m in there if m not in lacking]
        spans.append(whole if 2 * len(whole) >= len(there) else there)
    return spans[0], spans[1]


def _ordinal(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])


def _by_month(
    cube: _Cube, rows: np.ndarray, release: Release, lacking: set[str]
) -> tuple[tuple[str, int | None], ...]:
    counted = cube.by(cube.month, rows, len(cube.months), cube.months)
    have = {m: int(v) for m, v in zip(cube.months, counted, strict=True) if m not in lacking}
    return tuple((m, have.get(m)) for m in _every_month(release.months))


def _every_month(months: Sequence[str]) -> list[str]:
    if not months:
        return []
    first, last = _ordinal(months[0]), _ordinal(months[-1])
    return [f"{(o - 1) // 12:04d}-{(o - 1) % 12 + 1:02d}" for o in range(first, last + 1)]


def _parts(
    cube: _Cube,
    held: evidence_places.Places,
    code: str,
    weights: evidence_weights.HarmWeights,
    recent: Sequence[str],
    earlier: Sequence[str],
) -> list[Part]:
    """Every place one level down, counted in one pass over the cube."""
    children = [p for p in held.children(code) if p.kind in LEVELS]
    now = cube.by_part(held, children, recent)
    before = cube.by_part(held, children, earlier)
    parts = []
    for i, child in enumerate(children):
        counts = {t: int(v) for t, v in zip(cube.types, now[i], strict=True) if v}
        parts.append(
            Part(
                code=child.code,
                name=child.name,
                kind=child.kind,
                lon=child.lon,
                lat=child.lat,
                events=int(now[i].sum()),
                harm=evidence_weights.harm_of(counts, weights).value,
                change=_change(int(now[i].sum()), int(before[i].sum()), len(recent), len(earlier)),
            )
        )
    return parts


def _change(recent: int, earlier: int, recent_months: int, earlier_months: int) -> Change:
    if not recent_months or not earlier_months or recent + earlier == 0:
        return Change(recent, earlier, recent_months, earlier_months, None, None, None)
    method = "log" if min(recent, earlier) > 50 else "exact"  # equal to two digits from there, and quicker
    found = rates.rate_ratio(recent, earlier, float(recent_months), float(earlier_months), method=method)
    low, high = (float(v) for v in found.interval)
    ratio = float(found.ratio) if np.isfinite(found.ratio) else None
    return Change(recent, earlier, recent_months, earlier_months, ratio, low, high)


@lru_cache(maxsize=256)
def _cells(release: Release, code: str, months: tuple[str, ...]) -> tuple[tuple[float, float, int], ...]:
    """Grid squares with events, most first: centre in degrees, and count. A release never changes, so kept."""
    areas = [p.code for p in _places(release).descendants(code)]
    found = events.load(release, ["x", "y"], areas=areas, months=list(months))
    x, y = found["x"], found["y"]
    good = np.isfinite(x) & np.isfinite(y)
    east, north = (np.floor(v[good] / CELL_METRES).astype(np.int64) for v in (x, y))
    if not len(east):
        return ()
    # One number a square sorts ten times as fast as a pair; northings of the grid stay below 2**20 squares.
    unique, n = np.unique((east << 20) + north, return_counts=True)
    order = np.argsort(-n, kind="stable")[:MOST_CELLS]
    columns, rows = unique[order] >> 20, unique[order] & (2**20 - 1)
    lon, lat = evidence_places.to_degrees((columns + 0.5) * CELL_METRES, (rows + 0.5) * CELL_METRES)
    return tuple(
        (round(float(a), 6), round(float(b), 6), int(c)) for a, b, c in zip(lon, lat, n[order], strict=True)
    )
