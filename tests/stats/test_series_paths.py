"""Monthly series: expected paths, interruptions (against a reference run), control charts."""

import importlib.util
import json
import sys
import types

import numpy as np
import pytest
from tests.shared import BENCH, needs_shared

from forestall.errors import ForestallError
from forestall.stats.series import (
    control_chart,
    expected_path,
    interrupted_series,
    linear_interruption,
    paired_dispersion,
    prediction_interval,
)


def test_expected_path_by_hand() -> None:
    """Treated had half of the comparison before, so 20 in the comparison leads to 10 expected."""
    observed = np.array([5, 10, 15, 4.0])
    comparison = np.array([10, 20, 30, 20.0])
    path = expected_path(observed, np.array([1, 1, 1, 0], bool), comparison)
    assert path.expected.tolist() == [5, 10, 15, 10]
    assert path.dispersion == 1
    # Variance 10 + 0.25 x 20 + 100 x (1/30 + 1/60) = 20.
    assert (path.lower[3], path.upper[3]) == (3, 20)


def test_expected_path_keeps_a_missing_month_missing() -> None:
    observed = np.array([5, np.nan, 15, 10, 5, 4.0])
    comparison = np.array([10, 20, 30, np.nan, 10, 20.0])
    path = expected_path(observed, np.array([1, 1, 1, 1, 1, 0], bool), comparison, level=0.9)
    assert path.before.tolist() == [True, False, True, False, True, False]
    assert path.to_dict()["expected"][3] is None
    assert path.to_dict()["observed"][1] is None
    with pytest.raises(ForestallError, match="2 usable months"):
        expected_path(observed[:4], np.array([1, 1, 1, 1], bool), comparison[:4])


def test_season_without_comparison_needs_two_years() -> None:
    months = np.arange(36)
    season = 100 * np.exp(0.3 * np.cos(2 * np.pi * months / 12))
    before = months < 24
    path = expected_path(np.round(season), before, month_of_year=months % 12 + 1)
    assert np.abs(path.expected[24:] / season[24:] - 1).max() < 0.01
    assert not path.caveats
    short = expected_path(np.round(season[:30]), months[:30] < 12, month_of_year=months[:30] % 12 + 1)
    assert "Season is not allowed for" in short.caveats[0]
    flat = expected_path(np.zeros(30), months[:30] < 12)
    assert flat.expected[20] == 0
    assert flat.upper[20] > 0


def test_paired_dispersion_drops_what_both_share() -> None:
    rng = np.random.default_rng(1)
    season = 60 * np.exp(np.cos(np.arange(240) / 2))
    assert paired_dispersion(rng.poisson(season), rng.poisson(2 * season)) < 1.25
    wild = rng.poisson(season * rng.gamma(4, 0.25, 240))
    assert paired_dispersion(wild, rng.poisson(2 * season)) > 3
    assert paired_dispersion(np.array([1, 2, 3.0]), np.array([10, 20, 30.0])) == 1


def test_prediction_interval_is_poisson_where_there_is_no_spread() -> None:
    low, high = prediction_interval(np.array([0.0, 1.0, 10.0, 1000.0]), np.array([0, 1, 10, 1000.0]), 0.95)
    assert low.tolist() == [0, 0, 4, 938]  # R: qpois(0.025, c(1, 10, 1000)): 0 4 938
    assert high.tolist() == [0, 3, 17, 1062]
    _, wide = prediction_interval(np.array([10.0]), np.array([40.0]), 0.95)
    assert wide[0] > 20


@needs_shared
def test_interruption_agrees_with_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    series = _panel(monkeypatch)
    reference = json.loads((BENCH / "reference/t6_assess.json").read_text())["statsmodels"]["result"]
    names = {"Intercept": "level", "t": "t", "post": "post", "since": "since", "s1": "s1", "c1": "c1"}
    plain, errors = linear_interruption(series, 104, 52.18, lags=6)
    quasi = interrupted_series(series, 104, 52.18)
    robust = interrupted_series(series, 104, 52.18, errors="newey-west", lags=6)
    for theirs, ours in names.items():
        assert plain[ours] == pytest.approx(reference["its_ols_hac6"]["params"][theirs], rel=1e-6)
        assert errors[ours] == pytest.approx(reference["its_ols_hac6"]["se"][theirs], rel=1e-6)
        assert quasi.coefficients[ours] == pytest.approx(reference["its_poisson"]["params"][theirs], rel=1e-5)
        # Theirs assume Poisson; ours are those times the root of the spread.
        assert quasi.errors[ours] / np.sqrt(quasi.dispersion) == pytest.approx(
            reference["its_poisson"]["se"][theirs], rel=1e-5
        )
        assert robust.errors[ours] == pytest.approx(reference["its_poisson_hac6_se"][theirs], rel=1e-4)
    assert quasi.dispersion == pytest.approx(reference["its_poisson"]["pearson_chi2"] / 150, rel=1e-6)


def _panel(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """The weekly totals of the treated areas of the reference panel. Its maker wants a table library for
    reading only: a dictionary does."""
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=dict))
    spec = importlib.util.spec_from_file_location("bench_gen", BENCH / "gen.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    panel = module.panel()
    return np.bincount(panel["week"][panel["treated"] == 1], panel["count"][panel["treated"] == 1])


def test_interruption_finds_a_planted_step_and_keeps_gaps() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(72)
    mean = 200 * np.exp(0.2 * np.sin(2 * np.pi * t / 12) + np.where(t >= 36, np.log(0.7), 0))
    counts = rng.poisson(mean).astype(float)
    counts[10] = np.nan
    found = interrupted_series(counts, 36)
    assert found.n == 71
    assert found.step.interval[0] < 0.7 < found.step.interval[1] < 1
    assert found.slope is not None
    assert found.slope.interval[0] < 1 < found.slope.interval[1]
    assert interrupted_series(counts, 36, slope_change=False).slope is None
    with pytest.raises(ForestallError, match="2 periods before"):
        interrupted_series(counts, 2)
    with pytest.raises(ForestallError, match="not known"):
        interrupted_series(counts, 36, errors="magic")
    with pytest.raises(ForestallError, match="Nothing was counted"):
        interrupted_series(np.zeros(40), 20)


def test_control_chart_by_hand() -> None:
    """A level of 10 with three-sigma chance: 3 to 21 by exact Poisson quantiles."""
    chart = control_chart(np.array([10.0] * 12 + [25, 2, np.nan]), baseline=np.arange(15) < 12)
    assert chart.rate == 10
    assert (chart.lower[0], chart.upper[0]) == (2, 21)
    assert chart.above.tolist() == [False] * 12 + [True, False, False]
    assert not chart.below.any()
    assert control_chart(np.array([10.0] * 12 + [1]), baseline=np.arange(13) < 12).below[-1]
    with pytest.raises(ForestallError):
        control_chart(np.array([1.0, 2.0]))


def test_errors_that_allow_for_echo() -> None:
    # three events in ten carry over: quasi-Poisson calls changes that are not there, Newey-West more of them
    from calibration.scenarios import echo

    rng = np.random.default_rng(4)
    wrong = dict.fromkeys(("quasi-poisson", "newey-west", "echo"), 0)
    for _ in range(250):
        counts = echo(rng, np.full(48, 20.0))
        for errors in wrong:
            found = interrupted_series(counts, 36, slope_change=False, errors=errors)
            wrong[errors] += found.step.p < 0.05
    assert wrong["echo"] / 250 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 250)
    assert wrong["quasi-poisson"] / 250 > 0.09
    assert wrong["newey-west"] > wrong["quasi-poisson"]
    assert any("too narrow in series this short" in c for c in _caveats(counts, "newey-west"))
    assert not _caveats(counts, "echo")


def _caveats(counts: np.ndarray, errors: str) -> tuple[str, ...]:
    return interrupted_series(counts, 36, slope_change=False, errors=errors).caveats
