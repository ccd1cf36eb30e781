"""Street-level crimes as police.uk publishes them: one row a crime or an incident of anti-social behaviour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence import forces
from forestall.evidence.sources.delimited import Record, Sheet, open_sheet
from forestall.evidence.sources.police_uk import bulk, values
from forestall.evidence.sources.protocol import Item, Reject, SourceRows

if TYPE_CHECKING:
    import pyarrow as pa

#: Title as published -> how it is read.
TYPES = {
    "Crime ID": "text",
    "Month": "dictionary",
    "Reported by": "dictionary",
    "Falls within": "dictionary",
    "Longitude": "float64",
    "Latitude": "float64",
    "Location": "dictionary",
    "LSOA code": "dictionary",
    "LSOA name": "dictionary",
    "Crime type": "dictionary",
    "Last outcome category": "dictionary",
    "Context": "dictionary",
}
REQUIRED = ("Crime ID", "Month", "Longitude", "Latitude", "Crime type")
_TITLES = {title.casefold(): title for title in TYPES}
_LONGEST = 1000


def read(item: Item, mapping: object = None) -> SourceRows:
    """The crimes in one street file.

    Every row becomes an event or a reject. An unknown outcome is left out of its row and named in a notice;
    an unknown crime type refuses the row, for nothing can be counted without it.
    """
    data = item.read()
    named = values.FILE_NAME.search(item.name)
    fallback = named["force"] if named else ""
    rejects: list[Reject] = []
    quick = bulk.read(data, item.name, TYPES, _TITLES.get, REQUIRED)
    if quick is not None and _sound(quick[0], fallback):
        table, notices = quick
    else:
        sheet = open_sheet(data, item.name, _TITLES.get, REQUIRED)
        table, rejects = _careful(sheet, fallback)
        notices = sheet.notices
    found = SourceRows("street", rows=table.num_rows + len(rejects), rejects=rejects, notices=list(notices))
    found.events, found.area_names = _events(table, fallback, item.name, found.notices)
    _check_name(found, item.name, named["month"] if named else "")
    return found


def _sound(table: pa.Table, fallback: str) -> bool:
    """True when every value passes: looked at once a distinct value, not once a row."""
    import pyarrow.compute as pc

    def distinct(column: str) -> pa.Array:
        return _dictionary(table, column)[1]

    months, types = distinct("Month").to_pylist(), distinct("Crime type").to_pylist()
    if table["Month"].null_count or table["Crime type"].null_count:
        return False
    if any(values.month_fault(m) for m in months) or any(not values.crime_type(t) for t in types):
        return False
    if not fallback and not len(distinct("Falls within")) and not len(distinct("Reported by")):
        return False
    if any(values.area_fault(values.clean(a)) for a in distinct("LSOA code").to_pylist()):
        return False
    for column in ("Location", "LSOA name", "Context"):
        longest = pc.max(pc.utf8_length(distinct(column))).as_py()
        if longest is not None and longest > _LONGEST:
            return False
    return _sound_points(table) and _sound_ids(table["Crime ID"])


def _dictionary(table: pa.Table, title: str) -> tuple[np.ndarray, pa.Array]:
    """Codes (-1 where null) and the values they stand for, without odd spaces."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from forestall.evidence import tabular

    if title not in table.column_names:
        return np.full(table.num_rows, -1, dtype=np.int32), pa.array([], pa.string())
    array = tabular.one_array(table[title])
    codes = array.indices
    if codes.null_count:
        codes = pc.fill_null(codes, -1)
    names = pc.utf8_trim_whitespace(pc.replace_substring(array.dictionary, "\u00a0", " "))
    return codes.to_numpy(), names


def _sound_points(table: pa.Table) -> bool:
    import pyarrow.compute as pc

    lon = pc.fill_null(table["Longitude"], values.WEST).to_numpy()
    lat = pc.fill_null(table["Latitude"], values.SOUTH).to_numpy()
    if not np.array_equal(
        pc.is_null(table["Longitude"]).to_numpy(), pc.is_null(table["Latitude"]).to_numpy()
    ):
        return False
    inside = (lon >= values.WEST) & (lon <= values.EAST) & (lat >= values.SOUTH) & (lat <= values.NORTH)
    return bool(inside.all())  # not-a-number is in no range either


def _sound_ids(column: pa.ChunkedArray) -> bool:
    """True when all are of the published form (64 signs), or none of the others is damaged."""
    import pyarrow.compute as pc

    odd = column.filter(pc.fill_null(pc.not_equal(pc.utf8_length(column), 64), False))
    return not any(values.id_fault(i) or values.clean(i) != i for i in odd.to_pylist())


def _careful(sheet: Sheet, fallback: str) -> tuple[pa.Table, list[Reject]]:
    """Row by row: the sound rows as a table like the quick one, and the others as rejects."""
    import pyarrow as pa

    position = {column: i for i, column in enumerate(sheet.columns) if column}
    columns: dict[str, list] = {title: [] for title in TYPES}
    lines: list[int] = []
    rejects = []
    for record in sheet.records():
        if record.problem:
            rejects.append(sheet.reject(record, "", ",".join(record.cells), record.problem, record.next_step))
            continue
        cells = {title: values.clean(record.cells[i]) for title, i in position.items()}
        fault = _fault(cells, fallback)
        if fault:
            column, reason, next_step = fault
            rejects.append(sheet.reject(record, column, _raw(record, position, column), reason, next_step))
            continue
        for title, into in columns.items():
            text = cells.get(title, "")
            into.append((float(text) if TYPES[title] == "float64" else text) if text else None)
        lines.append(record.line)
    kinds: dict[str, Callable[[list], pa.Array]] = {
        "text": lambda v: pa.array(v, pa.string()),
        "dictionary": lambda v: pa.array(v, pa.string()).dictionary_encode(),
        "float64": lambda v: pa.array(v, pa.float64()),
    }
    table = pa.table({title: kinds[TYPES[title]](v) for title, v in columns.items()})
    return table.append_column("line", pa.array(lines, pa.int32())), rejects


def _raw(record: Record, position: dict[str, int], column: str) -> str:
    return record.cells[position[column]] if column in position else ""


def _fault(cells: dict[str, str], fallback: str) -> tuple[str, str, str] | None:
    """(column, what is wrong, next step) of the first fault in a row, or None."""
    for title, text in cells.items():
        if len(text) > _LONGEST:
            return title, f"The cell is over {_LONGEST} characters long.", "Shorten it."
    if fault := values.id_fault(cells["Crime ID"]):
        return "Crime ID", fault, "Take the identifier from the published file."
    if fault := values.month_fault(cells["Month"]):
        return "Month", fault, "Write the month as 2026-05."
    if not cells["Crime type"]:
        return "Crime type", "The crime type is empty.", "Fill it in."
    if not values.crime_type(cells["Crime type"]):
        return (
            "Crime type",
            "The crime type is not known.",
            "Use one of: " + ", ".join(values.CRIME_TYPES) + ".",
        )
    if not (cells.get("Falls within") or cells.get("Reported by") or fallback):
        return "Falls within", "No force is named.", "Fill in the force, or give the file its published name."
    if cells["Longitude"] or cells["Latitude"]:
        column, fault, next_step = values.place_fault(cells["Longitude"], cells["Latitude"])
        if fault:
            return column, fault, next_step
    area = cells.get("LSOA code", "")
    if area and (fault := values.area_fault(area)):
        return "LSOA code", fault, "Correct the code, or empty it when it is not known."
    return None


def _events(table: pa.Table, fallback: str, name: str, notices: list[str]) -> tuple[pa.Table, dict[str, str]]:
    """The table in the store's words, and the names of its areas."""
    import pyarrow as pa

    from forestall.evidence import tabular

    def column(title: str) -> tuple[np.ndarray, list[str]]:
        codes, names = _dictionary(table, title)
        return codes, names.to_pylist()

    kind, kinds = column("Crime type")
    area, areas = _dictionary(table, "LSOA code")
    force, force_names = _force(*column("Falls within"), *column("Reported by"), fallback, name, notices)
    outcome = _known_outcomes(*column("Last outcome category"), name, notices)
    n = table.num_rows
    events = pa.table(
        {
            "crime_id": table["Crime ID"],
            "source": tabular.coded(np.zeros(n, dtype=np.int32), ["police.uk"]),
            "force": tabular.coded(force, force_names),
            "month": tabular.coded(*_dictionary(table, "Month")),
            "crime_type": tabular.coded(kind, [values.crime_type(k) or k for k in kinds]),
            "lon": table["Longitude"],
            "lat": table["Latitude"],
            "area": tabular.coded(area, areas),
            "location": tabular.coded(*_dictionary(table, "Location")),
            "outcome": tabular.coded(*outcome),
            "line": table["line"],
            "rest": tabular.coded(*_rest(*column("Reported by"), *column("Context"))),
        }
    )
    renamed = sorted({k for k in kinds if values.crime_type(k) != k})
    if renamed:
        notices.append(f"{name}: crime types under an older name or spelling: {', '.join(renamed)}.")
    return events, _pairs(area, areas, *_dictionary(table, "LSOA name"))


def _force(
    within: np.ndarray,
    within_names: list[str],
    by: np.ndarray,
    by_names: list[str],
    fallback: str,
    name: str,
    notices: list[str],
) -> tuple[np.ndarray, list[str]]:
    """Force codes: where it falls within, else who reported it, else the file's name."""
    names = [*within_names, *by_names, fallback]
    codes = np.where(within >= 0, within, np.where(by >= 0, by + len(within_names), len(names) - 1))
    resolved = [forces.resolve(n) if n else "" for n in names]
    unknown = sorted({names[i] for i in np.unique(codes).tolist() if not forces.is_known(resolved[i])})
    if unknown:
        notices.append(f"{name}: not a force of England and Wales that is known here: {', '.join(unknown)}.")
    return codes.astype(np.int32), resolved


def _known_outcomes(
    codes: np.ndarray, names: list[str], name: str, notices: list[str]
) -> tuple[np.ndarray, list[str]]:
    known = [values.outcome(n) for n in names]
    bad = [i for i, k in enumerate(known) if k is None]
    if not bad:
        return codes, [k or "" for k in known]
    hit = np.isin(codes, bad)
    count = Counter(names[c] for c in codes[hit].tolist())
    for text, rows in count.items():
        notices.append(f"{name}: outcome {text[:80]!r} is not known; left empty in {rows} rows.")
    return np.where(hit, -1, codes).astype(np.int32), [k or "" for k in known]


def _rest(
    by: np.ndarray, by_names: list[str], context: np.ndarray, context_names: list[str]
) -> tuple[np.ndarray, list[str]]:
    """The columns that the store does not keep, as one: two rows are whole-row copies only if these agree too."""
    if not (context >= 0).any():
        return by, by_names
    joined = (by.astype(np.int64) + 1) * (len(context_names) + 1) + context + 1
    distinct, codes = np.unique(joined, return_inverse=True)
    names = []
    for value in distinct.tolist():
        i, j = divmod(value, len(context_names) + 1)
        names.append((by_names[i - 1] if i else "") + "\x1f" + (context_names[j - 1] if j else ""))
    return codes.astype(np.int32), names


def _pairs(codes: np.ndarray, keys: pa.Array, name_codes: np.ndarray, names: pa.Array) -> dict[str, str]:
    """The name that stands beside each area code, by its first row."""
    import pyarrow as pa

    there = (codes >= 0) & (name_codes >= 0)
    found, first = np.unique(codes[there], return_index=True)
    said = names.take(pa.array(name_codes[there][first]))
    return dict(zip(keys.take(pa.array(found)).to_pylist(), said.to_pylist(), strict=True))


def _check_name(found: SourceRows, name: str, month: str) -> None:
    """What the file's name and its rows say should agree; where they do not, say so and believe the rows."""
    from forestall.evidence import tabular

    assert found.events is not None
    months = tabular.sorted_codes(found.events["month"])[1]
    force_codes = tabular.sorted_codes(found.events["force"])[1]
    found.month = months[0] if len(months) == 1 else None
    found.force = force_codes[0] if len(force_codes) == 1 else None
    if not found.rows:
        found.notices.append(f"{name} has a header and no rows: its month stays missing, not zero.")
    elif month and months and months != [month]:
        found.notices.append(
            f"{name} is named for {month} and holds {', '.join(months[:6])}; the rows are believed."
        )
