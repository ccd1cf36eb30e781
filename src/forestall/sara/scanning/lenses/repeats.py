"""Lens: repeats. Where do a few victims, or a few callers, bear much of a crime type?"""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses.areas import units
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.multiplicity import false_discovery
from forestall.stats.rates import gamma_poisson_shrinkage
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
    found: list[Sighting] = []
    for t in field.wanted:
        events = field.by_type[t]
        use = (field.month[events] >= window.start) & (key[events] >= 0) & (unit[events] >= 0)
        if use.sum() >= 50 and len(codes) >= 10:
            found += _of_type(field, t, events[use], kind, key, unit, codes, window, rate)
    return found


def _of_type(
    field: Field,
    t: int,
    events: np.ndarray,
    kind: str,
    key: np.ndarray,
    unit: np.ndarray,
    codes: tuple[str, ...],
    window: slice,
    rate: float,
) -> list[Sighting]:
    _, index, times = np.unique(key[events], return_inverse=True, return_counts=True)
    often = times[index] >= MANY
    # The first event of each key is not a repeat. Events stand in order of month.
    order = np.argsort(field.month[events], kind="stable")
    first = np.zeros(len(events), dtype=bool)
    first[order[np.unique(index[order], return_index=True)[1]]] = True
    again = often & ~first
    with_key = np.bincount(unit[events], minlength=len(codes))
    counts = np.bincount(unit[events[again]], minlength=len(codes))
    if counts.sum() < FEWEST_EVENTS:
        return []
    used = np.flatnonzero(with_key)
    expected = with_key[used] * (counts.sum() / with_key.sum())
    shrunk = gamma_poisson_shrinkage(counts[used], expected)
    out = false_discovery(outlying_p(shrunk, WIDEST), rate) & (counts[used] >= FEWEST_EVENTS)
    lens, word = NAMES[kind]
    n = window.stop - window.start
    found = []
    for j in np.flatnonzero(out):
        i = int(used[j])
        mine = unit[events] == i
        people = len(np.unique(index[mine & often]))
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
                int(counts[i]), float(expected[j]), excess, lower, upper,
                f"{people} {who} with {MANY} or more events in {n} months bear {len(members)} of the area's "
                f"{int(mine.sum())} that name one; beyond each first that is {int(counts[i])}, where the force's "
                f"share would be {expected[j]:.1f}",
                place=codes[i],
                evidence={"people": people, "times": MANY, "months_held": held_up(monthly, float(expected[j]) / n)},
            )
        )  # fmt: skip
    return found
