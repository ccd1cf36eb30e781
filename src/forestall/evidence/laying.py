"""The files of one import, laid onto the release that is live: what the next release will hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence import derived_places, identity, linking, locating, merging, tabular
from forestall.evidence.catalogue import Release
from forestall.evidence.schemas import EVENT_COLUMNS, PLACE_COLUMNS
from forestall.evidence.sources.protocol import SourceRows

if TYPE_CHECKING:
    import pyarrow as pa

#: Tables whose rows repeat on purpose: united as multisets, like events without an identifier.
_MULTISETS = ("stops",)
_TRACE = ("file", "line")


@dataclass
class Laid:
    """What the next release will hold, and the account of how it came about."""

    events: pa.Table | None
    places: pa.Table | None
    tables: dict[str, pa.Table]
    files: list[dict[str, Any]]
    area_names: dict[str, str]
    changed: bool
    added: int = 0
    updated: int = 0
    exact_duplicates: int = 0
    further_rows: int = 0
    copies: int = 0
    category_changes: int = 0
    without_location: int = 0
    areas_assigned: int = 0
    outside_areas: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def take_events(self) -> pa.Table:
        """The events, given away: held once while they are written, not twice."""
        events, self.events = self.events, None
        return events


def lay(read: list[tuple[str, str, SourceRows]], live: Release | None) -> Laid:
    """Lay what was read (name, SHA-256 and rows of each file) onto the live release.

    A make-believe release is never mixed with records: the new release starts without it.
    """
    notices = []
    if live is not None and live.make_believe:
        notices.append("The make-believe region was set aside: real records start a release of their own.")
        live = None
    old = _read(live, "events") if live else None
    files, index, known = _files(read, live)
    fresh = merging.within(_rows(read, index))
    merged = fresh if old is None else merging.onto(old, fresh.events, known[_file_of(fresh.events)])
    tables, outcomes, events = _tables(read, index, live, merged.events)
    added = events.num_rows - (old.num_rows if old is not None else 0)
    updated = _updated(old, events, merged.old_position) if old is not None else 0
    area_names = _area_names(read, live)
    located = locating.locate(events, _place_tables(read, live))
    events = located.events
    places, places_changed = _places(read, live, events, area_names)
    changed = bool(added or updated or places_changed or tables.changed or located.filled.any())
    return Laid(
        events=events.select(list(EVENT_COLUMNS)),
        places=places,
        tables=tables.held,
        files=files,
        area_names=area_names,
        changed=changed and (events.num_rows > 0 or bool(tables.held) or places is not None),
        added=added,
        updated=updated,
        exact_duplicates=fresh.exact_duplicates,
        further_rows=fresh.further_rows,
        copies=fresh.copies,
        category_changes=fresh.category_changes + (merged.category_changes if merged is not fresh else 0),
        without_location=events["lon"].null_count,
        areas_assigned=int(located.filled.sum()),
        outside_areas=located.outside,
        outcomes=outcomes,
        notices=[*notices, *located.notice()],
    )


def _read(live: Release, name: str) -> pa.Table | None:
    import pyarrow.parquet as pq

    path = live.folder / f"{name}.parquet"
    if not path.exists():
        return None
    table = pq.read_table(path)
    return tabular.conform(table, EVENT_COLUMNS) if name == "events" else table


def _files(
    read: list[tuple[str, str, SourceRows]], live: Release | None
) -> tuple[list[dict[str, Any]], list[int], np.ndarray]:
    """The release's list of files, the place in it of each file read, and which of the list were held before."""
    files = [dict(f) for f in live.manifest["files"]] if live else []
    held = {f["sha256"]: i for i, f in enumerate(files)}
    n_held = len(files)
    index = []
    for name, sha256, rows in read:
        if sha256 not in held:
            held[sha256] = len(files)
            files.append(
                {
                    "name": name,
                    "sha256": sha256,
                    "kind": rows.kind,
                    "force": rows.force,
                    "month": rows.month,
                    "rows": rows.rows,
                }
            )
        index.append(held[sha256])
    return files, index, np.arange(len(files)) < n_held


def _rows(read: list[tuple[str, str, SourceRows]], index: list[int]) -> pa.Table:
    """The event rows of all files in the columns of the store, with `rest` and `batch`.

    batch: the place of the file in this import. The same bytes given twice are one file of the release, and
    two batches here.
    """
    import pyarrow as pa

    parts = []
    for batch, ((_, _, rows), file) in enumerate(zip(read, index, strict=True)):
        if rows.events is None or not rows.events.num_rows:
            continue
        n = rows.events.num_rows
        events = rows.events
        if "rest" not in events.column_names:
            events = events.append_column("rest", tabular.nulls(n, tabular.arrow_type("dictionary")))
        part = tabular.conform(events, EVENT_COLUMNS, keep=("rest",))
        at = part.column_names.index("file")
        part = part.set_column(at, "file", pa.array(np.full(n, file, dtype=np.int32)))
        parts.append(part.append_column("batch", pa.array(np.full(n, batch, dtype=np.int32))))
        rows.events = None  # the copy in the parts is enough; a year of a large force is a lot to hold twice
    if not parts:
        empty = {"rest": tabular.nulls(0, pa.string()), "batch": pa.array([], pa.int32())}
        return tabular.conform(pa.table(empty), EVENT_COLUMNS, keep=tuple(empty))
    return _with_metres(tabular.in_one(pa.concat_tables(parts)))


def _with_metres(table: pa.Table) -> pa.Table:
    """Metres for the rows that have degrees only."""
    import pyarrow as pa

    from forestall.evidence import places

    lon, lat, x, y = (table[c].to_numpy() for c in ("lon", "lat", "x", "y"))
    need = np.isnan(x) & ~np.isnan(lon)
    if need.any():
        x, y = x.copy(), y.copy()
        x[need], y[need] = places.to_grid(lon[need], lat[need])
        for name, values in (("x", x), ("y", y)):
            at = table.column_names.index(name)
            table = table.set_column(at, name, pa.array(values, mask=np.isnan(values)))
    return table


def _file_of(events: pa.Table) -> np.ndarray:
    return events["file"].to_numpy()


@dataclass
class _Tables:
    held: dict[str, pa.Table]
    changed: bool


def _tables(
    read: list[tuple[str, str, SourceRows]], index: list[int], live: Release | None, events: pa.Table
) -> tuple[_Tables, dict[str, int], pa.Table]:
    """The other tables of the release, old and new together; the account of the outcomes; events with theirs."""
    import pyarrow as pa

    new: dict[str, list[pa.Table]] = {}
    for (_, _, rows), file in zip(read, index, strict=True):
        for name, table in rows.tables.items():
            new.setdefault(name, []).append(
                table.append_column("file", pa.array(np.full(len(table), file, dtype=np.int32)))
            )
    held = _held_tables(live)
    changed = False
    for name, parts in new.items():
        if name == "outcomes":
            continue
        fresh = pa.concat_tables(parts, promote_options="permissive")
        united = _unite(held.get(name), fresh, multiset=name in _MULTISETS)
        changed |= name not in held or len(united) != len(held[name])
        held[name] = united
    outcomes: dict[str, int] = {}
    joined = linking.join(
        held.get("outcomes"), pa.concat_tables(new["outcomes"]) if "outcomes" in new else None
    )
    if joined is not None:
        linked = linking.link(events, joined.table)
        events = linked.events
        held["outcomes"] = joined.table
        changed |= joined.added > 0
        read_rows = [r for _, _, r in read if r.kind == "outcomes"]
        given, rejected = sum(r.rows for r in read_rows), sum(len(r.rejects) for r in read_rows)
        outcomes = {
            "rows": given,
            "accepted": given - rejected - joined.exact_copies,
            "rejected": rejected,
            "exact_copies": joined.exact_copies,
            "held": joined.table.num_rows,
            "matched": linked.matched,
            "unmatched": linked.unmatched,
        }
    return _Tables(held, changed), outcomes, events


def _held_tables(live: Release | None) -> dict[str, pa.Table]:
    if live is None:
        return {}
    names = [p.stem for p in sorted(live.folder.glob("*.parquet"))]
    found = {n: _read(live, n) for n in names if n not in ("events", "places", "cells")}
    return {n: t for n, t in found.items() if t is not None}


def _unite(old: pa.Table | None, new: pa.Table, multiset: bool) -> pa.Table:
    """Rows of both without repeats, or with as many repeats as one of the files has."""
    import pyarrow as pa

    both = pa.concat_tables([old, new], promote_options="permissive") if old is not None else new
    both = tabular.in_one(both)
    content = [c for c in both.column_names if c not in _TRACE]
    n_old = old.num_rows if old is not None else 0
    if multiset:
        batch = both["file"].to_numpy().astype(np.int64) + 1
        batch[:n_old] = 0
        spare = identity.surplus(both, content, batch)
    else:
        spare = np.ones(both.num_rows, dtype=bool)
        spare[np.unique(identity.contents(both, np.arange(both.num_rows), content), return_index=True)[1]] = (
            False
        )
    return both.filter(pa.array(~spare)) if spare.any() else both


def _updated(old: pa.Table, events: pa.Table, old_position: np.ndarray) -> int:
    """Events held before whose outcome or category is another now, and those that moved to an earlier month."""
    kept = old_position >= 0
    lost = old.num_rows - int(kept.sum())
    differs = np.zeros(int(kept.sum()), dtype=bool)
    for name in ("outcome", "crime_type"):
        now, now_names = tabular.codes_and_names(events[name])
        was, was_names = tabular.codes_and_names(old[name])
        number = {n: i for i, n in enumerate(now_names)}
        translate = np.array([number.get(n, -2) for n in was_names] + [-1])
        differs |= now[kept] != translate[was[old_position[kept]]]
    return lost + int(differs.sum())


def _area_names(read: list[tuple[str, str, SourceRows]], live: Release | None) -> dict[str, str]:
    names: dict[str, str] = {}
    held = _read(live, "places") if live else None
    if held is not None:
        for code, name, kind in zip(*(held[c].to_pylist() for c in ("code", "name", "kind")), strict=True):
            if kind == "small_area" and name and name != code:
                names[code] = name
    for _, _, rows in read:
        for code, name in rows.area_names.items():
            names.setdefault(code, name)
    return names


def _place_tables(read: list[tuple[str, str, SourceRows]], live: Release | None) -> list[pa.Table]:
    """The places held and those of the files, the later word last."""
    held = _read(live, "places") if live else None
    return [t for t in (held, *(rows.places for _, _, rows in read)) if t is not None]


def _places(
    read: list[tuple[str, str, SourceRows]],
    live: Release | None,
    events: pa.Table,
    area_names: dict[str, str],
) -> tuple[pa.Table | None, bool]:
    """The places of the next release, and whether they differ from those of the last."""
    loaded = [rows.places for _, _, rows in read if rows.places is not None]
    held = _read(live, "places") if live else None
    if not area_names and not loaded and held is None and not events.num_rows:
        return None, False
    merged = derived_places.merge(held, derived_places.derive(events, area_names), loaded)
    merged = tabular.canonical(merged, PLACE_COLUMNS, sort_by=())
    same = held is not None and tabular.canonical(held, PLACE_COLUMNS, sort_by=()).equals(merged)
    return merged, not same
