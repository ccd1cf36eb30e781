"""A person's file, CSV or Parquet, read into the columns a statistic needs; bad values named by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.errors import ForestallError

if TYPE_CHECKING:
    import pyarrow as pa

#: A whole number of this many digits, starting with 19 or 20, is a date written without marks.
COMPACT = 8


def read_table(path: Path, columns: list[str]) -> pa.Table:
    """The named columns of a CSV (plain or .gz) or Parquet file; CSV values as text, empty as missing."""
    if not path.exists():
        raise ForestallError(f"There is no file {path}.", "Check the name and the folder.")
    if path.is_dir():
        raise ForestallError(f"{path} is a folder.", "Give one CSV or Parquet file.")
    names, table = _read_parquet(path, columns) if path.suffix == ".parquet" else _read_csv(path, columns)
    missing = [name for name in columns if name not in names]
    if missing:
        raise ForestallError(
            f"{path.name} has no column {', '.join(repr(m) for m in missing)}.",
            f"It has: {', '.join(names)}.",
        )
    if table.num_rows == 0:
        raise ForestallError(f"{path.name} has a header but no rows.", "Check that the export finished.")
    return table


def _read_parquet(path: Path, columns: list[str]) -> tuple[list[str], Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        names = file.schema_arrow.names
        return names, file.read(columns=[c for c in dict.fromkeys(columns) if c in names])
    except pa.ArrowInvalid:
        raise ForestallError(
            f"{path.name} is not a Parquet file, or is cut off.", "Export it again."
        ) from None


def _read_csv(path: Path, columns: list[str]) -> tuple[list[str], Any]:
    import pyarrow as pa
    from pyarrow import csv

    names, encoding = _header(path)
    wanted = [c for c in dict.fromkeys(columns) if c in names]
    try:
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(encoding=encoding),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                include_columns=wanted,
                column_types={name: pa.string() for name in wanted},
                null_values=["", "NA", "NaN", "nan", "NULL", "null"],
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as problem:
        said = str(problem).split("\n")[0][:200]
        raise ForestallError(
            f"{path.name} cannot be read as CSV: {said}", "Mend that row, or export again."
        ) from None
    return names, table


def _header(path: Path) -> tuple[list[str], str]:
    """Column names and the encoding: UTF-8 (with or without its mark), else Windows-1252."""
    import csv
    import gzip

    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(1_000_000)
    except (OSError, EOFError):
        raise ForestallError(
            f"{path.name} cannot be opened.", "Check that it is whole and yours to read."
        ) from None
    if not start.strip():
        raise ForestallError(f"{path.name} is empty.", "Check that the export finished.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        encoding = "utf-8"
        try:
            start.decode("utf-8")
        except UnicodeDecodeError as problem:
            # A character cut in two at the end of what was read is not a wrong encoding.
            if problem.start < len(start) - 4:
                encoding = "cp1252"
    first = start.decode(encoding, errors="replace").lstrip("\ufeff")
    return next(csv.reader(first.splitlines()), []), encoding


def floats(table: pa.Table, column: str) -> np.ndarray:
    """A column of numbers; missing values are NaN, anything else is named with its row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table[column].combine_chunks()
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(pa.string())
        kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.equal(values, ""), None, values)
    try:
        return pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise _bad(values, column, float, "a number") from None


def _bad(values: Any, column: str, kind: Any, wanted: str) -> ForestallError:
    """The refusal that names the first row whose text is not what was wanted."""
    for row, value in enumerate(values.to_pylist()):
        try:
            if value is not None:
                kind(value)
        except (TypeError, ValueError):
            return ForestallError(
                f"Column {column}, row {row + 2} holds {str(value)[:40]!r}, which is not {wanted}.",
                "Mend that row (the header is row 1), or name another column.",
            )
    return ForestallError(f"Column {column} cannot be read as {wanted}.", "Name another column.")


def moments(table: pa.Table, column: str, timezone: str | None = None) -> tuple[np.ndarray, bool]:
    """A column of date-times as datetime64[s] (NaT where missing), and whether they are UTC.

    Takes ISO dates and date-times (with T or a space, with Z or an offset) and the British day/month/year.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table[column].combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.cast(pa.string())
    if pa.types.is_timestamp(values.type):
        plain = values.cast(pa.timestamp("s", values.type.tz), safe=False)
        return plain.to_numpy(zero_copy_only=False).astype("datetime64[s]"), values.type.tz is not None
    if pa.types.is_date(values.type):
        return values.cast(pa.timestamp("s")).to_numpy(zero_copy_only=False).astype("datetime64[s]"), False
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        raise ForestallError(f"Column {column} holds {values.type}, not dates.", "Name a column of dates.")
    text = pc.utf8_trim_whitespace(values)
    text = pc.if_else(pc.equal(text, ""), None, text)
    first = next((v for v in text.to_pylist() if v is not None), None)
    if first is None:
        return np.full(len(text), np.datetime64("NaT", "s")), False
    if len(first) == 7 and first[4] in "-/":
        raise ForestallError(
            f"Column {column} gives the month only ({first}).",
            "This method needs the day; monthly data cannot answer it.",
        )
    if "/" in first[:3]:
        return _british(text, column), False
    zoned = first.endswith("Z") or "+" in first[10:] or "-" in first[10:]
    try:
        parsed = pc.cast(text, pa.timestamp("s", "UTC" if zoned else None))
    except pa.ArrowInvalid:
        try:
            parsed = pc.cast(text, pa.timestamp("us", "UTC" if zoned else None)).cast(
                pa.timestamp("s", "UTC" if zoned else None), safe=False
            )
        except pa.ArrowInvalid:
            raise _bad(text, column, np.datetime64, "a date such as 2024-03-31 or 2024-03-31 00:30") from None
    return parsed.to_numpy(zero_copy_only=False).astype("datetime64[s]"), zoned


def _british(text: Any, column: str) -> np.ndarray:
    """Day/month/year, with hours and minutes, and seconds, or without."""
    import pyarrow.compute as pc

    left = np.array(text.is_null().to_numpy(zero_copy_only=False))
    out = np.full(len(text), np.datetime64("NaT", "s"))
    for pattern in ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y"):
        found = pc.strptime(text, format=pattern, unit="s", error_is_null=True)
        found = found.to_numpy(zero_copy_only=False).astype("datetime64[s]")
        use = ~np.isnat(found) & np.isnat(out)
        out[use] = found[use]
    bad = np.isnat(out) & ~left
    if bad.any():
        row = int(np.argmax(bad))
        raise ForestallError(
            f"Column {column}, row {row + 2} holds {str(text[row].as_py())[:40]!r}, which is not a date.",
            "Dates with strokes are read as day/month/year; or use 2024-03-31.",
        )
    return out


def day_numbers(table: pa.Table, column: str) -> np.ndarray:
    """A column of dates, date-times or day numbers as whole days (calendar days; NaN where missing)."""
    import pyarrow as pa

    kind = table[column].type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or _looks_numeric(table, column):
        numbers = floats(table, column)
        known = numbers[~np.isnan(numbers)]
        if (
            known.size
            and ((known >= 19_000_000) & (known < 21_000_000)).all()
            and (known == np.round(known)).all()
        ):
            whole = np.where(np.isnan(numbers), 0, numbers).astype(np.int64)
            years, months, days = whole // 10_000, whole // 100 % 100, whole % 100
            if ((months[whole > 0] < 1) | (months[whole > 0] > 12) | (days[whole > 0] < 1)).any():
                raise ForestallError(f"Column {column} is neither dates nor day numbers.", "Use 2024-03-31.")
            start = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (months - 1)
            found = (start.astype("datetime64[D]") + (days - 1)).astype(np.float64)
            return np.where(np.isnan(numbers), np.nan, found)
        return numbers
    when, _ = moments(table, column)
    days_of = when.astype("datetime64[D]").astype(np.float64)
    days_of[np.isnat(when)] = np.nan
    return days_of


def _looks_numeric(table: pa.Table, column: str) -> bool:
    first = next((v for v in table[column].slice(0, 1000).to_pylist() if v not in (None, "")), None)
    try:
        return isinstance(first, str) and float(first) is not None
    except ValueError:
        return False


def refuse_months(days: np.ndarray, column: str) -> None:
    """Refuse dates that are all the first of a month: monthly data in disguise."""
    known = days[~np.isnan(days)]
    if known.size < 10 or (np.abs(known) > 200_000).any() or known.min() < 3000:
        return
    dates = known.astype(np.int64).astype("datetime64[D]")
    firsts = dates == dates.astype("datetime64[M]").astype("datetime64[D]")
    if firsts.all() and np.unique(dates).size > 1:
        raise ForestallError(
            f"Every date in column {column} is the first of a month, so the day is not known.",
            "This method needs the day; monthly data cannot answer it.",
        )
