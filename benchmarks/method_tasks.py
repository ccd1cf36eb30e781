"""What is timed: each task makes or reads its data once and gives back a function without arguments."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np

from forestall.stats import gi_null, hotspots, matching, panels
from forestall.stats.clusters import space_time_scan
from forestall.stats.concentration import gini
from forestall.stats.density import kernel_density
from forestall.stats.repeats import near_repeat
from forestall.stats.synthetic_control import synthetic_control
from forestall.stats.timing import aoristic

ORIGIN = (430_000.0, 380_000.0)
SHAPE = (200, 200)
CELL = 100.0
SPACE, TIME = (0, 0.1, 100, 200, 300, 400), (0, 7, 14, 21, 28)

Task = Callable[[], object]


class City:
    """Points of a make-believe city: read from `data` (points_N.parquet) or, without it, drawn by seed."""

    def __init__(self, data: Path | None, n: int) -> None:
        columns = _read(data, n) if data else _draw(n)
        self.x, self.y, self.day, self.start, self.end = columns

    def first(self, n: int) -> City:
        """Every so-many-th event, n of them."""
        part = object.__new__(City)
        step = max(1, len(self.x) // n)
        for name in ("x", "y", "day", "start", "end"):
            setattr(part, name, getattr(self, name)[::step][:n])
        return part


def _read(data: Path, n: int) -> tuple[np.ndarray, ...]:
    import pyarrow.parquet as pq

    table = pq.read_table(data / f"points_{n}.parquet", columns=["x", "y", "day", "t", "t_to"])
    plain = [table[c].to_numpy() for c in ("x", "y", "day")]
    return (*plain, *(table[c].to_numpy().astype("datetime64[s]") for c in ("t", "t_to")))


def _draw(n: int) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(42)
    centre, size = rng.uniform(3000, 17_000, (60, 2)), rng.uniform(80, 700, 60)
    part = rng.integers(0, 60, n)
    xy = centre[part] + rng.normal(0, 1, (n, 2)) * size[part][:, None]
    xy = np.clip(np.where(rng.random((n, 1)) < 0.2, rng.uniform(0, 20_000, (n, 2)), xy), 1, 19_999) + ORIGIN
    day = rng.integers(0, 1096, n)
    start = np.datetime64("2022-01-01T00:00:00") + (day * 86_400 + rng.integers(0, 86_400, n))
    end = start + np.where(rng.random(n) < 0.6, rng.exponential(40_000, n), 0).astype("timedelta64[s]")
    return xy[:, 0].round(1), xy[:, 1].round(1), day, start, end


def grid(city: City) -> hotspots.Grid:
    return hotspots.grid_counts(city.x, city.y, CELL, origin=ORIGIN, shape=SHAPE)


def gi(city: City) -> Task:
    return lambda: hotspots.getis_ord(grid(city))


def gi_permuted(city: City) -> Task:
    return lambda: gi_null.getis_ord_permuted(grid(city), 999, np.random.default_rng(1))


def gi_exact(city: City) -> Task:
    return lambda: gi_null.getis_ord_exact(grid(city))


def density(city: City) -> Task:
    return lambda: kernel_density(city.x, city.y, 300, CELL, origin=ORIGIN, shape=SHAPE)


def density_exact(city: City) -> Task:
    return lambda: kernel_density(city.x, city.y, 300, CELL, origin=ORIGIN, shape=SHAPE, exact=True)


def knox(city: City, permutations: int) -> Task:
    return lambda: near_repeat(
        city.x, city.y, city.day, SPACE, TIME, permutations=permutations, rng=np.random.default_rng(1)
    )


def hours(city: City) -> Task:
    return lambda: aoristic(city.start, city.end)


def concentrated(city: City) -> Task:
    counts = grid(city).counts.ravel()
    return lambda: gini(counts)


def scan(city: City, replicas: int = 999) -> Task:
    return lambda: space_time_scan(city.x, city.y, city.day, replicas=replicas, rng=np.random.default_rng(1))


def two_way(data: Path | None) -> Task:
    """400 areas by 156 weeks, 20 treated from week 104."""
    treated = np.zeros((400, 156), dtype=bool)
    treated[:20, 104:] = True
    outcome = np.random.default_rng(1).poisson(3, treated.shape).astype(float)
    if data:
        with (data / "panel.csv").open(encoding="utf-8") as file:
            rows = np.array([[float(v) for v in r] for r in list(csv.reader(file))[1:]])
        at = rows[:, 0].astype(int), rows[:, 1].astype(int)
        outcome[at] = rows[:, 2]
        treated[at] = rows[:, 3] * rows[:, 4] > 0
    return lambda: panels.two_way(outcome, treated)


def basque(file: Path) -> Task:
    """The published example, 13 predictors, 17 donors."""
    name = "Basque Country (Pais Vasco)"
    with file.open(encoding="utf-8") as lines:
        value = {(r["regionname"], int(float(r["year"]))): r for r in csv.DictReader(lines)}
    regions = [name, *sorted({n for n, _ in value} - {name})]
    years = sorted({y for _, y in value})
    schools = [f"school.{c}" for c in "illit prim med high post.high".split()]
    sectors = "agriculture energy industry construction services.venta services.nonventa".split()
    wanted = [
        *((c, range(1964, 1970)) for c in [*schools, "invest"]),
        ("gdpcap", range(1960, 1970)),
        *((f"sec.{c}", range(1961, 1970, 2)) for c in sectors),
        ("popdens", [1969]),
    ]
    x = np.array(
        [
            [np.mean([float(value[n, y][c]) for y in over if value[n, y][c]]) for n in regions]
            for c, over in wanted
        ]
    )
    z = np.array([[float(value[n, y]["gdpcap"]) for n in regions] for y in years])
    fitted = [years.index(y) for y in range(1960, 1970)]
    return lambda: synthetic_control(
        z[:, 0], z[:, 1:], years.index(1975), predictors=(x[:, 0], x[:, 1:]), fit_periods=fitted
    )


def seattle(file: Path) -> Task:
    """39 treated of 9,642 blocks, 57 columns; weights and four linearised tests."""
    with gzip.open(file, "rt") as lines:
        rows = list(csv.DictReader(lines))
    place = {key: i for i, key in enumerate(sorted({r["ID"] for r in rows}))}

    def wide(column: str) -> np.ndarray:
        out = np.zeros((len(place), 16))
        for r in rows:
            out[place[r["ID"]], int(r["time"]) - 1] = float(r[column])
        return out

    treated = wide("Intervention").max(axis=1) > 0
    people = "TotalPop BLACK HISPANIC Males_1521 HOUSEHOLDS FAMILYHOUS FEMALE_HOU RENTER_HOU VACANT_HOU"
    outcomes = [wide(c) for c in ("i_felony", "i_misdemea", "i_drugs", "any_crime")]
    x = np.column_stack([*(wide(c)[:, 0] for c in people.split()), *(o[:, :12] for o in outcomes)])

    def run() -> list[float]:
        found = matching.match(x[treated], x[~treated])
        after = [o[:, 12:].sum(axis=1) for o in outcomes]
        return [
            matching.matched_effect(found, y[treated], y[~treated], x[treated], x[~treated]).p for y in after
        ]

    return run
