"""Keys of people become codes, whatever pieces the table came in."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from forestall.evidence import keys


def test_nulls_in_pieces_stay_nulls_and_equal_keys_give_equal_codes(tmp_path: Path) -> None:
    pieces = [[None, "A", "B"], [], [None, None], ["B", None, "C"], ["A"]]
    column = pa.chunked_array([pa.array(p, pa.string()) for p in pieces])
    found = keys.hash_columns(pa.table({"victim": column}), ["victim", "absent"], tmp_path)[
        "victim"
    ].to_pylist()
    given = [key for piece in pieces for key in piece]
    assert [f is None for f in found] == [g is None for g in given]
    assert dict(zip(given, found, strict=True)) == {
        g: None if g is None else keys.code(g, keys.salt(tmp_path)) for g in given
    }


def test_a_column_of_nulls_alone(tmp_path: Path) -> None:
    table = pa.table({"victim": pa.chunked_array([pa.nulls(2, pa.string()), pa.nulls(1, pa.string())])})
    assert keys.hash_columns(table, ["victim"], tmp_path)["victim"].null_count == 3
