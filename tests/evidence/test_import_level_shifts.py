"""Steps common to a whole force: those that were planted, and none where nothing changed."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.evidence import level_shifts, quality, spans
from forestall.evidence.synthetic.region import generate

pytestmark = pytest.mark.slow

MONTHS = spans.span("2021-01", "2023-12")


def test_quantile_of_student() -> None:
    # Printed tables: 0.9995 with 10 and 22 degrees of freedom.
    assert level_shifts.student(0.9995, 10) == pytest.approx(4.587, abs=0.02)
    assert level_shifts.student(0.9995, 22) == pytest.approx(3.792, abs=0.002)


def _noise(rng: np.random.Generator, types: int, season: float = 0.0, drift: float = 0.0) -> np.ndarray:
    month = np.arange(len(MONTHS))
    mean = 20 * np.exp(season * np.sin(2 * np.pi * month / 12) + drift * month)
    wobble = rng.gamma(100, 1 / 100, (types, 1, len(MONTHS)))  # the whole force varies by a tenth each month
    return rng.poisson(mean * wobble * np.ones((types, 12, 1)))


@pytest.mark.parametrize(("season", "drift"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.01)])
def test_noise_season_and_drift_are_no_steps(season: float, drift: float) -> None:
    rng = np.random.default_rng(11)
    names = [f"type {i}" for i in range(200)]
    found = level_shifts.shifts(_noise(rng, 200, season, drift), MONTHS, 200 * len(MONTHS), names, "gotham")
    assert len([f for f in found if f["kind"] == "level"]) <= 1, found
    assert len(found) <= 3, (
        found
    )  # a jump of one month is told by a fixed size, so now and then chance makes one


def test_a_step_in_one_area_only_is_none_of_the_force() -> None:
    counts = _noise(np.random.default_rng(3), 1)
    counts[0, 0, 20:] += 200
    assert level_shifts.shifts(counts, MONTHS, 36, ["Burglary"], "gotham") == []


def test_the_planted_step_is_found_and_chance_is_not() -> None:
    found, false = 0, []
    for seed in (1, 4, 5):
        region = generate(seed)
        (planted,) = region.truth.recording_changes
        near = {planted.month, spans.span(planted.month, "2026-12")[1]}
        for step in quality.assess(region.events, {})["step_changes"]:
            right = (step["force"], step["crime_type"]) == (planted.force, planted.crime_type)
            if right and step["month"] in near:
                found += 1
            else:
                false.append(step)
    assert (found, false) == (3, [])
