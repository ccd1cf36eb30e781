"""Detectors in one series: by hand, against the R package surveillance, error rates, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.shared import BENCH, needs_shared

from forestall.errors import ForestallError
from forestall.stats import outbreaks
from forestall.stats.change_points import change_points


def test_cusum_by_hand() -> None:
    # mean 4, standard deviation 2: (8 - 4)/2 - 1 = 1, then 1 + (7 - 4)/2 - 1 = 1.5, then 1.5 + (2 - 4)/2 - 1 < 0
    answer = outbreaks.cusum([4, 8, 7, 2], [1, 2, 3], mean=4, slack=1, limit=1.4)
    assert answer.statistic.tolist() == pytest.approx([1, 1.5, 0])
    assert answer.alarm.tolist() == [False, True, False]


def test_ewma_by_hand() -> None:
    # 0.5 * 8 + 0.5 * 4 = 6; limit 4 + 3 * sqrt(4 * 0.5 / 1.5 * (1 - 0.25)) = 7
    answer = outbreaks.ewma([4, 8], [1], mean=4, weight=0.5)
    assert answer.statistic.tolist() == [6]
    assert answer.limit.tolist() == pytest.approx([7])


def test_farrington_errs_at_its_level() -> None:
    rng = np.random.default_rng(6)
    season = 12 * (1 + 0.3 * np.cos(2 * np.pi * np.arange(72) / 12))
    flagged = [
        outbreaks.farrington(rng.poisson(season), [71], per_year=12, half_window=1, alpha=0.05).alarm[0]
        for _ in range(400)
    ]
    # alpha is two-sided, so about half of it lies above
    assert np.mean(flagged) <= 0.05
    high = rng.poisson(season)
    high[71] = 60
    assert outbreaks.farrington(high, [71], per_year=12, half_window=1).alarm[0]


def test_no_alarm_on_a_handful() -> None:
    series = np.zeros(80)
    series[79] = 3
    answer = outbreaks.farrington(series, [79], per_year=12, half_window=1)
    assert not answer.alarm[0]
    assert np.isnan(answer.limit[0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: outbreaks.farrington(np.ones(30), [29]),
        lambda: outbreaks.cusum(np.ones(30), [0]),
        lambda: outbreaks.cusum(np.zeros(30), [20]),
        lambda: outbreaks.ewma(np.ones(30), [20], weight=2),
        lambda: change_points([1, 2, 3]),
    ],
)
def test_refusals(call) -> None:
    with pytest.raises(ForestallError):
        call()


def test_change_points_by_hand_and_on_steady_series() -> None:
    answer = change_points([2] * 10 + [9] * 10)
    assert answer.starts.tolist() == [0, 10]
    assert answer.rates.tolist() == [2, 9]
    rng = np.random.default_rng(9)
    found = sum(len(change_points(rng.poisson(10, 48)).starts) > 1 for _ in range(300))
    assert found / 300 <= 0.05


def test_change_points_allow_for_exposure() -> None:
    days = np.array([31, 28, 31, 30] * 6)
    assert len(change_points(days * 10, days).starts) == 1


@needs_shared
def test_agrees_with_surveillance() -> None:
    known = json.loads((BENCH / "reference" / "t8_surveillance.json").read_text())
    series, judged = known["counts"], np.arange(known["range"][0] - 1, known["range"][1])
    answer = outbreaks.farrington(series, judged)
    upper = np.array(known["farrington_b5_w3_a01"]["upper"])
    assert np.nan_to_num(answer.limit) == pytest.approx(upper, abs=5e-4)
    assert answer.alarm.astype(int).tolist() == known["farrington_b5_w3_a01"]["alarm"]
    answer = outbreaks.cusum(series, judged)
    assert answer.alarm.astype(int).tolist() == known["cusum_k1.04_h2.26"]["alarm"]
    assert answer.limit.tolist() == known["cusum_k1.04_h2.26"]["upper"]
    for gap, name in ((0, "earsC1"), (2, "earsC2")):
        answer = outbreaks.recent_baseline(series, judged, gap=gap)
        assert answer.limit == pytest.approx(np.array(known[name]["upper"]), abs=1e-6)
        assert answer.alarm.astype(int).tolist() == known[name]["alarm"]
