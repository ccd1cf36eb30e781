"""What might explain the pattern? Suggestions, each with what in the records speaks for and against it.

They are starting points for people, never conclusions: a pattern that fits a hypothesis may have other causes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from forestall.sara.analysis import Analysis

#: With fewer timed events the busiest hours of a week hold a large share by luck alone.
ENOUGH_TIMED = 100
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Hypothesis:
    """One suggestion. `side` is victim, offender or location; `standing` says how the records lean."""

    key: str
    statement: str
    side: str
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    would_settle: str  # what to find out that the records do not hold
    standing: str  # "leans for", "leans against", "open", "not testable"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "speaks_for": list(self.speaks_for),
            "speaks_against": list(self.speaks_against),
        }


def suggest_hypotheses(analysis: Analysis) -> list[Hypothesis]:
    """Which explanations are worth testing, those that the records lean towards first.

    Parameters: an `Analysis`. Returns: hypotheses with for and against in sentences that carry the figures.
    Assumes nothing about causes. Source: Clarke and Eck, Crime Analysis for Problem Solvers (the triangle,
    repeat victims, risky facilities); thresholds are local settings, not verified.
    """
    makers: tuple[Callable[[Analysis], Hypothesis], ...] = (
        _few_places,
        _repeat_victims,
        _few_offenders,
        _hours,
        _season,
        _new_or_old,
    )
    order = {"leans for": 0, "open": 1, "leans against": 2, "not testable": 3}
    return sorted((make(analysis) for make in makers), key=lambda h: order[h.standing])


def _standing(speaks_for: list[str], speaks_against: list[str]) -> str:
    if speaks_for and not speaks_against:
        return "leans for"
    if speaks_against and not speaks_for:
        return "leans against"
    return "open"


def _made(
    key: str, statement: str, side: str, ups: list[str], downs: list[str], settle: str, testable: bool = True
) -> Hypothesis:
    standing = _standing(ups, downs) if testable else "not testable"
    return Hypothesis(key, statement, side, tuple(ups), tuple(downs), settle, standing)


def _few_places(analysis: Analysis) -> Hypothesis:
    where = analysis.part("where")
    ups: list[str] = []
    downs: list[str] = []
    top = where["top_locations"][:1]
    half, places = where["locations_with_half"], where["locations"]
    if top and top[0]["share"] is not None:
        line = f"{top[0]['name']} has {top[0]['count']} of {where['events']} events ({top[0]['share']:.0%})."
        (ups if top[0]["share"] >= 0.2 else downs).append(line)
    if half and places >= 10:
        line = f"Half of the events are at {half} of {places} named locations."
        (ups if half <= 0.1 * places else downs if half > 0.25 * places else []).append(line)
    return _made(
        "few_places",
        "A few places make the opportunity: something about how they are run or laid out.",
        "location",
        ups,
        downs,
        "Visit the top places at the busy hours; ask who manages each and what has changed there.",
        testable=bool(top),
    )


def _repeat_victims(analysis: Analysis) -> Hypothesis:
    part = analysis.part("repeats")["victims"]
    ups: list[str] = []
    downs: list[str] = []
    share = part.get("share_of_events")
    if share is not None:
        line = (
            f"{part['repeat']} of {part['distinct']} victims came again; they bear {part['repeat_events']} of "
            f"{part['events_with_key']} events with a victim ({share:.0%})."
        )
        (ups if share >= 0.25 else downs).append(line)
    return _made(
        "repeat_victims",
        "The same people are harmed again, so protecting them soon after the first event prevents the next.",
        "victim",
        ups,
        downs,
        "Match victims by name and address in the force's own system; ask what each was offered after the first.",
        testable=share is not None,
    )


def _few_offenders(analysis: Analysis) -> Hypothesis:
    part = analysis.part("repeats")["offenders"]
    ups: list[str] = []
    downs: list[str] = []
    share = part.get("share_of_events")
    if share is not None:
        line = (
            f"{part['repeat']} of {part['distinct']} known offenders are in more than one event: "
            f"{part['repeat_events']} of the {part['events_with_key']} events with one ({share:.0%}). "
            "Only detected events have one."
        )
        (ups if share >= 0.4 else downs).append(line)
    return _made(
        "few_offenders",
        "A few people do much of it, so those who can influence them matter.",
        "offender",
        ups,
        downs,
        "Detected events only show who was caught: compare with intelligence and with what others see.",
        testable=share is not None,
    )


def _hours(analysis: Analysis) -> Hypothesis:
    part = analysis.part("when")["hours"]
    ups: list[str] = []
    downs: list[str] = []
    testable = bool(part["known"]) and part["n"] >= ENOUGH_TIMED
    if testable:
        share = part["busiest_quarter_share"]
        peak = part["peak"]
        line = (
            f"The busiest quarter of the week's hours holds {share:.0%} of events; the peak is "
            f"{DAYS[peak['weekday']]} from {peak['hour']:02d}:00."
        )
        (ups if share >= 0.5 else downs).append(line)
        vague = part["spread_over_week"] / part["n"]
        if vague > 0.2:
            downs.append(f"{vague:.0%} of events have no usable time: the hours are partly an assumption.")
    return _made(
        "certain_hours",
        "It happens when guardians are away or people gather: certain hours of the week.",
        "location",
        ups,
        downs,
        "Who is there at those hours, and who is not? Opening hours, shifts, last buses, school times.",
        testable=testable,
    )


def _season(analysis: Analysis) -> Hypothesis:
    part = analysis.part("when")["seasons"]
    ups: list[str] = []
    downs: list[str] = []
    testable = bool(part["known"]) and part["ratio"] is not None
    if testable:
        name = part["highest"]
        ratio = part["ratio"][name]
        line = f"{name.capitalize()} has {part['a_month'][name]:.1f} events a month, {ratio:.2f} times the average."
        (ups if ratio >= 1.25 else downs).append(line)
    return _made(
        "season",
        "It follows the season: light, weather, events or holidays.",
        "location",
        ups,
        downs,
        "Set the calendar of local events, terms and clock changes beside the months.",
        testable=testable,
    )


def _new_or_old(analysis: Analysis) -> Hypothesis:
    part = analysis.part("change")
    ups: list[str] = []
    downs: list[str] = []
    if part["known"]:
        low, high = part["ratio"]["interval"]
        if low is not None and low > 1:
            ups.append(part["sentence"])
        elif high is not None and high < 1:
            downs.append(part["sentence"])
    return _made(
        "something_new",
        "Something changed here lately that did not change elsewhere.",
        "location",
        ups,
        downs,
        "What opened, closed, moved or was reported differently in the last year? Ask place managers and staff.",
        testable=bool(part["known"]),
    )
