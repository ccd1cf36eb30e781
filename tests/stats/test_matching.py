"""Micro synthetic control: by hand, the Seattle study, what cannot be met, error rate."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from tests.shared import SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.stats import matching


def test_three_units_by_hand() -> None:
    # one treated unit with 2 events; untreated 1, 2 and 3: equal weights of 1/3 meet both sums already
    answer = matching.match([[2.0]], [[1.0], [2.0], [3.0]])
    assert answer.weights.tolist() == pytest.approx([1 / 3] * 3)
    # with 3 events only the last unit serves
    assert matching.match([[3.0]], [[1.0], [2.0], [3.0]]).weights.tolist() == pytest.approx(
        [0, 0, 1], abs=1e-9
    )


def test_weights_meet_every_total_and_lie_nearest_to_uniform() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(5)
    untreated = rng.poisson(4, (25, 3)).astype(float)
    treated = untreated[:4] + rng.poisson(1, (4, 3))
    answer = matching.match(treated, untreated)
    assert answer.reached == pytest.approx(answer.targets)
    assert (answer.weights >= 0).all()
    rows = np.column_stack([np.ones(25), untreated]).T
    oracle = minimize(
        lambda w: float(np.sum((w - 4 / 25) ** 2)),
        answer.weights,
        jac=lambda w: 2 * (w - 4 / 25),
        bounds=[(0, None)] * 25,
        constraints={"type": "eq", "fun": lambda w: rows @ w - answer.targets, "jac": lambda w: rows},
        method="SLSQP",
    )
    assert answer.weights == pytest.approx(oracle.x, abs=1e-6)


def test_what_cannot_be_met_is_named() -> None:
    with pytest.raises(ForestallError, match=r"burglary in May \(treated 9, best reachable 3\)"):
        matching.match([[1.0, 9.0]], [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]], ["people", "burglary in May"])


def test_linearised_and_permutation_tests_err_at_their_level() -> None:
    rng = np.random.default_rng(8)
    wrong = runs = 0
    for _ in range(150):
        level = rng.gamma(3, 2, 260)
        before = rng.poisson(level[:, None], (260, 3)).astype(float)
        after = rng.poisson(level).astype(float)
        try:
            found = matching.match(before[:40], before[40:])
        except ForestallError:
            continue
        runs += 1
        effect = matching.matched_effect(found, after[:40], after[40:], before[:40], before[40:])
        wrong += effect.p < 0.05
    assert runs > 140
    assert wrong / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    p, used = matching.permutation(before[40:], after[40:], 40, effect, draws=30, rng=rng)
    assert used == 30
    assert 1 / 31 <= p <= 1


@pytest.mark.slow
@needs_shared
def test_seattle() -> None:
    with gzip.open(SHARED / "evaluation" / "seattle-dmi" / "seattledmi.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    ids = sorted({r["ID"] for r in rows})
    place = {key: i for i, key in enumerate(ids)}

    def wide(column: str) -> np.ndarray:
        out = np.zeros((len(ids), 16))
        for r in rows:
            out[place[r["ID"]], int(r["time"]) - 1] = float(r[column])
        return out

    treated = wide("Intervention").max(axis=1) > 0
    known = (
        "TotalPop BLACK HISPANIC Males_1521 HOUSEHOLDS FAMILYHOUS FEMALE_HOU RENTER_HOU VACANT_HOU".split()
    )
    outcomes = {name: wide(name) for name in ("i_felony", "i_misdemea", "i_drugs", "any_crime")}
    columns = np.column_stack([*(wide(c)[:, 0] for c in known), *(o[:, :12] for o in outcomes.values())])
    found = matching.match(columns[treated], columns[~treated])
    published = {
        "i_felony": (68.22, -32.6),
        "i_misdemea": (71.80, -37.3),
        "i_drugs": (23.76, -15.8),
        "any_crime": (986.43, -20.1),
    }
    for name, (control, change) in published.items():
        after = outcomes[name][:, 12:].sum(axis=1)
        effect = matching.matched_effect(
            found, after[treated], after[~treated], columns[treated], columns[~treated]
        )
        assert effect.control == pytest.approx(control, abs=0.006)
        assert 100 * effect.change == pytest.approx(change, abs=0.06)
