"""Difference in differences: by hand, against published software on the same panel, and error rates."""

from __future__ import annotations

import json
import runpy

import numpy as np
import pytest
from tests.shared import BENCH, needs_shared

from forestall.errors import ForestallError
from forestall.stats import panels


def mark(units: int, periods: int, treated: int, start: int) -> np.ndarray:
    d = np.zeros((units, periods), dtype=bool)
    d[:treated, start:] = True
    return d


def test_four_areas_by_hand() -> None:
    # treated 10 -> 6 and 12 -> 10, others 8 -> 9 and 4 -> 5: (-4 - 2)/2 - (1 + 1)/2 = -4
    y = [[10, 6], [12, 10], [8, 9], [4, 5]]
    answer = panels.two_way(y, mark(4, 2, 2, 1))
    assert answer.estimate == pytest.approx(-4)
    assert panels.staggered(y, mark(4, 2, 2, 1)).overall.estimate == pytest.approx(-4)
    assert panels.event_study(y, mark(4, 2, 2, 1)).estimates.tolist() == pytest.approx([0, -4])


def test_levels_and_common_shocks_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    y = rng.poisson(10, (12, 8)).astype(float)
    d = mark(12, 8, 4, 5)
    moved = y + rng.normal(0, 50, (12, 1)) + rng.normal(0, 50, (1, 8))
    for method in (panels.two_way, lambda a, b: panels.staggered(a, b).overall):
        assert method(moved, d).estimate == pytest.approx(method(y, d).estimate)
        assert method(moved, d).standard_error == pytest.approx(method(y, d).standard_error)


def test_growing_effects_with_staggered_starts() -> None:
    # no noise; the effect grows by 1 each period after the start: the truth is known exactly
    d = np.zeros((6, 9), dtype=bool)
    for i, start in enumerate((3, 3, 6, 6)):
        d[i, start:] = True
    y = np.cumsum(d, axis=1).astype(float) + np.arange(9) + np.arange(6)[:, None]
    answer = panels.staggered(y, d)
    assert answer.cohorts == (3, 6)
    assert answer.effects[0, 3:].tolist() == pytest.approx([1, 2, 3, 4, 5, 6])
    assert answer.overall.estimate == pytest.approx(np.cumsum(d, axis=1)[d].mean())
    with pytest.raises(ForestallError, match="different times"):
        panels.two_way(y, d)


@pytest.mark.slow
def test_errors_hold_their_level() -> None:
    rng = np.random.default_rng(3)
    d = mark(30, 10, 12, 6)
    wrong = np.zeros(3)
    runs = 400
    for _ in range(runs):
        y = rng.poisson(rng.gamma(5, 2, (30, 1)) * np.ones((1, 10))).astype(float)
        wrong += [
            panels.two_way(y, d).p < 0.05,
            panels.staggered(y, d).overall.p < 0.05,
            panels.event_study(y, d).parallel_p < 0.05,
        ]
    assert (wrong / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)).all()
    assert (wrong / runs >= 0.01).all()


def test_paths_that_part_before_are_seen() -> None:
    rng = np.random.default_rng(4)
    y = rng.normal(20, 1, (20, 8))
    y[:10] += np.arange(8)
    answer = panels.event_study(y, mark(20, 8, 10, 6))
    assert answer.parallel_p < 0.001
    assert "already moved apart" in answer.sentence()


@pytest.mark.parametrize(
    ("y", "d", "word"),
    [
        (np.full((4, 3), np.nan), mark(4, 3, 2, 1), "no value in period 1"),
        (np.ones((4, 3)), np.zeros((4, 3)), "No area is treated"),
        (np.ones((2, 3)), mark(2, 3, 1, 1), "too few"),
        (np.ones((4, 3)), mark(4, 3, 4, 0), "treated alike"),
    ],
)
def test_refusals(y: np.ndarray, d: np.ndarray, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        panels.two_way(y, d)


@needs_shared
def test_panel_of_400_areas_agrees_with_pyfixest() -> None:
    pytest.importorskip("pandas", reason="the generator of the shared panel needs pandas")
    make = runpy.run_path(str(BENCH / "gen.py"))["panel"]()
    y = make["count"].to_numpy(dtype=float).reshape(400, 156)
    d = (make["treated"].to_numpy() * make["post"].to_numpy()).reshape(400, 156)
    known = json.loads((BENCH / "reference" / "t6_assess.json").read_text())["pyfixest"]["result"]
    answer = panels.two_way(y, d)
    assert answer.estimate == pytest.approx(known["twfe_d"], rel=1e-9)
    assert answer.standard_error == pytest.approx(known["se_crv1"], rel=1e-6)


def test_few_areas_by_hand() -> None:
    # changes -4 and -2 against 1, 1 and 4: means -3 and 2; variances 2 / 2 + 3 / 3 = 2; degrees
    # (1/2 + 1/3)^2 / (1 / (4 * 1) + 1 / (9 * 2)) = 25/11
    y = [[10, 6], [12, 10], [8, 9], [4, 5], [1, 5]]
    answer = panels.two_way(y, mark(5, 2, 2, 1), errors="few")
    assert answer.estimate == pytest.approx(-5)
    assert answer.standard_error == pytest.approx(2**0.5)
    from scipy.special import stdtr

    assert answer.p == pytest.approx(2 * stdtr(25 / 11, -5 / 2**0.5))


def test_few_areas_do_not_cry_wolf() -> None:
    rng = np.random.default_rng(8)
    d = mark(20, 24, 3, 12)
    runs = [rng.poisson(20, (20, 24)) for _ in range(600)]
    clustered = [panels.two_way(y, d) for y in runs]
    assert np.mean([a.p < 0.05 for a in clustered]) > 0.09
    assert all("errors='few'" in a.sentence() for a in clustered)
    assert np.mean([panels.two_way(y, d, errors="few").p < 0.05 for y in runs]) < 0.05 + 3 * 0.0089


def test_few_areas_need_one_block() -> None:
    d = mark(6, 8, 3, 4)
    d[0, 7] = False
    with pytest.raises(ForestallError, match="one common start"):
        panels.two_way(np.ones((6, 8)), d, errors="few")
    with pytest.raises(ForestallError, match="no errors 'robust'"):
        panels.two_way(np.ones((6, 8)), mark(6, 8, 3, 4), errors="robust")
