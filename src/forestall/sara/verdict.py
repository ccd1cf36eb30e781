"""The verdict in plain words, never claiming more than the figures. Imports nothing: plain values in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: key -> label for a list or a tag.
VERDICTS = {
    "too_early": "Too early to tell",
    "too_few": "Too few to tell",
    "fewer": "Fewer than expected",
    "no_evidence_of_change": "No evidence of change",
    "worse": "More than expected",
}

#: A design that would miss even a fall of this share has too few events to tell anything.
TOO_FEW = 0.75

#: Maryland level -> (design, what may be said of the cause).
MARYLAND = {
    1: ("One measure only", "This says nothing about effect."),
    2: (
        "Before and after, no comparison area",
        "It cannot say what caused it: there is no comparison area.",
    ),
    3: (
        "Before and after, with a comparison area",
        "The comparison area gives some support to the response as the cause; it is not proof.",
    ),
    4: (
        "Several treated and comparison areas",
        "Several areas on both sides give fair support to the response as the cause; it is not proof.",
    ),
    5: ("Areas allocated by chance", "Chance allocation gives strong support to the response as the cause."),
}


@dataclass(frozen=True)
class Verdict:
    """`key` is one of VERDICTS; `sentence` is for a meeting; `reasons` say why not more was claimed."""

    key: str
    sentence: str
    maryland: int
    may_claim: str
    reasons: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": VERDICTS[self.key],
            "sentence": self.sentence,
            "maryland": self.maryland,
            "design": MARYLAND[self.maryland][0],
            "may_claim": self.may_claim,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Figures:
    """What the verdict rests on. Intervals are at one stated level; None where it could not be worked out."""

    before: int
    after: int
    expected_after: float | None
    change: tuple[float, float] | None  # interval of events more (+) or fewer (-) than expected
    ratio: float | None
    ratio_interval: tuple[float | None, float | None]
    maryland: int
    smallest_fall: float | None  # share that this design would see 4 times in 5
    adjusted: tuple[float, float] | None = None  # interval of change beyond chance highs; None: not asked
    months_waiting: int = 0  # after months that the records do not hold yet
    months_after: int = 0
    comparison_before: int | None = None  # events of the comparison area before; None without one
    level: float = 0.95


def maryland_level(*, comparison: bool, randomised: bool, treated_places: int, comparison_places: int) -> int:
    """The level on the Maryland scale that the design reaches (Sherman and others 1997; Farrington 2003).

    Four needs several treated and several comparison places; five needs a recorded allocation by chance.
    """
    if not comparison:
        return 2
    if randomised:
        return 5
    return 4 if treated_places >= 3 and comparison_places >= 3 else 3


def judge(figures: Figures) -> Verdict:
    """Which of the verdicts do these figures bear?

    "Fewer" and "more" need the ratio's interval to leave out 1 and the difference's to leave out 0, on the
    same side; "fewer" in an area chosen because it was high needs the adjusted interval to leave out 0 too.
    """
    claim = MARYLAND[figures.maryland][1]

    def verdict(key: str, sentence: str, *reasons: str) -> Verdict:
        said = claim if key in ("fewer", "worse") else "No effect is claimed."
        return Verdict(key, sentence, figures.maryland, said, reasons)

    if figures.months_waiting > 0:
        plural = "s" if figures.months_waiting != 1 else ""
        return verdict(
            "too_early",
            f"Too early to tell: {figures.months_waiting} month{plural} of the after period "
            f"{'are' if plural else 'is'} not in the records yet ({figures.months_after} held).",
        )
    if figures.ratio_interval == (None, None) or figures.change is None or figures.expected_after is None:
        if figures.comparison_before == 0 and figures.before:
            return verdict("too_few", "Too few to tell: the comparison area has no such events before.")
        return verdict(
            "too_few",
            f"Too few to tell: {figures.before} events before and {figures.after} after are not enough to compare.",
        )
    side = _side(figures)
    numbers = _numbers(figures)
    if side == "fewer" and figures.adjusted is not None and figures.adjusted[1] >= 0:
        return verdict(
            "no_evidence_of_change",
            f"No evidence of change beyond what chance highs undo by themselves: {numbers}",
            "The area was chosen because it was high, and places chosen so fall back without any response.",
        )
    if side == "fewer":
        return verdict("fewer", f"Fewer than expected: {numbers}")
    if side == "more":
        return verdict("worse", f"More than expected: {numbers}")
    if figures.smallest_fall is None or figures.smallest_fall > TOO_FEW:
        seen = (
            "not even a fall to nought would be seen reliably"
            if figures.smallest_fall is None
            else f"only a fall of {_percent(figures.smallest_fall)} or more would be seen reliably"
        )
        return verdict("too_few", f"Too few to tell: {numbers} With counts that vary like these {seen}.")
    return verdict(
        "no_evidence_of_change",
        f"No evidence of change: {numbers} That is not the same as no change: a fall smaller than "
        f"{_percent(figures.smallest_fall)} would often go unseen.",
    )


def _side(figures: Figures) -> str:
    low, high = figures.ratio_interval
    change = figures.change or (-1.0, 1.0)
    if high is not None and high < 1 and change[1] < 0:
        return "fewer"
    if low is not None and low > 1 and change[0] > 0:
        return "more"
    return "unclear"


def _numbers(figures: Figures) -> str:
    """The figures in one sentence; no percentage on fewer than 20 expected."""
    expected, after = figures.expected_after or 0.0, figures.after
    low, high = figures.change or (0.0, 0.0)
    against = "the comparison area" if figures.maryland >= 3 else "the months before"
    said = (
        f"{after} happened where {against} lead{'s' if figures.maryland >= 3 else ''} us to expect about "
        f"{expected:.0f}, a difference of {_signed(after - expected)} "
        f"({figures.level:.0%} interval {_signed(low)} to {_signed(high)})"
    )
    lower, upper = figures.ratio_interval
    if expected >= 20 and figures.ratio is not None and lower is not None and upper is not None:
        said += f", or {_change(figures.ratio)} ({_change(lower)} to {_change(upper)})"
    return said + "."


def _signed(number: float) -> str:
    return f"{round(number):+d}".replace("-", "−") if round(number) else "0"


def _change(ratio: float) -> str:
    return f"{ratio - 1:+.0%}".replace("-", "−")


def _percent(share: float) -> str:
    return f"{share:.0%}"
