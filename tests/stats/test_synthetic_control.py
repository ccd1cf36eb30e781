"""Synthetic control: by hand, the Basque example, placebos, refusals."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from tests.shared import SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.stats.synthetic_control import placebos_in_space, simplex_weights, synthetic_control


def test_a_mix_that_is_exact_is_found() -> None:
    # the treated unit is a quarter of the first donor and three quarters of the second, then falls by 2
    rng = np.random.default_rng(1)
    donors = rng.normal(10, 3, (12, 4))
    treated = donors @ [0.25, 0.75, 0, 0]
    treated[8:] -= 2
    answer = synthetic_control(treated, donors, 8)
    assert answer.weights.tolist() == pytest.approx([0.25, 0.75, 0, 0], abs=1e-4)
    assert answer.effect == pytest.approx(-2, abs=1e-3)
    assert answer.path[:8] == pytest.approx(np.zeros(8), abs=1e-3)


def test_weights_are_shares_whatever_the_scale() -> None:
    rng = np.random.default_rng(2)
    own, others = rng.normal(0, 1, 5), rng.normal(0, 1, (5, 6))
    v = np.full(5, 0.2)
    small, large = simplex_weights(own, others, v), simplex_weights(1e6 * own, 1e6 * others, v)
    assert small.sum() == pytest.approx(1)
    assert (small >= 0).all()
    assert small == pytest.approx(large, abs=1e-4)


def test_placebos_rank_a_real_change_first() -> None:
    rng = np.random.default_rng(3)
    common = rng.normal(0, 1, 20).cumsum()[:, None]
    donors = 50 + common + rng.normal(0, 0.5, (20, 15))
    treated = 50 + common[:, 0] + rng.normal(0, 0.5, 20)
    treated[14:] -= 8
    answer = placebos_in_space(treated, donors, 14)
    assert answer.p == pytest.approx(1 / (1 + answer.n))


@pytest.mark.parametrize(
    ("start", "donors", "word"), [(1, 3, "too little before"), (5, 1, "too few"), (20, 3, "nothing after")]
)
def test_refusals(start: int, donors: int, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        synthetic_control(np.arange(10.0), np.ones((10, donors)), start)


BASQUE = "Basque Country (Pais Vasco)"
PREDICTORS = [
    *[
        (c, range(1964, 1970))
        for c in "school.illit school.prim school.med school.high school.post.high invest".split()
    ],
    ("gdpcap", range(1960, 1970)),
    *[
        (f"sec.{c}", range(1961, 1970, 2))
        for c in "agriculture energy industry construction services.venta services.nonventa".split()
    ],
    ("popdens", [1969]),
]


@needs_shared
def test_basque_country() -> None:
    with (SHARED / "evaluation" / "basque" / "basque.csv").open(encoding="utf-8") as file:
        value = {(r["regionname"], int(float(r["year"]))): r for r in csv.DictReader(file)}
    regions = sorted({name for name, _ in value} - {BASQUE})
    years = sorted({year for _, year in value})

    def mean(name: str, column: str, over) -> float:
        return float(np.mean([float(value[name, y][column]) for y in over if value[name, y][column]]))

    x = np.array([[mean(n, c, over) for n in [BASQUE, *regions]] for c, over in PREDICTORS])
    z = np.array([[float(value[n, y]["gdpcap"]) for n in [BASQUE, *regions]] for y in years])
    answer = synthetic_control(
        z[:, 0],
        z[:, 1:],
        years.index(1975),
        predictors=(x[:, 0], x[:, 1:]),
        fit_periods=[years.index(y) for y in range(1960, 1970)],
    )
    weight = dict(zip(regions, answer.weights, strict=True))
    assert weight["Cataluna"] == pytest.approx(0.851, abs=0.001)
    assert weight["Madrid (Comunidad De)"] == pytest.approx(0.149, abs=0.001)
    assert answer.fit == pytest.approx(0.008864545, abs=1e-6)
    assert answer.effect == pytest.approx(-0.699565, abs=1e-3)
