"""The make-believe nation as plain arrays, made once for all tests that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

from forestall.evidence.synthetic import Region, generate


@dataclass(frozen=True)
class Nation:
    region: Region
    columns: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @property
    def month(self) -> np.ndarray:
        """Month number of each event."""
        return np.searchsorted(np.array(self.region.truth.months), self["month"].astype(str))

    def of(self, crime_type: str) -> np.ndarray:
        return self["crime_type"] == crime_type

    def within(self, x: float, y: float, radius: float) -> np.ndarray:
        return np.hypot(self["x"] - x, self["y"] - y) <= radius

    def monthly(self, mask: np.ndarray) -> np.ndarray:
        return np.bincount(self.month[mask], minlength=len(self.region.truth.months))


@cache
def nation(seed: int = 1, small: bool = False) -> Nation:
    region = generate(seed, small=small)
    columns = {
        name: _array(region.events.column(name)) for name in region.events.column_names if name != "crime_id"
    }
    return Nation(region, columns)


def _array(column: pa.ChunkedArray) -> np.ndarray:
    """Text as objects with None for null; numbers and times as they are."""
    if not pa.types.is_dictionary(column.type):
        return column.to_numpy()
    coded = column.combine_chunks()
    names = np.array([*coded.dictionary.to_pylist(), None], dtype=object)
    return names[coded.indices.fill_null(-1).to_numpy()]
