"""What a statistic accepts: checks that name what was given, what was expected, and the next step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError

Floats = NDArray[np.float64]


def numbers(values: ArrayLike, name: str, *, allow_missing: bool = False) -> Floats:
    """A one-dimensional float array, or a clear refusal that names the first bad row."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ForestallError(f"{name} holds values that are not numbers.", "Give numbers only.") from None
    if array.ndim == 0:
        array = array.reshape(1)
    if array.ndim != 1:
        raise ForestallError(f"{name} has {array.ndim} dimensions.", "Give one value per row.")
    bad = np.isinf(array) if allow_missing else ~np.isfinite(array)
    if bad.any():
        row = int(np.argmax(bad))
        raise ForestallError(
            f"{name} has no usable number in {int(bad.sum())} of {array.size} rows, first at row {row + 1}.",
            "Mend or leave out those rows.",
        )
    return array


def counts(values: ArrayLike, name: str = "counts") -> Floats:
    """A one-dimensional array of non-negative numbers of events (weighted counts are allowed)."""
    array = numbers(values, name)
    if (array < 0).any():
        row = int(np.argmax(array < 0))
        raise ForestallError(
            f"{name} is negative at row {row + 1} ({array[row]:g}).", "A count cannot be below zero."
        )
    return array


def same_length(**columns: Floats) -> int:
    """How many rows the columns share; refuses columns of different length."""
    sizes = {name: len(column) for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ForestallError(f"The columns differ in length: {listed}.", "Give one value per row in each.")
    return next(iter(sizes.values()))


def level_of(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ForestallError(f"The level {level:g} is not between 0 and 1.", "Use for example 0.95.")
    return float(level)


def refuse_degrees(x: Floats, y: Floats, reach: float) -> None:
    """Refuse longitude and latitude to a method that measures metres.

    reach: the distance that the method works with. Taken for degrees: points within the bounds of longitude
    and latitude, not all whole numbers, that lie in the box of the British Isles or all lie within
    a fiftieth of the reach.
    """
    if x.size < 2 or not ((np.abs(x) <= 180).all() and (np.abs(y) <= 90).all()):
        return
    if (x == np.round(x)).all() and (y == np.round(y)).all():
        return
    islands = x.min() >= -11 and x.max() <= 3 and y.min() >= 49 and y.max() <= 61
    extent = max(float(np.ptp(x)), float(np.ptp(y)))
    if islands or 50 * extent < reach:
        raise ForestallError(
            "The coordinates look like longitude and latitude in degrees; this method measures in metres.",
            "Give eastings and northings (for example British National Grid), or project them first.",
        )
