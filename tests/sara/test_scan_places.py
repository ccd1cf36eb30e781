"""The lenses that need only place and month: hot spots, emerging places, points, areas."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sara.scan_ground import BURGLARY, SIDE, Ground

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.joining import MOST_CELLS, join_hot_cells
from forestall.sara.scanning.lenses.areas import area_rates
from forestall.sara.scanning.lenses.emerging import emerging_places
from forestall.sara.scanning.lenses.persistent import persistent_hot_spots
from forestall.sara.scanning.lenses.points import risky_points


def cells_of(field, sighting) -> set[tuple[int, int]]:
    return {
        (int(field.columns[c]) - 1800, int(field.rows[c]) - 1200) for c in sighting.cells
    }  # the ground begins at 450 km east, 300 km north


def test_cells_are_half_open() -> None:
    edge = Ground(per_cell_month=0).add(0, np.zeros(3, int), [250.0, 249.999, 500.0], [0.0, 0.0, 0.0]).field()
    assert len(set(edge.cell.tolist())) == 3
    assert sorted(int(c) - 1800 for c in edge.columns) == [0, 1, 2]


def test_a_stray_event_does_not_stretch_the_map() -> None:
    ground = Ground().add(0, np.zeros(1, int), [-300_000.0], [-200_000.0])
    field = ground.field()
    assert field.cell[-1] == -1
    assert np.ptp(field.columns) < SIDE


def test_hot_spot_is_found_once_with_honest_figures() -> None:
    field = Ground().spot(BURGLARY, 10, 12, 5).field()
    found = persistent_hot_spots(field)
    assert [s.crime_type for s in found] == [BURGLARY]
    spot = found[0]
    assert (10, 12) in cells_of(field, spot)
    assert len(spot.cells) <= 9
    assert spot.lower < spot.excess < spot.upper
    # Shrunken: less than the plain difference, and near the 60 added.
    assert spot.excess < spot.events - spot.expected
    assert 35 < spot.excess < 85
    assert spot.evidence["months_held"] >= 9


def test_chance_maps_have_hardly_any_hot_spot() -> None:
    flagged = sum(
        bool(persistent_hot_spots(Ground(seed, n_months=12).field()))
        for s, seed in enumerate(range(200, 230))
    )
    # 30 maps of 5 types each; at most 1 in 20 maps by chance, with three errors of the count on top.
    assert flagged <= 4


def test_a_burst_of_two_months_is_not_persistent() -> None:
    field = Ground().spot(BURGLARY, 10, 12, 40, slice(30, 32)).field()
    assert persistent_hot_spots(field) == []


def test_order_of_rows_does_not_matter() -> None:
    ground = Ground(3).spot(BURGLARY, 5, 5, 5)
    shuffled = np.random.default_rng(9).permutation(ground.n)
    a, b = persistent_hot_spots(ground.field()), persistent_hot_spots(ground.field(order=shuffled))
    assert [(s.events, s.excess, s.why) for s in a] == [(s.events, s.excess, s.why) for s in b]


def test_a_great_block_is_cut_to_its_cores() -> None:
    field = Ground(per_cell_month=0.5).field()
    column, row = field.columns - field.columns.min(), field.rows - field.rows.min()
    score = np.exp(-((column - 6.0) ** 2 + (row - 6.0) ** 2) / 20) + np.exp(
        -((column - 16.0) ** 2 + (row - 16.0) ** 2) / 20
    )
    places = join_hot_cells(field, score > 0.02, score)
    assert len(places) == 2
    assert all(0 < len(p) <= MOST_CELLS for p in places)


def test_corners_join_and_gaps_part() -> None:
    field = Ground(per_cell_month=1.0).field()
    column, row = field.columns - field.columns.min(), field.rows - field.rows.min()
    hot = np.zeros(field.n_cells, dtype=bool)
    for c, r in ((2, 2), (3, 3), (8, 8)):
        hot |= (column == c) & (row == r)
    assert sorted(len(p) for p in join_hot_cells(field, hot, np.ones(field.n_cells))) == [1, 2]


def test_emerging_place_is_found() -> None:
    field = Ground(2).spot(BURGLARY, 15, 4, 8, slice(31, 36)).field()
    found = emerging_places(field)
    assert found
    assert {s.crime_type for s in found} == {BURGLARY}
    assert any((15, 4) in cells_of(field, s) for s in found if s.place is None)
    assert all(s.last == 35 for s in found)


def test_a_rise_of_the_whole_force_raises_no_place() -> None:
    field = Ground(4).scatter(BURGLARY, 0.3, slice(32, 36)).field()
    assert emerging_places(field) == []


def test_a_season_of_its_own_is_not_emerging() -> None:
    ground = Ground(5)
    for year in range(3):
        ground.spot(BURGLARY, 8, 8, 9, slice(12 * year + 9, 12 * year + 12))
    assert emerging_places(ground.field()) == []
    # The same rise without the earlier years is one.
    assert emerging_places(Ground(5).spot(BURGLARY, 8, 8, 9, slice(33, 36)).field())


def test_emerging_needs_a_year_before() -> None:
    assert emerging_places(Ground(1, n_months=12).spot(BURGLARY, 8, 8, 20, slice(9, 12)).field()) == []


def test_one_point_that_bears_much() -> None:
    ground = Ground(6, n_months=12)
    ground.add(BURGLARY, ground.rng.integers(0, 12, 40), np.full(40, 1234.0), np.full(40, 4321.0))
    found = risky_points(ground.field())
    assert len(found) == 1
    assert found[0].point == pytest.approx((451_234.0, 304_321.0))
    assert found[0].events == 40
    assert "not an address" in found[0].why


def test_points_count_only_since_the_map_was_drawn_anew() -> None:
    ground = Ground(7, n_months=24, per_cell_month=0)
    old, new = (ground.rng.uniform(0, SIDE * 250, (400, 2)) for _ in range(2))
    for points, when in ((old, range(16)), (new, range(16, 24))):
        for m in when:
            pick = points[ground.rng.integers(0, 400, 900)]
            ground.add(BURGLARY, np.full(900, m), pick[:, 0], pick[:, 1])
    for m in range(24):
        heavy = (old if m < 16 else new)[0]
        ground.add(BURGLARY, np.full(40, m), np.full(40, heavy[0]), np.full(40, heavy[1]))
    found = risky_points(ground.field())
    assert [s.first for s in found] == [16]
    # Nothing rose: the points moved.
    assert [s for s in emerging_places(ground.field()) if s.place is None] == []


@pytest.mark.parametrize("residents", [False, True])
def test_an_area_out_of_line_with_like_areas(residents: bool) -> None:
    ground = Ground(8, n_months=12)
    for column in range(8, 12):
        for row in range(8, 12):
            ground.spot(BURGLARY, column, row, 0.9)
    field = ground.field()
    if residents:
        field.population.update(dict.fromkeys(field.beats, 1500.0))
    found = area_rates(field)
    assert [s.place for s in found] == ["n:14"]
    assert found[0].evidence["basis"] == ("residents" if residents else "other crime")
    assert found[0].events > 2 * found[0].expected


def test_areas_all_alike_have_none_out_of_line() -> None:
    assert sum(len(area_rates(Ground(s, n_months=12).field())) for s in range(300, 310)) <= 2


def test_false_findings_are_controlled_in_each_type_and_over_all() -> None:
    chance = np.linspace(0.02, 1, 100)
    assert discoveries([np.array([0.03])], 0.05)[0].all()
    # Among 100 chance ones of another type the same p is nothing special.
    assert not discoveries([np.array([0.03]), chance], 0.05)[0].any()
    # A type full of findings buys no allowance for another.
    assert not discoveries([np.full(100, 1e-9), chance], 0.05)[1].any()
    assert [f.shape for f in discoveries([chance.reshape(10, 10), np.array([1e-9])], 0.05)] == [
        (10, 10),
        (1,),
    ]
    assert discoveries([], 0.05) == []
