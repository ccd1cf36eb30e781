"""One series read period by period: control chart, outbreaks, interrupted series, change points."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calibration.check import COVERAGE, FALSE_ALARMS, Check
from calibration.scenarios import MEANS, MONTHLY, days, draw, poisson, season
from forestall.stats import outbreaks, series
from forestall.stats.change_points import change_points

STEADY = "assumes a steady level: its page says to take out season and trend first"
SPREAD = "assumes Poisson spread without echo: its docstring says to raise the penalty"
ECHO = "the answer carries a caveat where residuals show it; use errors 'echo'"
FLAGS = "limits are learnt from 24 months: allow for twice the flags where spread is wider than chance"
YEARS = "past peaks are weighted down too eagerly where spread is wide: its docstring and page say so"
TREND = "a weak trend is not followed: its docstring and page say to divide a known one out first"
NEWEY = "the answer carries a caveat under 300 periods; use errors 'echo'"


def checks() -> Iterator[Check]:
    for mean in MEANS:
        said = f"Poisson mean {mean:g}"
        yield Check(
            "control chart, three sigma",
            f"{said}, 24 + 12 months",
            FALSE_ALARMS,
            0.0027,
            chart(mean, None),
            0.5,
        )
        yield Check("Farrington, weeks", said, FALSE_ALARMS, 0.025, weeks(mean), 0.2)
        yield Check("Farrington, months", said, FALSE_ALARMS, 0.025, months(mean, "season 30 %"), 0.4, YEARS)
        yield Check("change points", f"{said}, 60 months", FALSE_ALARMS, 0.05, changes(mean, None), 0.4)
        if mean >= 2:
            for errors in ("quasi-poisson", "echo", "newey-west"):
                yield Check(
                    f"interrupted series, {errors}",
                    f"{said}, 36 + 12 months",
                    FALSE_ALARMS,
                    0.05,
                    interruption(mean, None, errors),
                    0.4,
                    NEWEY if errors == "newey-west" else "",
                )
            yield Check(
                "interrupted series, fall of 30 %",
                f"{said}, 36 + 12 months",
                COVERAGE,
                0.95,
                step_covered(mean),
                0.4,
            )
    for name in MONTHLY:
        said = f"mean 20, {name}"
        moving = name in ("season 30 %", "trend 1 % a month")
        yield Check(
            "control chart, three sigma",
            f"{said}, 24 + 12 months",
            FALSE_ALARMS,
            0.0027,
            chart(20, name),
            0.4,
            STEADY if moving else FLAGS,
        )
        yield Check(
            "change points",
            f"{said}, 60 months",
            FALSE_ALARMS,
            0.05,
            changes(20, name),
            0.4,
            STEADY if moving else SPREAD,
        )
        if name != "one month in ten missing":
            yield Check(
                "Farrington, months",
                said,
                FALSE_ALARMS,
                0.025,
                months(20, name),
                0.4,
                TREND if moving else YEARS,
            )
        for errors in ("quasi-poisson", "echo", "newey-west"):
            yield Check(
                f"interrupted series, {errors}",
                f"{said}, 36 + 12 months",
                FALSE_ALARMS,
                0.05,
                interruption(20, name, errors),
                0.4,
                NEWEY if errors == "newey-west" else ECHO,
            )
    for name in ("variance twice the mean", "negative binomial, k = 2"):
        yield Check(
            "change points, penalty times the dispersion",
            f"mean 20, {name}, 60 months",
            FALSE_ALARMS,
            0.05,
            raised(20, name),
            0.4,
        )


def counts_of(rng: np.random.Generator, name: str | None, mean: float, months: int) -> np.ndarray:
    return poisson(rng, np.full(months, float(mean))) if name is None else draw(rng, name, mean, months)


def exposure_of(name: str | None, months: int) -> np.ndarray:
    return days(months) if name == "months of unequal length" else np.ones(months)


def chart(mean: float, name: str | None):
    """Share of the last twelve months outside limits learnt from 24."""

    def run(rng: np.random.Generator) -> float:
        counts = counts_of(rng, name, mean, 36)
        baseline = np.arange(36) < 24
        found = series.control_chart(counts, exposure_of(name, 36), baseline)
        judged = ~baseline & np.isfinite(counts)
        return float((found.above | found.below)[judged].mean())

    return run


def weeks(mean: float):
    level = mean * (1 + 0.3 * np.sin(2 * np.pi * np.arange(300) / 52))

    def run(rng: np.random.Generator) -> float:
        return float(outbreaks.farrington(rng.poisson(level), [299], alpha=0.05).alarm[0])

    return run


def months(mean: float, name: str):
    def run(rng: np.random.Generator) -> float:
        counts = draw(rng, name, mean, 72)
        return float(outbreaks.farrington(counts, [71], per_year=12, half_window=1, alpha=0.05).alarm[0])

    return run


def changes(mean: float, name: str | None):
    def run(rng: np.random.Generator) -> float:
        counts = counts_of(rng, name, mean, 60)
        there = np.isfinite(counts)
        return float(len(change_points(counts[there], exposure_of(name, 60)[there]).starts) > 1)

    return run


def raised(mean: float, name: str):
    """As the docstring advises: the penalty times variance over mean, worked out from the series itself."""

    def run(rng: np.random.Generator) -> float:
        counts = draw(rng, name, mean, 60)
        spread = max(1.0, counts.var(ddof=1) / counts.mean())
        return float(len(change_points(counts, penalty=4 * np.log(60) * spread).starts) > 1)

    return run


def interruption(mean: float, name: str | None, errors: str):
    def run(rng: np.random.Generator) -> float:
        found = series.interrupted_series(
            counts_of(rng, name, mean, 48),
            36,
            slope_change=False,
            exposure=exposure_of(name, 48),
            errors=errors,
        )
        return float(found.step.p < 0.05)

    return run


def step_covered(mean: float):
    level = mean * season(48) * np.where(np.arange(48) < 36, 1.0, 0.7)

    def run(rng: np.random.Generator) -> float:
        low, high = series.interrupted_series(poisson(rng, level), 36, slope_change=False).step.interval
        return float(low <= 0.7 <= high)

    return run
