"""Incidents of any make: rows of a CSV or Parquet file to events, by a mapping.

Every row becomes an event or a reject with its line, its column, the reason and the next step.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from forestall.errors import ForestallError
from forestall.evidence.sources.incidents import what, when, where
from forestall.evidence.sources.incidents.mapping import KEYS, Mapping, read_mapping
from forestall.evidence.sources.incidents.work import Work
from forestall.evidence.sources.protocol import Item, SourceRows
from forestall.evidence.sources.text_table import TextTable, is_parquet, read_text

if TYPE_CHECKING:
    import pyarrow as pa

_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".pq")


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for any CSV or Parquet file. Ask the other sources first: this one takes what they leave."""
    return item.name.lower().endswith(_ENDINGS) or is_parquet(item)


def read(item: Item, mapping: Path | None) -> SourceRows:
    """The incidents in one file.

    Raises ForestallError where there is no mapping (with one to start from), or it does not fit the file.
    """
    if mapping is None:
        from forestall.evidence.sources.incidents.starter import starter

        raise ForestallError(
            f"{item.name} is not a file that police.uk publishes, and no mapping says what its columns are.",
            f"Save this as mapping.yaml, mend it, and import again with --mapping mapping.yaml:\n\n{starter(item)}",
        )
    table = read_text(item)
    return read_table(table, read_mapping(mapping, table.header))


def read_table(table: TextTable, mapping: Mapping, now: int | None = None) -> SourceRows:
    """As `read`, from text columns. now: UTC seconds, for "in the future"; the machine's clock if None."""
    import pyarrow as pa

    work = Work(table, mapping, int(time.time()) if now is None else now)
    work.check_text()
    moments = when.times(work)
    places = where.points(work)
    columns = {
        "crime_id": what.ids(work),
        "source": work.constant("incidents"),
        "force": what.force(work),
        "month": moments.pop("month"),
        "crime_type": what.types(work),
        **places,
        "area": where.area(work),
        "location": what.plain(work, "location"),
        "outcome": what.plain(work, "outcome"),
        **moments,
        **{key: what.plain(work, key) for key in KEYS},
        "line": pa.array(table.lines, pa.int32()),
        "rest": what.rest(work),
    }
    good = pa.array(work.fault == 0)
    events = pa.table({k: v for k, v in columns.items() if v is not None}).filter(good)
    kept = mapping.pseudonymous and not what.names_in_keys(work)
    rejects = sorted([*table.rejects, *work.rejects()], key=lambda r: r.line)
    return SourceRows(
        "incidents",
        rows=table.rows + len(table.rejects),
        events=events,
        area_names=where.area_names(work),
        rejects=rejects,
        notices=[*table.notices, *work.notices],
        keys_to_hash=() if kept else what.keys(work),
        force=_single("force", events),
        month=_single("month", events),
    )


def _single(column: str, events: pa.Table) -> str | None:
    from forestall.evidence.tabular import sorted_codes

    names = sorted_codes(events.column(column))[1]
    return names[0] if len(names) == 1 else None
