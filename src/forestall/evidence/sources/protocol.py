"""What every kind of source gives to an import: `sniff` (is this mine?) and `read` (what is in it?).

A source module in this folder has these two functions and nothing else that importing knows about:

    sniff(item: Item, mapping: Path | None) -> bool
    read(item: Item, mapping: Path | None) -> SourceRows

`sniff` looks at the name and `item.head()` only. `read` raises ForestallError when the whole file is refused;
a row that cannot be used becomes a `Reject` and the rest of the file goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

#: Columns that a rejects file adds after the original ones. A mended file may still carry them: ignored.
REJECT_COLUMNS = ("file", "line", "column", "value", "reason", "next_step")


@dataclass(frozen=True)
class Item:
    """One file to be read: on disk, or a member of an archive (already checked against the limits).

    name: as shown to people: the file name, or "archive.zip/2020-01/2020-01-kent-street.csv".
    size: bytes when unpacked.
    """

    name: str
    size: int
    opener: Callable[[], BinaryIO] = field(repr=False, compare=False)

    def read(self) -> bytes:
        with self.opener() as stream:
            return stream.read()

    def head(self, length: int = 65_536) -> bytes:
        """The first bytes, enough to tell what it is."""
        with self.opener() as stream:
            return stream.read(length)


@dataclass(frozen=True)
class Reject:
    """One row that was refused: where it is, what is wrong, what to do, and the row as it stood."""

    file: str
    line: int  # header = 1
    column: str  # "" when the row as a whole is at fault
    value: str  # shortened to 200 characters
    reason: str
    next_step: str
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass
class SourceRows:
    """What one file gave. Any part may be absent.

    kind: "street", "outcomes", "stops", "incidents", "boundaries", "populations", "lookups".
    rows: data rows in the file, used or not (features for boundaries).
    events: any subset of EVENT_COLUMNS, with `line`, of the rows accepted. Importing adds `file`, works out
        x and y where only lon and lat are there (and the reverse), and fills what is absent with null.
    area_names: small-area code -> its name, where the file says so ("Leicester 012A"): places come from these.
    places: any subset of PLACE_COLUMNS, with `code`; null means "this file does not say". Importing merges
        by code onto the places already held, a later file winning where it says something.
    tables: further tables that the release keeps as <name>.parquet, merged as a union of distinct rows:
        "area_vintages" (columns old, new: LSOA 2011 -> 2021) is one.
    keys_to_hash: columns of events whose keys importing turns into codes (`keys.py`) before anything is kept.
    force, month: from the file's name or content, when it is one of each.
    """

    kind: str
    rows: int = 0
    events: pa.Table | None = None
    area_names: dict[str, str] = field(default_factory=dict)
    places: pa.Table | None = None
    tables: dict[str, pa.Table] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    keys_to_hash: tuple[str, ...] = ()
    force: str | None = None
    month: str | None = None


class Source(Protocol):
    """The shape of a source module."""

    def sniff(self, item: Item, mapping: Path | None) -> bool: ...

    def read(self, item: Item, mapping: Path | None) -> SourceRows: ...
