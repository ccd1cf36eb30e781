"""Which records stand behind a figure: the events themselves, a page at a time, each with its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.evidence.catalogue import Release

#: What a reader of records wants to see; keys of persons are not among it.
SHOWN = (
    "crime_id",
    "force",
    "month",
    "crime_type",
    "location",
    "area",
    "lon",
    "lat",
    "outcome",
    "start",
    "end",
    "file",
    "line",
)
MOST = 1000


@dataclass(frozen=True)
class Page:
    """Some of the events that pass the filters. total: how many pass. rows: plain values by column name,
    with `file` as the file's name and `line` the line in it (the header is line 1)."""

    total: int
    offset: int
    rows: tuple[dict[str, Any], ...]


def rows(
    release: Release,
    *,
    force: str | None = None,
    crime_types: Sequence[str] | None = None,
    months: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """The events behind a figure, in the release's order.

    Filters as in `events.load`. offset, limit: which part; at most 1,000 at once. An offset past the end
    gives an empty page.
    """
    import pyarrow.parquet as pq

    offset, limit = max(offset, 0), min(max(limit, 0), MOST)
    with pq.ParquetFile(release.events_path) as file:
        positions = _passing(file, force, crime_types, months, areas)
        chosen = positions[offset : offset + limit]
        files = [f["name"] for f in release.manifest.get("files", [])]
        found = [_plain(row, files) for row in _take(file, chosen)]
    return Page(len(positions), offset, tuple(found))


def _passing(file: Any, force: str | None, *lists: Sequence[str] | None) -> np.ndarray:
    """Positions of the events that pass every filter given."""
    from forestall.evidence import tabular

    wanted = {
        name: set(values)
        for name, values in zip(
            ("force", "crime_type", "month", "area"), ([force] if force else None, *lists), strict=True
        )
        if values is not None
    }
    keep = np.ones(file.metadata.num_rows, dtype=bool)
    if wanted:
        table = file.read(columns=list(wanted))
        for name, values in wanted.items():
            codes, names = tabular.codes_and_names(table[name])
            keep &= np.array([n in values for n in names] + [False])[codes]
    return np.flatnonzero(keep)


def _take(file: Any, positions: np.ndarray) -> list[dict[str, Any]]:
    """These rows, reading only the parts of the file that hold them."""
    found: list[dict[str, Any]] = []
    start = 0
    for group in range(file.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        inside = positions[(positions >= start) & (positions < end)] - start
        if len(inside):
            found += file.read_row_group(group, columns=list(SHOWN)).take(inside).to_pylist()
        start = end
    return found


def _plain(row: dict[str, Any], files: list[str]) -> dict[str, Any]:
    at = row["file"]
    row["file"] = files[at] if at is not None and 0 <= at < len(files) else None
    for name in ("start", "end"):
        row[name] = row[name].isoformat(timespec="seconds") + "Z" if row[name] is not None else None
    return row
