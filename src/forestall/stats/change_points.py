"""When did the level change? Segments of a count series, each with one steady level.

Source: Jackson and others 2005 (optimal partitioning); the penalty is twice that of Schwarz (1978), for
level and place of each change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, same_length
from forestall.stats.results import Answer, figure


@dataclass(frozen=True)
class Segments(Answer):
    """Where segments begin (the first is 0) and the rate in each."""

    starts: NDArray[np.int64]
    rates: Floats
    penalty: float
    n: int
    method: str = "optimal partitioning, Poisson"

    def sentence(self) -> str:
        if len(self.starts) == 1:
            return "No change of level is shown."
        parts = [
            f"from {figure(self.rates[i])} to {figure(self.rates[i + 1])} at position {self.starts[i + 1]}"
            for i in range(len(self.starts) - 1)
        ]
        return "The level changed " + ", then ".join(parts) + "."


def change_points(
    series: ArrayLike, exposure: ArrayLike | None = None, *, penalty: float | None = None, shortest: int = 3
) -> Segments:
    """Where did the rate of events change?

    series: shape (n,), counts; exposure: shape (n,), for example days in each month (default 1).
    penalty: cost of one more change in units of twice the log-likelihood (default 4 log n). shortest: least
    periods in a segment. Exact: every set of changes is weighed. Assumes Poisson spread around each level and
    no season; overdispersed or seasonal series give too many changes: divide the season out first and raise
    the penalty by the dispersion. Returns Segments. Time grows with n squared.
    """
    y = counts(series, "series")
    size = np.ones(y.size) if exposure is None else counts(exposure, "exposure")
    same_length(series=y, exposure=size)
    if y.size < 2 * shortest:
        raise ForestallError(f"{y.size} periods are too few.", f"Give at least {2 * shortest}.")
    if (size <= 0).any():
        raise ForestallError("An exposure is zero.", "Leave that period out.")
    fee = 4 * np.log(y.size) if penalty is None else float(penalty)
    events, exposed = np.concatenate([[0], y.cumsum()]), np.concatenate([[0], size.cumsum()])
    best = np.full(y.size + 1, np.inf)
    best[0] = -fee
    last = np.zeros(y.size + 1, dtype=int)
    for end in range(shortest, y.size + 1):
        begin = np.arange(0, end - shortest + 1)
        n, e = events[end] - events[begin], exposed[end] - exposed[begin]
        with np.errstate(divide="ignore", invalid="ignore"):
            cost = -2 * np.where(n > 0, n * np.log(n / e) - n, 0.0)
        total = best[begin] + cost + fee
        pick = int(np.argmin(total))
        best[end], last[end] = total[pick], begin[pick]
    starts = []
    at = y.size
    while at > 0:
        at = int(last[at])
        starts.append(at)
    edges = np.array([*starts[::-1], y.size])
    rates = np.diff(events[edges]) / np.diff(exposed[edges])
    return Segments(edges[:-1], rates, float(fee), y.size)
