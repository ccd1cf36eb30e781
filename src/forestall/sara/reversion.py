"""How much of a fall would have come by itself, in an area chosen because it was high?"""

from __future__ import annotations

from typing import Any

import numpy as np

from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import load
from forestall.sara.comparison import LARGEST_BLOCK, SMALLEST_BLOCK, shape_in_metres
from forestall.sara.outcomes import Counts
from forestall.sara.plans import Plan
from forestall.stats.regression_to_mean import regression_to_the_mean

#: Fewer places than this say too little about how counts differ between places.
ENOUGH_PLACES = 30


def adjust(release: Release, plan: Plan, counts: Counts, spread: float) -> dict[str, Any]:
    """The change beyond reversion to the mean, against all places that could have been chosen.

    Places are small areas where the treated area was picked, squares of its own size (with any such event)
    where it was drawn. The treated area counts as one place by its own count. Returns plain values;
    `interval` is None where there are too few places to tell, with a sentence why.
    """
    others = _reference(release, plan, counts)
    treated = counts.treated.sum(0)
    before = float(treated[counts.before].sum())
    after = float(treated[~counts.before].sum())
    if len(others) < ENOUGH_PLACES:
        return {
            "interval": None,
            "places": len(others),
            "sentence": (
                f"Only {len(others)} places could have been chosen: chance highs cannot be told apart here, and "
                "part of any fall may be one."
            ),
        }
    common = _common_change(counts)
    places = np.append(others, before)
    chosen = np.zeros(len(places), dtype=bool)
    chosen[-1] = True
    found = regression_to_the_mean(places, chosen, after, common, plan.level)
    low, high = found.interval
    width = np.sqrt(spread)
    middle = found.estimate
    return {
        "estimate": middle,
        "interval": [middle - (middle - low) * width, middle + (high - middle) * width],
        "expected_after": found.expected_after,
        "luck": found.luck,
        "places": found.n,
        "sentence": found.sentence(),
        "method": found.method,
    }


def _common_change(counts: Counts) -> float:
    if counts.comparison is not None:
        before, after = counts.pair(counts.comparison)
        if before > 0:
            return after / before
    return float((~counts.before).sum() / counts.before.sum())


def _reference(release: Release, plan: Plan, counts: Counts) -> np.ndarray:
    """Counts before of the other places of the force."""
    months = [m for m, b in zip(counts.months, counts.before, strict=True) if b]
    events = load(
        release,
        ["area", "x", "y", "lon", "lat"],
        force=plan.force,
        crime_types=plan.crime_types,
        months=months,
    )
    out = ~plan.treated.mask(release, events)
    if plan.treated.geometry is None:
        codes = events.codes("area").codes
        held = np.bincount(codes[out & (codes >= 0)])
        places = len(plan.treated.areas)
        held = held[held > 0].astype(float)
        # Several picked areas are one choice: compare with groups of as many areas, taken in order of code.
        return held if places == 1 else held[: len(held) // places * places].reshape(-1, places).sum(1)
    shape = shape_in_metres(release, plan.treated)
    assert shape is not None  # a drawn area always has a shape
    side = float(np.clip(np.sqrt(shape.area), SMALLEST_BLOCK, LARGEST_BLOCK))
    there = out & np.isfinite(events["x"])
    key = np.floor(events["x"][there] / side).astype(np.int64) * 10_000_000
    key += np.floor(events["y"][there] / side).astype(np.int64)
    return np.unique(key, return_counts=True)[1].astype(float)
