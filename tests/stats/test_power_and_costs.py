"""Power, regression to the mean, money."""

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.costs import net_benefit, present_value, value_avoided
from forestall.stats.effects import ratio_of_changes
from forestall.stats.power import power_of_ratio, smallest_change
from forestall.stats.regression_to_mean import regression_to_the_mean


def test_power_by_hand() -> None:
    """100 and 400 before, equal lengths, factor 0.7: error sqrt(1/100 + 1/70 + 1/400 + 1/400) = 0.1711;
    0.3567 / 0.1711 = 2.085, so power = 1 - Phi(1.96 - 2.085) = 0.55."""
    assert power_of_ratio(0.7, 100, 400) == pytest.approx(0.5497, abs=5e-4)
    assert power_of_ratio(1.0, 100, 400) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize(
    ("factor", "treated", "comparison"), [(0.7, 100, 400), (0.6, 60, 60), (1.4, 80, 200)]
)
def test_power_agrees_with_simulation(factor: float, treated: float, comparison: float) -> None:
    rng = np.random.default_rng(5)
    runs = 2000
    t0, t1 = rng.poisson(treated, runs), rng.poisson(treated * factor, runs)
    c0, c1 = rng.poisson(comparison, (2, runs))
    hits = np.mean(
        [ratio_of_changes((a, b), (c, d)).p < 0.05 for a, b, c, d in zip(t0, t1, c0, c1, strict=True)]
    )
    power = power_of_ratio(factor, treated, comparison)
    assert abs(hits - power) < 3 * np.sqrt(power * (1 - power) / runs) + 0.005


def test_smallest_change() -> None:
    found = smallest_change(200, 800)
    assert found.fall is not None
    assert power_of_ratio(1 - found.fall, 200, 800) >= 0.8 > power_of_ratio(1 - found.fall + 0.002, 200, 800)
    assert power_of_ratio(1 + (found.rise - 1), 200, 800) == pytest.approx(0.8, abs=0.002)
    assert smallest_change(20_000, 80_000).fall < 0.06
    assert smallest_change(200, 800, dispersion=3).fall > found.fall
    assert smallest_change(200, 800, length_ratio=2).fall < found.fall
    assert "or more" in found.sentence()
    few = smallest_change(4, 20)
    assert few.fall is None
    assert "longer period" in few.sentence()
    assert few.caveats
    with pytest.raises(ForestallError, match="treated count before"):
        smallest_change(0, 10)


@pytest.mark.slow
def test_chosen_because_high_by_chance_shows_no_effect() -> None:
    rng = np.random.default_rng(2)
    covered = naive = 0
    for _ in range(200):
        before = rng.poisson(5, 1000)
        treated = np.zeros(1000, dtype=bool)
        treated[np.argsort(-before, kind="stable")[:20]] = True
        found = regression_to_the_mean(before, treated, rng.poisson(5, 20).sum())
        covered += found.interval[0] <= 0 <= found.interval[1]
        naive += found.naive_change < -80
        assert found.luck > 0.7
    assert naive == 200  # the naive view sees a fall every time
    assert (
        covered / 200 >= 0.90
    )  # 0.95 nominal; the full run is in docs/explanation/how-a-result-is-judged.md


def test_a_real_effect_survives_the_adjustment() -> None:
    rng = np.random.default_rng(4)
    levels = rng.gamma(0.5, 40, 500)
    before = rng.poisson(levels)
    treated = np.zeros(500, dtype=bool)
    treated[np.argsort(-before, kind="stable")[:20]] = True
    found = regression_to_the_mean(before, treated, rng.poisson(0.6 * levels[treated]).sum())
    assert found.interval[1] < 0
    assert found.luck < 0.1
    assert "chance highs" in found.sentence().lower()
    with pytest.raises(ForestallError):
        regression_to_the_mean(before, np.zeros(500, dtype=bool), 1)


def test_values_leave_the_missing_missing() -> None:
    value = value_avoided(
        {"Burglary": 10, "Drugs": 4}, {"Burglary": 100.0, "Drugs": None}, errors={"Burglary": 5, "Drugs": 1}
    )
    assert value.known == 1000
    assert value.missing == {"Drugs": 4}
    assert not value.complete
    assert value.interval == pytest.approx((1000 - 979.98, 1000 + 979.98), abs=0.01)
    net = net_benefit(value, [300])
    assert net.net is None
    assert net.ratio is None
    assert net.known_net == 700
    assert "not counted as nought" in net.caveats[0]


def test_net_benefit_by_hand() -> None:
    """1,000 a year from now at 3.5 % is 966.18; less 10 % is 869.57; cost 300 plus 10 % is 330."""
    value = value_avoided({"Burglary": 10}, {"Burglary": 100.0}, errors={"Burglary": 0})
    net = net_benefit(value, [100, 200], years_from_now=1, benefit_reduction=0.1, cost_uplift=0.1)
    assert net.net == pytest.approx(869.565 - 330, abs=1e-3)
    assert net.ratio == pytest.approx(869.565 / 330, abs=1e-5)
    assert net_benefit(value, []).net is None
    assert net_benefit(value, [100, None]).net is None
    assert present_value([100, 103.5]) == pytest.approx(200)
    with pytest.raises(ForestallError):
        present_value([1], -1)
    with pytest.raises(ForestallError):
        net_benefit(value, [1], benefit_reduction=2)
