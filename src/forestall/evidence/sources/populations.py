"""Populations: residents of small areas, districts or forces, one row a place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.sources.area_columns import AreaColumn, area_columns, place_code, place_name
from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.incidents.mapping import fits
from forestall.evidence.sources.protocol import Item, SourceRows
from forestall.evidence.sources.text_table import TextTable, header_of, read_text

if TYPE_CHECKING:
    import pyarrow as pa

_RESIDENTS = re.compile(
    r"(persons|people|population|usual residents|all ages|all persons|residents)( total| all| \d{4})?|total"
)
_YEAR_TITLE = re.compile(r"(population |census |mid )?year")
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
_NUMBER = r"^(\d{1,9}|\d{1,3}(,\d{3})+)(\.\d+)?$"
_LEVELS = ("small_area", "district", "force", "region")


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for a CSV with a column of area codes and one of residents."""
    if not item.name.lower().endswith((".csv", ".txt")):
        return False
    try:
        header = header_of(item)
    except ForestallError:
        return False
    return _area(header) is not None and _residents(header) is not None and not fits(mapping, header)


def read(item: Item, mapping: Path | None) -> SourceRows:
    """Residents of each place. Every row becomes a place or a reject."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = read_text(item)
    area, residents = _area(table.header), _residents(table.header)
    assert area is not None, "sniff comes first"
    assert residents is not None, "sniff comes first"
    codes, names = _codes(table, area)
    people = table.column(residents)
    fine = pc.match_substring_regex(people, _NUMBER).to_numpy(zero_copy_only=False)
    values = pc.if_else(pa.array(fine), pc.replace_substring(people, ",", ""), "0").cast(pa.float64())
    values = values.to_numpy(zero_copy_only=False)
    found = SourceRows("populations", rows=table.rows + len(table.rejects), rejects=list(table.rejects))
    found.notices = list(table.notices)
    fault = _faults(codes, fine)
    for row in np.flatnonzero(fault).tolist():
        reason, next_step = _REASONS[int(fault[row])]
        column = residents if fault[row] == 2 else area[0].title
        found.rejects.append(table.reject(row, column, reason, next_step))
    good = np.flatnonzero(fault == 0)
    years = _years(table, item.name, found.notices)
    found.places = pa.table(
        {
            "code": pa.array([codes[i] for i in good], pa.string()),
            "name": pa.array([names[i] or None for i in good], pa.string()),
            "kind": pa.array([area[0].kind] * len(good), pa.string()),
            "population": pa.array(values[good]),
            "population_year": years.take(pa.array(good)),
        }
    )
    if area[0].kind == "small_area":
        found.area_names = {codes[i]: names[i] for i in good.tolist() if codes[i] and names[i]}  # type: ignore[misc]
    return found


_REASONS = {
    1: ("The row names no place.", "Fill in its code, or take the row out if it is a total or a note."),
    2: ("The number of residents is not a number of 0 or more.", "Write it like 1234, or take the row out."),
    3: ("The place came before in this file.", "Keep one row for each place."),
}


def _faults(codes: list[str | None], fine: np.ndarray) -> np.ndarray:
    fault = np.zeros(len(codes), dtype=np.int8)
    seen: set[str] = set()
    for i, code in enumerate(codes):
        if not code:
            fault[i] = 1
        elif not fine[i]:
            fault[i] = 2
        elif code in seen:
            fault[i] = 3
        else:
            seen.add(code)
    return fault


def _area(header: tuple[str, ...]) -> tuple[AreaColumn, AreaColumn | None] | None:
    """The columns (code, name) of the lowest level that the file gives; a force by its name alone will do."""
    columns = area_columns(header)
    for kind in _LEVELS:
        code = next((c for c in columns if c.kind == kind and c.part == "code"), None)
        name = next((c for c in columns if c.kind == kind and c.part == "name"), None)
        if kind == "small_area" and code is not None:
            return code, name
        if kind != "small_area" and (name is not None or (kind == "force" and code is not None)):
            return (name or code), name  # type: ignore[return-value]
    return None


def _residents(header: tuple[str, ...]) -> str | None:
    """The column of all residents: the most telling title."""
    wanted = [t for t in header if _RESIDENTS.fullmatch(fold_title(t))]
    return min(wanted, key=lambda t: fold_title(t) == "total") if wanted else None


def _codes(
    table: TextTable, area: tuple[AreaColumn, AreaColumn | None]
) -> tuple[list[str | None], list[str]]:
    first, name = area
    given = table.column(first.title).to_pylist()
    names = table.column(name.title).to_pylist() if name is not None else [""] * len(given)
    kind = first.kind
    if kind == "small_area":
        return [g if re.fullmatch(r"[A-Za-z0-9:_\-]{1,40}", g) else None for g in given], names
    codes = [
        place_code(kind, g if first.part == "code" else "", n) for g, n in zip(given, names, strict=True)
    ]
    return codes, [place_name(kind, n) if n else "" for n in names]


def _years(table: TextTable, name: str, notices: list[str]) -> pa.Array:
    """The year that each figure is of: a column, or the file's name or the title of its column of residents."""
    import pyarrow as pa
    import pyarrow.compute as pc

    title = next((t for t in table.header if _YEAR_TITLE.fullmatch(fold_title(t))), None)
    if title is not None:
        column = table.column(title)
        good = pc.match_substring_regex(column, r"^(19|20)\d\d$")
        return pc.if_else(good, column, None).cast(pa.int32())
    found = _YEAR.search(name.rsplit("/", 1)[-1]) or _YEAR.search(_residents(table.header) or "")
    if found is None:
        notices.append(f"{name}: nothing says which year its populations are of; rates will say so.")
        return pa.nulls(table.rows, pa.int32())
    notices.append(f"{name}: populations of {found[0]}.")
    return pa.array(np.full(table.rows, int(found[0]), dtype=np.int32))
