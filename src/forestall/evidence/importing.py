"""Files in, a release out: read, account for every row, merge, and publish, or leave all as it was.

What is in the files given is laid onto the live release: identifiers by identifier, rows without one as the
union of what each file says. Give the same content again, renamed or in another order, and nothing changes.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from forestall.errors import ForestallError
from forestall.evidence import durable, store
from forestall.evidence.catalogue import Release
from forestall.evidence.laying import Laid, lay
from forestall.evidence.reports import ImportReport
from forestall.evidence.sources import archives
from forestall.evidence.sources.protocol import Item, SourceRows

if TYPE_CHECKING:
    import pyarrow as pa

#: Asked in this order; incidents takes any table that the others leave.
SOURCES = (
    "forestall.evidence.sources.police_uk.reading",
    "forestall.evidence.sources.boundaries",
    "forestall.evidence.sources.populations",
    "forestall.evidence.sources.lookups",
    "forestall.evidence.sources.incidents.reading",
)
_INCIDENTS = SOURCES[-1]
_EVENT_KINDS = ("street", "incidents")
Progress = Callable[[str, float], None]

# Doors for the pages, which may not use the store itself.
roll_back = store.roll_back
remove = store.remove


@dataclass
class FileRead:
    """One file and what it gave."""

    name: str
    sha256: str
    rows: SourceRows


@dataclass
class Batch:
    """Everything that one import read."""

    files: list[FileRead] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def import_path(
    path: Path, *, store: Path, mapping: Path | None = None, progress: Progress | None = None
) -> ImportReport:
    """Read one file, folder or archive into the store. See `import_paths`."""
    return import_paths([path], store=store, mapping=mapping, progress=progress)


def import_paths(
    paths: Sequence[Path], *, store: Path, mapping: Path | None = None, progress: Progress | None = None
) -> ImportReport:
    """Read files, folders and archives into the store as one new release.

    mapping: names the columns of incident files of any other make. progress: called with a step and the share done.
    Returns the account of every row; the release is the live one, and `unchanged` when nothing was new.
    Raises ForestallError, with the store as it was, when a file as a whole cannot be used, another import is
    writing, or the disk is full.
    """
    start = time.perf_counter()
    tell = progress or (lambda step, share: None)
    tell("Looking at the files", 0.0)
    items = [item for path in paths for item in archives.expand(Path(path))]
    with _writing(Path(store)) as writer:
        batch = _read_all(items, mapping, tell)
        _hide_keys(batch, Path(store))
        tell("Merging", 0.6)
        live = writer.live()
        laid = lay([(f.name, f.sha256, f.rows) for f in batch.files], live)
        durable.step("merged")
        _give_back()
        release = _publish(writer, live, laid, batch, tell)
        tell("Done", 1.0)
        return _report(batch, laid, release, live, time.perf_counter() - start)


def _give_back() -> None:
    """Give memory that reading no longer needs back to the machine before as much is taken for writing."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def _writing(folder: Path):
    return store.writing(folder)


def _read_all(items: list[Item], mapping: Path | None, tell: Progress) -> Batch:
    """Read every file that a source takes, some at a time; the first that is refused stops the import."""
    batch = Batch()
    chosen = []
    for item in items:
        source = _source_for(item, mapping, alone=len(items) == 1)
        if source:
            chosen.append((item, source))
        elif item.name.lower().endswith((".csv", ".txt", ".json", ".geojson", ".parquet")):
            batch.notices.append(f"{item.name} is of no kind that is known here; it was left out.")
    if not chosen:
        shown = ", ".join(i.name for i in items[:3]) or "nothing"
        raise ForestallError(
            f"There are no records that can be read here: {shown}.",
            "Give a police.uk file, folder or zip, or a CSV with --mapping FILE.",
        )
    tell("Reading", 0.02)
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        waiting = [pool.submit(_read_one, item, source, mapping) for item, source in chosen]
        try:
            for n, job in enumerate(waiting, start=1):
                batch.files.append(job.result())
                durable.step(f"read {batch.files[-1].name}")
                tell(f"Reading {batch.files[-1].name}", 0.02 + 0.55 * n / len(waiting))
        except BaseException:
            for job in waiting:
                job.cancel()
            raise
    return batch


def _read_one(item: Item, source: ModuleType, mapping: Path | None) -> FileRead:
    data = item.read()
    held = Item(item.name, len(data), lambda: io.BytesIO(data))
    return FileRead(item.name, hashlib.sha256(data).hexdigest(), source.read(held, mapping))


def _hide_keys(batch: Batch, folder: Path) -> None:
    """Turn keys of people and premises into codes of this store, before anything is merged or kept."""
    from forestall.evidence import keys

    for rows in (file.rows for file in batch.files):
        if rows.keys_to_hash and rows.events is not None:
            rows.events = keys.hash_columns(rows.events, rows.keys_to_hash, folder)


def _source_for(item: Item, mapping: Path | None, alone: bool) -> ModuleType | None:
    for name in SOURCES:
        if name == _INCIDENTS and mapping is None and not alone:
            continue  # a stray table in a folder is left out; one given by itself is answered with a mapping
        source = _module(name)
        if source is not None and source.sniff(item, mapping):
            return source
    return None


def _module(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name) if importlib.util.find_spec(name) else None
    except ModuleNotFoundError:
        return None


def _publish(
    writer: store.Writer, live: Release | None, laid: Laid, batch: Batch, tell: Progress
) -> Release | None:
    if not laid.changed:
        return live
    tell("Writing the release", 0.75)
    return writer.publish(
        events=laid.take_events(),
        places=laid.places,
        files=laid.files,
        quality=lambda events: _quality(events, laid, batch),
        rejects=[r for f in batch.files for r in f.rows.rejects],
        tables=laid.tables,
    )


def _quality(events: pa.Table, laid: Laid, batch: Batch) -> dict[str, Any]:
    from forestall.evidence import quality

    return {
        **quality.assess(events, laid.area_names),
        "repeated": {
            "exact_duplicates": laid.exact_duplicates,
            "further_rows": laid.further_rows,
            "given_twice_without_identifier": laid.copies,
        },
        "category_changes": laid.category_changes,
        "outcomes": laid.outcomes,
        "other_files": quality.other_files(laid.files),
        "notices": _notices(batch, laid),
    }


def _report(
    batch: Batch, laid: Laid, release: Release | None, before: Release | None, seconds: float
) -> ImportReport:
    rejects = tuple(r for f in batch.files for r in f.rows.rejects)
    by_kind: dict[str, dict[str, int]] = {}
    for file in batch.files:
        kind = by_kind.setdefault(file.rows.kind, {"files": 0, "rows": 0, "rejected": 0})
        kind["files"] += 1
        kind["rows"] += file.rows.rows
        kind["rejected"] += len(file.rows.rejects)
    of_events = [f.rows for f in batch.files if f.rows.kind in _EVENT_KINDS]
    rows_read = sum(r.rows for r in of_events)
    rejected = sum(len(r.rejects) for r in of_events)
    accepted = rows_read - rejected - laid.exact_duplicates
    manifest: dict[str, Any] = release.manifest if release else {}
    return ImportReport(
        rows_read=rows_read,
        accepted=accepted,
        rejected=rejected,
        exact_duplicates=laid.exact_duplicates,
        merged=laid.further_rows + laid.copies,
        events=accepted - laid.further_rows - laid.copies,
        months=list(manifest.get("months", [])),
        months_missing=list(manifest.get("months_missing", [])),
        months_missing_by_force=dict(manifest.get("months_missing_by_force", {})),
        without_location=laid.without_location,
        release=release.id if release else "",
        release_hash=release.hash if release else "",
        release_events=int(manifest.get("rows", 0)),
        unchanged=release is before or release is None,
        added=laid.added,
        updated=laid.updated,
        category_changes=laid.category_changes,
        areas_assigned=laid.areas_assigned,
        outside_areas=laid.outside_areas,
        outcomes=laid.outcomes,
        by_kind=by_kind,
        files=[
            {"name": f.name, "kind": f.rows.kind, "rows": f.rows.rows, "rejected": len(f.rows.rejects)}
            for f in batch.files
        ],
        forces=list(manifest.get("forces", [])),
        notices=_notices(batch, laid),
        seconds=round(seconds, 3),
        rejects=rejects,
    )


def _notices(batch: Batch, laid: Laid) -> list[str]:
    """What the reader should know, each thing once; the same thing in many files as one line."""
    told: dict[str, list[str]] = {}
    for file in batch.files:
        for notice in file.rows.notices:
            told.setdefault(notice.replace(file.name, "\0"), []).append(file.name)
    lines = []
    for text, names in told.items():
        line = text.replace("\0", names[0])
        lines.append(line if len(names) == 1 else f"{line} (and {len(names) - 1} more files)")
    return [*batch.notices, *lines, *laid.notices]
