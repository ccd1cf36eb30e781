"""The events of one force as plain arrays: what every lens looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

#: Points further out than this share of the force's own spread are left off the grid: in open data a few
#: events of a force are recorded at the other end of the country, and would stretch its map to there.
STRAY = 0.25


@dataclass(frozen=True)
class Field:
    """One force's events and the units they fall in. Arrays of length n unless said otherwise.

    crime_type, month: index into `types`, `months`. x, y: British National Grid metres, NaN without a
    location. area: index into `areas`, -1 where not known. beat_of: (areas,) index into `beats`, -1 where
    not known. location: index into `locations`, -1 where none. months are those that the force has records
    for, oldest first: a month that is missing is not among them. start: UTC seconds (NaT unknown). hour_of_week:
    0 = Monday 00:00 to 167, -1 unknown. keys: `victim`, `premises`, `caller` where the source has them: a
    number for each key, -1 for none. The keys themselves never come in here.
    """

    force: str
    months: tuple[str, ...]
    types: tuple[str, ...]
    crime_type: np.ndarray
    month: np.ndarray
    x: np.ndarray
    y: np.ndarray
    area: np.ndarray
    areas: tuple[str, ...]
    beat_of: np.ndarray
    beats: tuple[str, ...]
    location: np.ndarray
    locations: tuple[str, ...]
    names: dict[str, str]  # place code -> name
    population: dict[str, float]  # place code -> residents, where loaded
    boundaries: dict[str, str]  # place code -> GeoJSON geometry, where loaded
    cell_metres: float = 250.0
    chosen: tuple[int, ...] | None = None  # crime types to look for problems of; None is all
    start: np.ndarray | None = None
    hour_of_week: np.ndarray | None = None
    keys: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.month)

    @property
    def wanted(self) -> tuple[int, ...]:
        """The crime types that problems are looked for in; the others still serve as background."""
        return tuple(range(len(self.types))) if self.chosen is None else self.chosen

    @cached_property
    def mapped(self) -> np.ndarray:
        """True where the event has a location that belongs on this force's map."""
        here = np.isfinite(self.x) & np.isfinite(self.y)
        if not here.any():
            return here
        for values in (self.x, self.y):
            low, high = np.quantile(values[here], (0.002, 0.998))
            slack = STRAY * max(high - low, 20 * self.cell_metres)
            here = here & (values >= low - slack) & (values <= high + slack)
        return here

    @cached_property
    def _cells(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        column = np.floor(self.x[self.mapped] / self.cell_metres).astype(np.int64)
        row = np.floor(self.y[self.mapped] / self.cell_metres).astype(np.int64)
        base = int(column.min()) if column.size else 0
        width = int(column.max()) - base + 1 if column.size else 1
        known, inverse = np.unique(row * width + (column - base), return_inverse=True)
        of_event = np.full(self.n, -1, dtype=np.int64)
        of_event[self.mapped] = inverse
        return of_event, known % width + base, known // width

    @property
    def cell(self) -> np.ndarray:
        """Index of each event's cell among those that ever held an event of any type; -1 off the map."""
        return self._cells[0]

    @property
    def columns(self) -> np.ndarray:
        """Grid column of each cell (half open, from the grid's origin, `cell_metres` wide)."""
        return self._cells[1]

    @property
    def rows(self) -> np.ndarray:
        """Grid row of each cell."""
        return self._cells[2]

    @property
    def n_cells(self) -> int:
        return len(self.columns)

    @cached_property
    def neighbours(self) -> np.ndarray:
        """(cells, 9) index of each cell itself and its eight neighbours; -1 where no event was ever held."""
        rows, columns = self.rows - self.rows.min() + 1, self.columns - self.columns.min() + 1
        lookup = np.full((rows.max() + 2, columns.max() + 2), -1, dtype=np.int64)
        lookup[rows, columns] = np.arange(self.n_cells)
        steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
        return np.stack([lookup[rows + r, columns + c] for r, c in steps], axis=1)

    @property
    def beat(self) -> np.ndarray:
        """Index of each event's beat, -1 where not known."""
        if len(self.beat_of) == 0:
            return np.full(self.n, -1, dtype=np.int64)
        return np.where(self.area >= 0, self.beat_of[self.area], -1)

    @cached_property
    def by_type(self) -> tuple[np.ndarray, ...]:
        """Positions of the events of each type, in `types` order."""
        order = np.argsort(self.crime_type, kind="stable")
        cuts = np.searchsorted(self.crime_type[order], np.arange(1, len(self.types)))
        return tuple(np.split(order, cuts))

    def table(self, events: np.ndarray, units: np.ndarray, n_units: int) -> np.ndarray:
        """(units, months) how many of these events (positions) fall in each unit and month; -1 is left out."""
        unit, month = units[events], self.month[events]
        inside = unit >= 0
        flat = unit[inside].astype(np.int64) * len(self.months) + month[inside]
        return np.bincount(flat, minlength=n_units * len(self.months)).reshape(n_units, len(self.months))

    def window(self, months: int | None) -> slice:
        """The latest `months` months as a slice of `self.months`; None is all."""
        have = len(self.months)
        return slice(max(0, have - months) if months else 0, have)

    @cached_property
    def redrawn(self) -> int | None:
        """Since which month (index) have the map points been others than before? None: never, or not map points.

        Open data snap every event to a published map point, and the list of points is drawn anew at times. From
        then on hardly any event lies where one lay before, and a point or a cell cannot be compared across that
        month. Found where, of the events of a month, at least 4 in 5 used to lie on points used before, and now
        fewer than 2 in 5.
        """
        month = self.month[self.mapped]
        n = len(self.months)
        if n < 6 or len(month) == 0:
            return None
        point = self.points[self.mapped]
        first = np.full(int(point.max()) + 1, n, dtype=np.int64)
        np.minimum.at(first, point, month)
        again = np.bincount(month, weights=first[point] < month, minlength=n)
        old = again / np.maximum(np.bincount(month, minlength=n), 1)
        found = [m for m in range(3, n) if old[m] < 0.4 and old[m - 3 : m].min() > 0.8]
        return found[-1] if found else None

    @cached_property
    def points(self) -> np.ndarray:
        """Index of the point, as recorded, that each event lies on; -1 off the map."""
        # Decimetres: finer than any source, coarse enough to survive conversion.
        x = np.round(self.x[self.mapped] * 10).astype(np.int64)
        y = np.round(self.y[self.mapped] * 10).astype(np.int64)
        of_event = np.full(self.n, -1, dtype=np.int64)
        of_event[self.mapped] = np.unique(x * (1 << 32) + y, return_inverse=True)[1]
        return of_event
