"""One measure by group: by hand, and error rates when nothing differs or something does."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.stats.fairness import disparity


def test_two_groups_by_hand() -> None:
    # 30/200 against 50/500: ratio 0.15/0.10 = 1.5; log error sqrt(1/30 - 1/200 + 1/50 - 1/500) = 0.2152
    answer = disparity(["a", "b"], [30, 50], [200, 500], reference="b")
    a = answer.groups[0]
    assert a.ratio == pytest.approx(1.5)
    assert a.ratio_interval.lower == pytest.approx(1.5 * np.exp(-1.959964 * 0.215252), abs=1e-4)
    # Wilson for 0.1 of 500: published formula gives 0.0767 to 0.1294
    assert answer.groups[1].interval.lower == pytest.approx(0.0767, abs=5e-5)
    assert answer.groups[1].interval.upper == pytest.approx(0.1294, abs=5e-5)
    assert answer.groups[1].ratio is None


def test_no_events_gives_a_share_and_no_ratio() -> None:
    answer = disparity(["a", "b"], [0, 5], [40, 50], reference="b")
    assert answer.groups[0].ratio is None
    assert not answer.groups[0].enough
    assert "small groups can hide" in answer.sentence()


def test_bias_is_flagged_and_fairness_is_not() -> None:
    rng = np.random.default_rng(7)
    flagged = [0, 0]
    for _ in range(500):
        for k, share in enumerate((0.2, 0.3)):
            events = [rng.binomial(500, share), rng.binomial(500, 0.2)]
            flagged[k] += disparity(["a", "b"], events, [500, 500], reference="b").groups[0].differs
    assert flagged[0] / 500 <= 0.05 + 3 * 0.0098
    assert flagged[1] / 500 >= 0.8


@pytest.mark.parametrize(
    ("events", "people", "reference", "word"),
    [([3, 1], [2, 5], "b", "more events than people"), ([1, 1], [2, 5], "c", "not among the groups")],
)
def test_refusals(events: list, people: list, reference: str, word: str) -> None:
    with pytest.raises(ForestallError, match=word):
        disparity(["a", "b"], events, people, reference=reference)
