"""Hexagons, classes over time, and the accuracy of forecasts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats.accuracy import compare_forecasts, forecast_accuracy
from forestall.stats.hexagons import hexagon_counts
from forestall.stats.persistence import classify_hot_spots


@given(st.lists(st.tuples(st.floats(-5e4, 5e4), st.floats(-5e4, 5e4)), min_size=1, max_size=50))
def test_hexagons_keep_the_sum_and_choose_the_nearest_centre(where: list[tuple[float, float]]) -> None:
    x, y = np.array(where).T
    answer = hexagon_counts(x, y, 250)
    assert answer.counts.sum() == len(where)
    nearest = np.hypot(answer.x[:, None] - x, answer.y[:, None] - y).min(axis=0)
    # No point of a hexagon is further from its centre than a corner.
    assert (nearest <= 250 / np.sqrt(3) + 1e-6).all()


def test_hexagons_tile() -> None:
    """Counts of points spread evenly are even: every hexagon has the same area."""
    rng = np.random.default_rng(1)
    answer = hexagon_counts(*rng.uniform(0, 10_000, (2, 400_000)), 500)
    inside = (answer.x > 500) & (answer.x < 9500) & (answer.y > 500) & (answer.y < 9500)
    area = 500**2 * np.sqrt(3) / 2
    assert answer.counts[inside].mean() == pytest.approx(400_000 * area / 1e8, rel=0.01)
    corners = answer.outline(0)
    assert np.hypot(*(corners - [answer.x[0], answer.y[0]]).T) == pytest.approx(500 / np.sqrt(3))


def test_a_point_between_centres_counts_once() -> None:
    assert hexagon_counts([125.0], [0.0], 250).counts.tolist() == [1]
    assert hexagon_counts([np.nan, 1.0], [0.0, 1.0], 250).without_location == 1
    assert hexagon_counts([], [], 250).counts.size == 0


def planted() -> np.ndarray:
    """Ten periods of 20 x 20 cells; four places of 3 x 3 that last, begin, end, or come and go."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(0.5, (10, 20, 20))
    when = {
        (3, 3): range(10),
        (3, 15): range(8, 10),
        (15, 3): range(7),
        (15, 15): (1, 4, 8),
    }
    for (row, column), periods in when.items():
        for period in periods:
            counts[period, row - 1 : row + 2, column - 1 : column + 2] += rng.poisson(8, (3, 3)) + 3
    return counts


def test_planted_classes_are_found() -> None:
    answer = classify_hot_spots(planted())
    assert answer.recent_periods == 2
    found = {at: str(answer.classes[at]) for at in ((3, 3), (3, 15), (15, 3), (15, 15), (9, 9))}
    assert found == {
        (3, 3): "persistent",
        (3, 15): "emerging",
        (15, 3): "former",
        (15, 15): "intermittent",
        (9, 9): "none",
    }
    assert "1" in answer.sentence()


def test_chance_alone_is_no_hot_spot() -> None:
    rng = np.random.default_rng(3)
    answer = classify_hot_spots(rng.negative_binomial(0.5, 0.3, (12, 15, 15)))
    assert (answer.classes == "none").mean() > 0.98


def test_class_refusals() -> None:
    with pytest.raises(ForestallError, match="five or more"):
        classify_hot_spots(np.zeros((3, 4, 4)))
    with pytest.raises(ForestallError, match="recent"):
        classify_hot_spots(np.zeros((6, 4, 4)), recent=0)
    with pytest.raises(ForestallError, match="null"):
        classify_hot_spots(np.zeros((6, 4, 4)), null="none")


def test_accuracy_by_hand() -> None:
    """Ten cells, a fifth of the area. The two highest hold 3 + 2 of 10 later events; the best two hold 3 + 3.
    PAI = 0.5 / 0.2 = 2.5; PEI = 5 / 6; before, the two held 8 of 10: RRI = 0.5 / 0.8."""
    score = [9, 8, 1, 1, 1, 1, 1, 1, 1, 1]
    later = [3, 2, 3, 1, 1, 0, 0, 0, 0, 0]
    earlier = [5, 3, 1, 1, 0, 0, 0, 0, 0, 0]
    answer = forecast_accuracy(score, later, 0.2, earlier)
    assert answer.hit_rate == 0.5
    assert answer.pai == pytest.approx(2.5)
    assert answer.pei == pytest.approx(5 / 6)
    assert answer.rri == pytest.approx(0.625)


def test_ties_do_not_hang_on_order() -> None:
    """All cells alike: any tenth of the area catches a tenth, whatever the order."""
    rng = np.random.default_rng(4)
    later = rng.poisson(2, 100)
    for turned in (later, later[::-1], np.sort(later)):
        assert forecast_accuracy(np.ones(100), turned, 0.1).pai == pytest.approx(1)


@given(st.integers(0, 10_000), st.floats(0.05, 1.0))
def test_accuracy_laws(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    score, later = rng.random(60), rng.poisson(1, 60) + (np.arange(60) == 0)
    answer = forecast_accuracy(score, later, share)
    assert 0 <= answer.hit_rate <= 1 + 1e-12
    assert answer.pei <= 1 + 1e-12
    assert forecast_accuracy(later, later, share).pei == pytest.approx(1)
    assert forecast_accuracy(score * 5 + 2, later, share).hit_rate == pytest.approx(answer.hit_rate)


def test_comparison_with_last_year() -> None:
    rng = np.random.default_rng(5)
    risk = rng.gamma(0.3, 4, 900)
    later = rng.poisson(risk)
    good = compare_forecasts(risk, rng.random(900), later, 0.05, rng=rng)
    same = compare_forecasts(risk, risk, later, 0.05, rng=rng)
    assert good.better
    assert not same.better
    assert "not shown" in same.sentence()


@pytest.mark.parametrize(
    "call",
    [
        lambda: forecast_accuracy([1, 2], [1], 0.5),
        lambda: forecast_accuracy([1, 2], [0, 0], 0.5),
        lambda: forecast_accuracy([1, 2], [1, 1], 0.1),
        lambda: forecast_accuracy([1, 2], [1, 1], 2),
        lambda: forecast_accuracy([1, np.nan], [1, 1], 0.5),
        lambda: forecast_accuracy([1, 2], [1, 1], 0.5, [1]),
    ],
)
def test_accuracy_refusals(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError):
        call()
