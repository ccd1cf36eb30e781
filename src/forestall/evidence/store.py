"""Writing releases: all of one, or nothing.

A release is written beside the others, synced, renamed into place, and only then named in CURRENT, which is
replaced in one rename. PENDING names the release on its way, so that a later writer can sweep away one that
was put in place but never became live.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forestall.errors import ForestallError
from forestall.evidence import catalogue, durable
from forestall.evidence.catalogue import Release
from forestall.evidence.schemas import EVENT_COLUMNS, PLACE_COLUMNS
from forestall.evidence.spans import missing_months

if TYPE_CHECKING:
    import pyarrow as pa

    from forestall.evidence.sources.protocol import Reject

KEY_COLUMNS = ("victim", "offender", "caller", "premises")
ROW_GROUP = 262_144
#: Events counted by these, kept beside them: most figures need no more, and it is a tenth of the size.
CELLS = "cells"
CELL_COLUMNS = ("force", "month", "crime_type", "area")


def publish(
    store: Path,
    *,
    events: pa.Table,
    places: pa.Table | None,
    files: list[dict[str, Any]],
    quality: dict[str, Any],
    rejects: Sequence[Reject] = (),
    make_believe: bool = False,
    parent: str | None = None,
    tables: Mapping[str, pa.Table] | None = None,
) -> Release:
    """Make these events the live release.

    events: table with EVENT_COLUMNS (what is absent becomes null), any order: they are sorted by month and area.
    places: table with PLACE_COLUMNS, or None.
    files: one entry a file read: {name, sha256, kind, force, month, rows}; `events.file` is an index into it.
    parent: id of the release that this one continues; the live one unless told otherwise.
    tables: further tables kept beside the events under their own names.
    Raises ForestallError when the store is being written by somebody else, or the disk is full or read-only.
    """
    with writing(store) as writer:
        return writer.publish(
            events=events,
            places=places,
            files=files,
            quality=quality,
            rejects=rejects,
            make_believe=make_believe,
            parent=parent,
            tables=tables,
        )


@contextmanager
def writing(store: Path) -> Iterator[Writer]:
    """Hold the store's lock, with what killed writers left behind swept away."""
    store = Path(store)
    with durable.disk_errors(store):
        (store / "releases").mkdir(parents=True, exist_ok=True)
        with durable.locked(store / "LOCK"):
            sweep(store)
            yield Writer(store)


def sweep(store: Path) -> None:
    """Remove half-written releases, and one that was put in place but never became live."""
    for left in store.glob("incoming-*"):
        durable.delete_folder(left)
    for left in store.glob("removing-*"):
        durable.delete_folder(left)
    pending = store / "PENDING"
    if pending.exists():
        name = pending.read_text(encoding="utf-8").strip()
        current = store / "CURRENT"
        live = current.read_text(encoding="utf-8").strip() if current.exists() else ""
        if name and name != live and (store / "releases" / name).is_dir():
            _take_away(store, name)
        durable.delete_file(pending)


class Writer:
    """What the holder of the store's lock may do."""

    def __init__(self, store: Path) -> None:
        self.store = store

    def live(self) -> Release | None:
        return catalogue.live(self.store) if catalogue.has_live(self.store) else None

    def publish(
        self,
        *,
        events: pa.Table,
        places: pa.Table | None,
        files: list[dict[str, Any]],
        quality: dict[str, Any] | Callable[[pa.Table], dict[str, Any]],
        rejects: Sequence[Reject] = (),
        make_believe: bool = False,
        parent: str | None = None,
        tables: Mapping[str, pa.Table] | None = None,
    ) -> Release:
        """As the function of the same name. quality may be a function of the events, asked while they are written."""
        from forestall.evidence import tabular

        current = self.live()
        events = tabular.canonical(events, EVENT_COLUMNS, sort_by=("month", "area"))
        if places is not None:
            places = tabular.canonical(places, PLACE_COLUMNS, sort_by=())
        folder = self._incoming()
        try:
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(quality, events) if callable(quality) else None
                hashes = self._write(folder, events, places, tables or {})
                found = asked.result() if asked else quality
            durable.write_text(folder / "quality.json", json.dumps(found, indent=1, ensure_ascii=False))
            if rejects:
                durable.write_file(folder / "rejects.csv", _rejects(rejects))
            content = _content_hash(hashes)
            created = datetime.now(UTC)
            manifest = {
                "id": self._free_id(f"{created:%Y%m%dT%H%M%SZ}-{content[:8]}"),
                "created": created.isoformat(timespec="microseconds"),
                "hash": content,
                "parent": parent if parent is not None else (current.id if current else None),
                **_describe(events),
                "files": files,
                "make_believe": make_believe,
                "hashes": hashes,
            }
            durable.write_text(folder / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False))
            durable.sync_folder(folder)
        except BaseException:
            durable.delete_folder(folder)  # a full disk is not left full
            raise
        return self._go_live(folder, manifest)

    def _write(
        self, folder: Path, events: pa.Table, places: pa.Table | None, tables: Mapping[str, pa.Table]
    ) -> dict[str, str]:
        """Write the tables; their hashes by file name."""
        held = {"events": events, CELLS: _cells(events), **tables}
        if places is not None:
            held["places"] = places
        return {
            f"{name}.parquet": durable.write_file(folder / f"{name}.parquet", _parquet(table))
            for name, table in sorted(held.items())
        }

    def _incoming(self) -> Path:
        folder = self.store / f"incoming-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        durable.make_folder(folder)
        return folder

    def _free_id(self, wanted: str) -> str:
        name, n = wanted, 1
        while (self.store / "releases" / name).exists():
            n += 1
            name = f"{wanted}-{n}"
        return name

    def _go_live(self, folder: Path, manifest: dict[str, Any]) -> Release:
        name = manifest["id"]
        durable.replace_text(self.store / "PENDING", name)
        durable.move(folder, self.store / "releases" / name)
        durable.replace_text(self.store / "CURRENT", name)
        durable.delete_file(self.store / "PENDING")
        return Release(id=name, folder=self.store / "releases" / name, manifest=manifest)


def roll_back(store: Path, release_id: str) -> Release:
    """Make an earlier release the live one again. Later releases stay and can be returned to."""
    with writing(store):
        found = catalogue.release(store, release_id)
        verify(found)
        durable.replace_text(Path(store) / "CURRENT", found.id)
        return found


def remove(store: Path, release_id: str) -> None:
    """Delete a release that is not live."""
    with writing(store):
        found = catalogue.release(store, release_id)
        if catalogue.has_live(store) and catalogue.live(store).id == found.id:
            raise ForestallError(
                f"Release {found.id} is live and cannot be removed.",
                "Roll back to another release first: forestall release rollback ID",
            )
        _take_away(Path(store), found.id)


def verify(release: Release) -> None:
    """Check every file of a release against the hash in its manifest."""
    for name, expected in release.manifest.get("hashes", {}).items():
        path = release.folder / name
        if not path.exists() or _sha256(path) != expected:
            raise ForestallError(
                f"{name} of release {release.id} is missing or is not what was written.",
                "Roll back to another release (forestall releases lists them), then import the files again.",
            )


def _take_away(store: Path, name: str) -> None:
    gone = store / f"removing-{name}"
    durable.move(store / "releases" / name, gone)
    durable.delete_folder(gone)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _content_hash(hashes: Mapping[str, str]) -> str:
    """One hash over the hashes of the files that hold content, in name order."""
    text = "\n".join(f"{name} {value}" for name, value in sorted(hashes.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _parquet(table: pa.Table):
    def write(path: Path) -> None:
        import pyarrow.parquet as pq

        # Identifiers are nearly all different: a dictionary of them would only cost time.
        plain = {"crime_id", "start", "end", "line", "geometry"}
        pq.write_table(
            table,
            path,
            compression="zstd",
            compression_level=1,
            row_group_size=ROW_GROUP,
            use_dictionary=[name for name in table.column_names if name not in plain],
            write_statistics=[name for name in table.column_names if name != "crime_id"],
        )

    return write


def _rejects(rejects: Sequence[Reject]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        from forestall.evidence import reports

        reports.write_rejects(rejects, path)

    return write


def _cells(events: pa.Table) -> pa.Table:
    """One row for each force, month, crime type and area that has events, with their number."""
    import numpy as np
    import pyarrow as pa

    from forestall.evidence import tabular

    coded = [tabular.sorted_codes(events.column(name)) for name in CELL_COLUMNS]
    flat = np.zeros(events.num_rows, dtype=np.int64)
    for codes, names in coded:
        flat = flat * (len(names) + 1) + codes + 1
    size = int(np.prod([len(names) + 1 for _, names in coded]))
    if size <= 50_000_000:
        full = np.bincount(flat, minlength=size)
        cells = np.flatnonzero(full)
        n = full[cells]
    else:
        cells, n = np.unique(flat, return_counts=True)
    columns = {"n": pa.array(n.astype(np.int32))}
    for name, (_, names) in zip(reversed(CELL_COLUMNS), reversed(coded), strict=True):
        cells, code = np.divmod(cells, len(names) + 1)
        columns[name] = tabular.coded(code - 1, names)
    return pa.table({name: columns[name] for name in (*CELL_COLUMNS, "n")})


def _describe(events: pa.Table) -> dict[str, Any]:
    """What a reader wants to know of the events without opening them."""
    from forestall.evidence import tabular

    by_force = tabular.distinct_pairs(events, "force", "month")
    months = sorted({m for pairs in by_force.values() for m in pairs})
    missing = {force: gaps for force, present in by_force.items() if (gaps := missing_months(present))}
    return {
        "months": months,
        "months_missing": sorted({m for gaps in missing.values() for m in gaps}),
        "months_missing_by_force": missing,
        "forces": sorted(by_force),
        "rows": events.num_rows,
        "has_times": events.column("start").null_count < events.num_rows,
        "has_keys": [k for k in KEY_COLUMNS if events.column(k).null_count < events.num_rows],
    }
