"""Small counts stay hidden, and subtraction does not bring them back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from forestall.errors import ForestallError
from forestall.stats import disclosure
from forestall.stats.disclosure import OPEN, STRICT, WITHHELD


def test_the_boundary_counts() -> None:
    cells = disclosure.publish([[0, 1, 4, 5, 7, 8, 12, 13]], profile=STRICT).cells[0]
    assert cells.tolist() == [0, WITHHELD, WITHHELD, WITHHELD, WITHHELD, 10, 10, 15]


def test_a_lone_small_cell_takes_company() -> None:
    # 3 is small; alone in its row and column it would come back by subtraction, so 20, 30 and 40 hide too.
    answer = disclosure.publish([[3, 20, 100], [30, 40, 200], [90, 80, 300]])
    assert (answer.cells[0] == WITHHELD).sum() >= 2
    assert (answer.cells[:, 0] == WITHHELD).sum() >= 2
    assert answer.withheld_primary == 1
    assert answer.withheld_secondary == 3


def test_totals_add_up_from_what_is_shown() -> None:
    answer = disclosure.publish([[12, 13], [23, 99]])
    assert answer.row_totals.tolist() == [25, 125]
    assert answer.total == int(answer.cells.sum()) == 150


tables = hnp.arrays(np.int64, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.integers(0, 60))


@settings(max_examples=150)
@given(tables, st.sampled_from([STRICT, OPEN]))
def test_no_small_count_is_shown_and_none_is_alone(table: np.ndarray, profile: disclosure.Profile) -> None:
    answer = disclosure.publish(table, profile=profile)
    hidden = answer.cells == WITHHELD
    assert hidden[(table > 0) & (table <= profile.withhold)].all()
    assert not (hidden.sum(axis=0) == 1).any()
    assert not (hidden.sum(axis=1) == 1).any()
    shown = answer.cells[~hidden]
    assert (shown % profile.base == 0).all()


@given(tables, st.sampled_from([STRICT, OPEN]), st.data())
def test_nothing_published_depends_on_a_withheld_small_count(table, profile, data) -> None:
    """Every small count could have been any other small count: the publication would be the same."""
    answer = disclosure.publish(table, profile=profile)
    small = np.argwhere((table > 0) & (table <= profile.withhold))
    if not len(small):
        return
    other = table.copy()
    i, j = small[data.draw(st.integers(0, len(small) - 1))]
    other[i, j] = data.draw(st.integers(1, profile.withhold))
    assert disclosure.publish(other, profile=profile).to_dict() == answer.to_dict()


def test_two_releases_that_differ_by_one_person() -> None:
    assert disclosure.differences([[[40, 51]], [[40, 50]], [[90, 91]]]) == [(0, 1)]


@pytest.mark.parametrize("bad", [[[1.5, 2]], [[-1, 2]], [1, 2]])
def test_what_is_not_a_table_of_counts_is_refused(bad: list) -> None:
    with pytest.raises(ForestallError):
        disclosure.publish(bad)
