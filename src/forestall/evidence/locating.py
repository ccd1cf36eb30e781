"""In which small area or beat do own incidents lie that give a point and no area?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence import tabular

if TYPE_CHECKING:
    import pyarrow as pa

#: Files of other makes say themselves where an event is: police.uk moves its points and keeps the area.
SOURCE = "incidents"


@dataclass(frozen=True)
class Located:
    """Events with the areas that could be filled in."""

    events: pa.Table
    filled: np.ndarray  # whether each event got an area now
    outside: int  # events with a point in none of the polygons held

    def notice(self) -> list[str]:
        """What the reader should know; nothing where nothing was to be done."""
        assigned = int(self.filled.sum())
        told = []
        if assigned:
            told.append(
                f"{assigned:,} incidents without an area code count in the area whose boundary their point is in."
            )
        if self.outside:
            told.append(
                f"{self.outside:,} incidents lie outside all boundaries held: they count in no area, beat or district."
            )
        return told


def locate(events: pa.Table, places: Sequence[pa.Table]) -> Located:
    """Fill in the area of own incidents that have a point and no area code, or only that of a beat.

    places: tables with the columns of PLACE_COLUMNS, the later word last. A point is looked for in the small areas,
    then in the beats. Where no polygon of either is held nothing changes and nobody is outside.
    """
    source, sources = tabular.codes_and_names(events["source"])
    lon, lat = (events[c].to_numpy() for c in ("lon", "lat"))
    own = np.array([name == SOURCE for name in [*sources, ""]])[source] & np.isfinite(lon) & np.isfinite(lat)
    nothing = Located(events, np.zeros(events.num_rows, dtype=bool), 0)
    if not own.any():
        return nothing
    shapes = {kind: _shapes(places, kind) for kind in ("small_area", "beat")}
    if not any(shapes.values()):
        return nothing
    area, names = tabular.codes_and_names(events["area"])
    beats = _codes(places, "beat") if shapes["small_area"] else set()
    coarse = np.array([name in beats for name in [*names, ""]])[area]
    before = area.copy()
    for kind, held in shapes.items():
        rows = np.flatnonzero(own & ((area < 0) | (coarse & (kind == "small_area"))))
        if not len(rows) or not held:
            continue
        area, names = _assign(area, names, rows, lon[rows], lat[rows], held)
    filled = area != before
    outside = int((own & (area < 0)).sum())
    if not filled.any():
        return Located(events, filled, outside)
    at = events.column_names.index("area")
    return Located(events.set_column(at, "area", tabular.coded(area, names)), filled, outside)


def _assign(
    area: np.ndarray,
    names: list[str],
    rows: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
    held: dict[str, str],
) -> tuple[np.ndarray, list[str]]:
    import shapely

    from forestall.evidence import places

    hit = places.assign(lon, lat, list(shapely.from_geojson(list(held.values()))))
    names = list(names)
    number = {name: i for i, name in enumerate(names)}
    for code in (code for i, code in enumerate(held) if (hit == i).any()):
        if code not in number:
            number[code] = len(names)
            names.append(code)
    codes = np.array([number.get(code, -1) for code in held] + [-1])[hit]
    area = area.copy()
    area[rows] = np.where(codes >= 0, codes, area[rows])
    return area, names


def _shapes(places: Sequence[pa.Table], kind: str) -> dict[str, str]:
    """Code -> boundary of the places of one kind, by code."""
    found: dict[str, str] = {}
    for table in places:
        if "geometry" not in table.column_names:
            continue  # a table of populations or names
        columns = (table[c].to_pylist() for c in ("code", "kind", "geometry"))
        found |= {code: shape for code, of, shape in zip(*columns, strict=True) if of == kind and shape}
    return dict(sorted(found.items()))


def _codes(places: Sequence[pa.Table], kind: str) -> set[str]:
    return {
        code
        for table in places
        if "kind" in table.column_names
        for code, of in zip(table["code"].to_pylist(), table["kind"].to_pylist(), strict=True)
        if of == kind
    }
