"""How many events, by place, month, type or any other coded column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.labelled import LabelledMatrix
from forestall.evidence.queries.events import Codes, Events, load
from forestall.evidence.schemas import EVENT_COLUMNS, PLACE_KINDS

#: Shorter words that a person may use.
ALSO = {"type": "crime_type", "small_area": "area"}
_COUNTED = {"force", "month", "crime_type", "area"}
#: Above this many cells a full table is not made: only the cells that hold something.
_DENSE = 20_000_000
#: Places that are reached from the small area of an event.
_ABOVE = tuple(kind for kind in PLACE_KINDS if kind not in ("small_area", "force"))


@dataclass(frozen=True)
class Counts:
    """Cells with at least one event, in order of their names.

    by: what is counted by. names: for each, the names that its codes stand for; the last, "", is "not said".
    codes: for each, array of shape (cells,). n: array of shape (cells,), events.
    """

    by: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    codes: tuple[np.ndarray, ...]
    n: np.ndarray

    @property
    def total(self) -> int:
        return int(self.n.sum())

    def rows(self) -> Iterator[dict[str, str | int]]:
        """One plain row a cell: {"area": "E01000005", "month": "2016-01", "events": 3}."""
        for i, n in enumerate(self.n.tolist()):
            yield {
                **{
                    b: names[codes[i]]
                    for b, names, codes in zip(self.by, self.names, self.codes, strict=True)
                },
                "events": n,
            }

    def matrix(self) -> LabelledMatrix:
        """For two: rows by the first, columns by the second, zeros where a cell held nothing.

        Only names that occur have a row or a column: a month that is missing has none, and is never zero.
        """
        if len(self.by) != 2:
            raise ValueError(f"a matrix is by two, not by {len(self.by)}")
        kept = [np.unique(codes) for codes in self.codes]
        values = np.zeros((len(kept[0]), len(kept[1])), dtype=np.int64)
        at = [np.searchsorted(k, codes) for k, codes in zip(kept, self.codes, strict=True)]
        values[at[0], at[1]] = self.n
        rows, columns = (tuple(names[i] for i in k) for names, k in zip(self.names, kept, strict=True))
        return LabelledMatrix(values, rows, columns)


def counts(
    release: Release,
    by: Sequence[str] = ("area", "month", "crime_type"),
    *,
    force: str | None = None,
    crime_types: Sequence[str] | None = None,
    months: Sequence[str] | None = None,
) -> Counts:
    """How many events are there in each cell?

    by: coded columns (area, month, type, force, outcome, location, weekday, hour, ...) or kinds of place
    (beat, district, region, nation), in the order wanted. The filters are those of `events.load`.
    Events without a value count under the name "": totals always agree with the number of events.
    Raises ForestallError for a name that is not known.
    """
    wanted = tuple(ALSO.get(name, name) for name in by)
    for name in wanted:
        if name not in _ABOVE and (
            name not in EVENT_COLUMNS or EVENT_COLUMNS[name] in ("float64", "timestamp")
        ):
            known = ["area", *_ABOVE, "force", "month", "type", "outcome", "location", "weekday", "hour"]
            raise ForestallError(f"Events cannot be counted by {name!r}.", f"Count by: {', '.join(known)}.")
    columns = list(dict.fromkeys("area" if name in _ABOVE else name for name in wanted))
    events, weights = _events(release, columns, force, crime_types, months)
    parts = [_coded(release, events.columns["area" if n in _ABOVE else n], n) for n in wanted]
    codes, n = _cells([p.codes for p in parts], [len(p.names) for p in parts], weights)
    return Counts(tuple(by), tuple(p.names for p in parts), codes, n)


def _events(
    release: Release,
    columns: list[str],
    force: str | None,
    crime_types: Sequence[str] | None,
    months: Sequence[str] | None,
) -> tuple[Events, np.ndarray | None]:
    """The columns wanted, with the number of events that each row stands for (None when one each).

    The release keeps its events already counted by force, month, type and area; other columns need them all.
    """
    path = release.folder / "cells.parquet"
    if not path.exists() or not set(columns) <= _COUNTED:
        return load(release, columns, force=force, crime_types=crime_types, months=months), None
    import pyarrow.parquet as pq

    from forestall.evidence import tabular

    table = pq.read_table(path)
    keep = np.ones(table.num_rows, dtype=bool)
    for name, wanted in (
        ("force", [force] if force else None),
        ("crime_type", crime_types),
        ("month", months),
    ):
        if wanted is not None:
            codes, names = tabular.codes_and_names(table[name])
            keep &= np.array([n in set(wanted) for n in names] + [False])[codes]
    coded: dict[str, np.ndarray | Codes] = {}
    for name in columns:
        codes, names = tabular.codes_and_names(table[name])
        coded[name] = Codes(codes[keep], tuple(names))
    return Events(coded, int(keep.sum())), table["n"].to_numpy()[keep]


def _coded(release: Release, column: np.ndarray | Codes, name: str) -> Codes:
    """Codes from 0 into names in order, with "" last for "not said"."""
    if not isinstance(column, Codes):
        top = int(column.max(initial=-1)) + 1
        return Codes(np.where(column < 0, top, column), (*(str(i) for i in range(top)), ""))
    names: Sequence[str] = column.names
    if name in _ABOVE:
        from forestall.evidence.places import group_map, load_meeting_units, load_places

        above = group_map(load_places(release), name, load_meeting_units(release))
        names = [above.get(code, "") for code in names]
    distinct = sorted(set(names) - {""})
    number = {text: i for i, text in enumerate(distinct)} | {"": len(distinct)}
    translate = np.array([number[text] for text in names] + [len(distinct)], dtype=np.int64)
    return Codes(translate[column.codes], (*distinct, ""))


def _cells(
    codes: list[np.ndarray], sizes: list[int], weights: np.ndarray | None
) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    flat = np.zeros(len(codes[0]) if codes else 0, dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        flat *= size
        flat += code
    if np.prod(sizes, dtype=float) <= _DENSE:
        # Sums of whole numbers as floats are exact far beyond any number of events.
        full = np.bincount(flat, weights, minlength=1)
        cells = np.flatnonzero(full)
        n = full[cells].astype(np.int64)
    else:
        cells, back = np.unique(flat, return_inverse=True)
        n = np.bincount(back, weights).astype(np.int64)
    found = []
    rest = cells
    for size in reversed(sizes):
        rest, code = np.divmod(rest, size)
        found.append(code)
    return tuple(reversed(found)), n
