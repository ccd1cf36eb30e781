"""Short form of the simulations: 500 runs, limits of three Monte Carlo errors. The full form fills the table in
docs/explanation/how-a-result-is-judged.md."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stats import effects_calibration as full

RUNS = 500
ERROR = 3 * np.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.slow
@pytest.mark.parametrize("mean", [5, 50])
def test_no_more_than_one_false_alarm_in_twenty(mean: int) -> None:
    rng = np.random.default_rng(mean)
    still = full.poisson_cells(rng, RUNS, mean)
    assert 0.05 - ERROR < full.type_one(full.difference_p, still) < 0.05 + ERROR + 0.005
    assert full.type_one(full.ratio_p, still) < 0.05 + ERROR
    grown = full.poisson_cells(rng, RUNS, mean, growth=2.0, size=3.0)
    assert full.type_one(full.ratio_p, grown) < 0.05 + ERROR
    assert full.type_one(full.both_p, grown) < 0.05 + ERROR


@pytest.mark.slow
@pytest.mark.parametrize("mean", [10, 100])
def test_intervals_hold_the_truth(mean: int) -> None:
    rng = np.random.default_rng(mean + 1)
    fell = full.poisson_cells(rng, RUNS, mean, factor=0.7)
    assert full.difference_coverage(fell, -0.3 * mean) > 0.95 - ERROR - 0.005
    assert full.ratio_coverage(fell, 0.7) > 0.95 - ERROR


@pytest.mark.slow
def test_spread_between_months_is_allowed_for() -> None:
    rng = np.random.default_rng(7)
    assert full.monthly_type_one(rng, RUNS, 20, 2.0, widened=False) > 0.10  # Poisson alone cries wolf
    assert full.monthly_type_one(rng, RUNS, 20, 2.0) < 0.05 + ERROR + 0.01
    assert full.monthly_type_one(rng, RUNS, 20, 1.0) < 0.05 + ERROR


@pytest.mark.slow
def test_chance_highs_are_not_taken_for_effects() -> None:
    covered, naive = full.chosen_high_coverage(np.random.default_rng(9), 120, 5)
    assert covered > 0.95 - 3 * np.sqrt(0.05 * 0.95 / 120)
    assert naive < -0.4
