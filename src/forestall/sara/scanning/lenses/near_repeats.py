"""Lens: near repeats. Which series of crimes close together in space and time are going on now?"""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.sara.scanning.sightings import Sighting, shrunk_excess
from forestall.stats.chains import near_repeat_chains
from forestall.stats.multiplicity import false_discovery
from forestall.stats.rates import gamma_poisson_shrinkage
from forestall.stats.repeats import near_repeat
from forestall.stats.rises import outlying_p

NAME = "near_repeat"
METHOD = (
    "Knox test (closed form) within 200 m and 14 days; series of the latest 28 days against a year before"
)
METRES, DAYS, RECENT_DAYS = 200.0, 14.0, 28
FEWEST_EVENTS = 5
LEAST_RATIO = 1.25


def near_repeats(field: Field, *, rate: float = 0.05) -> list[Sighting]:
    """Where is a near-repeat series active at the end of the records?

    First the Knox test on the latest year of each type: only types with at least a quarter more pairs within 200 m
    and 14 days than chance gives are looked at. Then series (linked pairs) of 5 or more in the last 28 days;
    expected is what as many mean cells of the force had in those days, and those beyond the ordinary spread
    between cells are kept. Needs exact dates and places: not for map points or dates known to the month. A
    series in a place that is always busy is also a series; the ground's own year before is given beside it.
    Source: Knox 1964; Johnson et al. 2007; Haberman & Ratcliffe 2012.
    """
    assert field.start is not None
    known = field.mapped & ~np.isnat(field.start)
    if not known.any():
        return []
    days = (field.start - np.datetime64("1970-01-01", "s")).astype(np.float64) / 86_400
    end = float(np.floor(days[known].max()) + 1)
    chosen = []
    for t in field.wanted:
        events = field.by_type[t]
        year = events[known[events] & (days[events] >= end - 365)]
        if len(year) >= 50:
            test = near_repeat(
                field.x[year], field.y[year], np.floor(days[year]), (0, METRES), (0, DAYS), permutations=0
            )
            chosen.append((t, float(test.z[0, 0]), float(test.ratio[0, 0])))
    if not chosen:
        return []
    from scipy.special import ndtr

    z = np.nan_to_num(np.array([c[1] for c in chosen]))
    found: list[Sighting] = []
    for (t, _, ratio), beyond in zip(chosen, false_discovery(ndtr(-z), 0.01), strict=True):
        if beyond and ratio >= LEAST_RATIO:
            found += _active(field, t, days, known, end, ratio, rate)
    return found


def _active(
    field: Field, t: int, days: np.ndarray, known: np.ndarray, end: float, ratio: float, rate: float
) -> list[Sighting]:
    events = field.by_type[t][known[field.by_type[t]]]
    late = events[days[events] >= end - RECENT_DAYS]
    early = events[(days[events] < end - RECENT_DAYS) & (days[events] >= end - RECENT_DAYS - 365)]
    if len(late) < FEWEST_EVENTS or len(early) < 30:
        return []
    series = near_repeat_chains(field.x[late], field.y[late], np.floor(days[late]), METRES, DAYS)
    parts = [late[c.rows] for c in series.chains if c.events >= FEWEST_EVENTS]
    if not parts:
        return []
    r = np.bincount(field.cell[late], minlength=field.n_cells)
    h = np.bincount(field.cell[early], minlength=field.n_cells)
    factor = RECENT_DAYS / 365
    grounds = [np.unique(field.cell[p]) for p in parts]
    rest = np.ones(field.n_cells, dtype=bool)
    rest[np.concatenate(grounds)] = False
    observed = np.concatenate([[len(p) for p in parts], r[rest]])
    expected = r.mean() * np.concatenate([[len(g) for g in grounds], np.ones(rest.sum())])
    shrunk = gamma_poisson_shrinkage(observed, expected)
    beyond = false_discovery(outlying_p(shrunk), rate)
    first = int(field.month[late].min())
    found = []
    for i, (part, ground) in enumerate(zip(parts, grounds, strict=True)):
        excess, lower, upper = shrunk_excess(shrunk, i)
        if not beyond[i] or lower <= 0:
            continue
        span = int(np.floor(days[part].max()) - np.floor(days[part].min())) + 1
        found.append(
            Sighting(
                NAME, t, ground, part, first, len(field.months) - 1, len(part), float(expected[i]),
                excess, lower, upper,
                f"a series of {len(part)} within {METRES:.0f} m and {DAYS:.0f} days of one another in the latest "
                f"{RECENT_DAYS} days, over {span} days, where as many mean cells had {expected[i]:.1f} (the "
                f"ground's own year before: {factor * h[ground].sum():.1f} in as many days); such pairs are "
                f"{ratio:.1f} times as many as chance gives in the force",
                evidence={"knox_ratio": round(ratio, 2), "days": span, "months_held": 1},
            )
        )  # fmt: skip
    return found
