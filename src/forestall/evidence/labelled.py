"""A table of numbers whose rows and columns keep their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LabelledMatrix:
    """Values with named rows (places, keys) and named columns (periods).

    values: array, shape (len(rows), len(columns)).
    """

    values: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.rows), len(self.columns)):
            raise ValueError(
                f"values are {self.values.shape}, names are {(len(self.rows), len(self.columns))}"
            )

    def row(self, name: str) -> np.ndarray:
        """The values of one row."""
        return self.values[self.rows.index(name)]

    def group_rows(self, parent_of: Mapping[str, str]) -> LabelledMatrix:
        """Add rows up to their parents. A row without a parent is left out; ask `ungrouped` what that was."""
        parents = sorted({parent_of[r] for r in self.rows if r in parent_of})
        position = {p: i for i, p in enumerate(parents)}
        out = np.zeros((len(parents), len(self.columns)), dtype=self.values.dtype)
        for i, name in enumerate(self.rows):
            if name in parent_of:
                out[position[parent_of[name]]] += self.values[i]
        return LabelledMatrix(out, tuple(parents), self.columns)

    def ungrouped(self, parent_of: Mapping[str, str]) -> tuple[str, ...]:
        """Rows that `group_rows` would leave out."""
        return tuple(r for r in self.rows if r not in parent_of)
