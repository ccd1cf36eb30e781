"""Allocation: by hand, against trying everything, floors, refusals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.errors import ForestallError
from forestall.stats.allocation import allocate


def test_where_the_rule_of_thumb_loses() -> None:
    # best value first takes 7 for 6 and is left with 4, which buys nothing; the two others give 10 for 10
    answer = allocate([7, 5, 5], [6, 5, 5], 10)
    assert answer.benefit == 10
    assert answer.rule_benefit == 7
    assert "3 more than" in answer.sentence()


options = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(options, st.integers(0, 30))
def test_nothing_is_better_among_all_choices(rows: list[tuple[int, int]], budget: int) -> None:
    b, c = np.array(rows).T
    answer = allocate(b, c, budget)
    every = [np.array(x) for x in product((0, 1), repeat=len(b))]
    best = max(float(b @ x) for x in every if c @ x <= budget)
    assert answer.benefit == pytest.approx(best)
    assert answer.cost <= budget
    assert answer.rule_benefit <= answer.benefit + 1e-9
    assert answer.proven


def test_floor_moves_money_to_a_group() -> None:
    plain = allocate([10, 9, 1], [5, 5, 5], 10)
    fair = allocate([10, 9, 1], [5, 5, 5], 10, group=["a", "a", "b"], least_share={"b": 0.5})
    assert plain.units.tolist() == [1, 1, 0]
    assert fair.units.tolist() == [1, 0, 1]
    assert fair.benefit < plain.benefit


def test_several_units() -> None:
    answer = allocate([3, 2], [2, 1], 5, most=[1, 4])
    assert answer.benefit == 9
    assert answer.cost <= 5


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: allocate([1], [0], 1), "Option 1 costs 0"),
        (lambda: allocate([1], [1], -1), "budget is -1"),
        (lambda: allocate([1], [1], 1, least_share={"a": 0.5}), "group for every option"),
        (lambda: allocate([1], [1], 1, group=["a"], least_share={"b": 0.5}), "No option is in b"),
    ],
)
def test_refusals(call, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        call()
