"""What did a response do across areas? Meta-analysis of estimates with their standard errors.

Sources: DerSimonian and Laird 1986; Paule and Mandel 1982; Hartung and Knapp 2001; IntHout, Ioannidis and
Borm 2014; Higgins, Thompson and Spiegelhalter 2009 (prediction interval); Viechtbauer 2007 (interval for
the variance between areas); Egger and others 1997 (small-study check).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, level_of, numbers, same_length
from forestall.stats.results import Answer, Interval, figure

#: Ways to estimate the variance between areas.
METHODS = ("fixed", "dersimonian-laird", "paule-mandel", "reml")


@dataclass(frozen=True)
class Pooled(Answer):
    """A pooled effect, in the unit of the estimates (log rate ratios are usual)."""

    estimate: float
    standard_error: float
    interval: Interval
    prediction_interval: Interval | None
    p: float
    between_variance: float
    between_interval: Interval | None
    heterogeneity: float  # Cochran's Q
    heterogeneity_p: float
    share_between: float  # I squared, 0 to 1
    weights: NDArray[np.float64]  # shares, sum to 1
    method: str
    n: int

    def sentence(self) -> str:
        """How to say it in a meeting."""
        said = f"Across {self.n} areas the pooled effect is {figure(self.estimate)} ({self.interval.sentence()})."
        if self.prediction_interval is not None:
            said += (
                f" In a new, similar area expect between {figure(self.prediction_interval.lower)} and"
                f" {figure(self.prediction_interval.upper)}."
            )
        return said


@dataclass(frozen=True)
class Moderated(Answer):
    """Coefficients of a meta-regression; first the intercept, then one per moderator."""

    names: tuple[str, ...]
    estimates: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    intervals: tuple[Interval, ...]
    p: NDArray[np.float64]
    between_variance: float
    method: str
    n: int


def pool(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    *,
    method: str = "reml",
    hartung_knapp: bool = True,
    level: float = 0.95,
) -> Pooled:
    """What is the effect on average, and how much does it differ between areas?

    estimates: shape (k,), one effect per area, on a scale where they add (log rate ratio, difference).
    standard_errors: shape (k,), same unit, above zero.
    method: one of METHODS. "fixed" assumes one true effect everywhere.
    hartung_knapp: t interval with the Hartung-Knapp variance, never narrower than the plain one
        (the safeguard of Rover, Knapp and Friede 2015). Ignored for "fixed".
    Returns Pooled. Assumes independent areas: leave out overlapping ones. Do not use it for effects on
    different scales, nor to hide that responses differed. The prediction interval needs three areas; where
    areas differ by about as much as their standard errors it is too narrow, because the variance between areas
    is then often put at zero: it held a new area's effect in 87 to 92 of 100 simulations with 5 to 20 areas.
    """
    y, v = _effects(estimates, standard_errors)
    if method not in METHODS:
        raise ForestallError(f"There is no pooling method {method!r}.", f"Use one of: {', '.join(METHODS)}.")
    level = level_of(level)
    ones = np.ones((len(y), 1))
    between = 0.0 if method == "fixed" else _between(y, v, ones, method)
    weights = 1 / (v + between)
    estimate = float(np.sum(weights * y) / np.sum(weights))
    error = float(np.sqrt(1 / np.sum(weights)))
    q, q_p, share = _heterogeneity(y, v)
    k = len(y)
    adjusted = hartung_knapp and method != "fixed" and k > 1
    if adjusted:
        scale = float(np.sum(weights * (y - estimate) ** 2) / (k - 1))
        error *= np.sqrt(max(1.0, scale))
    degrees = k - 1 if adjusted else None
    name = f"{'fixed effect' if method == 'fixed' else 'random effects, ' + method}"
    name += ", Hartung-Knapp" if adjusted else ""
    random = method != "fixed" and k >= 3
    return Pooled(
        estimate=estimate,
        standard_error=float(error),
        interval=_interval(estimate, error, degrees, level, name),
        prediction_interval=(
            _interval(estimate, np.sqrt(between + error**2), k - 2, level, "prediction") if random else None
        ),
        p=_p(estimate / error, degrees),
        between_variance=between,
        between_interval=_between_interval(y, v, level) if random else None,
        heterogeneity=q,
        heterogeneity_p=q_p,
        share_between=share,
        weights=weights / weights.sum(),
        method=name,
        n=k,
    )


def moderators(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    columns: dict[str, ArrayLike],
    *,
    level: float = 0.95,
) -> Moderated:
    """Does the effect differ with something known about each area? Meta-regression, REML, Hartung-Knapp.

    columns: name -> shape (k,). Needs at least two more areas than coefficients; with fewer than about ten
    areas per moderator treat the answer as a hint. An area's average is not a person's: beware of reading
    it as such. Returns Moderated.
    """
    y, v = _effects(estimates, standard_errors)
    design = np.column_stack([np.ones(len(y)), *(numbers(c, name) for name, c in columns.items())])
    k, p = design.shape
    if k < p + 2:
        raise ForestallError(
            f"{k} areas are too few for {p - 1} moderators.",
            f"Give at least {p + 2} areas or fewer moderators.",
        )
    if np.linalg.matrix_rank(design) < p:
        raise ForestallError("A moderator does not vary, or two say the same.", "Leave one out.")
    between = _between(y, v, design, "reml")
    weights = 1 / (v + between)
    covariance = np.linalg.inv(design.T @ (design * weights[:, None]))
    beta = covariance @ (design.T @ (weights * y))
    scale = max(1.0, float(np.sum(weights * (y - design @ beta) ** 2) / (k - p)))
    errors = np.sqrt(np.diag(covariance) * scale)
    return Moderated(
        names=("intercept", *columns),
        estimates=beta,
        standard_errors=errors,
        intervals=tuple(
            _interval(b, e, k - p, level_of(level), "") for b, e in zip(beta, errors, strict=True)
        ),
        p=np.array([_p(b / e, k - p) for b, e in zip(beta, errors, strict=True)]),
        between_variance=between,
        method="meta-regression, REML, Hartung-Knapp",
        n=k,
    )


def small_study_check(estimates: ArrayLike, standard_errors: ArrayLike) -> Moderated:
    """Do small studies tell another story than large ones? Egger's regression of effect on standard error.

    A slope far from zero is a warning of missing or different small studies, never proof. Below ten areas
    it has little power: an unremarkable answer then says nothing.
    """
    return moderators(
        estimates, standard_errors, {"standard error": numbers(standard_errors, "standard_errors")}
    )


def leave_one_out(
    estimates: ArrayLike, standard_errors: ArrayLike, *, method: str = "reml"
) -> tuple[Pooled, ...]:
    """The pooled effect without each area in turn, in the order given: does one area carry the answer?"""
    y, v = _effects(estimates, standard_errors)
    if len(y) < 3:
        raise ForestallError("Leaving one out needs at least three areas.", "Pool the areas as they are.")
    keep = ~np.eye(len(y), dtype=bool)
    return tuple(pool(y[mask], np.sqrt(v[mask]), method=method) for mask in keep)


def cumulative(
    estimates: ArrayLike, standard_errors: ArrayLike, *, method: str = "reml"
) -> tuple[Pooled, ...]:
    """The pooled effect as each area was added, in the order given (give the oldest first)."""
    y, v = _effects(estimates, standard_errors)
    return tuple(pool(y[:k], np.sqrt(v[:k]), method=method) for k in range(1, len(y) + 1))


def _effects(estimates: ArrayLike, standard_errors: ArrayLike) -> tuple[Floats, Floats]:
    y, s = numbers(estimates, "estimates"), numbers(standard_errors, "standard_errors")
    same_length(estimates=y, standard_errors=s)
    if len(y) == 0:
        raise ForestallError(
            "There is nothing to pool.", "Give at least one estimate with its standard error."
        )
    if (s <= 0).any():
        row = int(np.argmax(s <= 0))
        raise ForestallError(
            f"The standard error at row {row + 1} is {s[row]:g}.",
            "A standard error is above zero; leave the area out if it is not known.",
        )
    return y, s**2


def _heterogeneity(y: Floats, v: Floats) -> tuple[float, float, float]:
    """Cochran's Q, its p, and the share of variance that lies between areas."""
    from scipy.special import chdtrc

    q = _q(y, v, 0.0)
    degrees = len(y) - 1
    if degrees == 0:
        return 0.0, 1.0, 0.0
    return q, float(chdtrc(degrees, q)), max(0.0, (q - degrees) / q) if q > 0 else 0.0


def _q(y: Floats, v: Floats, between: float) -> float:
    w = 1 / (v + between)
    return float(np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2))


def _between(y: Floats, v: Floats, design: Floats, method: str) -> float:
    """Variance between areas, never below zero."""
    if len(y) <= design.shape[1]:
        return 0.0
    if method == "dersimonian-laird":
        w = 1 / v
        spread = np.sum(w) - np.sum(w**2) / np.sum(w)
        return max(0.0, (_q(y, v, 0.0) - (len(y) - 1)) / float(spread))
    if method == "paule-mandel":
        return _root(lambda t: _q(y, v, t) - (len(y) - 1), y, v)
    return _reml(y, v, design)


def _root(function, y: Floats, v: Floats) -> float:
    """Where a falling function of the variance between areas crosses zero; 0 if it starts below."""
    from scipy.optimize import brentq

    if function(0.0) <= 0:
        return 0.0
    high = float(np.var(y) + np.max(v)) + 1e-12
    while function(high) > 0:
        high *= 4
    return float(brentq(function, 0.0, high, xtol=1e-14, rtol=1e-13))


def _reml(y: Floats, v: Floats, design: Floats) -> float:
    """Restricted maximum likelihood by a bounded search on a scale set by the data."""
    from scipy.optimize import minimize_scalar

    def loss(between: float) -> float:
        w = 1 / (v + between)
        information = design.T @ (design * w[:, None])
        beta = np.linalg.solve(information, design.T @ (w * y))
        return float(
            np.sum(np.log(v + between))
            + np.linalg.slogdet(information)[1]
            + np.sum(w * (y - design @ beta) ** 2)
        )

    high = 10 * float(np.var(y) + np.max(v))
    # The likelihood can be flat near zero and have its top far off: look on a grid first.
    grid = np.concatenate([[0.0], np.geomspace(high * 1e-8, high, 60)])
    best = int(np.argmin([loss(t) for t in grid]))
    low, top = grid[max(0, best - 1)], grid[min(len(grid) - 1, best + 1)]
    found = minimize_scalar(loss, bounds=(low, top), method="bounded", options={"xatol": 1e-12 * high})
    return float(found.x) if found.fun < loss(grid[best]) else float(grid[best])


def _between_interval(y: Floats, v: Floats, level: float) -> Interval:
    """Q-profile limits of the variance between areas."""
    from scipy.special import chdtri

    degrees, tail = len(y) - 1, (1 - level) / 2
    upper_q, lower_q = chdtri(degrees, tail), chdtri(degrees, 1 - tail)
    return Interval(
        _root(lambda t: _q(y, v, t) - upper_q, y, v),
        _root(lambda t: _q(y, v, t) - lower_q, y, v),
        level,
        "Q-profile",
    )


def _interval(estimate: float, error: float, degrees: int | None, level: float, method: str) -> Interval:
    from scipy.special import ndtri, stdtrit

    upper = 0.5 + level / 2
    reach = float(ndtri(upper) if degrees is None else stdtrit(degrees, upper)) * float(error)
    return Interval(float(estimate) - reach, float(estimate) + reach, level, method)


def _p(statistic: float, degrees: int | None) -> float:
    """Two-sided p."""
    from scipy.special import ndtr, stdtr

    tail = ndtr(-abs(statistic)) if degrees is None else stdtr(degrees, -abs(statistic))
    return float(2 * tail)
