"""Many places and pairs at once: hot spots, near repeats, pattern change, on maps where nothing is the matter."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calibration.check import FALSE_ALARMS, Check
from forestall.stats.gi_null import getis_ord_exact, getis_ord_permuted
from forestall.stats.hotspots import getis_ord
from forestall.stats.multiplicity import false_discovery
from forestall.stats.patterns import pattern_change
from forestall.stats.repeats import near_repeat

ANALYTIC = "too small for sparse and skewed counts: its page says so; the command's default is exact"


def checks() -> Iterator[Check]:
    for mean in (0.5, 2, 5, 20):
        said = f"any flag, 20 x 20 cells of mean {mean:g}"
        yield Check("Gi* exact, false discovery 5 %", said, FALSE_ALARMS, 0.05, exact_map(mean), 0.2)
        yield Check(
            "Gi* analytic, false discovery 5 %", said, FALSE_ALARMS, 0.05, analytic_map(mean), 0.4, ANALYTIC
        )
    yield Check(
        "Gi* permuted, one cell at 5 %",
        "20 x 20 cells of mean 2, share of cells",
        FALSE_ALARMS,
        0.05,
        permuted_cells,
        0.05,
    )
    for n in (100, 400):
        yield Check(
            "near repeats (Knox), first band",
            f"{n} events, places and dates apart, 99 permutations",
            FALSE_ALARMS,
            0.05,
            knox(n, False),
            0.2,
        )
    yield Check(
        "near repeats (Knox), first band",
        "400 events in clumped places and a busy season, 99 permutations",
        FALSE_ALARMS,
        0.05,
        knox(400, True),
        0.2,
    )
    for method, dependent in (("Benjamini-Yekutieli", True), ("Benjamini-Hochberg", False)):
        for total in (300, 3000):
            yield Check(
                f"pattern change, {method}",
                f"any of 50 areas, {total:,} events in each set",
                FALSE_ALARMS,
                0.05,
                pattern(total, dependent),
                0.2,
            )


def exact_map(mean: float):
    def run(rng: np.random.Generator) -> float:
        return float(false_discovery(getis_ord_exact(rng.poisson(mean, (20, 20))).p_upper.ravel()).any())

    return run


def analytic_map(mean: float):
    def run(rng: np.random.Generator) -> float:
        return float(false_discovery(getis_ord(rng.poisson(mean, (20, 20))).p_upper.ravel()).any())

    return run


def permuted_cells(rng: np.random.Generator) -> float:
    return float((getis_ord_permuted(rng.poisson(2, (20, 20)), 199, rng).p_upper <= 0.05).mean())


def knox(n: int, clumped: bool):
    def run(rng: np.random.Generator) -> float:
        x, y = rng.uniform(0, 5000, (2, n))
        day = rng.integers(0, 365, n)
        if clumped:
            centre = rng.uniform(500, 4500, (8, 2))[rng.integers(0, 8, n)]
            x, y = centre.T + rng.normal(0, 300, (2, n))
            day = (rng.beta(3, 3, n) * 365).astype(int)
        found = near_repeat(x, y, day, [0, 1, 200], [0, 8], permutations=99, rng=rng)
        return float(found.p[1, 0] <= 0.05)

    return run


def pattern(total: int, dependent: bool):
    share = np.arange(1, 51) / np.arange(1, 51).sum()

    def run(rng: np.random.Generator) -> float:
        base, test = rng.multinomial(total, share, 2)
        return float(pattern_change(base, test, dependent=dependent).changed.any())

    return run
