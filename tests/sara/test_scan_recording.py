"""Steps common to a whole force, and map points drawn anew."""

from __future__ import annotations

import numpy as np
from tests.sara.scan_ground import BURGLARY, SIDE, TYPES, Ground

from forestall.sara.scanning.recording import recording_changes


def test_a_step_of_the_whole_force_is_reported() -> None:
    field = Ground(1).scatter(BURGLARY, 0.2, slice(20, 36)).field()
    changes = recording_changes(field)
    assert [(c.crime_type, c.month) for c in changes] == [(TYPES[BURGLARY], "2022-09")]
    assert 1.4 < changes[0].ratio < 1.9
    assert changes[0].share_of_areas > 0.7


def test_a_fall_is_a_step_too() -> None:
    ground = (
        Ground(2, per_cell_month=0)
        .scatter(BURGLARY, 0.4, slice(0, 18))
        .scatter(BURGLARY, 0.15, slice(18, 36))
    )
    for t in (0, 2, 3, 4):
        ground.scatter(t, 0.3)
    changes = recording_changes(ground.field())
    assert [(c.crime_type, c.month) for c in changes] == [(TYPES[BURGLARY], "2022-07")]
    assert changes[0].ratio < 0.6


def test_a_local_burst_is_no_recording_change() -> None:
    # As many more events as the step above, all in one place.
    field = Ground(1).spot(BURGLARY, 10, 10, 0.2 * SIDE * SIDE, slice(20, 36)).field()
    assert recording_changes(field) == []


def test_a_pure_season_is_no_step() -> None:
    flags = 0
    for seed in range(400, 410):
        ground = Ground(seed, per_cell_month=0)
        for m in range(36):
            for t in range(len(TYPES)):
                ground.scatter(t, 0.3 * (1 + 0.3 * np.cos(2 * np.pi * (m - 6) / 12)), slice(m, m + 1))
        flags += len(recording_changes(ground.field()))
    assert flags <= 3  # of 10 x 5 series: at most 5%


def test_a_steady_force_has_none() -> None:
    assert sum(len(recording_changes(Ground(s).field())) for s in range(500, 510)) <= 1


def test_too_few_months_say_nothing() -> None:
    assert recording_changes(Ground(1, n_months=6).field()) == []


def test_map_points_drawn_anew_are_noticed() -> None:
    ground = Ground(3, n_months=12, per_cell_month=0)
    old, new = (ground.rng.uniform(0, SIDE * 250, (200, 2)) for _ in range(2))
    for m in range(12):
        pick = (old if m < 8 else new)[ground.rng.integers(0, 200, 600)]
        ground.add(BURGLARY, np.full(600, m), pick[:, 0], pick[:, 1])
    assert ground.field().redrawn == 8
    assert Ground(3).field().redrawn is None  # exact places: every event lies somewhere new
