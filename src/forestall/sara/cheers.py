"""CHEERS: is this matter a problem to be solved? Answers from the records where they can give one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is known of a matter. None: nobody has said."""

    events: int | None = None
    months_with_events: int | None = None
    months: int | None = None
    crime_types: tuple[str, ...] = ()
    places: int | None = None
    harm: float | None = None
    harm_edition: str = ""
    community: str = ""  # who is affected, in a person's words
    expectation: str = ""  # evidence that people expect action: calls, meetings, surveys
    harm_described: str = ""


@dataclass(frozen=True)
class Item:
    """One of the six. `answer` is yes, no or needs_person; `basis` is records or a person's words."""

    key: str
    letter: str
    question: str
    answer: str
    why: str
    basis: str

    def to_dict(self) -> dict[str, Any]:
        return dict(self.__dict__)


def cheers_check(facts: Facts) -> list[Item]:
    """Does the matter pass the six tests of a problem?

    Parameters: facts from the records and from people. Returns: six items in order. Illegality is not one
    of them, and the expectation of the public is never presumed from records.
    Source: Clarke and Eck, the CHEERS test (community, harm, expectation, events, recurring, similarity).
    """
    return [
        _told(
            "community",
            "C",
            "Do members of the public experience it?",
            facts.community,
            "Say who is affected: residents, shops, passengers. A matter inside the police alone is not one.",
        ),
        _harm(facts),
        _told(
            "expectation",
            "E",
            "Do some of the public expect the police to act on its causes?",
            facts.expectation,
            "Give the evidence: calls, meetings, surveys, complaints. It is never presumed.",
        ),
        _events(facts),
        _recurring(facts),
        _similarity(facts),
    ]


def _told(key: str, letter: str, question: str, said: str, ask: str) -> Item:
    if said.strip():
        return Item(key, letter, question, "yes", said.strip(), "person")
    return Item(key, letter, question, "needs_person", ask, "person")


def _harm(facts: Facts) -> Item:
    question = "What harm is done?"
    if facts.harm_described.strip():
        return Item("harm", "H", question, "yes", facts.harm_described.strip(), "person")
    if facts.harm is not None and facts.harm > 0:
        source = f" ({facts.harm_edition})" if facts.harm_edition else ""
        why = f"The recorded events weigh {facts.harm:,.0f} days of harm{source}. Add what that means to people."
        return Item("harm", "H", question, "yes", why, "records")
    return Item("harm", "H", question, "needs_person", "Describe it: loss, injury, fear, distress.", "person")


def _events(facts: Facts) -> Item:
    question = "Are there separate events that make it up?"
    if facts.events is None:
        return Item("events", "E", question, "needs_person", "List the events with their dates.", "person")
    if facts.events >= 2:
        return Item("events", "E", question, "yes", f"{facts.events:,} recorded events.", "records")
    count = "One recorded event is" if facts.events == 1 else "No recorded event is"
    return Item(
        "events", "E", question, "no", f"{count} not a pattern; there may be unrecorded ones.", "records"
    )


def _recurring(facts: Facts) -> Item:
    question = "Does it recur?"
    if facts.months_with_events is None or not facts.months:
        return Item("recurring", "R", question, "needs_person", "Say when it happened before.", "person")
    why = f"Events in {facts.months_with_events} of {facts.months} months."
    answer = "yes" if facts.months_with_events >= 2 else "no"
    return Item("recurring", "R", question, answer, why, "records")


def _similarity(facts: Facts) -> Item:
    question = "Do the events have something in common?"
    if len(facts.crime_types) == 1 and facts.places == 1:
        why = f"All are recorded as {facts.crime_types[0]}, in one place. Say what else they share."
        return Item("similarity", "S", question, "yes", why, "records")
    if not facts.crime_types:
        return Item("similarity", "S", question, "needs_person", "Say what they share.", "person")
    types, places = len(facts.crime_types), facts.places
    why = f"{types} crime type{'s' if types != 1 else ''}" + (
        f" in {places} places" if places and places > 1 else ""
    )
    return Item(
        "similarity",
        "S",
        question,
        "needs_person",
        f"{why}: say which behaviour, place, people, time or target they share.",
        "person",
    )
