"""Any CSV or Parquet file as columns of plain text, each row with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.sources.delimited import Record, Sheet, fold_title, open_sheet
from forestall.evidence.sources.protocol import REJECT_COLUMNS, Item, Reject

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = ",;\t|"
_MOST_COLUMNS = 2000


@dataclass
class TextTable:
    """A file as text.

    header: titles as written. columns: one text array a title, in the same order, no nulls ("" is empty).
    lines: int32, the line of each row (header = 1; a Parquet row counts as the line it would have in a CSV).
    rejects: rows that could not be told apart into cells.
    """

    name: str
    header: tuple[str, ...]
    columns: list[pa.Array]
    lines: np.ndarray
    rejects: list[Reject] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.lines)

    def column(self, title: str) -> pa.Array:
        """One column, without spaces (of any kind) at its ends."""
        import pyarrow.compute as pc

        return pc.utf8_trim_whitespace(self.columns[self.header.index(title)])

    def kept(self) -> list[int]:
        """Columns that are the file's own, not those of a rejects file."""
        return [
            i for i, t in enumerate(self.header) if fold_title(t) not in REJECT_COLUMNS or not self.mended
        ]

    @property
    def mended(self) -> bool:
        return set(REJECT_COLUMNS) <= {fold_title(t) for t in self.header}

    def reject(self, row: int, column: str, reason: str, next_step: str) -> Reject:
        """The refusal of one row."""
        kept = self.kept()
        cells = tuple(self.columns[i][row].as_py() for i in kept)
        titles = tuple(self.header[i] for i in kept)
        value = cells[titles.index(column)] if column in titles else ""
        return Reject(self.name, int(self.lines[row]), column, value[:200], reason, next_step, titles, cells)


def is_parquet(item: Item) -> bool:
    return item.head(4) == b"PAR1"


def header_of(item: Item) -> tuple[str, ...]:
    """The titles of a file's columns."""
    if is_parquet(item):
        import pyarrow.parquet as pq

        try:
            return tuple(pq.read_schema(io.BytesIO(item.read())).names)
        except (OSError, ValueError) as problem:
            raise _bad_parquet(item.name) from problem
    return _open(item.head(1 << 20), item.name).header


def read_text(item: Item) -> TextTable:
    """The whole file. Raises ForestallError where it cannot be used at all."""
    return _parquet(item) if is_parquet(item) else _csv(item.read(), item.name)


def _csv(data: bytes, name: str) -> TextTable:
    head = _open(_first_line(data), name)  # the whole file is walked only where it has to be
    quick = None if head.mended else _quick(data, head)
    if quick is not None:
        columns, first, notices = quick
        lines = np.arange(first, first + len(columns[0]), dtype=np.int32)
        return TextTable(name, head.header, columns, lines, [], [*notices, *_own(head)])
    return _careful(_open(data, name))


def _first_line(data: bytes) -> bytes:
    """Up to the first line end, or all of it where that is far away."""
    end = data.find(b"\n", 0, 1 << 20)
    return data[: end + 1] if end >= 0 and data[: end + 1].strip() and b"\x00" not in data[:400] else data


def _open(data: bytes, name: str) -> Sheet:
    """The file with every title known, so that the separator with most columns wins."""
    sheet = open_sheet(data, name, lambda title: title if title.strip() else None, ())
    if len(sheet.header) > _MOST_COLUMNS:
        raise ForestallError(
            f"{name} has {len(sheet.header):,} columns.", "Give the columns that are needed."
        )
    twice = [t for t in dict.fromkeys(sheet.header) if sheet.header.count(t) > 1 and t.strip()]
    if twice:
        raise ForestallError(f"{name} has two columns named {twice[0]!r}.", "Rename or remove one of them.")
    return sheet


def _own(sheet: Sheet) -> list[str]:
    return [n for n in sheet.notices if "columns not used" not in n]


def _quick(data: bytes, sheet: Sheet) -> tuple[list[pa.Array], int, list[str]] | None:
    """All rows at once; None at the first sign of anything that needs a closer look."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    from forestall.evidence.sources.text import to_utf8

    data, notices = to_utf8(data, sheet.name)
    notices = [n for n in notices if n not in sheet.notices]
    end = data.find(b"\n")
    if end < 0 or b"\x00" in data:
        return None
    try:
        titles = next(csv.reader([data[:end].rstrip(b"\r").decode()], delimiter=sheet.delimiter), [])
    except (csv.Error, UnicodeDecodeError):
        return None
    if tuple(titles) != tuple(sheet.header):
        return None
    names = [f"c{i}" for i in range(len(titles))]
    try:
        table = pacsv.read_csv(
            pa.py_buffer(data),
            read_options=pacsv.ReadOptions(column_names=names, skip_rows=1, block_size=1 << 24),
            parse_options=pacsv.ParseOptions(delimiter=sheet.delimiter),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    if data.count(b"\n") + (not data.endswith(b"\n")) - 1 != table.num_rows:
        return None  # a cell runs over two lines, or some lines are empty: line numbers would be wrong
    return (
        [table.column(n).combine_chunks() if table.num_rows else pa.array([], pa.string()) for n in names],
        2,
        notices,
    )


def _careful(sheet: Sheet) -> TextTable:
    import pyarrow as pa

    cells: list[list[str]] = [[] for _ in sheet.header]
    lines: list[int] = []
    rejects: list[Reject] = []
    for record in sheet.records():
        if record.problem:
            rejects.append(sheet.reject(record, "", _shown(record), record.problem, record.next_step))
            continue
        for column, cell in zip(cells, record.cells, strict=True):
            column.append(cell)
        lines.append(record.line)
    columns = [pa.array(c, pa.string()) for c in cells]
    return TextTable(sheet.name, sheet.header, columns, np.array(lines, dtype=np.int32), rejects, _own(sheet))


def _shown(record: Record) -> str:
    return ",".join(record.cells)


def _parquet(item: Item) -> TextTable:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(item.read()))
        columns = []
        for column in table.columns:
            array = column.combine_chunks()
            if isinstance(array, pa.ChunkedArray):
                array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], column.type)
            if pa.types.is_dictionary(array.type):
                array = array.dictionary_decode()
            if pa.types.is_floating(array.type):  # not-a-number is how many programs write "empty"
                array = pc.if_else(pc.is_nan(array), None, array)
            columns.append(pc.fill_null(array.cast(pa.string()), ""))
    except (OSError, ValueError, NotImplementedError) as problem:
        raise _bad_parquet(item.name) from problem
    _no_nested(table.schema.names, columns, item.name)
    lines = np.arange(2, table.num_rows + 2, dtype=np.int32)
    return TextTable(item.name, tuple(table.schema.names), columns, lines)


def _no_nested(names: Sequence[str], columns: Sequence[pa.Array], name: str) -> None:
    if len(set(names)) < len(names) or not names:
        raise ForestallError(
            f"{name} has no columns, or two of one name.", "Write it again with plain columns."
        )


def _bad_parquet(name: str) -> ForestallError:
    return ForestallError(
        f"{name} is not a whole Parquet file with plain columns.",
        "Write it again, or give the records as CSV.",
    )
