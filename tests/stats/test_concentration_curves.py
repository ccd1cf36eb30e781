"""Lorenz, Gini, share bearing half: published examples, hand-sized cases, laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stats.reference_points import needs_bench, points, reference

from forestall.errors import ForestallError
from forestall.stats.concentration import concentration, gini, lorenz, places_bearing


def test_gini_by_hand() -> None:
    """Counts 3, 1: half the places hold 3/4. Area between diagonal and curve, doubled: 0.25."""
    assert gini([3, 1]) == pytest.approx(0.25)
    assert gini([5, 5, 5]) == pytest.approx(0)
    assert gini([10, *[0] * 9]) == pytest.approx(0.9)


def test_gini_is_the_mean_absolute_difference() -> None:
    rng = np.random.default_rng(1)
    c = rng.poisson(3, 60).astype(float)
    direct = np.abs(c[:, None] - c).sum() / (2 * c.size**2 * c.mean())
    assert gini(c) == pytest.approx(direct)


@pytest.mark.parametrize(
    ("counts", "plain", "corrected"),
    [
        ([10, 8, 2, 0, 0, 0, 0, 0, 0, 0], 0.78, 0.78),
        ([5, 2, 1, 0, 0, 0, 0, 0, 0, 0], 0.8, 0.75),
    ],
)
def test_small_count_form_as_published(counts: list[int], plain: float, corrected: float) -> None:
    assert gini(counts) == pytest.approx(plain)
    assert gini(counts, corrected=True) == pytest.approx(corrected)


def test_one_event_each_is_no_concentration() -> None:
    """Three events on ten places cannot be shared more equally than one each."""
    assert gini([1, 1, 1], places=10, corrected=True) == pytest.approx(0)
    assert gini([1, 1, 1], places=10) == pytest.approx(0.7)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=60), st.integers(1, 9))
def test_laws(counts: list[int], factor: int) -> None:
    if sum(counts) == 0:
        return
    c = np.array(counts)
    assert gini(c[::-1]) == pytest.approx(gini(c))
    assert gini(c * factor) == pytest.approx(gini(c))
    assert 0 <= gini(c) + 1e-12 <= 1
    assert gini(c, corrected=True) <= gini(c) + 1e-12
    curve = lorenz(c)
    assert curve.share_events[0] == 0
    assert curve.share_events[-1] == 1
    assert (np.diff(curve.share_events, 2) <= 1e-12).all()
    half = places_bearing(c)
    assert np.sort(c)[::-1][:half].sum() >= c.sum() / 2
    assert np.sort(c)[::-1][: half - 1].sum() < c.sum() / 2


def test_half_by_chance_is_what_chance_gives() -> None:
    rng = np.random.default_rng(2)
    for mean in (0.02, 1.0, 6.0):
        answer = concentration(rng.poisson(mean, 200_000))
        assert answer.share_bearing_half == pytest.approx(answer.expected_share_bearing_half, rel=0.02)


def test_intervals_cover_the_truth() -> None:
    """Places drawn from a gamma-Poisson whose own Gini is known from a very large draw."""
    rng = np.random.default_rng(6)

    def draw(n: int) -> np.ndarray:
        return rng.poisson(rng.gamma(0.8, 4.0, n))

    truth = gini(draw(2_000_000))
    covered = 0
    for _ in range(120):
        interval = concentration(draw(800), replicates=199, rng=rng).gini_interval
        covered += interval is not None and bool(interval.covers(truth))
    assert covered / 120 >= 0.88


def test_bootstrap_is_seeded_and_brackets_the_estimate() -> None:
    c = np.random.default_rng(0).poisson(1.0, 500)
    one, two = (concentration(c, replicates=99, rng=np.random.default_rng(7)) for _ in range(2))
    assert one.to_dict() == two.to_dict()
    assert one.gini_interval.covers(one.gini)  # type: ignore[union-attr]
    assert one.share_bearing_half_interval.covers(one.share_bearing_half)  # type: ignore[union-attr]


@needs_bench
def test_reference_figures() -> None:
    counts = np.unique(points(10_000)["premise"], return_counts=True)[1]
    want = reference("t5_concentration")["numpy_10000"]["result"]
    answer = concentration(counts, places=10_000)
    assert answer.gini == pytest.approx(want["gini"], abs=1e-12)
    assert answer.gini_unbiased == pytest.approx(want["gini_unbiased"], abs=1e-12)
    assert answer.gini_corrected == pytest.approx(want["generalised_gini"], abs=1e-12)
    for name in ("share_top_1pct", "share_top_5pct", "share_top_20pct"):
        assert getattr(answer, name) == pytest.approx(want[name], abs=1e-12)
    assert answer.places_bearing_half == want["units_for_50pct"]
    assert answer.places_repeated == want["repeat_units"]


@pytest.mark.parametrize(
    "call", [lambda: gini([]), lambda: gini([0, 0]), lambda: gini([1, -1]), lambda: gini([1, 2, 3], places=2)]
)
def test_refusals(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError):
        call()
