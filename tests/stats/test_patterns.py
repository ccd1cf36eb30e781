"""Change of pattern: by hand, against Fisher's exact test, error rates, nothing lost in silence."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.patterns import pattern_change


def test_one_area_that_grew() -> None:
    answer = pattern_change([100, 100, 100, 100], [220, 60, 60, 60], unmatched=(3, 4))
    assert answer.direction.tolist() == [1, -1, -1, -1]
    assert answer.base_share.sum() == pytest.approx(1)
    assert "7 events lie in no area" in answer.sentence()


def test_a_fall_everywhere_is_no_change_of_pattern() -> None:
    assert pattern_change([100, 200, 50], [50, 100, 25]).similarity == 1


def test_small_counts_are_exact() -> None:
    # Fisher's tea: 3 of 4 against 1 of 4; p = 0.4857
    answer = pattern_change([3, 1], [1, 3])
    assert answer.p.tolist() == pytest.approx([0.485714, 0.485714], abs=1e-6)


def test_false_discoveries_are_rare_where_nothing_changed() -> None:
    rng = np.random.default_rng(5)
    share = rng.dirichlet(np.ones(60))
    flagged = [
        pattern_change(
            rng.multinomial(800, share), rng.multinomial(900, share), dependent=False
        ).changed.any()
        for _ in range(300)
    ]
    assert np.mean(flagged) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_order_of_areas_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    base, test = rng.poisson(9, 30), rng.poisson(9, 30)
    turned = pattern_change(base[::-1], test[::-1])
    assert turned.p[::-1] == pytest.approx(pattern_change(base, test).p)


@pytest.mark.parametrize(("base", "test"), [([0, 0], [1, 2]), ([1], [1, 2]), ([-1, 2], [1, 2])])
def test_refusals(base: list, test: list) -> None:
    with pytest.raises(ForestallError):
        pattern_change(base, test)
