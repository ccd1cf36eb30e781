"""Adjacent hot cells joined into places that somebody could walk round."""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.stats.hotspots import Grid, join_cells

#: Most cells of one place: 12 of 250 m are 0.75 km², about the largest ground one problem can be worked on.
MOST_CELLS = 12


def join_hot_cells(
    field: Field, hot: np.ndarray, score: np.ndarray, most: int = MOST_CELLS
) -> list[np.ndarray]:
    """Which places do these cells make?

    hot: bool (cells,). score: (cells,) how hot. A joined place of more than `most` cells (the middle of a city)
    is cut back to its hottest cores by leaving out its least hot cells, a tenth at a time, until every part
    fits; what is left out is the shoulder of the cores. Returns arrays of cell indices, hottest first.
    """
    waiting = [np.flatnonzero(hot)]
    done: list[np.ndarray] = []
    while waiting:
        cells = waiting.pop()
        for part in _touching(field, cells):
            if len(part) <= most:
                done.append(part)
            else:
                keep = np.argsort(-score[part], kind="stable")[: max(most, int(len(part) * 0.9))]
                waiting.append(np.sort(part[keep]) if len(keep) < len(part) else part[:0])
    done.sort(key=lambda c: (-float(score[c].max()), int(c[0])))
    return done


def _touching(field: Field, cells: np.ndarray) -> list[np.ndarray]:
    """Groups of cells that touch, corners too."""
    if len(cells) == 0:
        return []
    row, column = field.rows[cells] - field.rows[cells].min(), field.columns[cells]
    column = column - column.min()
    flags = np.zeros((row.max() + 1, column.max() + 1), dtype=bool)
    flags[row, column] = True
    index = np.full(flags.shape, -1, dtype=np.int64)
    index[row, column] = cells
    grid = Grid(flags.astype(np.int64), 0.0, 0.0, field.cell_metres, 0)
    return [np.sort(index[p.rows, p.columns]) for p in join_cells(flags, grid)]
