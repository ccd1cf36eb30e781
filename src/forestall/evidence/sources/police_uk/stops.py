"""Stop and search as police.uk publishes it: no crimes and no identifiers, kept as a table of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from forestall.evidence import forces
from forestall.evidence.sources.delimited import open_sheet
from forestall.evidence.sources.police_uk import values
from forestall.evidence.sources.protocol import Item, SourceRows

#: Title as published -> column of the table.
COLUMNS = {
    "Type": "type",
    "Date": "date",
    "Part of a policing operation": "part_of_operation",
    "Policing operation": "operation",
    "Latitude": "lat",
    "Longitude": "lon",
    "Gender": "gender",
    "Age range": "age_range",
    "Self-defined ethnicity": "ethnicity_self_defined",
    "Officer-defined ethnicity": "ethnicity_officer_defined",
    "Legislation": "legislation",
    "Object of search": "object",
    "Outcome": "outcome",
    "Outcome linked to object of search": "outcome_linked",
    "Removal of more than just outer clothing": "clothing_removed",
}
REQUIRED = ("Type", "Date", "Object of search")
_TITLES = {title.casefold(): title for title in COLUMNS}
_LONDON = ZoneInfo("Europe/London")


def read(item: Item, mapping: object = None) -> SourceRows:
    """The searches in one file, as the table "stops", with force and local month. Identical rows are all kept."""
    import pyarrow as pa

    from forestall.evidence import tabular

    named = values.FILE_NAME.search(item.name)
    found = SourceRows("stops", force=forces.resolve(named["force"]) if named else None)
    sheet = open_sheet(item.read(), item.name, _TITLES.get, REQUIRED)
    found.notices = sheet.notices
    if not named:
        found.notices.append(f"{item.name}: the file's name does not say which force these searches are of.")
    position = {column: i for i, column in enumerate(sheet.columns) if column}
    rows: list[dict[str, object]] = []
    for record in sheet.records():
        found.rows += 1
        if record.problem:
            found.rejects.append(
                sheet.reject(record, "", ",".join(record.cells), record.problem, record.next_step)
            )
            continue
        cells = {title: values.clean(record.cells[i]) for title, i in position.items()}
        try:
            rows.append(_row(cells, found.force, record.line))
        except _Fault as fault:
            found.rejects.append(
                sheet.reject(record, fault.column, cells.get(fault.column, ""), fault.reason, fault.next_step)
            )
    types = {c: pa.float64() if c in ("lon", "lat") else pa.string() for c in COLUMNS.values()}
    types |= {"date": pa.timestamp("s"), "force": pa.string(), "month": pa.string(), "line": pa.int32()}
    table = pa.table({c: pa.array([row[c] for row in rows], kind) for c, kind in types.items()})
    for i, field in enumerate(table.schema):
        if field.type == pa.string():
            coded = tabular.cast(table.column(i), tabular.arrow_type("dictionary"))
            table = table.set_column(i, field.name, coded)
    found.tables["stops"] = table
    found.month = named["month"] if named else None
    return found


class _Fault(Exception):
    def __init__(self, column: str, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.next_step = column, reason, next_step


def _row(cells: dict[str, str], force: str | None, line: int) -> dict[str, object]:
    try:
        when = datetime.fromisoformat(cells["Date"])
    except ValueError:
        raise _Fault("Date", "The date is not written as 2026-05-01T13:30:00+00:00.", "Correct it.") from None
    if not 2000 <= when.year <= datetime.now(UTC).year + 1:
        raise _Fault("Date", "The date is out of range.", "Correct it.")
    local = when.astimezone(_LONDON) if when.tzinfo else when.replace(tzinfo=_LONDON)
    row: dict[str, object] = {c: cells.get(title) or None for title, c in COLUMNS.items()}
    lon, lat = cells.get("Longitude", ""), cells.get("Latitude", "")
    if lon or lat:
        column, reason, next_step = values.place_fault(lon, lat)
        if reason:
            raise _Fault(column, reason, next_step)
        row |= {"lon": float(lon), "lat": float(lat)}
    row |= {
        "date": local.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        "month": f"{local:%Y-%m}",
        "force": force,
        "line": line,
    }
    return row
