"""Knox with every band at once: hand-sized case, published tables, exact mean and variance, refusals."""

from __future__ import annotations

import csv
import datetime
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import SHARED, needs_shared
from tests.stats.reference_points import needs_bench, points, reference

from forestall.errors import ForestallError
from forestall.stats.close_pairs import close_pairs
from forestall.stats.repeats import near_repeat, repeat_rates


def arson() -> tuple[list[float], list[float], list[int]]:
    with (SHARED / "incidents" / "chicago-arson-2016.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = [datetime.date.fromisoformat(row["date"]).toordinal() for row in rows]
    return [float(row["x"]) for row in rows], [float(row["y"]) for row in rows], days


def test_bands_are_half_open_by_hand() -> None:
    """Four events on a line at 0, 0, 100, 250 on days 1, 1, 9, 4.

    Distances: 0, 100, 250, 100, 250, 150; lags: 0, 8, 3, 8, 3, 5. Exactly 100 m is in [100, 300), 8 days in [8, 15).
    """
    answer = near_repeat([0, 0, 100, 250], [0] * 4, [1, 1, 9, 4], [0, 1, 100, 300], [0, 8, 15], 0)
    assert answer.observed.tolist() == [[1, 0], [0, 0], [3, 2]]
    # 6 pairs: 4 with a lag under 8, 2 of 8 days. By space: 1, 0, 5.
    np.testing.assert_allclose(answer.expected, np.outer([1, 0, 5], [4, 2]) / 6)
    assert answer.p is None
    assert np.isnan(answer.ratio[1, 0])


def test_mean_and_variance_are_those_of_all_relabellings() -> None:
    rng = np.random.default_rng(1)
    x, y, days = rng.integers(0, 4, 6) * 50.0, rng.integers(0, 3, 6) * 50.0, rng.integers(0, 6, 6)
    space, time = [0, 1, 75, 140], [0, 1, 3, 5]
    every = [
        near_repeat(x, y, np.array(p), space, time, 0).observed for p in itertools.permutations(days.tolist())
    ]
    answer = near_repeat(x, y, days, space, time, 0)
    np.testing.assert_allclose(answer.expected, np.mean(every, axis=0), atol=1e-9)
    np.testing.assert_allclose(answer.standard_deviation, np.std(every, axis=0), atol=1e-9)


def test_p_is_upper_tail_and_counts_ties() -> None:
    """All on one day: every relabelling gives the same table, so p = 1 everywhere."""
    answer = near_repeat([0, 10, 20], [0, 0, 0], [5, 5, 5], [0, 50], [0, 1, 8], 19, np.random.default_rng(0))
    assert answer.p.tolist() == [[1.0, 1.0]]  # type: ignore[union-attr]
    assert answer.expected.tolist() == [[3.0, 0.0]]


def test_same_seed_same_answer_whatever_the_order_of_columns_held(monkeypatch: pytest.MonkeyPatch) -> None:
    import forestall.stats.repeats as repeats

    rng = np.random.default_rng(2)
    where = rng.uniform(0, 1000, (2, 300))
    days = rng.integers(0, 60, 300)
    call = (*where, days, [0, 100, 200], [0, 7, 14], 99)
    one = near_repeat(*call, np.random.default_rng(5))
    monkeypatch.setattr(repeats, "GROUP", 16)
    monkeypatch.setattr(repeats, "LABEL_BYTES", 20_000)
    two = near_repeat(*call, np.random.default_rng(5))
    assert one.to_dict() == two.to_dict()


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 20)), min_size=2, max_size=40),
    st.sampled_from(["euclidean", "manhattan"]),
)
def test_counts_agree_with_all_pairs(events: list[tuple[int, int, int]], metric: str) -> None:
    x, y, days = (np.array(c, dtype=float) for c in zip(*events, strict=True))
    space, time = np.array([0, 1, 5, 10]), np.array([1, 3, 8])
    i, j = np.triu_indices(len(events), 1)
    dx, dy = np.abs(x[i] - x[j]), np.abs(y[i] - y[j])
    d = dx + dy if metric == "manhattan" else np.hypot(dx, dy)
    want = np.histogram2d(d, np.abs(days[i] - days[j]), [[0, 1, 5, 10 - 1e-9], [1, 3, 8 - 1e-9]])[0]
    answer = near_repeat(x, y, days, space, time, 0, metric=metric)
    np.testing.assert_array_equal(answer.observed, want)
    shifted = near_repeat(x * 3 + 7, y * 3 - 2, days + 400, space * 3, time, 0, metric=metric)
    np.testing.assert_array_equal(shifted.observed, want)
    turned = near_repeat(x[::-1], y[::-1], days[::-1], space, time, 0, metric=metric)
    np.testing.assert_array_equal(turned.observed, want)


def test_days_with_fractions_and_long_spans() -> None:
    answer = near_repeat([0, 0, 0], [0, 0, 0], [0.0, 0.5, 40_000.25], [0, 1], [0, 0.5, 1, 50_000], 0)
    assert answer.observed.tolist() == [[0, 1, 2]]
    long = near_repeat([0, 0], [0, 0], [0, 20_000], [0, 1], [0, 20_000, 20_001], 5, np.random.default_rng(0))
    assert long.observed.tolist() == [[0, 1]]


def test_pairs_of_one_place_come_once() -> None:
    pairs = close_pairs(np.zeros(200), np.zeros(200), 1.0)
    found = [(i, j) for i, j, _ in pairs.chunks(1000)]
    i, j = (np.concatenate(part) for part in zip(*found, strict=True))
    assert i.size == 200 * 199 // 2
    assert np.unique(i * 200 + j).size == i.size


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"space_bands": [0, 100, 50]}, "rising"),
        ({"time_bands": [-1, 5]}, "rising"),
        ({"days": [1, 2]}, "length"),
        ({"x": [1, 2, np.nan]}, "row 3"),
        ({"x": [-1.21, -1.22, -1.2], "y": [52.6, 52.61, 52.62]}, "degrees"),
        ({"metric": "taxi"}, "metric"),
        ({"permutations": 9}, "randomness"),
        ({"x": [1], "y": [1], "days": [1]}, "needs two"),
    ],
)
def test_refusals(change: dict, said: str) -> None:
    call = {"x": [0.0, 1, 2], "y": [0.0, 1, 2], "days": [1, 2, 3], "permutations": 0} | change
    with pytest.raises(ForestallError, match=said):
        near_repeat(**call)


def test_type_one_error_of_p() -> None:
    """Dates independent of places: p at most 0.05 in about 1 in 20 runs, never much more."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        where = rng.uniform(0, 600, (2, 120))
        answer = near_repeat(*where, rng.integers(0, 40, 120), [0, 60, 120], [0, 4, 8], 39, rng)
        hits += answer.p[0, 0] <= 0.05  # type: ignore[index]
    assert hits / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@needs_shared
def test_the_published_near_repeat_calculator_table() -> None:
    """Calculator's "1 to 200" is [1, 200). It puts one pair, within a metre of an edge, in each of two rows
    elsewhere: the coordinates it printed are rounded to 0.1 m."""
    answer = near_repeat(
        *arson(), [0, 1, 200, 400, 600], [0, 1, 2, 3], 999, np.random.default_rng(1), "manhattan"
    )
    published = np.array([[0, 2, 0], [9, 1, 1], [4, 0, 0], [6, 0, 0]])
    assert np.abs(answer.observed - published).sum() == 2
    np.testing.assert_array_equal(answer.observed.sum(axis=0), published.sum(axis=0))
    # Means of 99 iterations in the calculator's output.
    means = np.array(
        [
            [0.0101, 0.0707, 0.0909],
            [0.1212, 0.2727, 0.2525],
            [0.3434, 0.7677, 0.8384],
            [0.7778, 1.1616, 1.3535],
        ]
    )
    error = answer.standard_deviation / np.sqrt(99)
    assert (np.abs(answer.expected - means) < 4 * error + 0.03).all()
    p = answer.p
    assert p is not None
    assert p[1, 0] <= 0.01
    assert p[2, 0] <= 0.01
    assert p[3, 0] <= 0.01
    assert p[0, 1] <= 0.02
    assert (p[2:, 1:] == 1).all()


@needs_bench
@pytest.mark.parametrize("n", [2000, 5000, 10_000])
def test_reference_tables(n: int) -> None:
    data, step = points(10_000), 10_000 // n
    x, y, day = (np.asarray(data[name])[::step][:n] for name in ("x", "y", "day"))
    name = "oracle_10000_perm99" if n == 10_000 else f"oracle_{n}_perm999"
    want = reference("t4_knox")[name]["result"]
    answer = near_repeat(x, y, day, want["sds"], want["tds"], 99, np.random.default_rng(1))
    np.testing.assert_array_equal(answer.observed, want["observed"])
    np.testing.assert_allclose(answer.expected, want["expected_exact"], atol=6e-5)
    assert answer.close_pairs == want["space_pairs"]
    simulated = answer.expected_simulated
    assert simulated is not None
    assert (np.abs(simulated - answer.expected) < 5 * answer.standard_deviation / np.sqrt(99)).all()


def test_repeat_rates_by_hand() -> None:
    """Keys with 1, 1, 2, 6 events: half repeated; 10 events, 6 of them after the first."""
    answer = repeat_rates([1, 1, 2, 6, 0], without_key=3)
    assert answer.keys == 4
    assert answer.number_of_keys.tolist() == [2, 1, 0, 0, 1]
    assert answer.number_of_events.tolist() == [2, 2, 0, 0, 6]
    assert answer.share_of_keys_repeated == 0.5
    assert answer.share_of_events_repeats == 0.6
    with pytest.raises(ForestallError, match="key"):
        repeat_rates([])


def test_small_coordinates_that_are_no_degrees_are_taken() -> None:
    """A unit square with bands to match, in whatever unit, is no longitude and latitude; a city in degrees is."""
    rng = np.random.default_rng(8)
    where, days = rng.random((2, 50)), rng.integers(0, 30, 50)
    assert near_repeat(*where, days, [0, 0.1, 0.3], [0, 7], 0).close_pairs > 0
    with pytest.raises(ForestallError, match="degrees"):
        near_repeat(where[0] * 0.2 - 77, where[1] * 0.2 + 38.9, days, [0, 100], [0, 7], 0)
    with pytest.raises(ForestallError, match="degrees"):
        near_repeat(where[0] - 2, where[1] + 52, days, [0, 0.1], [0, 7], 0)
