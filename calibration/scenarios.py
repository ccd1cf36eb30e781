"""Series of monthly counts as police data have them: chance, spread, echo, season, trend, gaps, month lengths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

MEANS = (0.5, 2, 5, 20, 100)
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)

#: Draws (n,) counts around a level (n,), months as columns of the last axis.
Series = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def poisson(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    return rng.poisson(level).astype(float)


def twice_the_mean(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    """Variance twice the mean."""
    return rng.poisson(rng.gamma(np.maximum(level, 1e-9))).astype(float)


def size_two(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    """Negative binomial, k = 2: variance = mean + mean squared / 2."""
    return rng.poisson(level * rng.gamma(2.0, 0.5, np.shape(level))).astype(float)


def echo(rng: np.random.Generator, level: np.ndarray) -> np.ndarray:
    """Poisson with correlation 0.3 from one month to the next (some events carry over)."""
    level = np.asarray(level, dtype=float)
    out = np.empty(level.shape)
    out[..., 0] = rng.poisson(level[..., 0])
    for i in range(1, level.shape[-1]):
        carried = rng.binomial(out[..., i - 1].astype(int), 0.3)
        out[..., i] = carried + rng.poisson(np.maximum(level[..., i] - 0.3 * level[..., i - 1], 0))
    return out


def season(months: int) -> np.ndarray:
    """Amplitude of 30 %."""
    return 1 + 0.3 * np.sin(2 * np.pi * np.arange(months) / 12)


def trend(months: int) -> np.ndarray:
    """One per cent a month."""
    return 1.01 ** np.arange(months)


def days(months: int) -> np.ndarray:
    return np.resize(DAYS, months)


def with_gaps(rng: np.random.Generator, counts: np.ndarray) -> np.ndarray:
    """One month in ten is missing."""
    out = counts.astype(float).copy()
    out[rng.random(out.shape) < 0.1] = np.nan
    return out


#: Scenario -> (shape of the level over months, how counts scatter, whether months go missing).
MONTHLY: dict[str, tuple[Callable[[int], np.ndarray], Series, bool]] = {
    "variance twice the mean": (np.ones, twice_the_mean, False),
    "negative binomial, k = 2": (np.ones, size_two, False),
    "echo 0.3": (np.ones, echo, False),
    "season 30 %": (season, poisson, False),
    "trend 1 % a month": (trend, poisson, False),
    "one month in ten missing": (np.ones, poisson, True),
    "months of unequal length": (lambda n: days(n) / DAYS.mean(), poisson, False),
}


def draw(
    rng: np.random.Generator, name: str, mean: float, months: int, rows: tuple[int, ...] = ()
) -> np.ndarray:
    """Counts (*rows, months) of a monthly scenario around a mean."""
    shape, scatter, gaps = MONTHLY[name]
    counts = scatter(rng, np.broadcast_to(mean * shape(months), (*rows, months)))
    return with_gaps(rng, counts) if gaps else counts
