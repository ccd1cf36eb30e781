"""Lens: emerging places. Where has crime risen lately more than the rest of the force?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.joining import join_hot_cells
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.rates import gamma_poisson_shrinkage
from forestall.stats.rises import dispersion, rise_p

NAME = "emerging_place"
METHOD = (
    "Recent months of each 750 m block, and of each beat, against its own share of the force's events before; "
    "exact conditional test widened for overdispersion, false discovery rate 5%; the same months of earlier years "
    "as a second test"
)
RECENT = (3, 6)
HISTORY = 24
FEWEST_EVENTS = 6
LEAST_RATIO = 1.5


@dataclass(frozen=True)
class _Level:
    """The units of one size: cells (tested with their neighbours, joined when adjacent) or areas (each alone)."""

    unit: np.ndarray  # of each event
    n: int
    codes: tuple[str, ...] | None  # of areas; None for cells

    def block(self, field: Field, counts: np.ndarray) -> np.ndarray:
        """What is tested at each unit: a cell with its neighbours, an area by itself."""
        return counts if self.codes else np.append(counts, 0)[field.neighbours].sum(axis=1)

    def join(self, field: Field, rose: np.ndarray, score: np.ndarray) -> list[np.ndarray]:
        return (
            [np.array([i]) for i in np.flatnonzero(rose)]
            if self.codes
            else join_hot_cells(field, rose, score)
        )


def emerging_places(field: Field, *, rate: float = 0.05) -> list[Sighting]:
    """Which places have in the latest 3 or 6 months more of a crime type than their own past foretells?

    Each cell with its neighbours (750 m across), and each beat, is tested against its own share of the
    force's events in up to 24 months before: what rose everywhere, by season, trend or recording, raises no place.
    Where the same months of an earlier year are there, the place must also beat its share in those: a local
    season is no rise. Cells that pass are joined into places; excess is shrunken over all places and units.
    Where map points were drawn anew within those months, cells cannot be compared and only areas are looked at.
    Needs 12 months before the recent ones (see `enough`). Assumes shares are steady. When not to use it: places
    that are most of their force. Source: exact conditional test (Przyborowski & Wilenski 1940), quasi-Poisson.
    """
    if field.n_cells < 50 or not enough(field):
        return []
    looked = []
    for level in _levels(field):
        for t in field.wanted:
            by_month = field.table(field.by_type[t], level.unit, level.n)
            for recent in RECENT:
                tested = _test(field, level, by_month, recent)
                if tested is not None:
                    looked.append((t, level, by_month, recent, *tested))
    found: list[Sighting] = []
    rose = discoveries([k[-2] for k in looked], rate)
    for (t, level, by_month, recent, p, itself), flags in zip(looked, rose, strict=True):
        if (flags & itself).any():
            places = level.join(field, flags & itself, -np.log(p + 1e-300))
            late, early, _ = _windows(field, recent)
            found += _places(field, t, level, by_month, places, late, early, p)
    return found


def enough(field: Field) -> bool:
    """Whether there is a year before the recent months to compare with."""
    return len(field.months) >= 12 + min(RECENT)


def cells_comparable(field: Field) -> bool:
    """Whether the map points stayed the same over the months compared."""
    redrawn = field.redrawn
    return redrawn is None or redrawn <= len(field.months) - max(RECENT) - HISTORY


def _levels(field: Field) -> list[_Level]:
    levels = [_Level(field.cell, field.n_cells, None)] if cells_comparable(field) else []
    if len(field.beats) >= 10:
        levels.append(_Level(field.beat, len(field.beats), field.beats))
    elif not levels and len(field.areas) >= 10:
        levels.append(_Level(field.area, len(field.areas), field.areas))
    return levels


def _windows(field: Field, recent: int) -> tuple[slice, slice, np.ndarray]:
    """(recent months, months before, positions of the same calendar months in earlier years)."""
    end = len(field.months)
    late = slice(end - recent, end)
    early = slice(max(0, end - recent - HISTORY), end - recent)
    calendar = {m[5:] for m in field.months[late]}
    same = [i for i in range(early.start, early.stop) if field.months[i][5:] in calendar]
    return late, early, np.array(same, dtype=np.int64)


def _test(
    field: Field, level: _Level, by_month: np.ndarray, recent: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """(p of each unit's rise, whether it also beats its own season and rose itself); None with too few events."""
    late, early, same = _windows(field, recent)
    if early.stop - early.start < 12:
        return None
    r, h = by_month[:, late].sum(axis=1), by_month[:, early].sum(axis=1)
    if r.sum() < 30 or h.sum() < 60:
        return None
    phi = _unrest(by_month, late, early)
    block_r = level.block(field, r)
    p = rise_p(block_r, level.block(field, h), float(r.sum() / (r.sum() + h.sum())), phi)
    # The cell itself must have risen: its neighbours' rise alone does not make it part of the place.
    itself = r > LEAST_RATIO * (h + 0.5) * r.sum() / h.sum()
    s = by_month[:, same].sum(axis=1) if len(same) >= recent else np.zeros(0)
    if s.sum() >= 30:
        itself &= rise_p(block_r, level.block(field, s), float(r.sum() / (r.sum() + s.sum())), phi) < 0.05
    return p, itself


def _unrest(by_month: np.ndarray, late: slice, early: slice) -> float:
    """How much more than chance blocks of months vary about their cell's share, in the months before."""
    before = by_month[:, early]
    width = late.stop - late.start
    blocks = before.shape[1] // width
    b = before[:, -blocks * width :].reshape(len(before), blocks, width).sum(axis=2)
    expected = b.sum(axis=1, keepdims=True) * b.sum(axis=0, keepdims=True) / max(b.sum(), 1)
    # Shares are fitted to the same counts, which takes one of `blocks` degrees of freedom from each cell.
    return max(1.0, dispersion(b, expected) * blocks / max(blocks - 1, 1))


def _places(
    field: Field,
    t: int,
    level: _Level,
    by_month: np.ndarray,
    places: list[np.ndarray],
    late: slice,
    early: slice,
    p: np.ndarray,
) -> list[Sighting]:
    r, h = by_month[:, late].sum(axis=1), by_month[:, early].sum(axis=1)
    places = [c for c in places if r[c].sum() >= FEWEST_EVENTS]
    if not places:
        return []
    rest = np.ones(level.n, dtype=bool)
    rest[np.concatenate(places)] = False
    # Half an event is added to each history, so that a place with none before still has an expectation.
    factor = r.sum() / (h.sum() + 0.5 * level.n)
    observed = np.concatenate([[r[c].sum() for c in places], r[rest]])
    expected = factor * np.concatenate([[(h[c] + 0.5).sum() for c in places], h[rest] + 0.5])
    shrunk = gamma_poisson_shrinkage(observed, expected)
    n = late.stop - late.start
    found = []
    for i, cells in enumerate(places):
        excess, lower, upper = shrunk_excess(shrunk, i)
        if lower <= 0:
            continue
        held = held_up(by_month[cells][:, late].sum(axis=0), float(expected[i]) / n)
        events = int(observed[i])
        flags = np.zeros(level.n + 1, dtype=bool)
        flags[cells] = True
        members = field.by_type[t][flags[level.unit[field.by_type[t]]]]
        inside = field.cell[members]
        place = level.codes[int(cells[0])] if level.codes else None
        found.append(
            Sighting(
                NAME, t, np.unique(inside[inside >= 0]) if place else cells, members, late.start, late.stop - 1, events,
                float(expected[i]), excess, lower, upper,
                f"{events:,} in the latest {n} months where its own {early.stop - early.start} months before, "
                f"moved as the force moved, foretell {expected[i]:.1f}",
                place=place,
                evidence={"recent_months": n, "p": float(f"{p[cells].min():.3g}"), "months_held": held},
            )
        )  # fmt: skip
    return found
