"""Lens: hours of the week. Where does a crime type crowd into hours in which the rest of the force has little?"""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses.areas import units
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.rates import gamma_poisson_shrinkage
from forestall.stats.rises import outlying_p

NAME = "hours_of_week"
METHOD = (
    "Area by four-hour block of the week against area total x force's share; negative binomial tail, FDR 5%"
)
BLOCK = 4
FEWEST_EVENTS = 8
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def crowded_hours(field: Field, *, months: int | None = 12, rate: float = 0.05) -> list[Sighting]:
    """Which areas have blocks of hours in the week that stand out from the force's week for the type?

    months: the window, latest months; None is all. Blocks are 4 hours of one weekday, by local time of the start.
    Expected is the area's events of the type times the force's share of that block, so a busy area is not listed
    for being busy. Blocks of one area are joined. Use only events whose hour is known: where start and end lie far
    apart (most burglary), the hour of the start is early; look at those with aoristic weights in the analysis.
    Source: Felson & Poulsen 2003.
    """
    assert field.hour_of_week is not None
    window = field.window(months)
    unit, codes = units(field)
    block = np.where(field.hour_of_week >= 0, field.hour_of_week // BLOCK, -1)
    found: list[Sighting] = []
    looked = []
    n_blocks = 168 // BLOCK
    for t in field.wanted:
        events = field.by_type[t]
        events = events[(field.month[events] >= window.start) & (block[events] >= 0) & (unit[events] >= 0)]
        if len(events) < 200 or len(codes) < 10:
            continue
        table = np.bincount(unit[events] * n_blocks + block[events], minlength=len(codes) * n_blocks)
        table = table.reshape(len(codes), n_blocks)
        expected = table.sum(axis=1, keepdims=True) * (table.sum(axis=0, keepdims=True) / table.sum())
        usable = expected > 0
        p = np.ones(table.shape)
        p[usable] = outlying_p(gamma_poisson_shrinkage(table[usable], expected[usable]))
        looked.append((t, events, table, expected, p))
    for (t, events, table, expected, _), out in zip(
        looked, discoveries([k[-1] for k in looked], rate), strict=True
    ):
        found += _of_type(field, t, events, table, expected, out, block, unit, codes, window)
    return found


def _of_type(
    field: Field,
    t: int,
    events: np.ndarray,
    table: np.ndarray,
    expected: np.ndarray,
    flags: np.ndarray,
    block: np.ndarray,
    unit: np.ndarray,
    codes: tuple[str, ...],
    window: slice,
) -> list[Sighting]:
    usable = expected > 0
    n = window.stop - window.start
    found = []
    for i in np.flatnonzero(flags.any(axis=1)):
        blocks = np.flatnonzero(flags[i])
        observed, foretold = int(table[i, blocks].sum()), float(expected[i, blocks].sum())
        if observed < FEWEST_EVENTS:
            continue
        # The joined blocks take the place of their parts among all others.
        others = usable.copy()
        others[i, blocks] = False
        joined = gamma_poisson_shrinkage(
            np.concatenate([[observed], table[others]]), np.concatenate([[foretold], expected[others]])
        )
        excess, lower, upper = shrunk_excess(joined, 0)
        if lower <= 0:
            continue
        members = events[(unit[events] == i) & np.isin(block[events], blocks)]
        cells = field.cell[members]
        monthly = np.bincount(field.month[members], minlength=len(field.months))[window]
        found.append(
            Sighting(
                NAME, t, np.unique(cells[cells >= 0]), members, window.start, window.stop - 1, observed, foretold,
                excess, lower, upper,
                f"{observed} of the area's {int(table[i].sum())} fall in {_said(blocks)}, where the force's week "
                f"foretells {foretold:.1f}",
                place=codes[i],
                evidence={"blocks": [_said(np.array([b])) for b in blocks],
                          "months_held": held_up(monthly, foretold / n)},
            )
        )  # fmt: skip
    return found


def _said(blocks: np.ndarray) -> str:
    """Blocks as a person says them, neighbours joined: "Fri 20:00-Sat 04:00"."""
    parts, runs = [], np.split(blocks, np.flatnonzero(np.diff(blocks) != 1) + 1)
    for run in runs:
        begin, end = int(run[0]) * BLOCK, (int(run[-1]) + 1) * BLOCK
        last_day, last_hour = (end // 24 % 7, end % 24) if end % 24 else ((end // 24 - 1) % 7, 24)
        day = "" if begin // 24 == last_day else f"{DAY_NAMES[last_day]} "
        parts.append(f"{DAY_NAMES[begin // 24]} {begin % 24:02d}:00-{day}{last_hour:02d}:00")
    return ", ".join(parts)
