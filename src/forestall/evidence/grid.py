"""From degrees (WGS84) to metres (British National Grid) and back."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pyproj import Transformer

# The published seven-parameter shift, written out, so that every machine gives the same metres whether or not
# it holds the finer grid-shift file. Stated accuracy: a few metres, enough for points that were anonymised
# by far more; never for a survey.
_PIPELINE = (
    "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
    "+step +proj=cart +ellps=WGS84 "
    "+step +inv +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 "
    "+convention=position_vector "
    "+step +inv +proj=cart +ellps=airy "
    "+step +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy"
)


def to_metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """British National Grid eastings and northings of WGS84 degrees.

    lon, lat: arrays of degrees; NaN stays NaN. Returns x, y in metres, rounded to the decimetre. Not for points
    outside Great Britain, nor where metres matter: the shift is good to a few metres. Source: Ordnance
    Survey, "A guide to coordinate systems in Great Britain" (the parameters).
    """
    lon = np.asarray(lon, dtype=float)
    lat = np.asarray(lat, dtype=float)
    there = np.isfinite(lon) & np.isfinite(lat)
    # Anonymised points repeat many times over: work each out once.
    key = np.round(lon[there] * 1e7).astype(np.int64) * 4_000_000_000
    key += np.round(lat[there] * 1e7).astype(np.int64)
    x = np.full(lon.shape, np.nan)
    y = np.full(lon.shape, np.nan)
    if len(key):
        back, first = _distinct(key)
        ux, uy = _transformer().transform(lon[there][first], lat[there][first])
        x[there] = np.round(ux, 1)[back]
        y[there] = np.round(uy, 1)[back]
    return x, y


def to_degrees(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """WGS84 longitude and latitude of British National Grid metres, rounded to six decimals; NaN stays NaN."""
    x = np.asarray(x, dtype=float)
    y = np.asarray(y, dtype=float)
    lon = np.full(x.shape, np.nan)
    lat = np.full(x.shape, np.nan)
    there = np.isfinite(x) & np.isfinite(y)
    if there.any():
        ulon, ulat = _transformer().transform(x[there], y[there], direction="INVERSE")
        lon[there], lat[there] = np.round(ulon, 6), np.round(ulat, 6)
    return lon, lat


def _distinct(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each entry the number of its value, and for each value a place where it stands. By hashing, not sorting."""
    import pyarrow as pa

    back = pa.array(key).dictionary_encode().indices.to_numpy()
    first = np.empty(int(back.max()) + 1, dtype=np.int64)
    first[back[::-1]] = np.arange(len(back) - 1, -1, -1)
    return back, first


@cache
def _transformer() -> Transformer:
    from pyproj import Transformer

    return Transformer.from_pipeline(_PIPELINE)
