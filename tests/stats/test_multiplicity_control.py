"""False discovery and family control: hand-sized cases, laws, realised rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats.multiplicity import METHODS, adjusted_p, false_discovery

#: Benjamini & Hochberg 1995, section 4: fifteen p values of a heart study.
HEART = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_the_papers_example() -> None:
    assert false_discovery(HEART, 0.05).sum() == 4
    assert false_discovery(HEART, 0.05, "bonferroni").sum() == 3
    assert false_discovery(HEART, 0.05, "holm").sum() == 3


def test_adjusted_by_hand() -> None:
    """p = .01, .04, .03: times 3/rank = .03, .04, .045, then never above a larger one's."""
    np.testing.assert_allclose(adjusted_p([0.01, 0.04, 0.03]), [0.03, 0.04, 0.04])
    np.testing.assert_allclose(adjusted_p([0.01, 0.04, 0.03], "holm"), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(
        adjusted_p([0.01, 0.04, 0.03], "benjamini-yekutieli"),
        np.array([0.03, 0.04, 0.04]) * (1 + 1 / 2 + 1 / 3),
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_laws(p: list[float]) -> None:
    values = np.array(p)
    for method in METHODS:
        adjusted = adjusted_p(values, method)
        assert (adjusted >= values - 1e-15).all()
        assert (adjusted <= 1).all()
        turned = adjusted_p(values[::-1], method)[::-1]
        np.testing.assert_allclose(adjusted, turned)
        order = np.argsort(values, kind="stable")
        assert (np.diff(adjusted[order]) >= -1e-15).all()
    assert (adjusted_p(values, "holm") <= adjusted_p(values, "bonferroni") + 1e-15).all()


def test_shape_is_kept_and_empty_is_empty() -> None:
    assert false_discovery(np.full((2, 3), 0.01)).shape == (2, 3)
    assert false_discovery([]).size == 0


def test_realised_rates() -> None:
    """900 nulls and 100 effects: false discovery at most the rate; all null: any flag in at most 5 % of maps."""
    rng = np.random.default_rng(4)
    shares, flagged = [], 0
    for _ in range(400):
        p = np.concatenate([rng.random(900), rng.beta(0.05, 10, 100)])
        called = false_discovery(p)
        shares.append(called[:900].sum() / max(called.sum(), 1))
        flagged += false_discovery(rng.random(500), method="holm").any()
    assert np.mean(shares) <= 0.05 + 3 * np.std(shares) / 20
    assert flagged / 400 <= 0.05 + 3 * 0.011


@pytest.mark.parametrize("p", [[0.1, np.nan], [1.2], [-0.1]])
def test_refuses_what_is_no_p(p: list[float]) -> None:
    with pytest.raises(ForestallError):
        false_discovery(p)
    with pytest.raises(ForestallError):
        false_discovery([0.5], rate=0)
    with pytest.raises(ForestallError):
        false_discovery([0.5], method="none")
