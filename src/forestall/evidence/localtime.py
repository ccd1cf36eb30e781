"""Local time and UTC, for whole columns at once, with the hours that a clock change drops or repeats.

The Python standard library converts one time after another; a million of them need this. The rules come
from the same time zone database (`zoneinfo`), and the tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from forestall.errors import ForestallError

LONDON = "Europe/London"
_DAY = 86_400


@dataclass(frozen=True)
class Zone:
    """When the clocks of one time zone changed, between two moments.

    starts: UTC seconds at which each offset begins (the first long ago).
    offsets: seconds to add to UTC from then on.
    """

    name: str
    starts: np.ndarray
    offsets: np.ndarray

    def to_local(self, utc: np.ndarray) -> np.ndarray:
        """UTC seconds (int64) to local clock seconds since 1970-01-01 00:00 on the clock."""
        return utc + self.offsets[np.searchsorted(self.starts, utc, side="right") - 1]

    def to_utc(self, local: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Local clock seconds (int64) to UTC seconds.

        Returns UTC seconds, a mask of times that did not exist (the hour that a change to summer time
        drops; the UTC value there means nothing) and a mask of times that happened twice (taken as the first).
        """
        utc = np.empty(len(local), dtype=np.int64)
        matches = np.zeros(len(local), dtype=np.int8)
        ends = np.append(self.starts[1:], np.iinfo(np.int64).max)
        # An offset is in force within about a day of where its own clock says: look only at neighbours.
        guess = np.searchsorted(self.starts, local, side="right") - 1
        for step in (-1, 0, 1):
            at = np.clip(guess + step, 0, len(self.starts) - 1)
            candidate = local - self.offsets[at]
            here = (candidate >= self.starts[at]) & (candidate < ends[at]) & (at == guess + step)
            first = here & (matches == 0)
            utc[first] = candidate[first]
            matches += here
        utc[matches == 0] = 0
        return utc, matches == 0, matches > 1


def zone(name: str, first_year: int, last_year: int) -> Zone:
    """The clock of a zone between the starts of two years (with a margin of a year on either side)."""
    return _zone(name, first_year - first_year % 10, last_year + 10 - last_year % 10)


@lru_cache(maxsize=16)
def _zone(name: str, first_year: int, last_year: int) -> Zone:
    clock = _clock(name)
    start = int(datetime(max(first_year - 1, 1), 1, 2, tzinfo=UTC).timestamp())
    end = int(datetime(min(last_year + 1, 9999), 12, 30, tzinfo=UTC).timestamp())
    starts, offsets = [np.iinfo(np.int64).min // 2], [_offset(clock, start)]
    for day in range(start, end, _DAY):
        after = _offset(clock, day + _DAY)
        if after != offsets[-1]:
            low, high = day, day + _DAY  # the change lies in (low, high]
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(clock, middle) == offsets[-1] else (low, middle)
            starts.append(high)
            offsets.append(after)
    return Zone(name, np.array(starts, dtype=np.int64), np.array(offsets, dtype=np.int64))


def _clock(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as problem:
        raise ForestallError(
            f"{name!r} is not a time zone that this machine knows.",
            "Use a name such as Europe/London or UTC. If that one fails too, install the package tzdata.",
        ) from problem


def _offset(clock: ZoneInfo, moment: int) -> int:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).astimezone(clock)
    offset = local.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
