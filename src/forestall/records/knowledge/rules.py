"""How an intervention's effect, quality and standing are put in words, and which fit a problem best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class _Choice(StrEnum):
    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def pairs(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]


class Focus(_Choice):
    PREVENTION = "prevention"
    DIVERSION = "diversion"
    REOFFENDING = "reoffending"


class Effect(_Choice):
    """The eight steps of the College of Policing's effect scale."""

    REDUCE = "reduce"
    REDUCE_SOME_INCREASE = "reduce_some_increase"
    SOME_REDUCE = "some_reduce_ns"
    MIXED = "mixed_ns"
    NONE = "none"
    SOME_INCREASE = "some_increase_ns"
    INCREASE_SOME_REDUCE = "increase_some_reduce"
    INCREASE = "increase"

    @property
    def label(self) -> str:
        return {
            "reduce": "Crime fell overall",
            "reduce_some_increase": "Crime fell overall, but rose in some studies",
            "some_reduce_ns": "Fell in some studies, no clear effect overall",
            "mixed_ns": "Rose in some studies and fell in others",
            "none": "No clear effect",
            "some_increase_ns": "Rose in some studies, no clear effect overall",
            "increase_some_reduce": "Crime rose overall, but fell in some studies",
            "increase": "Crime rose overall: did harm",
        }[self.value]

    @property
    def colour(self) -> str:
        if self in (Effect.REDUCE, Effect.REDUCE_SOME_INCREASE):
            return "green"
        if self in (Effect.INCREASE, Effect.INCREASE_SOME_REDUCE):
            return "red"
        return "yellow" if self != Effect.NONE else "grey"


class Confidence(_Choice):
    CONFIRMED = "confirmed"
    PART = "part"
    GENERAL = "general"

    @property
    def label(self) -> str:
        return {
            "confirmed": "Published rating, seen",
            "part": "Published finding; quality rating not seen",
            "general": "Local setting, not verified",
        }[self.value]


class Cost(_Choice):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_EFFECT_ORDER = {effect: place for place, effect in enumerate(Effect)}
_CONFIDENCE_ORDER = {c: place for place, c in enumerate(Confidence)}
_COST_ORDER = {c: place for place, c in enumerate(Cost)}


def fits(crime_types: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether an intervention is meant for any of these kinds of crime."""
    return "any" in crime_types or bool(set(crime_types) & set(wanted))


def order(*, fit: bool, effect: str, confidence: str, quality: int | None, cost: str) -> tuple[int, ...]:
    """Sort key: what fits the problem, then what works, how surely, and what costs least."""
    return (
        0 if fit else 1,
        _EFFECT_ORDER[Effect(effect)],
        _CONFIDENCE_ORDER[Confidence(confidence)],
        4 - (quality or 0),
        _COST_ORDER[Cost(cost)],
    )


def quality_words(rating: int | None) -> str:
    """The strength of the evidence on the effect, in words; the rating runs from 0 to 4."""
    if rating is None:
        return "not rated here"
    return ("no information", "limited", "moderate", "strong", "very strong")[rating]


def check_quality(quality: Mapping[str, int | None]) -> list[str]:
    """What is wrong with a set of ratings, in sentences."""
    known = {"effect", "mechanism", "moderator", "implementation", "economics"}
    wrong = [f"There is no rating called {name}." for name in quality if name not in known]
    for name, value in quality.items():
        if value is not None and value not in range(5):
            wrong.append(f"The rating of {name} is {value}; ratings run from 0 to 4.")
    return wrong
