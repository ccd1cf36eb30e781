"""Grid counts and Gi*: sums kept, edges, ties, scale, reference z, exact null and permutations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stats.reference_points import needs_bench, points, reference

from forestall.errors import ForestallError
from forestall.stats.gi_null import getis_ord_exact, getis_ord_permuted
from forestall.stats.hotspots import getis_ord, grid_counts, join_cells, sparse_counts
from forestall.stats.multiplicity import false_discovery


def test_a_point_on_a_shared_edge_counts_once() -> None:
    """Peers put it in both cells: 10,002 points from 10,000."""
    grid = grid_counts([0, 250, 250, 499.9], [0, 0, 250, 0], 250, origin=(0, 0))
    assert grid.counts.tolist() == [[1, 2], [0, 1]]


@given(
    st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=1, max_size=60),
    st.sampled_from([250.0, 100.0, 333.3, 0.7e4]),
)
def test_sum_is_kept_and_order_does_not_matter(where: list[tuple[float, float]], cell: float) -> None:
    x, y = np.array(where).T
    grid = grid_counts(x, y, cell)
    assert grid.counts.sum() == len(where)
    np.testing.assert_array_equal(grid.counts, grid_counts(x[::-1], y[::-1], cell).counts)
    sparse = sparse_counts(x, y, cell)
    assert sparse.counts.sum() == len(where)
    assert sparse.dense().counts.sum() == len(where)


def test_rows_without_location_are_counted_not_lost() -> None:
    grid = grid_counts([1, np.nan, 3], [1, 2, np.nan], 10)
    assert grid.without_location == 2
    assert grid.counts.sum() == 1
    assert grid_counts([], [], 250).counts.sum() == 0


def test_weights_sum() -> None:
    grid = grid_counts([1, 2, 300], [1, 2, 3], 250, weights=[0.5, 1.5, 4.0])
    assert grid.counts.tolist() == [[2.0, 4.0]]


def test_refuses_before_the_work() -> None:
    with pytest.raises(ForestallError, match="grid of"):
        grid_counts([0, 1e9], [0, 1e9], 1.0)
    with pytest.raises(ForestallError, match="outside the grid"):
        grid_counts([0, 1000], [0, 0], 250, origin=(0, 0), shape=(2, 2))
    with pytest.raises(ForestallError, match="origin"):
        grid_counts([0], [0], 250, origin=(500, 0))
    with pytest.raises(ForestallError, match="cell size"):
        grid_counts([0], [0], 0)


def test_z_by_hand() -> None:
    """3 x 3 with 9 in the middle: mean 1, sd sqrt(8). Corner box of 4 holds 9:
    z = (9 - 4) / (sqrt(8) sqrt((9 * 4 - 16) / 8)) = 5 / sqrt(20). The middle's box is the whole: z = 0."""
    grid = np.zeros((3, 3))
    grid[1, 1] = 9
    answer = getis_ord(grid)
    assert answer.z[0, 0] == pytest.approx(5 / np.sqrt(20))
    assert answer.z[0, 1] == pytest.approx((9 - 6) / (np.sqrt(8) * np.sqrt((54 - 36) / 8)))
    assert answer.z[1, 1] == 0
    assert answer.p_upper[1, 1] == 1
    assert answer.neighbours.tolist() == [[4, 6, 4], [6, 9, 6], [4, 6, 4]]


def test_z_agrees_with_the_definition_cell_by_cell() -> None:
    grid = np.random.default_rng(3).poisson(1.5, (7, 9)).astype(float)
    n, mean, sd = grid.size, grid.mean(), grid.std()
    answer = getis_ord(grid)
    for r, c in itertools.product(range(7), range(9)):
        box = grid[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2]
        k = box.size
        want = (box.sum() - mean * k) / (sd * np.sqrt((n * k - k * k) / (n - 1)))
        assert answer.z[r, c] == pytest.approx(want)


def test_free_of_scale_and_shift_of_origin() -> None:
    """A peer's default weights make z smaller by the root of the neighbours; ours has no scale at all."""
    grid = np.random.default_rng(0).poisson(2, (12, 12))
    np.testing.assert_allclose(getis_ord(grid * 7).z, getis_ord(grid).z)
    np.testing.assert_allclose(getis_ord(grid.T).z.T, getis_ord(grid).z)


@pytest.mark.parametrize("grid", [np.zeros((4, 4)), np.full((3, 5), 7), np.ones((1, 1)), np.zeros((0, 3))])
def test_ties_everywhere_are_no_hot_spot(grid: np.ndarray) -> None:
    for answer in (
        getis_ord(grid),
        getis_ord_exact(grid),
        getis_ord_permuted(grid, 9, np.random.default_rng(0)),
    ):
        assert (answer.z == 0).all()
        assert (answer.p_upper == 1).all()


def test_empty_cells_of_a_sparse_grid_are_not_significant() -> None:
    """A peer's folded p makes most cells tied at zero look significant."""
    grid = np.zeros((40, 40))
    grid[5, 5] = 30
    grid[np.random.default_rng(1).integers(0, 40, 60), np.random.default_rng(2).integers(0, 40, 60)] += 1
    for answer in (getis_ord_exact(grid), getis_ord_permuted(grid, 999, np.random.default_rng(0))):
        assert (answer.p_upper[answer.local_sum == 0] == 1).all()


def test_exact_null_is_the_count_of_all_subsets() -> None:
    grid = np.random.default_rng(4).poisson(1.2, (3, 4))
    answer = getis_ord_exact(grid)
    flat = grid.ravel()
    for cell, (r, c) in enumerate(itertools.product(range(3), range(4))):
        rest = np.delete(flat, cell).tolist()
        seen = answer.local_sum[r, c] - grid[r, c]
        sums = [sum(s) >= seen for s in itertools.combinations(rest, int(answer.neighbours[r, c]) - 1)]
        assert answer.p_upper[r, c] == pytest.approx(np.mean(sums), abs=1e-10)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 40), min_size=12, max_size=12), st.integers(0, 5))
def test_exact_null_of_any_counts(counts: list[int], shift: int) -> None:
    grid = np.array(counts).reshape(2, 6)
    answer = getis_ord_exact(grid)
    assert ((answer.p_upper > 0) & (answer.p_upper <= 1)).all()
    # The same shift on all cells changes no order of sums.
    np.testing.assert_allclose(getis_ord_exact(grid + shift).p_upper, answer.p_upper, atol=1e-9)


def test_permutations_agree_with_the_exact_null() -> None:
    grid = np.random.default_rng(9).negative_binomial(0.5, 0.3, (20, 20))
    exact = getis_ord_exact(grid).p_upper
    drawn = getis_ord_permuted(grid, 9999, np.random.default_rng(1)).p_upper
    error = np.sqrt(exact * (1 - exact) / 9999) + 1e-4
    assert (np.abs(drawn - exact) < 5 * error + 2e-4).all()
    again = getis_ord_permuted(grid, 9999, np.random.default_rng(1)).p_upper
    np.testing.assert_array_equal(drawn, again)


def test_permutations_take_weighted_counts_and_the_exact_null_refuses_them() -> None:
    grid = np.random.default_rng(9).gamma(0.5, 1, (10, 10))
    assert (getis_ord_permuted(grid, 99, np.random.default_rng(1)).p_upper >= 0.01).all()
    with pytest.raises(ForestallError, match="whole counts"):
        getis_ord_exact(grid)
    with pytest.raises(ForestallError):
        getis_ord_permuted(grid, 99, None)


def test_chance_maps_are_rarely_flagged() -> None:
    """Skewed counts shuffled over cells, exact p, false discovery control: any flag in at most 5 % of maps."""
    rng = np.random.default_rng(11)
    counts = rng.negative_binomial(0.4, 0.2, 900)
    flagged = sum(
        bool(false_discovery(getis_ord_exact(rng.permutation(counts).reshape(30, 30)).p_upper).any())
        for _ in range(300)
    )
    assert flagged / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_planted_hot_spot_is_found_whole() -> None:
    rng = np.random.default_rng(2)
    grid = rng.poisson(1.0, (30, 30))
    grid[10:13, 20:24] += rng.poisson(8, (3, 4))
    hot = false_discovery(getis_ord_exact(grid).p_upper)
    assert hot[11, 21:23].all()
    assert not hot[:5].any()


def test_joined_cells() -> None:
    grid = grid_counts([5, 5, 15, 95, 15], [5, 6, 15, 95, 15], 10, origin=(0, 0), shape=(10, 10))
    hot = np.zeros((10, 10), dtype=bool)
    hot[0, 0] = hot[1, 1] = hot[9, 9] = True
    first, second = join_cells(hot, grid)
    assert (first.events, first.number, first.rows.size) == (4, 1, 2)
    assert (first.x, first.y) == (10, 10)
    assert second.events == 1
    assert join_cells(np.zeros((10, 10)), grid) == []
    with pytest.raises(ForestallError):
        join_cells(np.zeros((3, 3)), grid)


@needs_bench
def test_reference_z_of_every_cell() -> None:
    data, want = points(10_000), reference("t2_gistar")
    grid = grid_counts(data["x"], data["y"], 250, origin=(430_000, 380_000), shape=(80, 80))
    answer = getis_ord(grid)
    assert grid.counts.sum() == 10_000
    np.testing.assert_allclose(answer.z.ravel(), want["z_all_row_major"], atol=2e-8)
    assert (answer.z > 1.96).sum() == want["esda_2.10.0_B"]["hot_1.96"]
    assert (answer.z < -1.96).sum() == 0


def test_normal_tail_and_joining_do_not_change_with_size() -> None:
    """Large grids go another way (a library); the answers are the same."""
    from scipy.special import ndtr

    import forestall.stats.hotspots as hotspots

    z = np.linspace(-8, 8, 101)
    np.testing.assert_allclose(hotspots.upper_tail(z), ndtr(-z), rtol=1e-13)
    rng = np.random.default_rng(7)
    grid = grid_counts(*rng.uniform(0, 200_000, (2, 3000)), 1000, origin=(0, 0), shape=(200, 200))
    hot = rng.random((200, 200)) < 0.2
    few = join_cells(hot, grid)
    many = join_cells(np.kron(hot, np.ones((2, 2))), grid_counts([], [], 1000, shape=(400, 400)))
    assert len(few) == len(many)
    assert sum(p.rows.size for p in few) == hot.sum()
