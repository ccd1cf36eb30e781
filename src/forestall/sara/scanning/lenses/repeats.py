"""Lens: repeats. Where do a few victims, or a few callers, bear much of a crime type?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses.areas import units
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.rates import Shrunk, gamma_poisson_shrinkage
from forestall.stats.rises import outlying_p

METHOD = "Events beyond each key's first, by area, against the force's share; negative binomial tail, FDR 5%"
#: Kind of key -> lens, and what one such key stands for.
NAMES = {"victim": ("repeat_victims", "victims"), "caller": ("repeat_callers", "callers")}
#: How many events of one type within the window make a key a repeat one.
MANY = 3
#: An area with fewer such people is not listed: it would point at a person, not at a pattern. Calls may come
#: from one organisation or address over and over, which is the pattern.
FEWEST_KEYS = {"victim": 3, "caller": 1}
FEWEST_EVENTS = 8
#: Repeats are rare: most areas have none, and one with many would pass for ordinary spread. Areas are allowed to
#: differ by a coefficient of variation of 2, no more.
WIDEST = 4.0


def repeats(field: Field, kind: str, *, months: int | None = 12, rate: float = 0.05) -> list[Sighting]:
    """In which areas do the same victims (or callers) come back far more than in the rest of the force?

    kind: "victim" or "caller". months: the window, latest months; None is all. A key with 3 or more events of a
    type within the window is a repeat one; its events beyond the first are counted where they happened. Expected is
    the area's events with a key times the force's share of such events. The candidate is the area and its pattern:
    no key is named, scored or handed on, and nothing is said of what any person will do or suffer.
    When not to use it: keys that join different people, or miss most repeats. Source: Farrell & Pease 1993.
    """
    window = field.window(months)
    unit, codes = units(field)
    key = field.keys[kind]
    looked = []
    for t in field.wanted:
        events = field.by_type[t]
        use = (field.month[events] >= window.start) & (key[events] >= 0) & (unit[events] >= 0)
        if use.sum() >= 50 and len(codes) >= 10:
            counted = _count(field, events[use], key, unit, len(codes))
            if counted is not None:
                looked.append((t, counted))
    out = discoveries([outlying_p(c.shrunk, WIDEST) for _, c in looked], rate)
    found: list[Sighting] = []
    for (t, counted), flags in zip(looked, out, strict=True):
        found += _of_type(field, t, counted, flags, kind, unit, codes, window)
    return found


@dataclass(frozen=True)
class _Counted:
    """Events of one type that carry a key: whose each is, whether its key is a repeat one, and counts by area."""

    events: np.ndarray
    key: np.ndarray
    often: np.ndarray
    counts: np.ndarray
    used: np.ndarray
    shrunk: Shrunk


def _count(
    field: Field, events: np.ndarray, key: np.ndarray, unit: np.ndarray, n_units: int
) -> _Counted | None:
    _, index, times = np.unique(key[events], return_inverse=True, return_counts=True)
    often = times[index] >= MANY
    # The first event of each key is not a repeat.
    order = np.argsort(field.month[events], kind="stable")
    first = np.zeros(len(events), dtype=bool)
    first[order[np.unique(index[order], return_index=True)[1]]] = True
    with_key = np.bincount(unit[events], minlength=n_units)
    counts = np.bincount(unit[events[often & ~first]], minlength=n_units)
    if counts.sum() < FEWEST_EVENTS:
        return None
    used = np.flatnonzero(with_key)
    expected = with_key[used] * (counts.sum() / with_key.sum())
    return _Counted(events, index, often, counts, used, gamma_poisson_shrinkage(counts[used], expected))


def _of_type(
    field: Field,
    t: int,
    counted: _Counted,
    out: np.ndarray,
    kind: str,
    unit: np.ndarray,
    codes: tuple[str, ...],
    window: slice,
) -> list[Sighting]:
    monthly_expected = counted.shrunk.expected / (window.stop - window.start)
    events, often, counts, shrunk = counted.events, counted.often, counted.counts, counted.shrunk
    lens, word = NAMES[kind]
    n = window.stop - window.start
    found = []
    for j in np.flatnonzero(out & (counts[counted.used] >= FEWEST_EVENTS)):
        i = int(counted.used[j])
        mine = unit[events] == i
        people = len(np.unique(counted.key[mine & often]))
        excess, lower, upper = shrunk_excess(shrunk, int(j))
        if people < FEWEST_KEYS[kind] or lower <= 0:
            continue
        members = events[mine & often]
        cells = field.cell[members]
        monthly = np.bincount(field.month[members], minlength=len(field.months))[window]
        who = word if people != 1 else word[:-1]
        found.append(
            Sighting(
                lens, t, np.unique(cells[cells >= 0]), members, window.start, window.stop - 1,
                int(counts[i]), float(shrunk.expected[j]), excess, lower, upper,
                f"{people} {who} with {MANY} or more events in {n} months bear {len(members)} of the area's "
                f"{int(mine.sum())} that name one; beyond each first that is {int(counts[i])}, where the force's "
                f"share would be {shrunk.expected[j]:.1f}",
                place=codes[i],
                evidence={"people": people, "times": MANY, "months_held": held_up(monthly, float(monthly_expected[j]))},
            )
        )  # fmt: skip
    return found
