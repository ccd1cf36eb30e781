"""Interventions and techniques, best first for a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forestall.records.knowledge.models import Intervention, Technique
from forestall.records.knowledge.permissions import may_edit
from forestall.records.knowledge.rules import (
    Confidence,
    Cost,
    Effect,
    fits,
    order,
    quality_words,
)

__all__ = ["Entry", "entries", "for_problem", "intervention", "may_edit", "technique", "techniques"]


@dataclass(frozen=True)
class Entry:
    """An intervention in words."""

    id: int
    version: int
    key: str
    name: str
    focus: str
    what: str
    mechanism: str
    note: str
    effect: str
    effect_colour: str
    works: bool
    quality: str
    cost: str
    confidence: str
    source: str
    sides: tuple[str, ...]
    techniques: tuple[str, ...]
    technique_numbers: tuple[int, ...]
    crime_types: tuple[str, ...]
    fit: bool
    edited: bool


def for_problem(crime_types: Sequence[str], *, side: str = "", search: str = "") -> list[Entry]:
    """Interventions for these kinds of crime: what fits first, then what works, how surely, and what costs
    least. What did not work stands in the list too, at its place."""
    names = dict(Technique.objects.values_list("number", "name"))
    found = []
    for row in Intervention.objects.all():
        fit = fits(row.crime_types, crime_types)
        if (side and side not in row.sides) or not (fit or search):
            continue
        if search and search.casefold() not in f"{row.name} {row.what} {row.note}".casefold():
            continue
        found.append((row, fit))
    found.sort(
        key=lambda pair: (
            order(
                fit=pair[1],
                effect=pair[0].effect,
                confidence=pair[0].confidence,
                quality=pair[0].quality.get("effect"),
                cost=pair[0].cost,
            ),
            pair[0].name,
        )
    )
    return [_entry(row, fit, names) for row, fit in found]


def entries(search: str = "") -> list[Entry]:
    """Every intervention."""
    names = dict(Technique.objects.values_list("number", "name"))
    rows = [_entry(row, True, names) for row in Intervention.objects.all()]
    return [e for e in rows if search.casefold() in f"{e.name} {e.what} {e.note}".casefold()]


def intervention(key: str) -> Intervention | None:
    return Intervention.objects.filter(key=key).first()


def techniques() -> list[tuple[int, str, str]]:
    """Number, name and group of the 25."""
    return list(Technique.objects.values_list("number", "name", "group"))


def _entry(row: Intervention, fit: bool, names: dict[int, str]) -> Entry:
    effect = Effect(row.effect)
    return Entry(
        id=row.pk,
        version=row.version,
        key=row.key,
        name=row.name,
        focus=row.focus,
        what=row.what,
        mechanism=row.mechanism,
        note=row.note,
        effect=effect.label,
        effect_colour=effect.colour,
        works=effect in (Effect.REDUCE, Effect.REDUCE_SOME_INCREASE),
        quality=quality_words(row.quality.get("effect")),
        cost=Cost(row.cost).label,
        confidence="Edited here" if row.edited_at else Confidence(row.confidence).label,
        source=row.source,
        sides=tuple(row.sides),
        techniques=tuple(f"{n} {names.get(n, '')}".strip() for n in row.techniques),
        technique_numbers=tuple(row.techniques),
        crime_types=tuple(row.crime_types),
        fit=fit,
        edited=row.edited_at is not None,
    )


def technique(number: int) -> Technique | None:
    return Technique.objects.filter(number=number).first()
