"""Lens: persistent hot spots. Where has crime of one type gathered over the year?"""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.joining import join_hot_cells
from forestall.sara.scanning.sightings import Sighting, held_up, members_in_cells, shrunk_excess
from forestall.stats.hotspots import getis_ord
from forestall.stats.rates import gamma_poisson_shrinkage

NAME = "persistent_hot_spot"
METHOD = "Getis-Ord Gi* on 250 m cells, upper tail, false discovery rate 5%, adjacent cells joined"
#: A place with fewer events in the window is not worth a problem of its own.
FEWEST_EVENTS = 6
#: A type with fewer events in the force's window is not looked at: Gi* needs more.
FEWEST_OF_TYPE = 30
#: Even the lower limit must be this many times the expected. Neighbourhoods differ by nature; what is less than
#: double is the rule between them. See docs/reference/scanning.md for what it does to false candidates.
LEAST_TIMES = 2.0


def persistent_hot_spots(field: Field, *, months: int | None = 12, rate: float = 0.05) -> list[Sighting]:
    """Which places held far more of a crime type than the rest of the force, for many months?

    months: the window, latest months; None is all. rate: accepted share of false cells. Cells that ever held an
    event of any type are the study area. Expected is the force's mean cell; excess is shrunken by gamma-Poisson
    over all places and cells. A place is kept when even the lower limit is twice the expected and it was above chance
    in a third of the months. Returns sightings, no order promised.
    Assumes crime could have been recorded in any of the study area's cells. When not to use it: forces
    with few hundred events (nothing is found). Source: Ord & Getis 1995; Chainey 2021 on persistence.
    """
    window = field.window(months)
    found: list[Sighting] = []
    if field.n_cells < 50:
        return found
    looked = []
    for t in field.wanted:
        by_month = field.table(field.by_type[t], field.cell, field.n_cells)[:, window]
        if by_month.sum() >= FEWEST_OF_TYPE:
            looked.append((t, by_month, *gi_star(field, by_month.sum(axis=1))))
    hot = discoveries([p for *_, p in looked], rate)
    for (t, by_month, z, _), flags in zip(looked, hot, strict=True):
        found += _of_type(field, t, by_month, window, flags, z)
    return found


def gi_star(field: Field, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(z, upper-tail p) of each cell, over the study area."""
    row, column = field.rows - field.rows.min(), field.columns - field.columns.min()
    grid = np.zeros((row.max() + 1, column.max() + 1))
    inside = np.zeros(grid.shape, dtype=bool)
    grid[row, column] = counts
    inside[row, column] = True
    gi = getis_ord(grid, inside=inside)
    return gi.z[row, column], gi.p_upper[row, column]


def _of_type(
    field: Field, t: int, by_month: np.ndarray, window: slice, hot: np.ndarray, z: np.ndarray
) -> list[Sighting]:
    counts = by_month.sum(axis=1)
    # Its neighbours' crime alone does not make a cell part of the place.
    hot = hot & (counts > counts.mean())
    places = [c for c in join_hot_cells(field, hot, z) if counts[c].sum() >= FEWEST_EVENTS]
    if not places:
        return []
    mean = counts.mean()
    rest = np.ones(field.n_cells, dtype=bool)
    rest[np.concatenate(places)] = False
    observed = np.concatenate([[counts[c].sum() for c in places], counts[rest]])
    expected = mean * np.concatenate([[len(c) for c in places], np.ones(rest.sum())])
    shrunk = gamma_poisson_shrinkage(observed, expected)
    total, n_months = int(by_month.sum()), window.stop - window.start
    found = []
    for i, cells in enumerate(places):
        excess, lower, upper = shrunk_excess(shrunk, i)
        held = held_up(by_month[cells].sum(axis=0), expected[i] / n_months)
        if lower < (LEAST_TIMES - 1) * expected[i] or held < n_months / 3:
            continue
        events = int(observed[i])
        area = len(cells) * field.cell_metres**2 / 1e6
        found.append(
            Sighting(
                NAME, t, cells, members_in_cells(field, t, cells), window.start, window.stop - 1, events,
                float(expected[i]), excess, lower, upper,
                f"{events:,} in {area:.2g} km² where as many average cells of the force would hold "
                f"{expected[i]:.1f}, and above chance in {held} of {n_months} months",
                evidence={"z": round(float(z[cells].max()), 2), "cells": len(cells), "months_held": held,
                          "share_of_type": round(events / total, 4)},
            )
        )  # fmt: skip
    return found
