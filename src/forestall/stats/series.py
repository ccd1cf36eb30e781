"""What would the months have held, had nothing changed; and did the level change?

A month that is missing is NaN, and stays missing: it is never counted as nought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.stats.effects import Ratio
from forestall.stats.glm import fit_counts, newey_west


@dataclass(frozen=True)
class ExpectedPath:
    """Expected counts by month with a prediction interval; NaN where a month is missing."""

    observed: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    before: np.ndarray  # bool: months that the path was fitted on
    dispersion: float
    level: float
    method: str
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "observed": _plain(self.observed),
            "expected": _plain(self.expected),
            "lower": _plain(self.lower),
            "upper": _plain(self.upper),
            "before": [bool(b) for b in self.before],
            "dispersion": self.dispersion,
            "level": self.level,
            "method": self.method,
            "caveats": list(self.caveats),
        }


def expected_path(
    observed: np.ndarray,
    before: np.ndarray,
    comparison: np.ndarray | None = None,
    month_of_year: np.ndarray | None = None,
    days: np.ndarray | None = None,
    level: float = 0.95,
) -> ExpectedPath:
    """What would each month have held, had the area gone on as before?

    Parameters: observed (m,) counts, NaN where missing; before (m,) bool, the months to learn from;
    comparison (m,) counts of the comparison area; month_of_year (m,) 1-12; days (m,) in each month; level
    of the prediction interval.
    Returns: an `ExpectedPath`. With a comparison: its own count times the share learnt before, which carries
    season and trend along. Without: level and season learnt before (season from 24 months on), no trend.
    Assumes: the share (or the season) would have stayed. Do not use to judge one month alone: the
    assessment judges the whole period. Errors: ForestallError for fewer than 3 months before, or none.
    Source: quasi-Poisson prediction; Bernal, Cummins and Gasparrini (2017), Int. J. Epidemiology 46, 348-355.
    """
    observed = np.asarray(observed, dtype=float)
    use = np.asarray(before, dtype=bool) & np.isfinite(observed)
    if comparison is not None:
        use &= np.isfinite(np.asarray(comparison, dtype=float))
    if int(use.sum()) < 3:
        raise ForestallError(
            f"There are {int(use.sum())} usable months before.", "Use at least 3, and better 12 or 24."
        )
    caveats: tuple[str, ...] = ()
    if comparison is not None:
        mean, variance, dispersion = _by_comparison(observed, np.asarray(comparison, dtype=float), use)
        method = "Comparison area's count times the share before"
    else:
        mean, variance, dispersion, seasonal = _by_season(observed, use, month_of_year, days)
        method = "Level and season before" if seasonal else "Level before"
        if not seasonal:
            caveats = ("Season is not allowed for: that needs 24 months before, or a comparison area.",)
    lower, upper = prediction_interval(mean, variance, level)
    # Nothing seen before is not proof that nothing can happen.
    upper = np.maximum(upper, 1.0)
    return ExpectedPath(observed, mean, lower, upper, use, dispersion, level, method, caveats)


def _by_comparison(
    observed: np.ndarray, comparison: np.ndarray, use: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    treated, other = observed[use].sum(), comparison[use].sum()
    if other == 0:
        raise ForestallError("The comparison area has no events before.", "Choose a larger comparison area.")
    share = treated / other
    mean = share * comparison
    dispersion = paired_dispersion(observed[use], comparison[use])
    # Own chance, chance in the comparison's month, and chance in the share that was learnt.
    learnt = (1 / max(treated, 0.5) + 1 / other) * mean**2
    return mean, dispersion * (mean + share**2 * comparison + learnt), dispersion


def _by_season(
    observed: np.ndarray, use: np.ndarray, month_of_year: np.ndarray | None, days: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    offset = np.zeros(len(observed)) if days is None else np.log(np.asarray(days, dtype=float))
    parts = [np.ones(len(observed))]
    seasonal = month_of_year is not None and int(use.sum()) >= 24
    if seasonal and month_of_year is not None:
        parts += _waves(2 * np.pi * np.asarray(month_of_year) / 12, 1)
    design = np.column_stack(parts)
    if observed[use].sum() == 0:
        nothing = np.zeros(len(observed))
        return nothing, nothing, 1.0, seasonal
    model = fit_counts(observed[use], design[use], offset[use])
    dispersion = max(1.0, model.dispersion)
    mean = np.exp(design @ model.coefficients + offset)
    learnt = np.einsum("ij,jk,ik->i", design, model.bread, design) * mean**2
    return mean, dispersion * (mean + learnt), dispersion, seasonal


def paired_dispersion(treated: np.ndarray, comparison: np.ndarray) -> float:
    """Does the split between two areas vary from month to month by more than chance?

    Pearson chi-squared of the 2 x m table over its degrees of freedom, at least 1: what both areas share
    (season, trend) drops out. Parameters: two series (m,), NaN allowed. Returns: the factor; 1 when there
    are fewer than 4 months or under 20 events in either area, where it cannot be told.
    """
    use = np.isfinite(treated) & np.isfinite(comparison)
    t, c = treated[use], comparison[use]
    if len(t) < 4 or t.sum() < 20 or c.sum() < 20:
        return 1.0
    total = t + c
    keep = total > 0
    expected = total[keep] * (t.sum() / total.sum())
    rest = total[keep] - expected
    chi = float(((t[keep] - expected) ** 2 * (1 / expected + 1 / rest)).sum())
    return max(1.0, chi / max(1, int(keep.sum()) - 1))


def allow_for_few_months(spread: float, months: int, level: float = 0.95) -> float:
    """The spread to use with a normal quantile when it was learnt from few months.

    Above 1, it is multiplied by the squared ratio of Student's quantile (months - 1 degrees) to the normal one.
    """
    from statistics import NormalDist

    from scipy.special import stdtrit

    if spread <= 1 or months < 3:
        return spread
    tail = 0.5 + level / 2
    return spread * float(stdtrit(months - 1, tail) / NormalDist().inv_cdf(tail)) ** 2


def prediction_interval(
    mean: np.ndarray, variance: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Whole-number limits that hold a new count with at least this chance: gamma-Poisson of given variance."""
    from scipy.special import betainc, gammaincc

    mean = np.asarray(mean, dtype=float)
    variance = np.maximum(np.asarray(variance, dtype=float), mean)
    spread = variance - mean
    plain = spread < 1e-9 * np.maximum(mean, 1e-9)
    shape = np.where(plain, 1.0, mean**2 / np.where(plain, 1.0, spread))
    chance = np.where(plain, 0.5, mean / np.where(variance > 0, variance, 1.0))

    def below(k: np.ndarray) -> np.ndarray:
        safe = np.maximum(shape, 1e-12)
        return np.where(plain, gammaincc(k + 1, mean), betainc(safe, k + 1, np.clip(chance, 1e-15, 1.0)))

    def quantile(tail: float) -> np.ndarray:
        low = np.full(mean.shape, -1.0)
        high = np.ceil(mean + 12 * np.sqrt(variance) + 20)
        high = np.where(np.isfinite(high), high, 1.0)
        for _ in range(64):
            middle = np.floor((low + high) / 2)
            enough = below(np.maximum(middle, 0.0)) >= tail
            enough &= middle >= 0
            high = np.where(enough, middle, high)
            low = np.where(enough, low, middle)
            if (high - low <= 1).all():
                break
        return np.where(np.isfinite(mean), high, np.nan)

    tail = (1 - level) / 2
    return quantile(tail), quantile(1 - tail)


@dataclass(frozen=True)
class Interruption:
    """A level change in one series: `step` is the factor at the start, `slope` the factor by period after."""

    step: Ratio
    slope: Ratio | None
    coefficients: dict[str, float]
    errors: dict[str, float]
    dispersion: float
    echo: float  # correlation of one period's residual with the next
    method: str
    n: int
    caveats: tuple[str, ...]


def interrupted_series(
    counts: np.ndarray,
    start: int,
    period: float | None = 12.0,
    slope_change: bool = True,
    exposure: np.ndarray | None = None,
    errors: str = "quasi-poisson",
    lags: int | None = None,
    level: float = 0.95,
) -> Interruption:
    """Did the level (and the slope) of one series change at a known time, season and trend allowed for?

    Parameters: counts (n,) in order of time, NaN where missing; start: position of the first period after;
    period: periods in a year (12, 52.18; None for no season); slope_change: let the trend change too;
    exposure (n,), for example days; level of intervals. errors: "quasi-poisson"; "echo" (the same, times
    (1 + r) / (1 - r) for a correlation r of neighbouring periods, with Student's quantile); "newey-west" (echo
    up to `lags` periods, by default the cube root of n), as other software gives it, but too small in short
    series: with 36 + 12 months and no change it calls one in one run of five, with 240 in one of eleven.
    Quasi-Poisson calls 5 % without echo and 13 % with r = 0.3, "echo" 3 to 5 % in both.
    Returns: an `Interruption`: factors with intervals. Assumes the trend before would have gone on: with no
    comparison area, anything else that changed then is in the answer too (Maryland level 2).
    Do not use with under 8 periods on either side. Errors: ForestallError for too few periods.
    Source: Bernal, Cummins and Gasparrini (2017), Int. J. Epidemiology 46, 348-355.
    """
    counts = np.asarray(counts, dtype=float)
    there = np.isfinite(counts)
    sides = int(there[:start].sum()), int(there[start:].sum())
    if min(sides) < 4:
        raise ForestallError(
            f"There are {sides[0]} periods before and {sides[1]} after.", "Use at least 4 on either side."
        )
    if errors not in ("quasi-poisson", "echo", "newey-west"):
        raise ForestallError(f"Errors {errors!r} are not known.", "Use quasi-poisson, echo or newey-west.")
    names, design = _interruption_design(len(counts), start, period, slope_change)
    offset = None if exposure is None else np.log(np.asarray(exposure, dtype=float))[there]
    model = fit_counts(counts[there], design[there], offset)
    residual = (counts[there] - model.fitted) / np.sqrt(model.fitted)
    echo = float(residual[1:] @ residual[:-1] / max(residual @ residual, 1e-300))
    spread = max(1.0, model.dispersion)
    if errors == "newey-west":
        lags = math.ceil(len(residual) ** (1 / 3)) if lags is None else lags
        covariance = model.newey_west(lags)
        method = f"Log-linear model, Newey-West errors ({lags} lags)"
    elif errors == "echo":
        covariance = model.bread * spread * _echo_factor(echo, design.shape[1], len(residual), level)
        method = "Log-linear model, quasi-Poisson errors widened for echo"
    else:
        covariance = model.bread * spread
        method = "Log-linear model, quasi-Poisson errors"
    error = np.sqrt(np.diag(covariance))
    caveats = []
    if min(sides) < 8:
        caveats.append(f"Only {min(sides)} periods on one side: intervals are rough under 8.")
    if echo + design.shape[1] / len(residual) > 0.2 and errors == "quasi-poisson":
        caveats.append("One period echoes the next: quasi-Poisson intervals are too narrow; use errors echo.")
    if errors == "newey-west" and len(residual) < 300:
        caveats.append("Newey-West intervals are too narrow in series this short; use errors echo.")

    def factor(name: str) -> Ratio:
        at = names.index(name)
        return _factor(float(model.coefficients[at]), float(error[at]), level, spread, counts[there], method)

    return Interruption(
        step=factor("post"),
        slope=factor("since") if slope_change else None,
        coefficients=dict(zip(names, map(float, model.coefficients), strict=True)),
        errors=dict(zip(names, map(float, error), strict=True)),
        dispersion=model.dispersion,
        echo=echo,
        method=method,
        n=int(there.sum()),
        caveats=tuple(caveats),
    )


def _echo_factor(echo: float, parts: int, n: int, level: float) -> float:
    """What echo adds to the variance of a level; residuals of a model understate echo by about parts / n."""
    from statistics import NormalDist

    from scipy.special import stdtrit

    r = min(0.9, max(0.0, echo + parts / n))
    tail = 0.5 + level / 2
    student = float(stdtrit(n - parts, tail)) / NormalDist().inv_cdf(tail)
    return (1 + r) / (1 - r) * student**2


def linear_interruption(
    values: np.ndarray, start: int, period: float | None = 12.0, lags: int = 6
) -> tuple[dict[str, float], dict[str, float]]:
    """The same question on the plain scale by least squares with Newey-West errors: (coefficients, errors).

    For rates and other measures that are not counts. Parameters as `interrupted_series`, no gaps allowed.
    Source: Newey and West (1987); Linden (2015), Stata Journal 15, 480-500.
    """
    values = np.asarray(values, dtype=float)
    names, design = _interruption_design(len(values), start, period, True)
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ values
    covariance = newey_west(design * (values - design @ beta)[:, None], bread, lags)
    error = np.sqrt(np.diag(covariance))
    return dict(zip(names, map(float, beta), strict=True)), dict(zip(names, map(float, error), strict=True))


def _interruption_design(
    n: int, start: int, period: float | None, slope_change: bool
) -> tuple[list[str], np.ndarray]:
    t = np.arange(n, dtype=float)
    post = (t >= start).astype(float)
    names, parts = ["level", "t", "post"], [np.ones(n), t, post]
    if slope_change:
        names.append("since")
        parts.append((t - start) * post)
    if period is not None:
        names += ["s1", "c1"]
        parts += _waves(2 * np.pi * t / period, 1)
    return names, np.column_stack(parts)


def _waves(angle: np.ndarray, harmonics: int) -> list[np.ndarray]:
    return [f(h * angle) for h in range(1, harmonics + 1) for f in (np.sin, np.cos)]


def _factor(log: float, error: float, level: float, spread: float, counts: np.ndarray, method: str) -> Ratio:
    from statistics import NormalDist

    width = NormalDist().inv_cdf(0.5 + level / 2) * error
    p = math.erfc(abs(log / error) / math.sqrt(2)) if error > 0 else 1.0
    return Ratio(
        math.exp(log),
        (math.exp(log - width), math.exp(log + width)),
        p,
        level,
        spread,
        float(counts.sum()),
        method,
    )


@dataclass(frozen=True)
class ControlChart:
    """Limits by period and which periods lie outside."""

    rate: float
    centre: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    above: np.ndarray
    below: np.ndarray
    dispersion: float
    method: str


def control_chart(
    counts: np.ndarray,
    exposure: np.ndarray | None = None,
    baseline: np.ndarray | None = None,
    chance: float = 0.0027,
    overdispersed: bool = True,
) -> ControlChart:
    """Which periods lie outside what chance around a steady level would give?

    Parameters: counts (n,), NaN where missing; exposure (n,), for example days; baseline (n,) bool, periods
    that set the level (default: all); chance of a flag in a steady period (0.0027 = three sigma);
    overdispersed: widen by the spread seen in the baseline.
    Returns: a `ControlChart`, limits whole numbers. Assumes a steady level without season: use
    `expected_path` where there is one. Errors: ForestallError for fewer than 3 baseline periods.
    Source: Montgomery, Introduction to Statistical Quality Control; exact limits by quantile.
    """
    counts = np.asarray(counts, dtype=float)
    size = np.ones(len(counts)) if exposure is None else np.asarray(exposure, dtype=float)
    use = np.isfinite(counts) if baseline is None else np.asarray(baseline, dtype=bool) & np.isfinite(counts)
    if int(use.sum()) < 3:
        raise ForestallError(f"The baseline has {int(use.sum())} periods.", "Use at least 3.")
    rate = float(counts[use].sum() / size[use].sum())
    centre = rate * size
    spread = 1.0
    if overdispersed and rate > 0:
        spread = max(1.0, float(((counts - centre)[use] ** 2 / centre[use]).sum() / (use.sum() - 1)))
    lower, upper = prediction_interval(centre, spread * centre, 1 - chance)
    return ControlChart(
        rate,
        centre,
        lower,
        upper,
        np.nan_to_num(counts, nan=-np.inf) > upper,
        np.nan_to_num(counts, nan=np.inf) < lower,
        spread,
        "Poisson limits" if spread == 1 else "Poisson limits widened for spread",
    )


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]
