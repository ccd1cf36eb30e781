"""Which candidates come first: by preventable harm, cost or count; and which tell of the same place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forestall.sara.scanning.sightings import Sighting

#: Two sightings of one type are one place when they share at least this part of the smaller one's events.
SAME = 0.5
#: A spot or point speaks for the group in place of an area when it holds at least this part of the area's excess:
#: smaller ground is easier to act on.
SPOT = 0.5


@dataclass(frozen=True)
class Group:
    """Sightings of one place and type: the first is the main one, the rest say that other lenses saw it too."""

    field: int  # index of the force's field
    sightings: tuple[Sighting, ...]

    @property
    def main(self) -> Sighting:
        return self.sightings[0]


def value_of(sighting: Sighting, crime_type: str, weights: Mapping[str, float | None]) -> float | None:
    """Its excess, weighed; None where the type has no weight."""
    weight = weights.get(crime_type)
    return None if weight is None else sighting.excess * weight


def merge(field: int, sightings: Sequence[Sighting]) -> list[Group]:
    """Sightings of one force joined where they tell of the same events, the greatest excess first."""
    order = sorted(sightings, key=lambda s: (-s.excess, s.lens, s.crime_type, _first(s)))
    groups: list[list[Sighting]] = []
    by_type: dict[int, list[int]] = {}
    for sighting in order:
        home = next((g for g in by_type.get(sighting.crime_type, []) if _same(groups[g][0], sighting)), None)
        if home is None:
            by_type.setdefault(sighting.crime_type, []).append(len(groups))
            groups.append([sighting])
        else:
            groups[home].append(sighting)
    return [Group(field, tuple(_spot_first(g))) for g in groups]


def _spot_first(group: list[Sighting]) -> list[Sighting]:
    """The group (greatest excess first) with the sighting that speaks for it in front."""
    least = SPOT * group[0].excess
    main = next((s for s in group if s.place is None and s.excess >= least), group[0])
    return [main, *(s for s in group if s is not main)]


def _first(sighting: Sighting) -> int:
    return int(sighting.members[0]) if len(sighting.members) else -1


def _same(a: Sighting, b: Sighting) -> bool:
    shared = np.intersect1d(a.members, b.members, assume_unique=True).size
    return shared >= SAME * max(1, min(len(a.members), len(b.members)))


def rank(
    groups: Sequence[Group], types: Sequence[str], weights: Mapping[str, float | None] | None
) -> list[tuple[Group, str]]:
    """Groups in order, each with what it was ranked on: "weight" or "count".

    types: crime type of each group. weights: None ranks all by count. By weight, a group whose type has no
    weight is not put last and not left out: it takes the position that its count of excess events would give it.
    """
    by_count = sorted(
        range(len(groups)), key=lambda i: (-groups[i].main.excess, types[i], _first(groups[i].main))
    )
    if weights is None:
        return [(groups[i], "count") for i in by_count]
    values = {i: value_of(groups[i].main, types[i], weights) for i in range(len(groups))}
    ordered = sorted(
        (i for i in values if values[i] is not None), key=lambda i: (-(values[i] or 0.0), by_count.index(i))
    )
    ranked = [(groups[i], "weight") for i in ordered]
    for position, i in enumerate(by_count):
        if values[i] is None:
            ranked.insert(position, (groups[i], "count"))
    return ranked
