"""Which events: the rows of a release as arrays, for questions that need each event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forestall.evidence import tabular
from forestall.evidence.catalogue import Release
from forestall.evidence.schemas import EVENT_COLUMNS


@dataclass(frozen=True)
class Codes:
    """Text with few distinct values: `names[codes]`. A code of -1 is null."""

    codes: np.ndarray
    names: tuple[str, ...]

    def values(self) -> np.ndarray:
        """As an object array of text and None."""
        table = np.array([*self.names, None], dtype=object)
        return table[self.codes]


@dataclass(frozen=True)
class Events:
    """Columns of equal length, one entry an event.

    Dictionary and text columns are `Codes`; numbers are float64 or int arrays (NaN, or -1 for integer
    columns, where null); timestamps are datetime64[s] in UTC (NaT where null).
    """

    columns: dict[str, np.ndarray | Codes]
    n: int

    def __getitem__(self, name: str) -> np.ndarray:
        column = self.columns[name]
        if isinstance(column, Codes):
            raise TypeError(f"{name} is coded text: use .codes({name!r})")
        return column

    def codes(self, name: str) -> Codes:
        column = self.columns[name]
        if not isinstance(column, Codes):
            raise TypeError(f"{name} is not coded text")
        return column

    def take(self, mask: np.ndarray) -> Events:
        """The events where the mask is true (or at these positions)."""
        taken: dict[str, np.ndarray | Codes] = {}
        for name, column in self.columns.items():
            taken[name] = (
                Codes(column.codes[mask], column.names) if isinstance(column, Codes) else column[mask]
            )
        n = int(np.count_nonzero(mask)) if mask.dtype == bool else len(mask)
        return Events(taken, n)


def load(
    release: Release,
    columns: Sequence[str],
    *,
    force: str | None = None,
    crime_types: Sequence[str] | None = None,
    months: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> Events:
    """The chosen columns of the events that pass every filter given. Order is the release's own.

    box: west, south, east, north in degrees; events without a location never pass it.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    unknown = [c for c in columns if c not in EVENT_COLUMNS]
    if unknown:
        raise KeyError(f"no such column: {', '.join(unknown)}")
    filters = None
    for name, wanted in (
        ("force", None if force is None else [force]),
        ("crime_type", crime_types),
        ("month", months),
        ("area", areas),
    ):
        if wanted is not None:
            clause = pc.field(name).isin(list(wanted))
            filters = clause if filters is None else filters & clause
    if box is not None:
        west, south, east, north = box
        lon, lat = pc.field("lon"), pc.field("lat")
        clause = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        filters = clause if filters is None else filters & clause
    table = pq.read_table(release.events_path, columns=list(columns), filters=filters)
    return Events(
        {name: _column(table.column(name), EVENT_COLUMNS[name]) for name in columns}, table.num_rows
    )


def _column(column, kind: str) -> np.ndarray | Codes:
    import pyarrow.compute as pc

    if kind in ("dictionary", "text"):
        codes, names = tabular.codes_and_names(column)
        return Codes(codes, tuple(names))
    if kind == "timestamp":
        return column.to_numpy().astype("datetime64[s]")
    if kind.startswith("int"):
        return pc.fill_null(column, -1).to_numpy().astype(np.int32)
    return column.to_numpy()
