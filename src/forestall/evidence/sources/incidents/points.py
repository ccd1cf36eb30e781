"""Where did it happen: pairs of numbers to degrees and grid metres, or a reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forestall.evidence.sources.incidents.mapping import BRITISH_GRID
from forestall.evidence.sources.police_uk.values import EAST, NORTH, SOUTH, WEST

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBER = r"^[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$"
#: Metres that the British National Grid has numbers for.
_GRID_EAST, _GRID_NORTH = 700_000, 1_300_000
_MEND = "Correct it, or empty both coordinates where the place is not known."

#: (which of the pair is at fault, reason, next step). Index 0 is "no reason".
REASONS: tuple[tuple[int, str, str], ...] = (
    (0, "", ""),
    (0, "not a plain number", _MEND),
    (1, "not a plain number", _MEND),
    (0, "one coordinate is there and the other is not", _MEND),
    (0, "both coordinates are 0", _MEND),
    (0, "longitude and latitude are swapped", "Swap the two cells, or the two columns in the mapping."),
    (0, "grid metres in columns of degrees", "Name the columns x and y in the mapping (with their crs)."),
    (0, "degrees in columns of grid metres", "Name the columns lon and lat in the mapping."),
    (0, "no such longitude or latitude", _MEND),
    (
        0,
        "the point is not in the United Kingdom",
        _MEND + " Where other places are meant, say so in the mapping: `region: anywhere`.",
    ),
)
NOT_X, NOT_Y, ONE_ONLY, ZERO, SWAPPED, METRES, DEGREES, NO_SUCH, OUTSIDE = range(1, 10)


@dataclass(frozen=True)
class Points:
    """One entry a row; NaN where there is no location (`empty`) or the pair was refused (`reason`).

    lon, lat: WGS84 degrees. x, y: British National Grid metres; NaN where the grid does not reach.
    """

    lon: np.ndarray
    lat: np.ndarray
    x: np.ndarray
    y: np.ndarray
    empty: np.ndarray
    reason: np.ndarray


def locate(first: pa.Array, second: pa.Array, crs: str | None, anywhere: bool) -> Points:
    """Points of two columns of text.

    first, second: x and y, or longitude and latitude; trimmed, "" where empty. crs: reference system of x and
    y; None = degrees. anywhere: places outside the United Kingdom are meant.
    """
    from forestall.evidence import places

    a, a_empty, a_good = _numbers(first)
    b, b_empty, b_good = _numbers(second)
    n = len(a)
    reason = np.zeros(n, dtype=np.int8)
    empty = a_empty & b_empty

    def mark(mask: np.ndarray, why: int) -> None:
        reason[mask & (reason == 0) & ~empty] = why

    mark(~a_empty & ~a_good, NOT_X)
    mark(~b_empty & ~b_good, NOT_Y)
    mark(a_empty != b_empty, ONE_ONLY)
    mark((a == 0) & (b == 0), ZERO)
    if crs is None:
        _check_degrees(a, b, mark, anywhere)
    elif crs == BRITISH_GRID:
        mark((np.abs(a) <= 180) & (np.abs(b) <= 90), DEGREES)
        mark((a < 0) | (a > _GRID_EAST) | (b < 0) | (b > _GRID_NORTH), OUTSIDE)
    good = (reason == 0) & ~empty
    a, b = np.where(good, a, np.nan), np.where(good, b, np.nan)
    if crs is None:
        lon, lat = a, b
        x, y = places.to_grid(lon, lat)
    elif crs == BRITISH_GRID:
        x, y = a, b
        lon, lat = places.to_degrees(x, y)
    else:
        lon, lat = places.convert(a, b, crs, "EPSG:4326")
        mark(good & ~np.isfinite(lon), NO_SUCH)
        if not anywhere:
            mark(~_inside(lon, lat), OUTSIDE)
        x, y = places.to_grid(lon, lat)
    bad = reason > 0
    for values in (lon, lat, x, y):
        values[bad] = np.nan
    return Points(lon, lat, x, y, empty, reason)


def _check_degrees(lon: np.ndarray, lat: np.ndarray, mark, anywhere: bool) -> None:
    outside = ~_inside(lon, lat)
    mark(outside & _inside(lat, lon), SWAPPED)
    metres = (np.abs(lon) > 1000) & (np.abs(lat) > 1000) & (lon <= _GRID_EAST) & (lat <= _GRID_NORTH)
    mark(metres, METRES)
    mark((np.abs(lon) > 180) | (np.abs(lat) > 90), NO_SUCH)
    if not anywhere:
        mark(outside, OUTSIDE)


def _inside(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    return (lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH)


def _numbers(text: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, which cells are empty, and which hold a number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = pc.equal(text, "").to_numpy(zero_copy_only=False)
    good = pc.match_substring_regex(text, _NUMBER)
    values = pc.if_else(good, text, "nan").cast(pa.float64()).to_numpy(zero_copy_only=False)
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan), empty, finite
