"""One method in one scenario: what it should reach, what it did, and the verdict."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: One run: draws data and says how wrong the method was (0 or 1, or a share where a run holds many answers).
Run = Callable[[np.random.Generator], float]

SEED = 20261122
FALSE_ALARMS, COVERAGE, POWER = "false alarms", "coverage", "power"


@dataclass(frozen=True)
class Check:
    """`share` of the runs asked for is done (slow methods); `says` is what page or software says of a miss."""

    method: str
    scenario: str
    kind: str
    nominal: float
    run: Run
    share: float = 1.0
    says: str = ""

    @property
    def name(self) -> str:
        return f"{self.method}: {self.scenario}, {self.kind}"


@dataclass(frozen=True)
class Reached:
    """What a check gave."""

    check: Check
    value: float
    error: float  # Monte Carlo error of the nominal value, or of the value seen where runs give shares
    runs: int

    @property
    def verdict(self) -> str:
        gap = self.value - self.check.nominal
        # However sure we are, less than 10,000 plain runs could tell is no miss.
        least = math.sqrt(self.check.nominal * (1 - self.check.nominal) / 10_000)
        if abs(gap) <= 3 * max(self.error, least):
            return "within"
        if self.check.kind == POWER:
            return "MISSES" if gap < 0 else "conservative"
        wrong = gap > 0 if self.check.kind == FALSE_ALARMS else gap < 0
        return "MISSES" if wrong else "conservative"


def reach(check: Check, runs: int) -> Reached:
    """Run one check. Its draws depend on its name alone, so order and selection change nothing."""
    rng = np.random.default_rng([SEED, zlib.crc32(check.name.encode())])
    number = max(20, round(runs * check.share))
    seen = np.array([check.run(rng) for _ in range(number)], dtype=float)
    error = math.sqrt(check.nominal * (1 - check.nominal) / number)
    if not np.isin(seen, (0.0, 1.0)).all():
        error = float(seen.std(ddof=1)) / math.sqrt(number)
    return Reached(check, float(seen.mean()), error, number)
