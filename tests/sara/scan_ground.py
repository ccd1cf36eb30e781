"""A small force to test lenses on: a square of cells with even background, and whatever a test adds to it."""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.field import Field

TYPES = ("Anti-social behaviour", "Burglary", "Robbery", "Vehicle crime", "Violence and sexual offences")
BURGLARY = TYPES.index("Burglary")
SIDE = 24  # cells
AREAS = 36  # squares of 4 by 4 cells


def months(n: int = 36, first_year: int = 2021) -> tuple[str, ...]:
    return tuple(f"{first_year + k // 12:04d}-{k % 12 + 1:02d}" for k in range(n))


class Ground:
    """Events piled up, then made a Field. Cells are numbered by column and row, 0 to 23."""

    def __init__(self, seed: int = 1, n_months: int = 36, per_cell_month: float = 0.3) -> None:
        self.rng = np.random.default_rng(seed)
        self.n_months = n_months
        self.rows: list[tuple[np.ndarray, ...]] = []
        if per_cell_month:
            for t in range(len(TYPES)):
                self.scatter(t, per_cell_month)

    def scatter(self, crime_type: int, per_cell_month: float, when: slice = slice(None)) -> Ground:
        """Even chance over all cells and the chosen months."""
        chosen = np.arange(self.n_months)[when]
        n = self.rng.poisson(per_cell_month * SIDE * SIDE * len(chosen))
        return self.add(
            crime_type,
            self.rng.choice(chosen, n),
            self.rng.uniform(0, SIDE * 250, n),
            self.rng.uniform(0, SIDE * 250, n),
        )

    def spot(
        self, crime_type: int, column: int, row: int, a_month: float, when: slice = slice(None)
    ) -> Ground:
        """Extra events inside one cell."""
        chosen = np.arange(self.n_months)[when]
        n = self.rng.poisson(a_month * len(chosen))
        return self.add(
            crime_type,
            self.rng.choice(chosen, n),
            self.rng.uniform(column * 250, (column + 1) * 250, n),
            self.rng.uniform(row * 250, (row + 1) * 250, n),
        )

    def add(self, crime_type: int, month: np.ndarray, x: np.ndarray, y: np.ndarray) -> Ground:
        self.rows.append((np.full(len(month), crime_type), month, np.asarray(x, float), np.asarray(y, float)))
        return self

    def field(
        self, *, keys: dict[str, np.ndarray] | None = None, order: np.ndarray | None = None, **more
    ) -> Field:
        t, m, x, y = (np.concatenate(part) for part in zip(*self.rows, strict=True))
        if order is not None:
            t, m, x, y = t[order], m[order], x[order], y[order]
        east, north = x + 450_000, y + 300_000
        area = np.clip(x // 1000, 0, 5).astype(int) * 6 + np.clip(y // 1000, 0, 5).astype(int)
        codes = tuple(f"E{i:08d}" for i in range(AREAS))
        return Field(
            force="testshire",
            months=months(self.n_months),
            types=TYPES,
            crime_type=t,
            month=m,
            x=east,
            y=north,
            area=area,
            areas=codes,
            beat_of=np.arange(AREAS),
            beats=tuple(f"n:{i}" for i in range(AREAS)),
            location=(x // 1000).astype(int) % 3,
            locations=("On or near ", "On or near High Street", "On or near Mill Lane"),
            names={f"n:{i}": f"Test {i:03d}" for i in range(AREAS)},
            population={},
            boundaries={},
            keys=keys or {},
            **more,
        )

    @property
    def n(self) -> int:
        return sum(len(r[0]) for r in self.rows)
