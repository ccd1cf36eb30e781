"""Look-ups between areas: which small area lies in which district and force, and codes of two vintages.

Any CSV with columns for two levels or two years will do, under the titles that the Office for National
Statistics uses; and a plain list of places with code, name, kind and parent.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.errors import ForestallError
from forestall.evidence import forces
from forestall.evidence.schemas import PLACE_KINDS
from forestall.evidence.sources.area_columns import (
    NATION,
    AreaColumn,
    area_columns,
    common_name,
    place_code,
    place_name,
)
from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.incidents.mapping import fits
from forestall.evidence.sources.protocol import Item, SourceRows
from forestall.evidence.sources.text_table import TextTable, header_of, read_text

if TYPE_CHECKING:
    import pyarrow as pa

_BEAT_NAME = re.compile(r"(.+ \d{3})[A-Z]*")
_BESIDE = re.compile(r"change.*|chgind|objectid|fid|globalid|.*nmw|shape.*|oa ?\d\d ?(cd|code)|geo ?code|")
_CODE = re.compile(r"[A-Za-z0-9:_\-]{1,60}")
_UP = ("small_area", "beat", "district", "force", "region")
Row = dict[str, Any]


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for a CSV that names areas on two levels or of two years, or places with their parents."""
    if not item.name.lower().endswith((".csv", ".txt")):
        return False
    try:
        header = header_of(item)
    except ForestallError:
        return False
    columns = area_columns(header)
    levels = {(c.kind, c.year if c.kind == "small_area" else None) for c in columns}
    known = {c.title for c in columns}
    others = [t for t in header if t not in known and not _BESIDE.fullmatch(fold_title(t))]
    # Scores, populations and incidents name areas too, beside columns of their own.
    return (_is_list(header) or (len(levels) >= 2 and not others)) and not fits(mapping, header)


def read(item: Item, mapping: Path | None) -> SourceRows:
    """Places with their parents, names of small areas, and pairs of codes of two vintages."""
    table = read_text(item)
    found = SourceRows("lookups", rows=table.rows + len(table.rejects), rejects=list(table.rejects))
    found.notices = list(table.notices)
    if _is_list(table.header):
        _read_list(table, found)
    else:
        _read_levels(table, found)
    return found


def _is_list(header: tuple[str, ...]) -> bool:
    return {"code", "kind", "parent"} <= {fold_title(t) for t in header}


def _read_list(table: TextTable, found: SourceRows) -> None:
    """Places as they stand: code, name, kind, parent."""
    titles = {fold_title(t): t for t in table.header}
    cells = {
        n: table.column(titles[n]).to_pylist() for n in ("code", "name", "kind", "parent") if n in titles
    }
    names = cells.get("name", [""] * table.rows)
    rows: dict[str, Row] = {}
    for i, (code, kind, parent) in enumerate(zip(cells["code"], cells["kind"], cells["parent"], strict=True)):
        fault = _list_fault(code, kind.lower(), rows)
        if fault:
            found.rejects.append(table.reject(i, titles[fault[0]], fault[1], fault[2]))
            continue
        rows[code] = {"code": code, "name": names[i] or None, "kind": kind.lower(), "parent": parent or None}
        if kind.lower() == "small_area" and names[i]:
            found.area_names[code] = names[i]
    found.places = _table(rows)


def _list_fault(code: str, kind: str, seen: dict[str, Row]) -> tuple[str, str, str] | None:
    if not _CODE.fullmatch(code):
        return "code", "The code is empty or holds odd signs.", "Use letters, figures, hyphens and colons."
    if code in seen:
        return "code", "The code came before in this file.", "Keep one row for each place."
    if kind not in PLACE_KINDS:
        return "kind", "It is no kind of place.", f"Use one of: {', '.join(PLACE_KINDS)}."
    return None


def _read_levels(table: TextTable, found: SourceRows) -> None:
    columns = area_columns(table.header)
    cells = {c.title: table.column(c.title).to_pylist() for c in columns}
    years = sorted(
        {c.year for c in columns if c.kind == "small_area" and c.part == "code"}, key=lambda y: y or 0
    )
    if len(years) >= 2:
        _vintages(table, columns, cells, found)
    rows: dict[str, Row] = {}
    for year in years or [None]:
        chain = _chain(columns, cells, year)
        if not chain:
            continue
        for i in range(table.rows):
            missing = _add(rows, {kind: (codes[i], names[i]) for kind, (codes, names) in chain.items()})
            if missing and year == (years or [None])[0]:
                found.rejects.append(table.reject(i, *missing))
    for code, row in rows.items():
        if row["kind"] == "small_area" and row["name"]:
            found.area_names[code] = row["name"]
    found.places = _table(rows)
    partnerships = _partnerships(columns, cells)
    if partnerships is not None:
        found.tables["partnerships"] = partnerships
    if any(row["kind"] == "force" and not forces.is_known(row["code"][2:]) for row in rows.values()):
        odd = sorted(
            r["name"] for r in rows.values() if r["kind"] == "force" and not forces.is_known(r["code"][2:])
        )
        found.notices.append(f"{table.name}: not forces that are known here: {', '.join(odd[:10])}.")


def _chain(
    columns: list[AreaColumn], cells: dict[str, list[str]], year: int | None
) -> dict[str, tuple[list[str], list[str]]]:
    """kind -> (codes, names), for the levels that the file has; small areas of one year."""
    chain: dict[str, tuple[list[str], list[str]]] = {}
    for kind in _UP:
        own = [c for c in columns if c.kind == kind and (kind != "small_area" or c.year == year)]
        code = next((cells[c.title] for c in own if c.part == "code"), None)
        name = next((cells[c.title] for c in own if c.part == "name"), None)
        if kind == "small_area" and code is None:
            continue
        if code is None and name is None:
            continue
        blank = [""] * len(code or name or ())
        chain[kind] = (code or blank, name or blank)
    return chain


def _add(rows: dict[str, Row], level: dict[str, tuple[str, str]]) -> tuple[str, str, str] | None:
    """Put the places of one row in, each under the next one up; what is wrong when it names none."""
    if "small_area" in level and "beat" not in level:
        found = _BEAT_NAME.fullmatch(level["small_area"][1])
        if found:
            level = {**level, "beat": ("", found[1])}
    below: Row | None = None
    for kind in _UP:
        code, name = level.get(kind, ("", ""))
        own = (
            place_code(kind, code, name)
            if (name or kind in ("small_area", "force")) and (code or name)
            else None
        )
        if own is None:
            continue
        if kind == "small_area" and not _CODE.fullmatch(own):
            return "", "The code of the small area holds odd signs.", "Mend it, or take the row out."
        row = rows.setdefault(
            own, {"code": own, "name": place_name(kind, name) if name else None, "kind": kind, "parent": None}
        )
        if below is not None and below["parent"] is None:
            below["parent"] = own
        if kind == "region":
            row["parent"] = NATION
        # A district is known to lie in a region without its force being named: that says nothing of parents.
        below = row if kind != "district" or any(level.get("force", ())) else None
    if not any(name or code for code, name in level.values()):
        return "", "The row names no place.", "Take it out if it is a total or a note."
    return None


def _vintages(
    table: TextTable, columns: list[AreaColumn], cells: dict[str, list[str]], found: SourceRows
) -> None:
    """Pairs of codes of the two years, oldest first."""
    import pyarrow as pa

    own = sorted(
        (c for c in columns if c.kind == "small_area" and c.part == "code"), key=lambda c: c.year or 0
    )
    old, new = cells[own[0].title], cells[own[-1].title]
    title = next(
        (t for t in table.header if re.fullmatch(r"(change|chgind|change (code|ind.*))", fold_title(t))), None
    )
    change = table.column(title).to_pylist() if title else [""] * table.rows
    keep = [i for i in range(table.rows) if old[i] and new[i]]
    found.tables["area_vintages"] = pa.table(
        {
            "old": pa.array([old[i] for i in keep], pa.string()),
            "new": pa.array([new[i] for i in keep], pa.string()),
            "change": pa.array([change[i].upper() or None for i in keep], pa.string()),
        }
    )
    irregular = sum(change[i].upper() == "X" for i in keep)
    if irregular:
        found.notices.append(
            f"{table.name}: {irregular} pairs of areas changed in a way that nothing is common to; their figures "
            "of the two years cannot be compared."
        )


def _partnerships(columns: list[AreaColumn], cells: dict[str, list[str]]) -> pa.Table | None:
    """Which community safety partnership a district belongs to: kept beside the places, being no level of theirs."""
    import pyarrow as pa

    def of(kind: str, part: str) -> list[str] | None:
        return next((cells[c.title] for c in columns if c.kind == kind and c.part == part), None)

    names, districts = of("partnership", "name"), of("district", "name")
    if names is None or districts is None:
        return None
    codes = of("partnership", "code") or [""] * len(names)
    rows = sorted(
        {
            (f"d:{forces.slug(common_name(d))}", c, n)
            for d, c, n in zip(districts, codes, names, strict=True)
            if d and n
        }
    )
    district, code, name = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "district": pa.array(district, pa.string()),
            "code": pa.array(code, pa.string()),
            "name": pa.array(name, pa.string()),
        }
    )


def _table(rows: dict[str, Row]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {n: pa.array([r[n] for r in rows.values()], pa.string()) for n in ("code", "name", "kind", "parent")}
    )
