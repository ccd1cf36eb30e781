"""Lens: areas against like areas. Which neighbourhoods have more than others of their kind?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.rates import Shrunk, gamma_poisson_shrinkage
from forestall.stats.rises import outlying_among_others_p

NAME = "area_rate"
METHOD = "Area against like areas, gamma-Poisson funnel fitted to the others, false discovery rate 1%"
FEWEST_EVENTS = 20
#: Stricter than the other lenses: how much like areas differ is known from some tens of them only, and the far
#: tail hangs on it.
RATE = 0.01
FEWEST_AREAS = 24
#: Like areas: those nearest in volume of other crime. Enough of them to fit a spread.
LEAST_LIKE = 24


def area_rates(field: Field, *, months: int | None = 12, rate: float = RATE) -> list[Sighting]:
    """Which beats have more of a crime type than areas like them?

    months: the window, latest months; None is all. Where residents are loaded for every beat the expectation is
    by residents; otherwise it is by the other crime of the beat (every other type), so that what is compared is
    the mix of crime, not its volume. Like areas are those in the same third of the force by volume of other crime.
    The spread between like areas is allowed for: only those outside it are named. Beats where there are 24 of
    them, else small areas.
    When not to use it: fewer than 24 areas. Source: overdispersed funnel, Spiegelhalter 2005.
    """
    unit, codes = units(field)
    window = field.window(months)
    found: list[Sighting] = []
    if len(codes) < FEWEST_AREAS:
        return found
    tables = [field.table(e, unit, len(codes))[:, window] for e in field.by_type]
    everything = sum(t.sum(axis=1) for t in tables)
    residents = np.array([field.population.get(c, np.nan) for c in codes])
    looked = []
    for t in field.wanted:
        counts = tables[t].sum(axis=1)
        other = everything - counts
        by_residents = bool(np.isfinite(residents).all() and residents.min() > 0)
        against = _against_like(counts, residents if by_residents else other.astype(float), other)
        if against is not None:
            looked.append((t, by_residents, against))
    out = discoveries([a.p for *_, a in looked], rate)
    for (t, by_residents, against), flags in zip(looked, out, strict=True):
        found += _of_type(field, t, tables[t], against, flags, codes, unit, window, by_residents)
    return found


def units(field: Field) -> tuple[np.ndarray, tuple[str, ...]]:
    """(area of each event, codes): beats where there are enough to compare, else small areas."""
    return (field.beat, field.beats) if len(field.beats) >= FEWEST_AREAS else (field.area, field.areas)


def _like(other: np.ndarray, groups: int = 3) -> np.ndarray:
    """Which third of the areas, by volume of other crime, each is in; fewer groups where areas are few."""
    groups = max(1, min(groups, len(other) // LEAST_LIKE))
    rank = np.argsort(np.argsort(other, kind="stable"), kind="stable")
    return rank * groups // len(other)


@dataclass(frozen=True)
class _Against:
    """Areas against those like them: index of the areas used, tail p, and each area's group and place in it."""

    index: np.ndarray
    p: np.ndarray
    group: np.ndarray
    place: np.ndarray
    shrunk: dict[int, Shrunk]


def _against_like(counts: np.ndarray, base: np.ndarray, other: np.ndarray) -> _Against | None:
    index = np.flatnonzero(base > 0)
    if counts.sum() < 50 or len(index) < FEWEST_AREAS:
        return None
    group = _like(other[index])
    p, place, fits = np.ones(len(index)), np.zeros(len(index), dtype=np.int64), {}
    for g in np.unique(group):
        inside = np.flatnonzero(group == g)
        o, b = counts[index[inside]], base[index[inside]]
        if o.sum():
            fits[int(g)] = gamma_poisson_shrinkage(o, b * (o.sum() / b.sum()))
            p[inside] = outlying_among_others_p(fits[int(g)])
            place[inside] = np.arange(len(inside))
    return _Against(index, p, group, place, fits)


def _of_type(
    field: Field,
    t: int,
    by_month: np.ndarray,
    against: _Against,
    out: np.ndarray,
    codes: tuple[str, ...],
    unit: np.ndarray,
    window: slice,
    by_residents: bool,
) -> list[Sighting]:
    counts = by_month.sum(axis=1)
    n = window.stop - window.start
    found = []
    for k in np.flatnonzero(out & (counts[against.index] >= FEWEST_EVENTS)):
        shrunk = against.shrunk[int(against.group[k])]
        j = int(against.place[k])
        excess, lower, upper = shrunk_excess(shrunk, j)
        if lower <= 0:
            continue
        i, expected = int(against.index[k]), float(shrunk.expected[j])
        members = field.by_type[t][unit[field.by_type[t]] == i]
        cells = field.cell[members]
        basis = "its residents" if by_residents else "its other crime"
        found.append(
            Sighting(
                NAME, t, np.unique(cells[cells >= 0]), members, window.start, window.stop - 1, int(counts[i]),
                expected, excess, lower, upper,
                f"{counts[i] / expected:.1f} times what {shrunk.n} like areas would have for {basis}",
                place=codes[i],
                evidence={"like_areas": shrunk.n, "basis": "residents" if by_residents else "other crime",
                          "p": float(f"{against.p[k]:.3g}"), "months_held": held_up(by_month[i], expected / n)},
            )
        )  # fmt: skip
    return found
