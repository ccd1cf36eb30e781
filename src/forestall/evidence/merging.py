"""Rows into events: repeats of a crime made one, and a new import laid onto what is already held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence import identity, tabular
from forestall.evidence.sources.police_uk.values import stage

if TYPE_CHECKING:
    import pyarrow as pa

_WHOLE_ROW = (*identity.CONTENT, "rest")


@dataclass(frozen=True)
class Merged:
    """Events after merging, and the account of what went.

    old_position: for each event, its row in the table held before, or -1 for one that is new.
    """

    events: pa.Table
    exact_duplicates: int
    further_rows: int  # of an identifier already met
    copies: int  # of rows without one, that another file had given
    category_changes: int
    old_position: np.ndarray


def within(rows: pa.Table) -> Merged:
    """Merge the rows of one import among themselves.

    rows: table with the columns of an event, `batch` (its file's place in the import) and `rest` (what the
    store does not keep). A crime
    keeps its earliest row, with the latest outcome and category: latest by month, then by how far the case
    has come, then by order. Rows without an identifier are all kept, save those that a second file gives again.
    """
    batch = rows["batch"].to_numpy().astype(np.int64)
    positions, group = identity.repeated(rows)
    spare = identity.copies(rows, batch)
    exact = 0
    if len(positions):
        same = identity.dense(group, identity.contents(rows, positions, _WHOLE_ROW))
        exact = len(same) - len(np.unique(same))
    events, dropped, changes = _collapse(rows, positions, group, np.zeros(rows.num_rows), batch)
    keep = ~(spare | dropped)
    return Merged(
        events=events if keep.all() else events.filter(_mask(keep)),
        exact_duplicates=exact,
        further_rows=int(dropped.sum()) - exact,
        copies=int(spare.sum()),
        category_changes=changes,
        old_position=np.full(int(keep.sum()), -1, dtype=np.int64),
    )


def onto(old: pa.Table, new: pa.Table, known_files: np.ndarray) -> Merged:
    """Lay merged new events onto those already held.

    known_files: for each new row, whether its very file was read before: then what is held is the later word.
    Nothing held is ever lost: a crime keeps its row, and takes a later outcome or category.
    """
    import pyarrow as pa

    n_old = old.num_rows
    both = tabular.in_one(pa.concat_tables([old, new.select(old.column_names)]))
    is_new = np.arange(both.num_rows) >= n_old
    recency = np.ones(both.num_rows, dtype=np.int64)
    recency[n_old:] = np.where(known_files, 0, 2)
    positions, group = identity.repeated(both)
    spare = identity.copies(both, is_new.astype(np.int64))
    events, dropped, changes = _collapse(both, positions, group, is_new, recency)
    keep = ~(spare | dropped)
    position = np.where(is_new, -1, np.arange(both.num_rows))
    return Merged(
        events=events if keep.all() else events.filter(_mask(keep)),
        exact_duplicates=0,
        further_rows=int(dropped.sum()),
        copies=int(spare.sum()),
        category_changes=changes,
        old_position=position[keep],
    )


def _collapse(
    table: pa.Table, positions: np.ndarray, group: np.ndarray, seniority: np.ndarray, recency: np.ndarray
) -> tuple[pa.Table, np.ndarray, int]:
    """One row for each group: (table with the kept rows brought up to date, rows to drop, category changes)."""
    dropped = np.zeros(table.num_rows, dtype=bool)
    if not len(positions):
        return table, dropped, 0
    month = tabular.sorted_codes(table["month"])[0]
    kind, kinds = tabular.sorted_codes(table["crime_type"])
    outcome, outcomes = tabular.sorted_codes(table["outcome"])
    reached = np.array([stage(name) for name in outcomes] + [-1])[outcome]
    m, r, p = month[positions], recency[positions], positions
    keeper = p[_first(group, m, seniority[positions], p)]
    latest = p[_last(group, m, r, p)]
    settled = p[_last(group, outcome[positions] >= 0, m, reached[positions], r, p)]
    changes = int((kind[keeper] != kind[latest]).sum())
    kind[keeper] = kind[latest]
    outcome[keeper] = outcome[settled]
    dropped[positions] = True
    dropped[keeper] = False
    table = _replace(table, "crime_type", tabular.coded(kind, kinds))
    return _replace(table, "outcome", tabular.coded(outcome, outcomes)), dropped, changes


def _first(group: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    """For each group the index of its smallest entry by the keys in turn."""
    order = np.lexsort((*reversed(keys), group))
    return order[np.r_[True, group[order][1:] != group[order][:-1]]]


def _last(group: np.ndarray, *keys: np.ndarray) -> np.ndarray:
    order = np.lexsort((*reversed(keys), group))
    return order[np.r_[group[order][1:] != group[order][:-1], True]]


def _replace(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def _mask(keep: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(keep)
