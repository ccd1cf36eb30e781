"""How often something happened, how sure we can be, and how two or many places compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, level_of
from forestall.stats.results import Answer, Interval, figure


def _events(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.size and not (np.isfinite(array).all() and (array >= 0).all()):
        raise ForestallError(f"{name} has a value that is missing or below zero.", "Counts are zero or more.")
    return array


def _positive(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.size and not (np.isfinite(array).all() and (array > 0).all()):
        raise ForestallError(
            f"{name} has a value that is missing or not above zero.",
            "Leave out places with nothing at risk.",
        )
    return array


def _scalar(array: Floats) -> Any:
    return float(array) if array.ndim == 0 else array


def normal_quantile(level: float) -> float:
    """The two-sided normal multiplier: 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + level_of(level) / 2))


def poisson_interval(count: ArrayLike, level: float = 0.95, method: str = "exact") -> Interval:
    """Between which limits may the expected number lie, given this count?

    count: one count or an array. method: `exact` (Garwood: never covers less than the level), `byar`
    (close approximation; poor below 10), `auto` (exact below 10, Byar from 10: the usual public health
    practice). Returns Interval with limits of the count's shape.
    Assumes independent events at a steady rate. When not to use it: counts that cluster beyond chance
    (use `gamma_poisson_shrinkage` or `funnel_limits`). Sources: Garwood 1936; Breslow & Day 1987.
    """
    from scipy.special import gammaincinv

    o = _events(count, "count")
    tail = (1 - level_of(level)) / 2
    if method not in ("exact", "byar", "auto"):
        raise ForestallError(f"There is no method {method!r}.", "Choose exact, byar or auto.")
    lower, upper = np.zeros_like(o), np.zeros_like(o)
    if method in ("exact", "auto"):
        lower = np.where(o > 0, gammaincinv(np.maximum(o, 1e-300), tail), 0.0)
        upper = gammaincinv(o + 1, 1 - tail)
    if method in ("byar", "auto"):
        z = normal_quantile(level)
        safe = np.maximum(o, 1e-300)
        low = np.where(o > 0, o * np.maximum(1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe)), 0) ** 3, 0.0)
        high = (o + 1) * (1 - 1 / (9 * (o + 1)) + z / (3 * np.sqrt(o + 1))) ** 3
        use = (o >= 10) if method == "auto" else np.ones_like(o, dtype=bool)
        lower, upper = np.where(use, low, lower), np.where(use, high, upper)
    return Interval(_scalar(np.asarray(lower)), _scalar(np.asarray(upper)), level, method)


@dataclass(frozen=True)
class RateRatio(Answer):
    """One rate over another, with interval and two-sided p."""

    ratio: float
    interval: Interval
    p: float
    method: str
    n: float

    def sentence(self) -> str:
        low, high = self.interval
        if np.isnan(self.ratio):
            return "Neither period or place had any event: nothing can be compared."
        seen = "evidence of a difference" if not low <= 1 <= high else "no evidence of a difference"
        return f"The rate was {figure(self.ratio)} times as high ({self.interval.sentence()}): {seen}."


def rate_ratio(
    count: float,
    reference_count: float,
    exposure: float = 1.0,
    reference_exposure: float = 1.0,
    level: float = 0.95,
    method: str = "exact",
) -> RateRatio:
    """How many times as high was this rate as that one?

    count, reference_count: events; exposure, reference_exposure: person-years, days or any shared unit.
    method: `exact` (conditional on the sum: Clopper-Pearson limits, doubled tail; never covers less than
    the level), `mid-p` (shorter, close to the level on average), `log` (normal on the log scale; needs
    both counts above zero). Assumes two independent Poisson counts. When not to use it: places chosen
    because they were high (regression to the mean), or counts that cluster.
    Sources: Przyborowski & Wilenski 1940; Breslow & Day 1987; Rothman 2008 (mid-p).
    """
    a, b = float(_events(count, "count")), float(_events(reference_count, "reference count"))
    ta = float(_positive(exposure, "exposure"))
    tb = float(_positive(reference_exposure, "reference exposure"))
    level_of(level)
    total = a + b
    if total == 0:
        return RateRatio(np.nan, Interval(0.0, np.inf, level, method), 1.0, method, 0)
    ratio = (a / ta) / (b / tb) if b > 0 else np.inf
    if method == "log":
        if a == 0 or b == 0:
            raise ForestallError("The log method needs events on both sides.", "Use the exact method.")
        from scipy.special import ndtr

        error = np.sqrt(1 / a + 1 / b)
        z = normal_quantile(level)
        limits = ratio * np.exp(-z * error), ratio * np.exp(z * error)
        p = 2 * float(ndtr(-abs(np.log(ratio)) / error))
    elif method in ("exact", "mid-p"):
        shares = _share_limits(a, b, level, 0.5 if method == "mid-p" else 1.0)
        odds = [s / (1 - s) if s < 1 else np.inf for s in shares]
        limits = odds[0] * tb / ta, odds[1] * tb / ta
        p = _share_p(a, b, ta / (ta + tb), 0.5 if method == "mid-p" else 1.0)
    else:
        raise ForestallError(f"There is no method {method!r}.", "Choose exact, mid-p or log.")
    return RateRatio(
        float(ratio), Interval(float(limits[0]), float(limits[1]), level, method), p, method, total
    )


def _upper_tail(a: float, b: float, share: float, own: float) -> float:
    """P(A > a) + own * P(A = a) for A ~ Binomial(a + b, share)."""
    from scipy.special import betainc

    at_least = float(betainc(a, b + 1, share)) if a > 0 else 1.0
    more = float(betainc(a + 1, b, share)) if b > 0 else 0.0
    return more + own * (at_least - more)


def _share_p(a: float, b: float, share: float, own: float) -> float:
    upper = _upper_tail(a, b, share, own)
    lower = 1 - _upper_tail(a, b, share, 1 - own)
    return min(1.0, 2 * min(upper, lower))


def _share_limits(a: float, b: float, level: float, own: float) -> tuple[float, float]:
    """Limits of the share of events that fall on the first side."""
    tail = (1 - level) / 2
    if own == 1.0:
        from scipy.special import betaincinv

        low = float(betaincinv(a, b + 1, tail)) if a > 0 else 0.0
        high = float(betaincinv(a + 1, b, 1 - tail)) if b > 0 else 1.0
        return low, high
    low = _bisect(lambda s: _upper_tail(a, b, s, own) - tail) if a > 0 else 0.0
    high = _bisect(lambda s: tail - 1 + _upper_tail(a, b, s, 1 - own)) if b > 0 else 1.0
    return low, high


def _bisect(rising: Any) -> float:
    """The root in (0, 1) of a rising function."""
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


@dataclass(frozen=True)
class Shrunk(Answer):
    """Each place's ratio to what was expected, pulled towards the common mean as chance demands."""

    estimate: Floats
    lower: Floats
    upper: Floats
    observed: Floats
    expected: Floats
    prior_shape: float
    prior_rate: float
    level: float
    method: str
    n: int

    @property
    def prior_mean(self) -> float:
        return self.prior_shape / self.prior_rate

    @property
    def excess(self) -> Floats:
        """Events above expectation after shrinkage: (estimate - 1) x expected."""
        return (self.estimate - 1) * self.expected

    @property
    def excess_interval(self) -> Interval:
        return Interval(
            (self.lower - 1) * self.expected, (self.upper - 1) * self.expected, self.level, self.method
        )

    def sentence(self) -> str:
        top = int(np.argmax(self.estimate))
        raw = self.observed[top] / self.expected[top]
        return (
            f"Of {self.n} places the highest had {figure(raw)} times the expected number; allowing for "
            f"chance, {figure(self.estimate[top])} times ({self.level:.0%} interval {figure(self.lower[top])} to "
            f"{figure(self.upper[top])})."
        )


def gamma_poisson_shrinkage(
    observed: ArrayLike, expected: ArrayLike, level: float = 0.95, method: str = "ml"
) -> Shrunk:
    """How high is each place once the luck of having been picked as high is taken out?

    observed: events per place (n,). expected: events expected per place (n,), above zero. method: `ml`
    (maximum likelihood of the gamma-Poisson) or `moments` (Marshall). Returns ratios to expected: posterior
    mean and equal-tailed limits. Excess after shrinkage is `.excess`.
    Assumes the places' true ratios are draws of one gamma distribution and events are Poisson within
    each. Where the data show no spread beyond chance, a spread of one standard error of its own estimate is
    kept, so that limits never pretend that it is known to be nothing. Limits leave out that the spread itself
    is estimated: where places hardly differ (200 places, 5 events each, gamma shape 20) those of 95 % hold 92 %
    of the true ratios (docs/reference/calibration.md). When not to use it: fewer than about
    10 places; places that fall into plainly different kinds (shrink within each kind).
    Sources: Clayton & Kaldor 1987; Marshall 1991; Robbins 1956.
    """
    from scipy.special import gammaincinv

    o = np.atleast_1d(_events(observed, "observed"))
    e = np.atleast_1d(_positive(expected, "expected"))
    if o.shape != e.shape:
        raise ForestallError(
            f"observed has {o.size} places and expected {e.size}.", "Give both for each place."
        )
    if o.size < 2:
        raise ForestallError(
            "One place alone cannot be shrunken towards others.", "Use poisson_interval, or give all places."
        )
    shape, rate = _prior(o, e, method)
    tail = (1 - level_of(level)) / 2
    a, b = o + shape, e + rate
    # Limits are worked out once for each distinct pair: grids have many cells and few pairs.
    pair_o, pair_e, back, _ = distinct_pairs(o, e)
    lower, upper = (gammaincinv(pair_o + shape, q) / (pair_e + rate) for q in (tail, 1 - tail))
    return Shrunk(
        a / b, lower[back], upper[back], o, e, shape, rate, level,
        f"gamma-Poisson empirical Bayes ({method})", o.size,
    )  # fmt: skip


def distinct_pairs(o: Floats, e: Floats) -> tuple[Floats, Floats, NDArray[np.intp], NDArray[np.intp]]:
    """The distinct (observed, expected) pairs: o, e, which of them each place is, and how often each occurs."""
    # One complex number a pair sorts several times faster than rows of a table.
    pairs, back, times = np.unique(o + 1j * e, return_inverse=True, return_counts=True)
    return pairs.real, pairs.imag, back.ravel(), times


def _prior(o: Floats, e: Floats, method: str) -> tuple[float, float]:
    """Shape and rate of the gamma prior, with a floor under its variance."""
    mean = float(o.sum() / e.sum())
    if mean == 0:
        # No event anywhere: half an event spread over all keeps the limits above zero and finite.
        mean = 0.5 / float(e.sum())
    spread = float((e * (o / e - mean) ** 2).sum() / e.sum()) - mean / float(e.mean())
    floor = float(np.sqrt(2 / o.size)) * mean / float(e.mean())
    variance = max(spread, floor)
    shape, rate = mean**2 / variance, mean / variance
    if method == "moments" or not o.any():
        return shape, rate
    if method != "ml":
        raise ForestallError(f"There is no method {method!r}.", "Choose ml or moments.")
    shape, rate = _maximise(o, e, shape, rate)
    if shape / rate**2 < floor:
        mean = shape / rate
        shape, rate = mean**2 / floor, mean / floor
    return shape, rate


def _maximise(o: Floats, e: Floats, shape: float, rate: float) -> tuple[float, float]:
    """Newton steps on (log shape, log rate) of the negative binomial likelihood, halved when they fail."""
    from scipy.special import digamma, gammaln, polygamma

    # Equal (observed, expected) pairs are counted once: grids have few distinct pairs and many cells.
    o, e, _, times = distinct_pairs(o, e)

    def likelihood(a: float, b: float) -> float:
        return float(
            (times * (gammaln(o + a) - gammaln(a) + a * np.log(b / (b + e)) + o * np.log(e / (b + e)))).sum()
        )

    theta = np.log([shape, rate])
    value = likelihood(*np.exp(theta))
    for _ in range(60):
        a, b = np.exp(theta)
        da = float((times * (digamma(o + a) - digamma(a) + np.log(b / (b + e)))).sum())
        db = float((times * (a / b - (o + a) / (b + e))).sum())
        daa = float((times * (polygamma(1, o + a) - polygamma(1, a))).sum())
        dab = float((times * (e / (b * (b + e)))).sum())
        dbb = float((times * (-a / b**2 + (o + a) / (b + e) ** 2)).sum())
        gradient = np.array([a * da, b * db])
        hessian = np.array([[a * a * daa + a * da, a * b * dab], [a * b * dab, b * b * dbb + b * db]])
        roots, vectors = np.linalg.eigh(hessian)
        # An uphill step even where the surface is not concave: curvature is taken by its size.
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(roots), 1e-8))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        for _ in range(30):
            trial = likelihood(*np.exp(np.clip(theta + step, -40, 40)))
            if trial >= value:
                break
            step = step / 2
        else:
            break
        theta, gain = np.clip(theta + step, -40, 40), trial - value
        value = trial
        if gain < 1e-12 * (1 + abs(value)) or theta[0] > 25:
            break
    return float(np.exp(theta[0])), float(np.exp(theta[1]))
