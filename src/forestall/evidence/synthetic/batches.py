"""Events while they are being made: parallel arrays, before times and keys are written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

#: In `victim` and `caller`: draw one by the rule of the crime type.
BY_RULE = -1


@dataclass(frozen=True)
class Batch:
    """n events. `hours` is an index into the week profiles, -1 for that of the type; `when` is local seconds
    since 1970, NaN to be drawn; `problem` is the number of the plant, -1 for the background."""

    type: np.ndarray
    month: np.ndarray
    site: np.ndarray
    victim: np.ndarray
    caller: np.ndarray
    hours: np.ndarray
    when: np.ndarray
    problem: np.ndarray

    @property
    def n(self) -> int:
        return len(self.type)

    def take(self, which: np.ndarray) -> Batch:
        return Batch(*(getattr(self, f.name)[which] for f in fields(self)))


def batch(
    crime_type: np.ndarray | int,
    month: np.ndarray,
    site: np.ndarray,
    *,
    victim: np.ndarray | int = BY_RULE,
    caller: np.ndarray | int = BY_RULE,
    hours: int = -1,
    when: np.ndarray | float = np.nan,
    problem: int = -1,
) -> Batch:
    """Events with the same settings where a single value is given."""
    n = len(month)

    def full(value: np.ndarray | float, kind: type) -> np.ndarray:
        return np.broadcast_to(np.asarray(value, dtype=kind), (n,)).copy()

    return Batch(
        full(crime_type, np.int16),
        full(month, np.int16),
        full(site, np.int64),
        full(victim, np.int64),
        full(caller, np.int64),
        full(hours, np.int16),
        full(when, np.float64),
        full(problem, np.int16),
    )


def join(batches: Sequence[Batch]) -> Batch:
    return Batch(*(np.concatenate([getattr(b, f.name) for b in batches]) for f in fields(Batch)))
