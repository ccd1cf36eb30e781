"""Simulations of the effect methods: how often they cry wolf, and how often their interval holds the truth.

`python -m tests.stats.effects_calibration` prints the full table of docs/explanation/how-a-result-is-judged.md;
the tests run a short form with wider limits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from forestall.stats.effects import ratio_of_changes, scaled_change, weighted_displacement_difference
from forestall.stats.regression_to_mean import regression_to_the_mean
from forestall.stats.series import allow_for_few_months, paired_dispersion

MEANS = (2, 5, 10, 20, 50, 100)


def poisson_cells(
    rng: np.random.Generator,
    runs: int,
    mean: float,
    factor: float = 1.0,
    growth: float = 1.0,
    size: float = 1.0,
) -> np.ndarray:
    """(runs, 4): treated before, after, comparison before, after."""
    means = [mean, mean * factor * growth, mean * size, mean * size * growth]
    return rng.poisson(means, (runs, 4)).astype(float)


def type_one(test: Callable[[np.ndarray], float], cells: np.ndarray) -> float:
    """Share of runs without a change in which p is below 0.05."""
    return float(np.mean([test(row) < 0.05 for row in cells]))


def difference_p(row: np.ndarray) -> float:
    return weighted_displacement_difference(row[:2], row[2:]).p


def ratio_p(row: np.ndarray) -> float:
    return ratio_of_changes(row[:2], row[2:]).p


def change_p(row: np.ndarray) -> float:
    found = scaled_change(row[:2], row[2:])
    return 1.0 if found is None else 0.0 if found.interval[0] > 0 or found.interval[1] < 0 else 1.0


def both_p(row: np.ndarray) -> float:
    """The rule of the verdict: ratio and difference must both leave out no change."""
    return max(ratio_p(row), change_p(row))


def difference_coverage(cells: np.ndarray, truth: float) -> float:
    hits = [
        low <= truth <= high
        for low, high in (weighted_displacement_difference(r[:2], r[2:]).interval for r in cells)
    ]
    return float(np.mean(hits))


def ratio_coverage(cells: np.ndarray, truth: float) -> float:
    hits = []
    for row in cells:
        low, high = ratio_of_changes(row[:2], row[2:]).interval
        hits.append((low is None or low <= truth) and (high is None or high >= truth))
    return float(np.mean(hits))


def monthly_type_one(
    rng: np.random.Generator, runs: int, mean: float, spread: float, echo: float = 0.0, widened: bool = True
) -> float:
    """Ratio on 12 + 12 monthly counts whose variance is `spread` times the mean, with season and echo; the
    dispersion is worked out from the months before, as the assessment does."""
    hits = 0
    month = np.arange(24)
    season = np.exp(0.3 * np.sin(2 * np.pi * month / 12))
    for _ in range(runs):
        pair = []
        for size in (1.0, 3.0):
            level = season * mean * size
            if spread > 1:
                shape = level / (spread - 1)
                noise = rng.gamma(shape) / shape
            else:
                noise = np.ones(24)
            if echo:
                drift = np.zeros(24)
                for i in range(1, 24):
                    drift[i] = echo * drift[i - 1] + rng.normal(0, 0.1)
                noise = noise * np.exp(drift)
            pair.append(rng.poisson(level * noise).astype(float))
        treated, other = pair
        factor = allow_for_few_months(paired_dispersion(treated[:12], other[:12]), 12) if widened else 1.0
        found = ratio_of_changes(
            (treated[:12].sum(), treated[12:].sum()), (other[:12].sum(), other[12:].sum()), dispersion=factor
        )
        hits += found.p < 0.05
    return hits / runs


def chosen_high_coverage(
    rng: np.random.Generator, runs: int, mean: float, spread: float = 0.0
) -> tuple[float, float]:
    """The 20 highest of 1,000 places, treated with nothing: share of runs whose adjusted interval covers
    nought, and mean change that a plain before and after shows."""
    covered = naive = 0.0
    for _ in range(runs):
        level = np.full(1000, mean) if spread == 0 else rng.gamma(1 / spread**2, mean * spread**2, 1000)
        before = rng.poisson(level)
        treated = np.zeros(1000, dtype=bool)
        treated[np.argsort(-before, kind="stable")[:20]] = True
        found = regression_to_the_mean(before, treated, float(rng.poisson(level[treated]).sum()))
        covered += found.interval[0] <= 0 <= found.interval[1]
        naive += found.naive_change / found.before
    return covered / runs, naive / runs


def main(runs: int = 10_000) -> None:
    rng = np.random.default_rng(20261122)
    print(f"{runs:,} runs; Monte Carlo error of 5 % is {np.sqrt(0.05 * 0.95 / runs):.2%}.\n")
    print(
        "| events in each count | difference | ratio | difference, growth x 2 | ratio, growth x 2 "
        "| both, growth x 2 | coverage difference | coverage ratio |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for mean in MEANS:
        still = poisson_cells(rng, runs, mean)
        grown = poisson_cells(rng, runs, mean, growth=2.0, size=3.0)
        fell = poisson_cells(rng, runs, mean, factor=0.7)
        figures = [
            type_one(difference_p, still),
            type_one(ratio_p, still),
            type_one(change_p, grown),
            type_one(ratio_p, grown),
            type_one(both_p, grown),
            difference_coverage(fell, -0.3 * mean),
            ratio_coverage(fell, 0.7),
        ]
        print(f"| {mean} | " + " | ".join(f"{v:.1%}" for v in figures) + " |", flush=True)
    print("\n| monthly mean, variance over mean, echo | ratio as Poisson | ratio widened |")
    print("|---|---|---|")
    for mean, spread, echo in ((5, 1, 0), (5, 2, 0), (20, 1, 0), (20, 2, 0), (20, 1, 0.3), (20, 4, 0)):
        n = max(200, runs // 5)
        plain = monthly_type_one(rng, n, mean, spread, echo, widened=False)
        wide = monthly_type_one(rng, n, mean, spread, echo)
        print(f"| {mean}, {spread}, {echo} | {plain:.1%} | {wide:.1%} |", flush=True)
    print(
        "\n| mean of 1,000 places, how much they truly differ | plain change | adjusted interval covers nought |"
    )
    print("|---|---|---|")
    for mean, differ in ((2, 0), (5, 0), (20, 0), (2, 0.3), (5, 0.3), (20, 0.3), (5, 1.0)):
        covered, naive = chosen_high_coverage(rng, max(200, runs // 5), mean, differ)
        print(f"| {mean}, {differ:g} | {naive:+.0%} | {covered:.1%} |", flush=True)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
