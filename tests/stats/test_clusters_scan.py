"""Kulldorff's scans: the ratio by hand, every cylinder against a plain loop, level, power, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.clusters import poisson_scan, space_time_scan


def test_ratio_by_hand() -> None:
    """Two far areas alike in population, 9 events and 1: 9 ln(9/5) + ln(1/5)."""
    answer = poisson_scan([0, 10_000], [0, 0], [9, 1], [1, 1], [100], replicas=0)
    top = answer.clusters[0]
    assert top.log_likelihood_ratio == pytest.approx(9 * np.log(9 / 5) + np.log(1 / 5))
    assert (top.events, top.expected, top.p) == (9, 5, None)
    assert len(answer.clusters) == 1


def brute(
    x: np.ndarray, y: np.ndarray, days: np.ndarray, radii: list[float], period: int, longest: int
) -> float:
    """The largest ratio over every cylinder, one at a time, each event its own place."""
    n = x.size
    back = (days.max() - days) // period
    best = 0.0
    for k in range(n):
        d = np.hypot(x - x[k], y - y[k])
        for radius in radii:
            inside = d <= radius
            for start in range(int(back.max()) + 1):
                for length in range(1, longest + 1):
                    then = (back <= start) & (back > start - length)
                    if start - length < -1:
                        continue
                    c, mean = (inside & then).sum(), inside.sum() * then.sum() / n
                    if c > mean:
                        rest = (n - c) * np.log((n - c) / (n - mean)) if c < n else 0
                        best = max(best, c * np.log(c / mean) + rest)
    return best


def test_every_cylinder_is_tried() -> None:
    rng = np.random.default_rng(1)
    # Each event alone in its cell, so that places are events.
    cells = rng.choice(900, 40, replace=False)
    x, y = cells % 30 * 100.0 + 50, cells // 30 * 100.0 + 50
    days = rng.integers(0, 60, 40).astype(float)
    answer = space_time_scan(x, y, days, [150, 420], cell=100, period=6, longest=3, replicas=0)
    assert answer.clusters[0].log_likelihood_ratio == pytest.approx(brute(x, y, days, [150, 420], 6, 3))


def test_a_planted_cluster_is_found_where_and_when() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 5000, (2, 600)) + 400_000
    days = rng.integers(0, 200, 600)
    x[:25], y[:25] = 402_000 + rng.normal(0, 80, 25), 403_000 + rng.normal(0, 80, 25)
    days[:25] = rng.integers(100, 113, 25)
    top = space_time_scan(x, y, days, replicas=99, rng=rng).clusters[0]
    assert np.hypot(top.x - 402_000, top.y - 403_000) < 400
    assert 93 <= top.first_day <= 113
    assert top.p == 0.01


@pytest.mark.slow
def test_level_of_both_p() -> None:
    rng = np.random.default_rng(3)
    runs, hits = 60, {"monte carlo": 0, "gumbel": 0}
    for method in hits:
        for _ in range(runs):
            where, days = rng.uniform(0, 2000, (2, 150)), rng.integers(0, 84, 150)
            answer = space_time_scan(
                *where, days, [300, 600], longest=3, replicas=59, rng=rng, p_method=method
            )
            hits[method] += answer.clusters[0].p <= 0.05  # type: ignore[operator]
    for method, number in hits.items():
        assert number / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs), method


def test_prospective_only_sees_what_reaches_the_last_day() -> None:
    rng = np.random.default_rng(4)
    where, days = rng.uniform(0, 3000, (2, 300)), rng.integers(0, 140, 300)
    answer = space_time_scan(*where, days, replicas=0, prospective=True)
    assert all(c.last_day == days.max() for c in answer.clusters)


def test_clusters_do_not_overlap_and_seeds_repeat() -> None:
    rng = np.random.default_rng(5)
    where, days = rng.uniform(0, 8000, (2, 400)), rng.integers(0, 140, 400)
    one, two = (space_time_scan(*where, days, replicas=9, rng=np.random.default_rng(7)) for _ in range(2))
    assert one.to_dict() == two.to_dict()
    found = one.clusters
    assert len(found) > 2
    for k, a in enumerate(found):
        for b in found[:k]:
            assert np.hypot(a.x - b.x, a.y - b.y) > a.radius + b.radius
    scores = [c.log_likelihood_ratio for c in found]
    assert scores == sorted(scores, reverse=True)


def test_shortcut_in_replicas_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from forestall.stats import clusters

    rng = np.random.default_rng(6)
    where, days = rng.uniform(0, 2000, (2, 120)), rng.integers(0, 84, 120)
    call = {"radii": [300, 600], "longest": 3, "replicas": 30}
    quick = space_time_scan(*where, days, **call, rng=np.random.default_rng(1))
    monkeypatch.setattr(clusters, "WORTH", 0.0)
    full = space_time_scan(*where, days, **call, rng=np.random.default_rng(1))
    assert [c.p for c in quick.clusters] == [c.p for c in full.clusters]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": [1, 2]}, "length"),
        ({"x": [1], "y": [1], "days": [1]}, "needs more"),
        ({"radii": [500, 100]}, "rising"),
        ({"longest": 50}, "longest window"),
        ({"p_method": "guess"}, "p method"),
        ({"replicas": 9}, "randomness"),
        ({"replicas": 9, "p_method": "gumbel", "rng": np.random.default_rng(0)}, "Gumbel"),
        ({"x": [-1.1, -1.12, -1.13], "y": [52.1, 52.2, 52.15]}, "degrees"),
        ({"period": 0}, "above zero"),
    ],
)
def test_refusals(change: dict, said: str) -> None:
    call = {"x": [0.0, 10, 20], "y": [0.0, 5, 9], "days": [1, 40, 90], "replicas": 0, "longest": 2} | change
    with pytest.raises(ForestallError, match=said):
        space_time_scan(**call)


def test_poisson_refusals() -> None:
    for counts, expected, said in (
        ([1, 2], [1, 2, 3], "one row per area"),
        ([1, -2, 3], [1, 2, 3], "zero or more"),
        ([1, 0, 0], [1, 2, 3], "three or more"),
        ([5, 5, 5], [1, 0, 3], "above zero"),
    ):
        with pytest.raises(ForestallError, match=said):
            poisson_scan([0, 1000, 2000], [0, 0, 0], counts, expected, [500], replicas=0)
