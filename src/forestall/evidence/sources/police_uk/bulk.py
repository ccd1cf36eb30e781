"""The fast way to read a police.uk file: in one go, and only when every sign says that it is sound.

Gives None at the first sign of trouble; the caller then reads the file the careful way, row by row.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.protocol import REJECT_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK = 1 << 25
_MARK = b"\xef\xbb\xbf"


def read(
    data: bytes,
    name: str,
    types: Mapping[str, str],
    known: Callable[[str], str | None],
    required: tuple[str, ...],
) -> tuple[pa.Table, list[str]] | None:
    """The columns of `types` (column -> "text", "dictionary", "float64") and `line`, with notices; or None.

    An empty cell becomes null. known: as in `delimited.open_sheet`.
    """
    import pyarrow as pa
    import pyarrow.csv as pacsv

    notices = []
    if data.startswith(_MARK):
        data = data[3:]
        notices.append(f"{name}: a byte-order mark was taken off.")
    names = _names(data, known)
    if names is None or any(r not in names for r in required) or len(set(names)) < len(names):
        return None
    wanted = [n for n in names if n in types]
    extra = [n[1:] for n in names if n not in types]
    if extra:
        notices.append(f"{name}: columns not used: {', '.join(extra[:10])}.")
    kinds = {
        "text": pa.string(),
        "dictionary": pa.dictionary(pa.int32(), pa.string()),
        "float64": pa.float64(),
    }
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None  # line ends of old make among the others: lines would be counted wrongly
    try:
        table = pacsv.read_csv(
            pa.py_buffer(data),
            read_options=pacsv.ReadOptions(
                use_threads=False,
                column_names=names,
                skip_rows=1,
                block_size=min(max(len(data), 1 << 16), _BLOCK),
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={n: kinds[types[n]] for n in wanted},
                null_values=[""],
                strings_can_be_null=True,
                include_columns=wanted,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError):
        return None
    ends = int(np.count_nonzero(np.frombuffer(data, dtype=np.uint8) == 10))  # faster than bytes.count
    lines = ends + (not data.endswith(b"\n")) - 1
    if lines != table.num_rows:
        return None  # a cell runs over two lines, or some are empty: line numbers would be wrong
    line = np.arange(2, table.num_rows + 2, dtype=np.int32)
    return table.append_column("line", pa.array(line)), notices


def _names(data: bytes, known: Callable[[str], str | None]) -> list[str] | None:
    """Known names of the columns, an unknown one as "_title"; None when the careful way has to look."""
    end = data.find(b"\n")
    head = data[: end if end >= 0 else len(data)].rstrip(b"\r")
    if end < 0 or not head.isascii() or len(head) > 10_000 or b"\x00" in data:
        return None
    titles = next(csv.reader([head.decode()]), [])
    folded = [fold_title(t) for t in titles]
    if set(REJECT_COLUMNS) <= set(folded):
        return None  # a mended rejects file: its cells may carry a guard mark
    return [known(f) or f"_{t}" for f, t in zip(folded, titles, strict=True)]
