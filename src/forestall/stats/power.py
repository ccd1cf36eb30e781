"""How large a change could be seen at all? To be asked before the response, not after the result."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

from forestall.errors import ForestallError


@dataclass(frozen=True)
class Smallest:
    """The smallest change that the design would see, with this power. None: no fall could be seen."""

    fall: float | None  # share of what is expected: 0.35 = a fall of 35 %
    fall_events: float | None
    rise: float
    expected_after: float  # events expected in the treated area without a change
    power: float
    level: float
    dispersion: float
    method: str
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "fall": self.fall,
            "fall_events": self.fall_events,
            "rise": self.rise,
            "expected_after": self.expected_after,
            "power": self.power,
            "level": self.level,
            "dispersion": self.dispersion,
            "method": self.method,
            "caveats": list(self.caveats),
        }

    def sentence(self) -> str:
        if self.fall is None:
            return (
                f"With about {self.expected_after:.0f} events expected, not even a fall to nought would be seen "
                "reliably: use a longer period or a larger area."
            )
        return (
            f"With about {self.expected_after:.0f} events expected, a fall of {self.fall:.0%} or more "
            f"({self.fall_events:.0f} events) would be seen {self.power:.0%} of the time; smaller ones mostly not."
        )


def power_of_ratio(
    factor: float,
    treated_before: float,
    comparison_before: float,
    length_ratio: float = 1.0,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> float:
    """How often would a true factor of change be told from none, by the ratio of changes?

    Parameters: factor (0.75 = a quarter fewer); events expected before in treated and comparison area;
    length_ratio: length of the after period over the before period; dispersion: variance over mean.
    Returns: a share of 0 to 1. Assumes Poisson counts of about 20 or more in each cell (below it the exact
    test has less power than stated). Errors: ForestallError for values of nought or below.
    Source: normal approximation on the log scale with the variance under the change.
    """
    _check(factor, treated_before, comparison_before, length_ratio, dispersion)
    error = _error(factor, treated_before, comparison_before, length_ratio, dispersion)
    normal = NormalDist()
    edge = normal.inv_cdf(0.5 + level / 2)
    shift = math.log(factor) / error
    return normal.cdf(-edge - shift) + normal.cdf(-edge + shift)


def smallest_change(
    treated_before: float,
    comparison_before: float,
    length_ratio: float = 1.0,
    dispersion: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
) -> Smallest:
    """What is the smallest fall (and rise) that this design would see, with this power?

    Parameters: as `power_of_ratio`; power: how often it must be seen. Returns: a `Smallest`.
    Assumes, refuses and source: as `power_of_ratio`.
    """
    _check(1.0, treated_before, comparison_before, length_ratio, dispersion)
    if not 0 < power < 1:
        raise ForestallError(f"The power is {power:g}.", "Give a share between 0 and 1, for example 0.8.")

    def seen(factor: float) -> float:
        return power_of_ratio(factor, treated_before, comparison_before, length_ratio, dispersion, level)

    expected = treated_before * length_ratio
    # Towards nought the log's variance runs away faster than its distance: power has a peak. Search above it.
    candidates = [i / 1000 for i in range(999, 0, -1)]
    factor = next((f for f in candidates if expected * f >= 1 and seen(f) >= power), None)
    rise = 1.0
    step = 0.5
    while step > 1e-4:
        if rise + step > 1e6 or seen(rise + step) >= power:
            step /= 2
        else:
            rise += step
            step *= 1.5
    caveats: tuple[str, ...] = ()
    if min(treated_before, expected) < 20:
        caveats = ("Under 20 events in a period: the exact test used there sees rather less than this.",)
    return Smallest(
        fall=None if factor is None else 1 - factor,
        fall_events=None if factor is None else expected * (1 - factor),
        rise=rise,
        expected_after=expected,
        power=power,
        level=level,
        dispersion=dispersion,
        method="Ratio of changes, log-normal",
        caveats=caveats,
    )


def _error(factor: float, t0: float, c0: float, length: float, dispersion: float) -> float:
    return math.sqrt(dispersion * (1 / t0 + 1 / (t0 * length * factor) + 1 / c0 + 1 / (c0 * length)))


def _check(factor: float, t0: float, c0: float, length: float, dispersion: float) -> None:
    for name, value in (
        ("factor", factor),
        ("treated count before", t0),
        ("comparison count before", c0),
        ("length ratio", length),
        ("dispersion", dispersion),
    ):
        if not math.isfinite(value) or value <= 0:
            raise ForestallError(f"The {name} is {value:g}.", "Give a number above nought.")
