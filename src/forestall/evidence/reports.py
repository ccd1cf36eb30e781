"""What an import did: every row accounted for, and the refused ones in a file that can be mended."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forestall.evidence.sources.protocol import REJECT_COLUMNS, Reject


@dataclass(frozen=True)
class ImportReport:
    """The account of one import.

    Top-level figures are of event rows (street crimes and incidents) in the files given, and hold exactly:

        rows_read = accepted + rejected + exact_duplicates
        events    = accepted - merged

    exact_duplicates: whole-row repeats that carry an identifier. merged: further rows of an identifier
    already met, and rows without one that another file of the same import already gave. Outcome and
    stop-and-search rows are no events: they are accounted for by kind, in `by_kind` and `outcomes`.
    months, months_missing, without_location and release_events are of the release that is now live.
    added and updated compare that release with the one before it. areas_assigned: own incidents with a point and
    no area that were given one by the boundaries held; outside_areas: those that lie in none of them.
    """

    rows_read: int
    accepted: int
    rejected: int
    exact_duplicates: int
    merged: int
    events: int
    months: list[str]
    months_missing: list[str]
    without_location: int
    release: str
    unchanged: bool
    added: int = 0
    updated: int = 0
    release_events: int = 0
    release_hash: str = ""
    months_missing_by_force: dict[str, list[str]] = field(default_factory=dict)
    category_changes: int = 0
    areas_assigned: int = 0
    outside_areas: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    files: list[dict[str, Any]] = field(default_factory=list)
    forces: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rejects: tuple[Reject, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """One object for `--json`; the first hundred rejects stand in it, all of them in the rejects file."""
        out = {k: v for k, v in self.__dict__.items() if k != "rejects"}
        out["rejects"] = [
            {name: getattr(reject, name) for name in REJECT_COLUMNS} for reject in self.rejects[:100]
        ]
        return out


def write_rejects(rejects: Sequence[Reject], path: Path) -> list[Path]:
    """Write refused rows as CSV with their original columns and where, what and why.

    Mend the cells and import the file again: the added columns are ignored. Rows of files with different
    columns go to files of their own: rejects.csv, rejects-2.csv, ... Returns the paths written.
    """
    by_header: dict[tuple[str, ...], list[Reject]] = defaultdict(list)
    for reject in rejects:
        by_header[reject.header].append(reject)
    written = []
    for n, (header, group) in enumerate(by_header.items(), start=1):
        target = path if n == 1 else path.with_name(f"{path.stem}-{n}{path.suffix}")
        with target.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream)
            out.writerow([*header, *REJECT_COLUMNS])
            for reject in group:
                cells = [*reject.cells[: len(header)], *[""] * (len(header) - len(reject.cells))]
                where = [getattr(reject, name) for name in REJECT_COLUMNS]
                out.writerow([safe_cell(str(cell)) for cell in [*cells, *where]])
        written.append(target)
    return written


def safe_cell(text: str) -> str:
    """Text that a spreadsheet will not run as a formula. Plain numbers stay as they are."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
