"""The careful way to read a CSV: one record at a time, each with its line, nothing guessed in silence.

Slow beside a bulk reader, and used only where that one reports trouble. Yields every record with either its
cells or the reason why it cannot be read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from forestall.errors import ForestallError
from forestall.evidence.sources.protocol import REJECT_COLUMNS, Reject
from forestall.evidence.sources.text import is_utf8, refuse_pretenders, to_utf8

#: A record may not be longer than this, nor run over more lines.
LONGEST_LINE = 1_000_000
MOST_LINES = 100
_ENDS = re.compile(rb"\r\n|\n|\r")
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True)
class Record:
    """One data row: its first line (header = 1), its cells, or what is wrong with it."""

    line: int
    cells: tuple[str, ...]
    problem: str = ""
    next_step: str = ""


@dataclass
class Sheet:
    """A CSV file opened: its header as written, the column names as they are known, and how to walk its rows."""

    name: str
    header: tuple[str, ...]
    columns: tuple[str, ...]  # known name of each column, or "" for one that is not used
    delimiter: str
    notices: list[str]
    mended: bool  # it carries the columns of a rejects file
    _lines: list[bytes] = field(repr=False, default_factory=list)
    _first: int = 1  # position in _lines of the first line after the header

    def records(self) -> Iterator[Record]:
        """Every data row. Raises ForestallError where the rest of the file cannot be told apart any more."""
        position = self._first
        while position < len(self._lines):
            start, line = position, self._lines[position]
            position += 1
            if not line.strip():
                continue
            if len(line) > LONGEST_LINE:
                yield self._refused(start, line, "The line is over a million characters long.")
                continue
            if b"\x00" in line:
                yield self._refused(start, line, "The row has a NUL byte, which is no text.")
                continue
            if not is_utf8(line):
                yield self._refused(
                    start, line, "The row has bytes that are not text in this file's encoding."
                )
                continue
            cells, position = self._cells(start, line, position)
            if cells is None:
                yield self._refused(start, line, "A quotation mark stands in the wrong place.")
            elif len(cells) != len(self.header):
                yield self._wrong_width(start, cells, last=position >= len(self._lines))
            elif any(cells):
                yield Record(start + 1, tuple(map(_unguard, cells)) if self.mended else cells)

    def _cells(self, start: int, line: bytes, position: int) -> tuple[tuple[str, ...] | None, int]:
        """The cells of the record that starts here, which may run over several lines inside quotes."""
        text = line.decode()
        if '"' not in text:
            return tuple(text.split(self.delimiter)), position
        taken = position
        while True:
            try:
                return tuple(next(csv.reader([text], delimiter=self.delimiter, strict=True))), taken
            except csv.Error as problem:
                if "unexpected end" not in str(problem):
                    if taken > position:
                        self._unclosed(start)
                    return None, position
            if taken >= len(self._lines) or taken - start >= MOST_LINES or len(text) > LONGEST_LINE:
                self._unclosed(start)
            text += "\n" + self._lines[taken].decode(errors="replace")
            taken += 1

    def _unclosed(self, start: int) -> None:
        raise ForestallError(
            f"{self.name}: the quotation mark opened on line {start + 1} is never closed, so the rows after it "
            "cannot be told apart.",
            f"Close it or take it out on line {start + 1}, and import the file again.",
        )

    def _wrong_width(self, start: int, cells: tuple[str, ...], last: bool) -> Record:
        if last and self.cut_short and 1 < len(cells) < len(self.header):
            raise ForestallError(
                f"{self.name} stops in the middle of line {start + 1}: it looks cut off.",
                "Download or export it again.",
            )
        few = len(cells) < len(self.header)
        return Record(
            start + 1,
            cells,
            f"The row has {len(cells)} cells where the header has {len(self.header)}.",
            "Take the line out if it is a total or a note; otherwise "
            + ("add the cells that are missing." if few else "quote the cell that holds a separator."),
        )

    def _refused(self, start: int, line: bytes, problem: str) -> Record:
        shown = line[:2000].replace(b"\x00", b"").decode(errors="replace")
        cells = tuple(c[:200] for c in shown.split(self.delimiter)[: len(self.header)])
        return Record(start + 1, cells, problem, "Mend the row in the source, or leave it out.")

    cut_short: bool = False  # the last line has no line end

    def reject(self, record: Record, column: str, value: str, reason: str, next_step: str) -> Reject:
        """The refusal of one row, with the row as it stood."""
        keep = [i for i, title in enumerate(self.header) if title.strip().lower() not in REJECT_COLUMNS]
        return Reject(
            file=self.name,
            line=record.line,
            column=column,
            value=value[:200],
            reason=reason,
            next_step=next_step,
            header=tuple(self.header[i] for i in keep),
            cells=tuple(record.cells[i] if i < len(record.cells) else "" for i in keep),
        )


def open_sheet(
    data: bytes, name: str, known: Callable[[str], str | None], required: tuple[str, ...]
) -> Sheet:
    """Read a CSV's header and get ready to walk its rows.

    known: gives the name under which a column is known for a title as `fold_title` leaves it, or None.
    required: known names that must be there. Raises ForestallError when the whole file cannot be used.
    """
    refuse_pretenders(data, name)
    data, notices = to_utf8(data, name)
    lines = _ENDS.split(data)
    cut_short = bool(lines) and lines[-1] != b""
    if not cut_short:
        lines.pop()
    endings = {bytes(m) for m in set(_ENDS.findall(data))}
    if endings - {b"\n"} and endings - {b"\r\n"}:
        notices.append(f"{name}: its line ends are mixed or old-style; all were read.")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    declared = ""
    if lines[first].lower().startswith(b"sep=") and len(lines[first]) >= 5:
        declared = lines[first][4:5].decode(errors="replace")
        first += 1
    head = lines[first] if first < len(lines) else b""
    if not is_utf8(head) or b"\x00" in head or len(head) > LONGEST_LINE:
        raise ForestallError(
            f"{name}: the first line is not a header in text.", "Export it again as CSV in UTF-8."
        )
    delimiter, header = _best_header(head.decode(), declared, known)
    if delimiter != ",":
        notices.append(f"{name}: its cells are separated by a {_DELIMITERS.get(delimiter, repr(delimiter))}.")
    folded = [fold_title(title) for title in header]
    columns = [known(title) or "" for title in folded]
    _check_header(name, header, columns, required)
    extra = [
        t.strip()
        for t, c in zip(header, columns, strict=True)
        if not c and fold_title(t) not in REJECT_COLUMNS
    ]
    if extra:
        notices.append(f"{name}: columns not used: {', '.join(extra[:10])}.")
    mended = set(REJECT_COLUMNS) <= set(folded)
    sheet = Sheet(name, tuple(header), tuple(columns), delimiter, notices, mended, lines, first + 1)
    sheet.cut_short = cut_short
    return sheet


def fold_title(title: str) -> str:
    """A column title without its accidents: case, odd spaces, underscores, quotes."""
    return (
        re.sub(r"[\s_\u00a0]+", " ", title.replace("\ufeff", "").strip().strip('"'))
        .strip()
        .casefold()
        .replace("next step", "next_step")
    )


def _best_header(line: str, declared: str, known: Callable[[str], str | None]) -> tuple[str, list[str]]:
    """The separator under which most columns are known, and the titles."""
    tried = []
    for delimiter in [declared] if declared else list(_DELIMITERS):
        try:
            titles = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        tried.append((sum(known(fold_title(t)) is not None for t in titles), delimiter, titles))
    if not tried:
        return ",", line.split(",")
    best = max(tried, key=lambda t: t[0])
    return best[1], best[2]


def _check_header(name: str, header: list[str], columns: list[str], required: tuple[str, ...]) -> None:
    twice = sorted({c for c in columns if c and columns.count(c) > 1})
    if twice:
        raise ForestallError(
            f"{name} has two columns named {twice[0]!r}.",
            "Rename or remove one of them and import the file again.",
        )
    missing = [c for c in required if c not in columns]
    if missing:
        raise ForestallError(
            f"{name} lacks the column {missing[0]!r}; its columns are {', '.join(header[:15])}.",
            "Give a file as police.uk publishes it, or a mapping for your own columns (--mapping).",
        )


def _unguard(cell: str) -> str:
    """Take off the mark that a rejects file puts before a cell that a spreadsheet would run."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell
