"""Comparing places whose people, or whose expectations, differ: standardised rates and funnel limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, level_of, numbers, same_length
from forestall.stats.rates import normal_quantile, poisson_interval
from forestall.stats.results import Answer, Interval, figure


@dataclass(frozen=True)
class Rate(Answer):
    """A rate per `per` at risk, with its interval."""

    rate: float
    interval: Interval
    per: float
    events: float
    method: str

    def sentence(self) -> str:
        return f"{figure(self.rate)} per {figure(self.per)} ({self.interval.sentence()}), from {self.events:g} events."


def crude_rate(
    events: float, at_risk: float, per: float = 1000.0, level: float = 0.95, method: str = "auto"
) -> Rate:
    """How many events per 1,000 people (or homes, or vehicles)?

    at_risk: residents, dwellings, person-years. Interval: exact below 10 events, Byar from 10 (`auto`).
    When not to use it: residents as the number at risk where most people present are visitors.
    """
    if not at_risk > 0:
        raise ForestallError(f"The number at risk {at_risk:g} is not above zero.", "Leave out that place.")
    limits = poisson_interval(events, level, method)
    scale = per / at_risk
    interval = Interval(limits.lower * scale, limits.upper * scale, level, method)
    return Rate(events * scale, interval, per, float(events), f"crude, {method} interval")


def proportion_interval(part: float, whole: float, level: float = 0.95) -> Interval:
    """Between which limits may a share lie? Wilson's score interval; never outside 0 to 1.

    Source: Wilson 1927; Newcombe 1998. Errors: nothing in the whole, part above whole.
    """
    if not 0 <= part <= whole or whole <= 0:
        raise ForestallError(f"{part:g} of {whole:g} is not a share.", "Part between zero and the whole.")
    z2 = normal_quantile(level) ** 2
    middle = (2 * part + z2) / (2 * (whole + z2))
    half = np.sqrt(z2) * np.sqrt(z2 + 4 * part * (1 - part / whole)) / (2 * (whole + z2))
    return Interval(max(0.0, float(middle - half)), min(1.0, float(middle + half)), level, "wilson")


def weighted_interval(
    events: Floats, weights: Floats, level: float = 0.95, method: str = "auto"
) -> tuple[float, Interval]:
    """A weighted sum of independent Poisson counts and Dobson's interval for it (Dobson et al. 1991)."""
    total = float((weights * events).sum())
    number = float(events.sum())
    limits = poisson_interval(number, level, method)
    if number == 0:
        return 0.0, Interval(0.0, float(weights.max() * limits.upper), level, "dobson")
    step = float(np.sqrt((weights**2 * events).sum() / number))
    return total, Interval(
        total + step * (limits.lower - number), total + step * (limits.upper - number), level, "dobson"
    )


def directly_standardised_rate(
    events: ArrayLike,
    at_risk: ArrayLike,
    standard: ArrayLike,
    per: float = 100_000.0,
    level: float = 0.95,
    method: str = "auto",
) -> Rate:
    """What would this place's rate be, had it the standard's make-up of ages (or other strata)?

    events, at_risk: per stratum (k,); standard: the standard population per stratum. Interval after Dobson
    with Byar (exact below 10 events) limits. Refuses fewer than 10 events in all: such a rate misleads.
    Sources: Dobson et al. 1991; Breslow & Day 1987.
    """
    o, n, w = counts(events, "events"), numbers(at_risk, "at risk"), numbers(standard, "standard")
    same_length(events=o, at_risk=n, standard=w)
    if (n <= 0).any() or (w < 0).any() or not w.sum() > 0:
        raise ForestallError(
            "Each stratum needs people at risk, and the standard people.", "Join small strata."
        )
    if o.sum() < 10:
        raise ForestallError(
            f"{o.sum():g} events are too few for a standardised rate (10 are needed).",
            "Use more years, or the indirect method.",
        )
    rate, interval = weighted_interval(o, w / (w.sum() * n), level, method)
    scaled = Interval(interval.lower * per, interval.upper * per, level, "dobson")
    return Rate(rate * per, scaled, per, float(o.sum()), "directly standardised")


@dataclass(frozen=True)
class Standardised(Answer):
    """Observed over expected at the reference's rates."""

    ratio: float
    interval: Interval
    observed: float
    expected: float
    method: str = "indirectly standardised ratio"

    def sentence(self) -> str:
        return (
            f"{self.observed:g} events where {figure(self.expected)} were expected: {figure(self.ratio)} times "
            f"({self.interval.sentence()})."
        )


def indirectly_standardised_ratio(
    events: float,
    at_risk: ArrayLike,
    reference_events: ArrayLike,
    reference_at_risk: ArrayLike,
    level: float = 0.95,
    method: str = "auto",
) -> Standardised:
    """How many times as many events as if the reference's rates held here?

    events: this place's total; at_risk: its people per stratum (k,); reference_*: the reference's events and
    people per stratum. When not to use it: to compare two places with each other (each is measured by its
    own make-up). Source: Breslow & Day 1987.
    """
    n = numbers(at_risk, "at risk")
    o, m = counts(reference_events, "reference events"), numbers(reference_at_risk, "reference at risk")
    same_length(at_risk=n, reference_events=o, reference_at_risk=m)
    if (m <= 0).any() or (n < 0).any():
        raise ForestallError("Each stratum of the reference needs people at risk.", "Join small strata.")
    expected = float((n * o / m).sum())
    if not expected > 0:
        raise ForestallError("Nothing is expected here at the reference's rates.", "Use another reference.")
    limits = poisson_interval(events, level, method)
    interval = Interval(limits.lower / expected, limits.upper / expected, level, method)
    return Standardised(events / expected, interval, float(events), expected)


def _pulled_in(share: float) -> float:
    """The variance of a standard normal whose two tails of this share are pulled in to their edges."""
    if share == 0:
        return 1.0
    edge = normal_quantile(1 - 2 * share)
    curve = float(np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi))
    return (1 - 2 * share) - 2 * edge * curve + 2 * share * edge**2


@dataclass(frozen=True)
class Funnel(Answer):
    """Each place's ratio to the target, limits at its size, and which lie beyond them."""

    ratio: Floats
    lower: Floats
    upper: Floats
    z: Floats
    beyond: NDArray[np.bool_]
    dispersion: float
    between: float
    level: float
    n: int
    method: str

    def sentence(self) -> str:
        return (
            f"{int(self.beyond.sum())} of {self.n} places lie beyond the {self.level:.1%} limits; places differ "
            f"{figure(self.dispersion)} times as much as chance alone gives, and the limits allow for that."
            if self.dispersion > 1
            else f"{int(self.beyond.sum())} of {self.n} places lie beyond the {self.level:.1%} limits."
        )


def funnel_limits(
    observed: ArrayLike,
    expected: ArrayLike,
    level: float = 0.998,
    overdispersion: str = "additive",
    winsorise: float = 0.1,
) -> Funnel:
    """Which places stand out from the rest, given that small places vary more and all vary beyond chance?

    observed, expected: events per place (k,). level: 0.998 or 0.95 (two-sided). overdispersion: none,
    multiplicative, or additive (a spread between places, as in a random-effects model); judged from z scores
    with the share `winsorise` at each end pulled in, so that outliers do not hide themselves (and what the
    pulling in takes from a normal spread given back, so that chance alone is judged as 1). Worked on the
    square-root scale. When not to use it: fewer than about 10 places; to rank places.
    Source: Spiegelhalter 2005; Spiegelhalter et al. 2012.
    """
    o, e = counts(observed, "observed"), numbers(expected, "expected")
    k = same_length(observed=o, expected=e)
    if (e <= 0).any():
        raise ForestallError("Some places expect nothing.", "Leave out places with nothing at risk.")
    if k < 2:
        raise ForestallError("A funnel needs places to compare.", "Give two or more.")
    if overdispersion not in ("none", "multiplicative", "additive"):
        raise ForestallError(
            f"There is no overdispersion {overdispersion!r}.", "none, multiplicative or additive."
        )
    if not 0 <= winsorise < 0.5:
        raise ForestallError(f"The share {winsorise:g} to pull in is not under a half.", "Use 0.1.")
    ratio, own = o / e, 1 / (4 * e)
    plain = (np.sqrt(ratio) - 1) / np.sqrt(own)
    low, high = np.quantile(plain, [winsorise, 1 - winsorise])
    phi = float((np.clip(plain, low, high) ** 2).mean()) / _pulled_in(winsorise)
    between, scale = 0.0, 1.0
    if overdispersion == "multiplicative":
        scale = max(phi, 1.0)
    elif overdispersion == "additive":
        w = 1 / own
        between = max(0.0, (k * phi - (k - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    error = np.sqrt(own * scale + between)
    half = normal_quantile(level_of(level)) * error
    lower, upper = np.maximum(1 - half, 0) ** 2, (1 + half) ** 2
    z = (np.sqrt(ratio) - 1) / error
    return Funnel(
        ratio, lower, upper, z, (ratio < lower) | (ratio > upper), phi, between, level, k,
        f"square-root funnel, overdispersion {overdispersion}",
    )  # fmt: skip
