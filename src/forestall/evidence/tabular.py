"""Arrow tables in the shape of the store: columns, types, order, codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_type(kind: str) -> pa.DataType:
    """The Arrow type behind a word of `schemas.py`."""
    import pyarrow as pa

    return {
        "text": pa.string(),
        "dictionary": pa.dictionary(pa.int32(), pa.string()),
        "timestamp": pa.timestamp("s"),
    }.get(kind) or getattr(pa, kind)()


def conform(table: pa.Table, columns: Mapping[str, str], keep: Sequence[str] = ()) -> pa.Table:
    """These columns in this order and these types; an absent column becomes null; others go, save `keep`."""
    import pyarrow as pa

    out = []
    for name, kind in columns.items():
        wanted = arrow_type(kind)
        if name in table.column_names:
            out.append(cast(table.column(name), wanted))
        else:
            out.append(nulls(table.num_rows, wanted))
    kept = [name for name in keep if name in table.column_names]
    return pa.table([*out, *(table.column(n) for n in kept)], names=[*columns, *kept])


def nulls(length: int, wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_dictionary(wanted):
        return coded(np.full(length, -1, dtype=np.int32), [])
    return pa.nulls(length, wanted)


def cast(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa

    if column.type == wanted:
        return column
    if pa.types.is_dictionary(wanted):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return column.cast(pa.string()).dictionary_encode().cast(wanted)
    if pa.types.is_timestamp(wanted) and pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("s"), safe=False)
    return column.cast(wanted)


def one_array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece, its dictionaries made one."""
    import pyarrow as pa

    if isinstance(column, pa.Array):
        return column
    if pa.types.is_dictionary(column.type):
        return _one_dictionary(column.chunks, column.type)
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.num_chunks else pa.array([], column.type)


def _one_dictionary(chunks: list[pa.DictionaryArray], kind: pa.DataType) -> pa.DictionaryArray:
    """Chunks with dictionaries of their own as one array.

    Not by Arrow's own `unify_dictionaries`: it looks up the code of a null too, and that code may be anything,
    so that it reads outside its table and can bring the process down.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = [chunk for chunk in chunks if len(chunk)]
    if len(chunks) == 1:
        return chunks[0]
    if not chunks:
        return coded(np.zeros(0, dtype=np.int32), []).cast(kind)
    names = pa.concat_arrays([chunk.dictionary for chunk in chunks]).dictionary_encode()
    translate = pc.fill_null(names.indices, -1).to_numpy()
    start, parts = 0, []
    for chunk in chunks:
        codes = pc.fill_null(chunk.indices, -1).to_numpy(zero_copy_only=False)
        own = np.append(translate[start : start + len(chunk.dictionary)], -1)
        parts.append(own[codes])
        start += len(chunk.dictionary)
    return coded(np.concatenate(parts), names.dictionary)


def in_one(table: pa.Table) -> pa.Table:
    """The table with each dictionary column in one piece; other columns as they are."""
    import pyarrow as pa

    columns = [one_array(c) if pa.types.is_dictionary(c.type) else c for c in table.columns]
    return pa.table(columns, names=table.column_names)


def codes_and_names(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, list[str]]:
    """Codes (int32, -1 where null) and names of a dictionary or text column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    array = one_array(column)
    codes = pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return codes, array.dictionary.to_pylist() if array.null_count < len(array) else []


def codes_of(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Codes alone (-1 where null), for text of which nearly every value is different."""
    import pyarrow.compute as pc

    array = one_array(column.dictionary_encode())
    return pc.fill_null(array.indices, -1).to_numpy(zero_copy_only=False)


def coded(codes: np.ndarray, names: Sequence[str] | pa.Array) -> pa.DictionaryArray:
    """A dictionary column from codes (-1 is null) and names."""
    import pyarrow as pa

    if not isinstance(names, pa.Array):
        names = pa.array(list(names), pa.string())
    if not len(names):
        names = pa.array([""])  # the code 0 that stands under every null has to stand for something
    codes = codes.astype(np.int32, copy=False)
    missing = codes < 0
    if not missing.any():
        return pa.DictionaryArray.from_arrays(pa.array(codes), names)
    indices = pa.array(np.where(missing, 0, codes).astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, names)


def sorted_codes(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, list[str]]:
    """As `codes_and_names`, with only the names in use, in order: codes sort as their names do."""
    codes, names = codes_and_names(column)
    used = np.zeros(len(names) + 1, dtype=bool)
    used[codes] = True  # -1 marks the spare last place
    order = sorted((i for i in range(len(names)) if used[i]), key=names.__getitem__)
    # Equal names under different codes (possible after a clean-up of values) become one.
    new_names: list[str] = []
    rank = np.full(len(names) + 1, -1, dtype=np.int32)
    for i in order:
        if not new_names or new_names[-1] != names[i]:
            new_names.append(names[i])
        rank[i] = len(new_names) - 1
    return rank[codes], new_names


def canonical(table: pa.Table, columns: Mapping[str, str], sort_by: Sequence[str]) -> pa.Table:
    """The table as it is written: fixed columns and types, names in order, rows sorted, one chunk.

    Equal rows in equal order give equal bytes, whatever chunks and codes they arrived in.
    """
    from concurrent.futures import ThreadPoolExecutor

    import pyarrow as pa

    table = conform(table, columns)
    with ThreadPoolExecutor(2) as pool:
        coded_names = [name for name, kind in columns.items() if kind == "dictionary"]
        found = pool.map(sorted_codes, (table.column(name) for name in coded_names))
        ranked = dict(zip(coded_names, found, strict=True))
        order = _order([ranked[name] for name in sort_by], table.num_rows)

        def ready(name: str) -> pa.Array:
            if name in ranked:
                codes, names = ranked[name]
                return coded(codes if order is None else codes[order], names)
            array = one_array(table.column(name))
            same = order is None or array.null_count == len(array)
            return array if same else array.take(pa.array(order))

        return pa.table(list(pool.map(ready, columns)), names=list(columns))


def _order(keys: list[tuple[np.ndarray, list[str]]], n: int) -> np.ndarray | None:
    """Positions in the order of the keys, the first one first; None when they stand in it already."""
    order: np.ndarray | None = None
    for codes, names in reversed(keys):
        # Short numbers are sorted in a time that grows with their count alone.
        short = (codes + 1).astype(np.uint16 if len(names) < 65_000 else np.int64)
        order = (
            np.argsort(short, kind="stable")
            if order is None
            else order[np.argsort(short[order], kind="stable")]
        )
    return None if order is None or np.array_equal(order, np.arange(n)) else order


def distinct_pairs(table: pa.Table, first: str, second: str) -> dict[str, set[str]]:
    """For each value of one coded column, the values of another that occur beside it. Nulls are left out."""
    a, a_names = codes_and_names(table.column(first))
    b, b_names = codes_and_names(table.column(second))
    both = (a >= 0) & (b >= 0)
    pairs = np.unique(a[both].astype(np.int64) * (len(b_names) + 1) + b[both])
    found: dict[str, set[str]] = {}
    for pair in pairs.tolist():
        i, j = divmod(pair, len(b_names) + 1)
        found.setdefault(a_names[i], set()).add(b_names[j])
    return found
