"""Did events move into the buffer, or did benefits spread to it?"""

from __future__ import annotations

from functools import partial
from typing import Any

from forestall.sara.outcomes import Counts
from forestall.sara.plans import Plan
from forestall.stats.effects import displacement_quotient, scaled_change, weighted_displacement_difference


def displacement(
    plan: Plan,
    counts: Counts,
    treated: tuple[float, float],
    other: tuple[float, float] | None,
    spread: float,
    caveats: list[str],
) -> dict[str, Any]:
    """The weighted displacement difference, with comparisons brought to the treated area's size."""
    if other is None or treated[0] == 0 or other[0] == 0:
        return {"answer": "not_testable", "why": "There is no comparison area with events before."}
    near = None if counts.buffer is None else counts.pair(counts.buffer)
    ring = None if counts.buffer_comparison is None else counts.pair(counts.buffer_comparison)
    testable = near is not None and near[0] > 0
    difference = partial(weighted_displacement_difference, level=plan.level, dispersion=spread)
    if near is not None and testable and ring is not None and ring[0] > 0:
        weights = [1.0, other[0] / treated[0], 1.0, ring[0] / near[0]]
        whole = difference(treated, other, near, ring, area_weights=weights)
    elif near is not None and testable:
        # One comparison for both: treated area and buffer together against it, so that it is used once.
        joined = (treated[0] + near[0], treated[1] + near[1])
        whole = difference(joined, other, area_weights=[1.0, other[0] / joined[0]])
        ring = other
    else:
        whole = difference(treated, other, area_weights=[1.0, other[0] / treated[0]])
    out: dict[str, Any] = {"difference": whole.to_dict(), "includes_buffer": testable}
    if near is None or ring is None or not testable:
        why = "No buffer area was planned." if near is None else "The buffer had no events before."
        return out | {"answer": "not_testable", "why": why}
    moved = scaled_change(near, ring, level=plan.level, dispersion=spread)
    out["buffer"] = None if moved is None else moved.to_dict()
    if other[1] > 0:
        quotient = displacement_quotient(treated, near, other)
        out["quotient"] = {"value": quotient.value, "reading": quotient.reading}
    low, high = (0.0, 0.0) if moved is None else moved.interval
    if low > 0:
        out["answer"] = "displacement"
        out["why"] = "More events in the buffer than its comparison leads us to expect."
        caveats.append("Some of what fell in the treated area may have moved into the buffer.")
    elif high < 0:
        out["answer"], out["why"] = (
            "diffusion",
            "Fewer events in the buffer as well: benefits may have spread.",
        )
    else:
        out["answer"] = "none_found"
        out["why"] = "No evidence that events moved into the buffer, or that benefits spread to it."
    return out
