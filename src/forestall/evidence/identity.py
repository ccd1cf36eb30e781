"""Which rows are the same: by identifier, or by content where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence import tabular
from forestall.evidence.locating import SOURCE

if TYPE_CHECKING:
    import pyarrow as pa

#: What makes two events without an identifier alike. Where they were read, and what is worked out, does not.
CONTENT = (
    "source",
    "force",
    "month",
    "crime_type",
    "lon",
    "lat",
    "area",
    "location",
    "outcome",
    "start",
    "end",
    "victim",
    "offender",
    "caller",
    "premises",
)
_BUT_AREA = tuple(name for name in CONTENT if name != "area")
_SCRAMBLE = np.array(
    [
        *(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93),
        *(0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3),
    ],
    dtype=np.uint64,
)
_USUAL = 64  # length of an identifier that police.uk publishes


def repeated(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose identifier occurs more than once, and the number of the identifier that each has.

    An identifier of police.uk is one crime wherever it stands; others count within their source and force.
    Returns (positions in row order, group numbers from 0). Exact: a scrambled number only picks candidates.
    """
    import pyarrow as pa

    column = table["crime_id"]
    positions = _candidates(column)
    if not len(positions):
        return positions, positions
    codes = tabular.codes_of(column.take(pa.array(positions)))
    force, _ = tabular.codes_and_names(table["force"])
    source, source_names = tabular.codes_and_names(table["source"])
    own = np.array([name != "police.uk" for name in [*source_names, ""]])[source[positions]]
    scope = np.where(own, (force[positions] + 2) * (len(source_names) + 1) + source[positions], 0)
    group = dense(codes.astype(np.int64), scope)
    many = np.bincount(group)[group] > 1
    return positions[many], dense(group[many])


def _candidates(column: pa.ChunkedArray) -> np.ndarray:
    """Positions of rows whose identifier may occur again: all that do, and by rare chance some that do not."""
    import pyarrow.compute as pc

    valid = pc.is_valid(column).to_numpy()
    if not valid.any():
        return np.zeros(0, dtype=np.int64)
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy()
    if not bool(((lengths == _USUAL) | ~valid).all()):
        codes = tabular.codes_of(column)
        return np.flatnonzero(valid & (np.bincount(codes + 1)[codes + 1] > 1))
    keys = np.concatenate([_scrambled(chunk) for chunk in column.chunks])
    ordered = np.sort(keys)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(again):
        return np.zeros(0, dtype=np.int64)
    place = np.searchsorted(again, keys)
    hit = again[np.minimum(place, len(again) - 1)] == keys
    return np.flatnonzero(valid)[hit]


def _scrambled(chunk: pa.Array) -> np.ndarray:
    """A 64-bit number for each text of the usual length, equal for equal texts; nulls are left out."""
    chunk = chunk.drop_null()
    if not len(chunk):
        return np.zeros(0, dtype=np.uint64)
    start = int(np.frombuffer(chunk.buffers()[1], dtype=np.int32)[chunk.offset])
    data = np.frombuffer(chunk.buffers()[2], dtype=np.uint8)[start : start + _USUAL * len(chunk)]
    words = np.frombuffer(data.tobytes(), dtype=np.uint64).reshape(-1, _USUAL // 8)
    out = np.zeros(len(chunk), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i, factor in enumerate(_SCRAMBLE):
            part = words[:, i] * factor
            out = (out ^ part ^ (part >> np.uint64(29))) * _SCRAMBLE[0]
    return out


def copies(table: pa.Table, batch: np.ndarray) -> np.ndarray:
    """True for rows without an identifier that an earlier batch already gave.

    batch: array, one entry a row, of the file (or earlier release) that it comes from, in order. The union of the
    batches as multisets: a content that one file has three times and another twice is there three times.
    """
    import pyarrow.compute as pc

    spare = np.zeros(table.num_rows, dtype=bool)
    rows = np.flatnonzero(pc.is_null(table["crime_id"]).to_numpy())
    if not len(rows):
        return spare
    cell = dense(*(tabular.codes_and_names(table[c])[0][rows].astype(np.int64) for c in ("force", "month")))
    several = _more_than_one(cell, batch[rows])
    rows = rows[several[cell]]
    if not len(rows):
        return spare
    spare[rows] = _surplus(dense(_area_given(table, rows), contents(table, rows, _BUT_AREA)), batch[rows])
    return spare


def _area_given(table: pa.Table, rows: np.ndarray) -> np.ndarray:
    """The area as part of what makes rows alike: that of own incidents with a point may be worked out from the
    point (`locating.py`), so the same row may stand here with it and without."""
    area = tabular.sorted_codes(table["area"])[0][rows].astype(np.int64)
    source, names = tabular.codes_and_names(table["source"])
    own = np.array([name == SOURCE for name in [*names, ""]])[source[rows]]
    return np.where(own & ~np.isnan(table["lon"].to_numpy()[rows]), -1, area)


def surplus(table: pa.Table, columns: Sequence[str], batch: np.ndarray) -> np.ndarray:
    """As `copies`, for any table by these columns."""
    return _surplus(contents(table, np.arange(table.num_rows), columns), batch)


def _surplus(content: np.ndarray, batch: np.ndarray) -> np.ndarray:
    nth = occurrence(dense(content, batch.astype(np.int64)))
    both = dense(content, nth)
    _, first = np.unique(both, return_index=True)
    out = np.ones(len(content), dtype=bool)
    out[first] = False
    return out


def _more_than_one(cell: np.ndarray, batch: np.ndarray) -> np.ndarray:
    """For each cell, whether rows of more than one batch are in it."""
    size = int(cell.max()) + 1
    low = np.full(size, np.iinfo(np.int64).max)
    high = np.full(size, np.iinfo(np.int64).min)
    np.minimum.at(low, cell, batch)
    np.maximum.at(high, cell, batch)
    return low < high


def occurrence(codes: np.ndarray) -> np.ndarray:
    """How many times the same code stood before, for each entry: 0 for its first."""
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    start = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    nth = np.arange(len(codes)) - np.repeat(start, np.diff(np.r_[start, len(codes)]))
    out = np.empty(len(codes), dtype=np.int64)
    out[order] = nth
    return out


def contents(table: pa.Table, rows: np.ndarray, columns: Sequence[str]) -> np.ndarray:
    """One number a row, equal where these columns are all equal (null equals null)."""
    parts = []
    for name in columns:
        if name in table.column_names and table[name].null_count < table.num_rows:
            parts.append(_as_numbers(table[name], rows))
    return dense(*parts) if parts else np.zeros(len(rows), dtype=np.int64)


def _as_numbers(column: pa.ChunkedArray, rows: np.ndarray) -> np.ndarray:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        # Equal texts may stand under two codes in one dictionary: only sorted codes are safe to compare.
        return tabular.sorted_codes(column)[0][rows].astype(np.int64)
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy().astype(np.float64)[rows]
        return np.where(np.isnan(numbers), np.iinfo(np.int64).min, numbers.view(np.int64))
    if pa.types.is_timestamp(column.type):
        return column.to_numpy().astype("datetime64[s]").astype(np.int64)[rows]
    if pa.types.is_string(column.type):
        return tabular.codes_of(column.take(pa.array(rows))).astype(np.int64)
    return column.to_numpy()[rows].astype(np.int64)


def dense(*parts: np.ndarray) -> np.ndarray:
    """Numbers from 0, equal where all the parts are equal."""
    total = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        names, codes = np.unique(part, return_inverse=True)
        total = total * len(names) + codes
        total = np.unique(total, return_inverse=True)[1]
    return total
