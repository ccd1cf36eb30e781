"""Is this period unusual for its season? Detectors of a rise in one series, read period by period.

Sources: Farrington and others 1996 (JRSS A 159, 547-563); Rossi, Lampugnani and Marchi 1999 (CUSUM of
standardised counts); Hutwagner and others 2003 (EARS C1 and C2); Roberts 1959 and Lucas and Saccucci 1990 (EWMA).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts
from forestall.stats.results import Answer


@dataclass(frozen=True)
class Watch(Answer):
    """What was watched, the limit above which a period stands out, and which did."""

    periods: NDArray[np.int64]  # positions in the series
    observed: Floats
    expected: Floats
    limit: Floats  # NaN where the method gives none (too few events to judge)
    alarm: NDArray[np.bool_]
    statistic: Floats  # the detector's own running value
    method: str

    def sentence(self) -> str:
        n = int(self.alarm.sum())
        return f"{n} of {len(self.periods)} periods stand out." if n else "No period stands out."


def farrington(
    series: ArrayLike,
    periods: ArrayLike,
    *,
    per_year: int = 52,
    years: int = 5,
    half_window: int = 3,
    alpha: float = 0.01,
    least_events: int = 5,
    over_periods: int = 4,
) -> Watch:
    """Is each of these periods above what the same time in past years leads one to expect?

    series: shape (n,), counts per week or month, no gaps. periods: positions to judge. per_year: 52 for
    weeks, 12 for months. The reference values are those within half_window of the same time in each of the
    past `years`. An overdispersed log-linear model, past peaks weighted down, with a trend kept only where
    there are three years, it is significant (5 %) and does not lead above anything seen. The limit is the
    upper end of a two-sided 1 - alpha range on the 2/3-power scale. Fewer than least_events in the last
    over_periods: no limit, no alarm.
    A trend too weak to be significant is not followed: monthly counts that grow by 1 % a month raise false
    alarms several times too often (docs/reference/calibration.md), so divide a known trend out first.
    Where spread is wider than chance (variance twice the mean or more) alarms come two to four times as often
    as alpha says, by weeks and by months: past peaks are weighted down too eagerly (Noufaily and others 2013).
    Do not use it with fewer than three years, or over a change in recording. Returns Watch.
    """
    y = counts(series, "series")
    chosen = np.atleast_1d(np.asarray(periods, dtype=int))
    first = years * per_year
    if chosen.size == 0 or chosen.min() < first or chosen.max() >= y.size:
        raise ForestallError(
            f"{years} years of {per_year} periods before each judged period are needed; the series has {y.size}.",
            f"Judge periods from position {first} on, or use fewer past years.",
        )
    expected, limit = np.full(chosen.size, np.nan), np.full(chosen.size, np.nan)
    for i, k in enumerate(chosen):
        window = np.arange(-half_window, half_window + 1)
        times = np.concatenate([k - per_year * back + window for back in range(years, 0, -1)])
        times = times[times >= 0]  # the oldest window may begin before the series does
        expected[i], top = _farrington_limit(y[times], times, int(k), alpha, years >= 3)
        if y[k - over_periods + 1 : k + 1].sum() >= least_events:
            limit[i] = top
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (y[chosen] - expected) / (limit - expected)
    alarm = np.nan_to_num(score, nan=0.0) > 1
    return Watch(chosen, y[chosen], expected, limit, alarm, np.nan_to_num(score), "Farrington 1996")


def cusum(
    series: ArrayLike,
    periods: ArrayLike,
    *,
    mean: float | None = None,
    slack: float = 1.04,
    limit: float = 2.26,
) -> Watch:
    """Do small excesses add up? Cumulative sum of standardised counts, periods in order.

    mean: of a steady period (default: the mean of everything before the first judged period). slack and
    limit in standard deviations. Not reset after an alarm. `limit` of the answer is the count that would
    have raised the alarm. For small steady shifts; blind to season, so judge deseasonalised counts.
    """
    y = counts(series, "series")
    chosen = _judged(y, periods, 1)
    level = float(y[: chosen[0]].mean()) if mean is None else float(mean)
    if level <= 0:
        raise ForestallError("The steady level is zero.", "Give a period with events, or a mean above zero.")
    scale = np.sqrt(level)
    running, values, tops = 0.0, [], []
    for k in chosen:
        tops.append(np.ceil(level + scale * (limit + slack - running)))
        running = max(0.0, running + (y[k] - level) / scale - slack)
        values.append(running)
    statistic = np.array(values)
    alarm = statistic >= limit
    return Watch(
        chosen, y[chosen], np.full(chosen.size, level), np.maximum(0.0, tops), alarm, statistic, "CUSUM"
    )


def ewma(
    series: ArrayLike,
    periods: ArrayLike,
    *,
    mean: float | None = None,
    weight: float = 0.2,
    width: float = 3.0,
) -> Watch:
    """Has the level drifted up? Exponentially weighted mean of counts with its own limit.

    weight: of the newest period, 0 to 1. width: limits in standard deviations of the weighted mean, Poisson
    spread. Like `cusum` it needs a steady level without season.
    """
    y = counts(series, "series")
    chosen = _judged(y, periods, 1)
    if not 0 < weight <= 1:
        raise ForestallError(f"The weight {weight:g} is not between 0 and 1.", "Use for example 0.2.")
    level = float(y[: chosen[0]].mean()) if mean is None else float(mean)
    values, now = [], level
    for k in chosen:
        now = weight * y[k] + (1 - weight) * now
        values.append(now)
    age = np.arange(1, chosen.size + 1)
    spread = np.sqrt(level * weight / (2 - weight) * (1 - (1 - weight) ** (2 * age)))
    top = level + width * spread
    statistic = np.array(values)
    return Watch(chosen, y[chosen], np.full(chosen.size, level), top, statistic > top, statistic, "EWMA")


def recent_baseline(
    series: ArrayLike, periods: ArrayLike, *, baseline: int = 7, gap: int = 0, alpha: float = 0.01
) -> Watch:
    """Is this period above the last few? For series too short for their season (EARS C1: gap 0, C2: gap 2)."""
    from scipy.special import ndtri

    y = counts(series, "series")
    chosen = _judged(y, periods, baseline + gap)
    past = np.array([y[k - gap - baseline : k - gap] for k in chosen])
    centre, spread = past.mean(axis=1), past.std(axis=1, ddof=1)
    top = centre + ndtri(1 - alpha) * spread
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.nan_to_num((y[chosen] - centre) / spread)
    return Watch(
        chosen, y[chosen], centre, top, y[chosen] > top, statistic, f"baseline of {baseline}, gap {gap}"
    )


def _judged(y: Floats, periods: ArrayLike, before: int) -> NDArray[np.int64]:
    chosen = np.atleast_1d(np.asarray(periods, dtype=int))
    if chosen.size == 0 or chosen.min() < before or chosen.max() >= y.size or (np.diff(chosen) < 1).any():
        raise ForestallError(
            f"Judged periods must be in order, from position {before} to {y.size - 1}.",
            "Choose other periods.",
        )
    return chosen


def _farrington_limit(
    y: Floats, times: NDArray[np.int64], at: int, alpha: float, long: bool
) -> tuple[float, float]:
    """Expected count and upper limit at one period."""
    from scipy.special import ndtri

    if y.sum() == 0:
        return 0.0, 0.0
    slope = (times - at).astype(float)
    design = np.column_stack([np.ones(y.size), slope])
    fit = _reweighted(y, design)
    keep = False
    if long and fit is not None:
        beta, cover, phi = fit
        from scipy.special import stdtr

        p = 2 * stdtr(y.size - 2, -abs(beta[1]) / np.sqrt(phi * cover[1, 1]))
        keep = p < 0.05 and np.exp(beta[0]) <= y.max()
    if not keep:
        fit = _reweighted(y, design[:, :1])
    if fit is None:
        return float("nan"), float("nan")
    beta, cover, phi = fit
    expected = float(np.exp(beta[0]))
    # Time is counted from the judged period, so the intercept alone is the prediction.
    error = expected * np.sqrt(phi * cover[0, 0])
    spread = np.sqrt(4 / 9 * expected ** (1 / 3) * (phi + error**2 / expected))
    top = max(0.0, expected ** (2 / 3) + float(ndtri(1 - alpha / 2)) * spread) ** 1.5
    return expected, float(top)


def _reweighted(y: Floats, design: Floats) -> tuple[Floats, Floats, float] | None:
    """Quasi-Poisson fit, twice: the second with past peaks weighted down by their Anscombe residuals."""
    first = _weighted_poisson(y, design, np.ones(y.size))
    if first is None:
        return None
    beta, cover, mu = first
    phi = max(1.0, _dispersion(y, mu, np.ones(y.size), design.shape[1]))
    leverage = mu * np.einsum("ij,jk,ik->i", design, cover, design)
    residual = 1.5 * (y ** (2 / 3) * mu ** (-1 / 6) - np.sqrt(mu))
    residual /= np.sqrt(phi * np.maximum(1e-12, 1 - leverage))
    raw = np.where(residual > 1, np.maximum(residual, 1e-12) ** -2.0, 1.0)
    weights = raw * y.size / raw.sum()
    second = _weighted_poisson(y, design, weights)
    if second is None:
        return None
    beta, cover, mu = second
    return beta, cover, max(1.0, _dispersion(y, mu, weights, design.shape[1]))


def _dispersion(y: Floats, mu: Floats, weights: Floats, parameters: int) -> float:
    return float(np.sum(weights * (y - mu) ** 2 / mu) / max(1, y.size - parameters))


def _weighted_poisson(y: Floats, design: Floats, weights: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Log-linear fit with prior weights by iterated least squares; None where it does not settle."""
    mu = y + 0.1
    eta = np.log(mu)
    for _ in range(50):
        w = weights * mu
        cover = np.linalg.pinv(design.T @ (design * w[:, None]))
        beta = cover @ (design.T @ (w * (eta + (y - mu) / mu)))
        fitted = np.clip(design @ beta, -30, 30)
        if np.abs(fitted - eta).max() < 1e-10:
            return beta.astype(np.float64), cover.astype(np.float64), np.exp(fitted)
        eta = fitted
        mu = np.exp(eta)
    return None
