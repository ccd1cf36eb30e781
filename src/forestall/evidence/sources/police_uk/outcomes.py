"""Outcomes as police.uk publishes them: what happened to a crime, and in which month; several for one crime."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forestall.evidence.sources.delimited import open_sheet
from forestall.evidence.sources.police_uk import bulk, values
from forestall.evidence.sources.protocol import Item, SourceRows

if TYPE_CHECKING:
    import pyarrow as pa

TYPES = {
    "Crime ID": "text",
    "Month": "dictionary",
    "Reported by": "dictionary",
    "Falls within": "dictionary",
    "Longitude": "text",
    "Latitude": "text",
    "Location": "dictionary",
    "LSOA code": "dictionary",
    "LSOA name": "dictionary",
    "Outcome type": "dictionary",
}
REQUIRED = ("Crime ID", "Month", "Outcome type")
_TITLES = {title.casefold(): title for title in TYPES}
#: Everything in a row but its identity, to tell a whole-row copy.
_REST = ("Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name")


def read(item: Item, mapping: object = None) -> SourceRows:
    """The outcomes in one file, as the table "outcomes": crime_id, month, outcome, rest, line.

    rest: the other columns in one text, to tell whole-row copies. Rows without an identifier, a month or a
    known outcome are refused: they say nothing about any crime.
    """
    data = item.read()
    quick = bulk.read(data, item.name, TYPES, _TITLES.get, REQUIRED)
    found = SourceRows("outcomes")
    if quick is not None and _sound(quick[0]):
        table, found.notices = quick
    else:
        table = _careful(data, item.name, found)
    found.rows = table.num_rows + len(found.rejects)
    found.tables["outcomes"] = _tidy(table)
    named = values.FILE_NAME.search(item.name)
    found.month, found.force = (named["month"], named["force"]) if named else (None, None)
    if not found.rows:
        found.notices.append(f"{item.name} has a header and no rows.")
    return found


def _sound(table: pa.Table) -> bool:
    import pyarrow.compute as pc

    if any(table[c].null_count for c in REQUIRED):
        return False
    months, outcomes = (pc.unique(table[c]).to_pylist() for c in ("Month", "Outcome type"))
    if any(values.month_fault(m) for m in months) or any(not values.outcome(o) for o in outcomes):
        return False
    odd = table["Crime ID"].filter(pc.not_equal(pc.utf8_length(table["Crime ID"]), 64)).to_pylist()
    return not any(values.id_fault(i) or values.clean(i) != i for i in odd)


def _careful(data: bytes, name: str, found: SourceRows) -> pa.Table:
    import pyarrow as pa

    sheet = open_sheet(data, name, _TITLES.get, REQUIRED)
    found.notices = sheet.notices
    position = {column: i for i, column in enumerate(sheet.columns) if column}
    columns: dict[str, list[str | None]] = {title: [] for title in TYPES}
    lines = []
    for record in sheet.records():
        if record.problem:
            found.rejects.append(
                sheet.reject(record, "", ",".join(record.cells), record.problem, record.next_step)
            )
            continue
        cells = {title: values.clean(record.cells[i]) for title, i in position.items()}
        fault = _fault(cells)
        if fault:
            column, reason, next_step = fault
            found.rejects.append(sheet.reject(record, column, cells[column], reason, next_step))
            continue
        for title, into in columns.items():
            into.append(cells.get(title) or None)
        lines.append(record.line)
    table = pa.table({title: pa.array(v, pa.string()) for title, v in columns.items()})
    return table.append_column("line", pa.array(lines, pa.int32()))


def _fault(cells: dict[str, str]) -> tuple[str, str, str] | None:
    if not cells["Crime ID"]:
        return "Crime ID", "An outcome without an identifier belongs to no crime.", "Fill in the identifier."
    if fault := values.id_fault(cells["Crime ID"]):
        return "Crime ID", fault, "Take the identifier from the published file."
    if fault := values.month_fault(cells["Month"]):
        return "Month", fault, "Write the month as 2026-05."
    if not values.outcome(cells["Outcome type"]):
        return "Outcome type", "The outcome is not known.", "Use the words of police.uk."
    return None


def _tidy(table: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    from forestall.evidence import tabular

    codes, names = tabular.codes_and_names(table["Outcome type"])
    rest = [table[c].cast(pa.string()) for c in _REST if c in table.column_names]
    joined = pc.binary_join_element_wise(*rest, "\x1f", null_handling="replace", null_replacement="")
    return pa.table(
        {
            "crime_id": table["Crime ID"],
            "month": tabular.cast(table["Month"], tabular.arrow_type("dictionary")),
            "outcome": tabular.coded(codes, [values.outcome(n) or n for n in names]),
            "rest": joined if rest else pa.nulls(table.num_rows, pa.string()),
            "line": table["line"],
        }
    )
