"""Places from what the records themselves say: "Leicester 012A" lies in "Leicester 012", in Leicester, in a force.

A boundary or population file that is imported too adds to these and wins where it says something.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence import forces, tabular
from forestall.evidence.schemas import PLACE_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

NATION = "nation:ew"
_AREA_NAME = re.compile(r"(?P<beat>(?P<district>.+?) \d{3})[A-Z]*")
Row = dict[str, Any]


def district_of(area_name: str) -> str | None:
    """The district in the name of a small area: "Leicester 012A" -> "Leicester"; None for another form."""
    found = _AREA_NAME.fullmatch(area_name)
    return found["district"] if found else None


def derive(events: pa.Table, area_names: Mapping[str, str]) -> dict[str, Row]:
    """Places by code: small areas with a name, their beats, districts, forces, regions and the nation.

    events: table with force, area, lon, lat. area_names: small-area code -> name. A district goes to the force
    that polices it, or to the one with most of its events where the table has it not; the districts of
    a force that is not in the events have no parent, for the odd point across the border is not its crime.
    """
    present = set(tabular.sorted_codes(events["force"])[1])
    busiest = _busiest_force(events, area_names)
    rows: dict[str, Row] = {}
    for code, name in area_names.items():
        found = _AREA_NAME.fullmatch(name)
        if not found:
            continue
        district, beat = found["district"], found["beat"]
        d_code, n_code = f"d:{forces.slug(district)}", f"n:{forces.slug(beat)}"
        rows[code] = {"code": code, "name": name, "kind": "small_area", "parent": n_code}
        rows[n_code] = {"code": n_code, "name": beat, "kind": "beat", "parent": d_code}
        if d_code not in rows:
            force = forces.force_of_district(district) or busiest.get(district)
            parent = f"f:{force}" if force in present else None
            rows[d_code] = {"code": d_code, "name": district, "kind": "district", "parent": parent}
    for force in present:
        rows |= _above(force)
    return _with_middles(rows, events)


def merge(old: pa.Table | None, derived: dict[str, Row], loaded: list[pa.Table]) -> pa.Table:
    """One table of places: what files said wins over what was held, and that over what was derived.

    The middle of a place with a boundary is the boundary's; of another it follows the events.
    """
    import pyarrow as pa

    rows: dict[str, Row] = {}
    for place in old.to_pylist() if old is not None else []:
        rows[place["code"]] = place
    for code, place in derived.items():
        held = rows.setdefault(code, {})
        moved = (
            {}
            if held.get("geometry")
            else {k: place.get(k) for k in ("lon", "lat") if place.get(k) is not None}
        )
        rows[code] = {**{k: v for k, v in place.items() if held.get(k) is None}, **_said(held), **moved}
    for table in loaded:
        for place in table.to_pylist():
            rows[place["code"]] = {**rows.get(place["code"], {}), **_said(place)}
    ordered = [rows[code] for code in sorted(rows)]
    types = {name: tabular.arrow_type(kind) for name, kind in PLACE_COLUMNS.items()}
    plain = {
        n: pa.array([row.get(n) for row in ordered], pa.string() if pa.types.is_dictionary(t) else t)
        for n, t in types.items()
    }
    return tabular.conform(pa.table(plain), PLACE_COLUMNS)


def _said(place: Row) -> Row:
    return {k: v for k, v in place.items() if v is not None}


def _busiest_force(events: pa.Table, area_names: Mapping[str, str]) -> dict[str, str]:
    area, areas = tabular.codes_and_names(events["area"])
    force, names = tabular.codes_and_names(events["force"])
    there = (area >= 0) & (force >= 0)
    counts = np.bincount(
        area[there].astype(np.int64) * len(names) + force[there], minlength=len(areas) * len(names)
    )
    total: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(names), dtype=np.int64))
    for code, row in zip(areas, counts.reshape(len(areas), len(names)), strict=True):
        district = district_of(area_names.get(code, ""))
        if district:
            total[district] += row
    return {district: names[int(row.argmax())] for district, row in total.items() if row.sum()}


def _above(code: str) -> dict[str, Row]:
    """A force with its region and the nation."""
    force = forces.force(code)
    region = f"r:{forces.slug(force.region)}" if force.region else None
    own = f"f:{code}"
    rows: dict[str, Row] = {
        own: {"code": own, "name": force.name, "kind": "force", "parent": region or NATION},
        NATION: {"code": NATION, "name": "England and Wales", "kind": "nation", "parent": None},
    }
    if region:
        rows[region] = {"code": region, "name": force.region, "kind": "region", "parent": NATION}
    return rows


def _with_middles(rows: dict[str, Row], events: pa.Table) -> dict[str, Row]:
    """Give each place the mean of the points of its events, added up from its small areas."""
    area, areas = tabular.codes_and_names(events["area"])
    lon, lat = (events[c].to_numpy() for c in ("lon", "lat"))
    there = (area >= 0) & ~np.isnan(lon)
    sums = [
        np.bincount(area[there], w[there] if w is not None else None, minlength=len(areas))
        for w in (None, lon, lat)
    ]
    total: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(3))
    for code, *three in zip(areas, *sums, strict=True):
        at: str | None = code
        while at in rows:
            total[at] += three
            at = rows[at]["parent"]
    for code, (n, x, y) in total.items():
        if n:
            rows[code] |= {"lon": round(x / n, 6), "lat": round(y / n, 6)}
    return rows
