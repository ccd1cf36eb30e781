"""Did events fall more where we acted than where we did not, and did they move?

Differences (`weighted_displacement_difference`), ratios (`ratio_of_changes`) and the displacement quotient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.stats.odds import exact_odds_ratio

#: Below this, the normal approximation misses its nominal level in our simulations (docs/explanation).
FEW = 5
#: Below this in any cell the ratio's interval is the exact conditional one.
EXACT_BELOW = 20


@dataclass(frozen=True)
class Difference:
    """A weighted displacement difference: events gained (+) or saved (-) against the comparison."""

    estimate: float
    standard_error: float
    z: float
    interval: tuple[float, float]
    p: float
    level: float
    local: float  # treated against comparison only
    displaced: float  # buffer against its comparison; 0 without a buffer
    dispersion: float
    n: float  # events counted
    method: str
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "z": self.z,
            "interval": list(self.interval),
            "p": self.p,
            "level": self.level,
            "local": self.local,
            "displaced": self.displaced,
            "dispersion": self.dispersion,
            "n": self.n,
            "method": self.method,
            "caveats": list(self.caveats),
        }

    def sentence(self) -> str:
        """What it says, for a meeting."""
        low, high = self.interval
        word = "fewer" if self.estimate < 0 else "more"
        verdict = (
            "the interval leaves out zero"
            if low > 0 or high < 0
            else "the interval takes in zero, so this is no evidence of change"
        )
        return (
            f"{abs(self.estimate):.0f} {word} than the comparison leads us to expect "
            f"({self.level:.0%} interval {low:.0f} to {high:.0f}; {verdict})."
        )


def weighted_displacement_difference(
    treated: Sequence[float],
    comparison: Sequence[float],
    displacement_treated: Sequence[float] | None = None,
    displacement_comparison: Sequence[float] | None = None,
    time_weights: Sequence[float] | None = None,
    area_weights: Sequence[float] | None = None,
    level: float = 0.95,
    dispersion: float = 1.0,
) -> Difference:
    """How many events more or fewer, after what the comparison did, displacement included?

    Parameters: each area is a pair of counts (before, after). `time_weights` (before, after) divides counts
    by the length of each period; `area_weights` (treated, comparison[, displacement treated, displacement
    comparison]) divides them by the size of each area. `level`: of the interval. `dispersion`: variance over
    mean of the counts, 1 for Poisson; above 1 widens the interval.

    Returns: a `Difference`; below zero is fewer.

    Assumes: counts are independent and Poisson (or of the stated dispersion); without the response, treated
    and comparison areas would have changed by the same number of events per weight: choose a comparison of
    like size, or weight it.

    Do not use when any count is under about 5 (a caveat says so; use the exact ratio), or when the treated
    area was chosen for its high count (see `regression_to_the_mean`).

    Errors: ForestallError for negative or missing counts, weights of zero or less, half a buffer.
    Source: Wheeler and Ratcliffe (2018), Crime Science 7:11.
    """
    if (displacement_treated is None) != (displacement_comparison is None):
        raise ForestallError(
            "A buffer area needs its own comparison: one of the two displacement pairs is missing.",
            "Give both displacement pairs, or neither.",
        )
    pairs = [_pair(treated, "treated"), _pair(comparison, "comparison")]
    if displacement_treated is not None and displacement_comparison is not None:
        pairs.append(_pair(displacement_treated, "displacement treated"))
        pairs.append(_pair(displacement_comparison, "displacement comparison"))
    times = _weights(time_weights, (2,), "time weights (before, after)")
    areas = _weights(area_weights, (2, 4), "area weights (treated, comparison, and two for displacement)")
    counts = np.array(pairs)
    areas = np.ones(len(pairs)) if areas is None else areas[: len(pairs)]
    if len(areas) < len(pairs):
        raise ForestallError(
            f"There are {len(pairs)} areas and {len(areas)} area weights.", "Give one weight for each area."
        )
    scale = (np.ones(2) if times is None else times)[None, :] * areas[:, None]
    rates = counts / scale
    change = rates[:, 1] - rates[:, 0]
    local = float(change[0] - change[1])
    displaced = float(change[2] - change[3]) if len(pairs) == 4 else 0.0
    variance = dispersion * float((counts / scale**2).sum())
    caveats = []
    if counts.min() < FEW:
        caveats.append(
            f"A count is below {FEW}: the interval rests on a normal approximation that is poor here. "
            "Read the exact ratio instead."
        )
    return _difference(
        local,
        displaced,
        variance,
        level,
        dispersion,
        float(counts.sum()),
        "Weighted displacement difference",
        tuple(caveats),
    )


def harm_weighted_difference(
    parts: Sequence[Difference], weights: Sequence[float | None], level: float = 0.95
) -> Difference:
    """How much harm more or less: differences by crime type, each times its harm weight.

    Parameters: one `Difference` and one weight for each crime type; a weight of None is left out and counted
    in a caveat, never taken as zero. Returns: a `Difference` in units of the weights.
    Assumes: types are independent. Errors: ForestallError when the lengths differ or nothing has a weight.
    Source: Wheeler and Ratcliffe (2018); Wheeler, harm-weighted extension (ptools).
    """
    if len(parts) != len(weights):
        raise ForestallError(
            f"There are {len(parts)} crime types and {len(weights)} weights.", "Give one weight for each."
        )
    known = [(p, float(w)) for p, w in zip(parts, weights, strict=True) if w is not None]
    if not known:
        raise ForestallError(
            "No crime type has a harm weight.", "Choose an edition of weights that covers one."
        )
    missing = len(parts) - len(known)
    caveats = sorted({c for p, _ in known for c in p.caveats})
    if missing:
        caveats.append(f"{missing} crime type(s) have no harm weight and are left out, not counted as zero.")
    return _difference(
        sum(w * p.local for p, w in known),
        sum(w * p.displaced for p, w in known),
        sum((w * p.standard_error) ** 2 for p, w in known),
        level,
        max(p.dispersion for p, _ in known),
        sum(p.n for p, _ in known),
        "Harm-weighted displacement difference",
        tuple(caveats),
    )


def _difference(
    local: float,
    displaced: float,
    variance: float,
    level: float,
    dispersion: float,
    n: float,
    method: str,
    caveats: tuple[str, ...],
) -> Difference:
    estimate, error = local + displaced, math.sqrt(variance)
    width = NormalDist().inv_cdf(0.5 + level / 2) * error
    z = estimate / error if error > 0 else 0.0
    return Difference(
        estimate=estimate,
        standard_error=error,
        z=z,
        interval=(estimate - width, estimate + width),
        p=math.erfc(abs(z) / math.sqrt(2)),
        level=level,
        local=local,
        displaced=displaced,
        dispersion=dispersion,
        n=n,
        method=method if dispersion == 1 else f"{method}, variance times {dispersion:.3g}",
        caveats=caveats,
    )


@dataclass(frozen=True)
class Ratio:
    """A ratio of changes: 0.75 means a quarter fewer than the comparison leads us to expect.

    `interval` ends are None where there is no bound (a count of nought)."""

    estimate: float | None
    interval: tuple[float | None, float | None]
    p: float
    level: float
    dispersion: float
    n: float
    method: str
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "estimate": self.estimate,
            "interval": list(self.interval),
            "p": self.p,
            "level": self.level,
            "dispersion": self.dispersion,
            "n": self.n,
            "method": self.method,
            "caveats": list(self.caveats),
        }


def ratio_of_changes(
    treated: Sequence[float],
    comparison: Sequence[float],
    level: float = 0.95,
    dispersion: float = 1.0,
) -> Ratio:
    """By what factor did the treated area change, over the factor by which its comparison changed?

    (treated after / treated before) / (comparison after / comparison before); both areas share the same
    periods, so their length cancels.

    Parameters: pairs of counts (before, after); `level` of the interval; `dispersion`: variance over mean.
    Returns: a `Ratio`. With any count under 20 the interval and p are exact, conditional on the margins
    (Fisher's odds ratio; conservative); otherwise log-normal with variance sum(1 / count).
    Assumes: without the response both would have changed by the same factor; independent counts.
    Do not use to judge a place chosen for its high count without `regression_to_the_mean`.
    Errors: ForestallError for negative or missing counts.
    Source: relative effect size, Welsh and Farrington (2009); exact: Fisher (1935), Cornfield (1956).
    """
    t0, t1 = _pair(treated, "treated")
    c0, c1 = _pair(comparison, "comparison")
    n = t0 + t1 + c0 + c1
    if t0 + t1 == 0 or c0 + c1 == 0 or t1 + c1 == 0 or t0 + c0 == 0:
        return Ratio(
            None,
            (None, None),
            1.0,
            level,
            dispersion,
            n,
            "none",
            ("An area or a period has no events, so there is no ratio to work out.",),
        )
    estimate = (t1 * c0) / (t0 * c1) if t0 * c1 > 0 else None
    whole = all(float(v).is_integer() for v in (t0, t1, c0, c1))
    if min(t0, t1, c0, c1) < EXACT_BELOW and whole and dispersion == 1:
        low, high, p = exact_odds_ratio(int(t1), int(t0), int(c1), int(c0), level)
        return Ratio(estimate, (low, high), p, level, 1.0, n, "Exact, conditional on the margins")
    cells = np.array([t0, t1, c0, c1]) + (0.5 if min(t0, t1, c0, c1) == 0 else 0.0)
    error = math.sqrt(dispersion * float((1 / cells).sum()))
    log = math.log(cells[1] * cells[2] / (cells[0] * cells[3]))
    width = NormalDist().inv_cdf(0.5 + level / 2) * error
    caveats = (
        ("A count is under 10 and spread is wider than chance: read the interval as rough.",)
        if min(t0, t1, c0, c1) < 10
        else ()
    )
    return Ratio(
        estimate,
        (math.exp(log - width), math.exp(log + width)),
        math.erfc(abs(log / error) / math.sqrt(2)),
        level,
        dispersion,
        n,
        "Log-normal" if dispersion == 1 else f"Log-normal, variance times {dispersion:.3g}",
        caveats,
    )


@dataclass(frozen=True)
class Change:
    """Events after, against those expected from the comparison's change: above zero is more than expected."""

    estimate: float
    standard_error: float
    interval: tuple[float, float]
    expected: float
    level: float
    dispersion: float
    method: str

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "interval": list(self.interval)}


def scaled_change(
    treated: Sequence[float], comparison: Sequence[float], level: float = 0.95, dispersion: float = 1.0
) -> Change | None:
    """How many events more or fewer than if the treated area had changed by the comparison's factor?

    after - before x (comparison after / comparison before). Parameters: as `ratio_of_changes`.
    Returns: a `Change`, or None when the comparison has no events before.
    Assumes and refuses: as `ratio_of_changes`. Source: delta method.
    """
    t0, t1 = _pair(treated, "treated")
    c0, c1 = _pair(comparison, "comparison")
    if c0 == 0 or t0 + t1 == 0:
        return None
    growth = c1 / c0
    expected = t0 * growth
    # After, and what is expected, each with its own chance; half an event stands in for none.
    a, b, c, d = (max(v, 0.5) for v in (t1, t0, c0, c1))
    own = growth**2 * b
    shared = expected**2 * (1 / c + 1 / d)
    variance = dispersion * (a + own + shared)
    error = math.sqrt(variance)
    width = NormalDist().inv_cdf(0.5 + level / 2) * error
    return Change(
        t1 - expected,
        error,
        (t1 - expected - width, t1 - expected + width),
        expected,
        level,
        dispersion,
        "Comparison's factor of change",
    )


@dataclass(frozen=True)
class Quotient:
    """What the buffer did against what the treated area gained. `value` is None when it may not be read."""

    value: float | None
    gross_effect: float  # fall of the treated area's share against the comparison; positive is success
    reading: str  # "diffusion", "none", "displacement_less", "displacement_all", "displacement_more", ...


def displacement_quotient(
    treated: Sequence[float], buffer: Sequence[float], comparison: Sequence[float]
) -> Quotient:
    """Did the buffer gain (displacement) or benefit too (diffusion), relative to the treated area's success?

    Parameters: pairs of counts (before, after). Returns: a `Quotient`: 0 to -1, displacement smaller than
    the gain; -1, all of it; below -1, more displaced than saved; above 0, benefits spread.
    Read only when the treated area fell against the comparison; otherwise `value` is None.
    Has no interval: read with the weighted displacement difference. Errors: ForestallError for a comparison
    of nought. Source: Bowers and Johnson (2003), J. Quantitative Criminology 19, 275-301.
    """
    a0, a1 = _pair(treated, "treated")
    b0, b1 = _pair(buffer, "buffer")
    c0, c1 = _pair(comparison, "comparison")
    if c0 == 0 or c1 == 0:
        raise ForestallError(
            "The comparison has a period without events, so shares cannot be worked out.",
            "Choose a larger comparison area or longer periods.",
        )
    gross = a0 / c0 - a1 / c1
    if gross <= 0:
        return Quotient(None, gross, "not_read")
    value = (b1 / c1 - b0 / c0) / (a1 / c1 - a0 / c0)
    if abs(value) < 1e-12:
        reading = "none"
    elif value > 1:
        reading = "diffusion_larger_than_direct"
    elif value > 0:
        reading = "diffusion"
    elif abs(value + 1) < 1e-12:
        reading = "displacement_all"
    else:
        reading = "displacement_less" if value > -1 else "displacement_more"
    return Quotient(value, gross, reading)


def _pair(values: Sequence[float], name: str) -> tuple[float, float]:
    if len(values) != 2:
        raise ForestallError(
            f"The {name} area has {len(values)} counts.", "Give two: before and after, for example 130,74."
        )
    before, after = float(values[0]), float(values[1])
    if not (math.isfinite(before) and math.isfinite(after)) or before < 0 or after < 0:
        raise ForestallError(
            f"The {name} counts are {values[0]} and {values[1]}.", "Counts are nought or more."
        )
    return before, after


def _weights(values: Sequence[float] | None, lengths: tuple[int, ...], name: str) -> np.ndarray | None:
    if values is None:
        return None
    array = np.asarray(values, dtype=float)
    if len(array) not in lengths:
        raise ForestallError(
            f"There are {len(array)} {name}.", f"Give {' or '.join(str(n) for n in lengths)}."
        )
    if not np.isfinite(array).all() or (array <= 0).any():
        raise ForestallError(
            f"The {name} are {', '.join(f'{v:g}' for v in array)}.", "Weights are above nought."
        )
    return array
