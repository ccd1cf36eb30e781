"""Local clock time to elapsed time and back, for whole columns: what daylight saving does to an interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from forestall.errors import ForestallError

Seconds = NDArray[np.int64]
DAY = 86_400


@dataclass(frozen=True)
class Zone:
    """A zone's clock changes over a period: at `changes[k]` (UTC seconds) the offset becomes `offsets[k + 1]`."""

    name: str
    changes: Seconds
    offsets: Seconds

    def to_local(self, utc: Seconds) -> Seconds:
        return utc + self.offsets[np.searchsorted(self.changes, utc, side="right")]

    def to_utc(self, local: Seconds) -> Seconds:
        """The earlier reading of an hour that comes twice; an hour that is skipped counts on from before."""
        # Until the local time at which the change happens by the old clock, the old offset holds; a clock
        # set back repeats an hour, and its first pass still belongs to the old offset.
        return local - self.offsets[np.searchsorted(self.changes + self.offsets[:-1], local, side="right")]


def zone(name: str, first: int, last: int) -> Zone:
    """The zone's changes between two moments (UTC seconds), a week's margin either side."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        rules = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ForestallError(
            f"There is no time zone {name!r}.", "Give a name such as Europe/London or America/New_York."
        ) from None

    def offset(at: int) -> int:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
        return int(moment.astimezone(rules).utcoffset().total_seconds())  # type: ignore[union-attr]

    start, stop = first - 8 * DAY, last + 8 * DAY
    changes, offsets = [], [offset(start)]
    for day in range(start, stop, DAY):
        if offset(day + DAY) == offsets[-1]:
            continue
        low, high = day, day + DAY
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
        changes.append(high)
        offsets.append(offset(day + DAY))
    return Zone(name, np.array(changes, dtype=np.int64), np.array(offsets, dtype=np.int64))
