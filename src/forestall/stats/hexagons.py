"""How many events fall in each hexagon? As square cells, without their corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.stats.hotspots import located
from forestall.stats.inputs import Floats
from forestall.stats.results import Answer


@dataclass(frozen=True)
class Hexagons(Answer):
    """The hexagons that hold anything: their centres and counts. `width` is from flat side to flat side."""

    x: Floats
    y: Floats
    counts: NDArray[np.int64]
    width: float
    without_location: int

    def outline(self, number: int) -> Floats:
        """The six corners of one hexagon (6, 2), points up and down."""
        turn = np.pi / 180 * (30 + 60 * np.arange(6))
        side = self.width / np.sqrt(3)
        return np.column_stack([self.x[number] + side * np.cos(turn), self.y[number] + side * np.sin(turn)])


def hexagon_counts(
    x: ArrayLike, y: ArrayLike, width: float = 250.0, origin: tuple[float, float] = (0.0, 0.0)
) -> Hexagons:
    """How many events fall in each hexagon of a honeycomb?

    x, y: coordinates (n,), same unit as `width`, the distance between neighbouring centres. NaN: no location,
    counted apart. A point belongs to the nearest centre; at the same distance to the row that begins at the
    origin, then to the right or upper: always exactly one, so the sum is kept.
    When not to use it: coordinates in degrees. Source: Carr et al. 1992 (two rectangular lattices).
    """
    px, py, kept = located(x, y, width)
    missing = 0 if kept is None else int((~kept).sum())
    height = width * np.sqrt(3)
    u, v = (px - origin[0]) / width, (py - origin[1]) / height
    # The honeycomb's centres are two rectangular lattices, one moved by half a cell: the nearer one wins.
    c1, r1 = np.floor(u + 0.5), np.floor(v + 0.5)
    c2, r2 = np.floor(u), np.floor(v)
    first = (u - c1) ** 2 + 3 * (v - r1) ** 2 <= (u - c2 - 0.5) ** 2 + 3 * (v - r2 - 0.5) ** 2
    column = np.where(first, 2 * c1, 2 * c2 + 1).astype(np.int64)
    row = np.where(first, 2 * r1, 2 * r2 + 1).astype(np.int64)
    if column.size == 0:
        none = np.zeros(0)
        return Hexagons(none, none, np.zeros(0, dtype=np.int64), float(width), missing)
    low, span = column.min(), column.max() - column.min() + 1
    keys, number = np.unique((row - row.min()) * span + (column - low), return_counts=True)
    return Hexagons(
        x=(keys % span + low) / 2 * width + origin[0],
        y=(keys // span + row.min()) / 2 * height + origin[1],
        counts=number,
        width=float(width),
        without_location=missing,
    )
