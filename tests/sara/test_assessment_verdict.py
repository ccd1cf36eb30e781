"""The verdict never claims more than the figures."""

from dataclasses import replace

import pytest

from forestall.sara.verdict import MARYLAND, VERDICTS, Figures, judge, maryland_level

FELL = Figures(
    before=200,
    after=120,
    expected_after=180,
    change=(-90, -30),
    ratio=0.67,
    ratio_interval=(0.5, 0.85),
    maryland=3,
    smallest_fall=0.3,
)


def test_fewer_says_the_figures_and_no_more() -> None:
    found = judge(FELL)
    assert found.key == "fewer"
    assert "120 happened" in found.sentence
    assert "about 180" in found.sentence
    assert "−33% (−50% to −15%)" in found.sentence
    assert "not proof" in found.may_claim
    assert found.to_dict()["label"] == VERDICTS["fewer"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"months_waiting": 2, "months_after": 4}, "too_early"),
        ({"ratio_interval": (None, None)}, "too_few"),
        ({"ratio_interval": (0.5, 1.1)}, "no_evidence_of_change"),
        ({"ratio_interval": (0.5, 1.1), "smallest_fall": 0.8}, "too_few"),
        ({"ratio_interval": (0.5, 1.1), "smallest_fall": None}, "too_few"),
        ({"adjusted": (-50.0, 3.0)}, "no_evidence_of_change"),
        ({"adjusted": (-50.0, -3.0)}, "fewer"),
        ({"change": (-90, 5)}, "no_evidence_of_change"),
        ({"ratio_interval": (1.1, 1.9), "change": (10, 60)}, "worse"),
        ({"ratio_interval": (1.1, None), "change": (10, 60)}, "worse"),
        # Chance highs can only take a fall away: a rise in spite of them stays a rise.
        ({"ratio_interval": (1.1, 1.9), "change": (10, 60), "adjusted": (-5.0, 60.0)}, "worse"),
    ],
)
def test_every_verdict(change: dict, key: str) -> None:
    assert judge(replace(FELL, **change)).key == key


def test_chance_highs_give_the_reason() -> None:
    found = judge(replace(FELL, adjusted=(-50.0, 3.0)))
    assert "chance highs" in found.sentence
    assert "chosen because it was high" in found.reasons[0]


def test_no_evidence_is_not_no_change() -> None:
    found = judge(replace(FELL, ratio_interval=(0.5, 1.1)))
    assert "not the same as no change" in found.sentence
    assert found.may_claim == "No effect is claimed."
    assert "smaller than 30%" in found.sentence


def test_small_counts_get_no_percentage() -> None:
    found = judge(replace(FELL, before=20, after=4, expected_after=18, change=(-22, -6)))
    assert found.key == "fewer"
    assert "%" not in found.sentence.replace("95% interval", "")


def test_maryland_levels() -> None:
    args = {"treated_places": 1, "comparison_places": 5}
    assert maryland_level(comparison=False, randomised=False, **args) == 2
    assert maryland_level(comparison=True, randomised=False, **args) == 3
    assert maryland_level(comparison=True, randomised=True, **args) == 5
    assert maryland_level(comparison=True, randomised=False, treated_places=4, comparison_places=4) == 4
    assert "cannot say what caused it" in MARYLAND[2][1]
    assert "months before" in judge(replace(FELL, maryland=2)).sentence
