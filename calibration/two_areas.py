"""Counts of one or two areas: intervals, ratios, differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from calibration.check import COVERAGE, FALSE_ALARMS, POWER, Check
from calibration.scenarios import MEANS, MONTHLY, draw
from forestall.stats import effects, power, rates, two_counts
from forestall.stats.series import allow_for_few_months, paired_dispersion

POISSON_ONLY = "assumes Poisson counts: its page says so; use shrinkage or funnel limits with overdispersion"
ECHO = "allow for about twice the false alarms where one month echoes the next: the echo is not in the spread learnt"
FEW = "the answer carries a caveat where a count is under 5; read the exact ratio"
WILD = "the spread is learnt from twelve months: where they vary wildly allow for 7 % instead of 5 %"


def checks() -> Iterator[Check]:
    for mean in MEANS:
        said = f"Poisson mean {mean:g}"
        yield Check("Poisson interval, exact", said, COVERAGE, 0.95, covers(mean, "exact"))
        yield Check(
            "Poisson interval, Byar",
            said,
            COVERAGE,
            0.95,
            covers(mean, "byar"),
            says="poor below 10: its page says so; `auto` is exact there",
        )
        yield Check("rate ratio, exact", said, FALSE_ALARMS, 0.05, ratio_alarm(mean, "exact"))
        yield Check("rate ratio, mid-p", said, FALSE_ALARMS, 0.05, ratio_alarm(mean, "mid-p"))
        yield Check("E-test", said, FALSE_ALARMS, 0.05, e_alarm(mean), 0.4)
        yield Check("ratio of changes", said, FALSE_ALARMS, 0.05, four_alarm(mean, ratio_p))
        yield Check("ratio of changes, fall of 30 %", said, COVERAGE, 0.95, ratio_covers(mean))
        yield Check("weighted difference", said, FALSE_ALARMS, 0.05, four_alarm(mean, difference_p), says=FEW)
        yield Check(
            "weighted difference, fall of 30 %", said, COVERAGE, 0.95, difference_covers(mean), says=FEW
        )
    yield Check(
        "Poisson interval, exact",
        "twelve months of mean 20, variance twice the mean",
        COVERAGE,
        0.95,
        spread_covers,
        says=POISSON_ONLY,
    )
    for name in MONTHLY:
        for mean in (5, 20):
            said = f"12 + 12 months of mean {mean}, {name}"
            says = ECHO if name == "echo 0.3" else WILD
            yield Check(
                "ratio of changes, spread learnt",
                said,
                FALSE_ALARMS,
                0.05,
                monthly(name, mean, ratio_of),
                says=says,
            )
            yield Check(
                "weighted difference, spread learnt",
                said,
                FALSE_ALARMS,
                0.05,
                monthly(name, mean, difference_of),
                says=says,
            )
    for mean, factor in ((50, 0.7), (200, 0.8)):
        stated = power.power_of_ratio(factor, mean, 2 * mean)
        yield Check(
            "power of the ratio, as stated beforehand",
            f"{mean} before, comparison twice that, fall of {1 - factor:.0%}",
            POWER,
            stated,
            ratio_sees(mean, factor),
        )


def covers(mean: float, method: str):
    def run(rng: np.random.Generator) -> float:
        return float(rates.poisson_interval(rng.poisson(mean), method=method).covers(mean))

    return run


def spread_covers(rng: np.random.Generator) -> float:
    total = draw(rng, "variance twice the mean", 20, 12).sum()
    return float(rates.poisson_interval(total).covers(240))


def ratio_alarm(mean: float, method: str):
    """Two counts, the second over twice the exposure."""

    def run(rng: np.random.Generator) -> float:
        a, b = rng.poisson([mean, 2 * mean])
        return float(rates.rate_ratio(a, b, 1, 2, method=method).p < 0.05)

    return run


def e_alarm(mean: float):
    def run(rng: np.random.Generator) -> float:
        a, b = rng.poisson([mean, mean])
        return float(two_counts.e_test(int(a), int(b)).p < 0.05)

    return run


def ratio_p(cells: np.ndarray) -> float:
    return effects.ratio_of_changes(cells[:2], cells[2:]).p


def difference_p(cells: np.ndarray) -> float:
    return effects.weighted_displacement_difference(cells[:2], cells[2:]).p


def four_alarm(mean: float, p: Callable[[np.ndarray], float]):
    def run(rng: np.random.Generator) -> float:
        return float(p(rng.poisson(mean, 4).astype(float)) < 0.05)

    return run


def fallen(rng: np.random.Generator, mean: float) -> np.ndarray:
    return rng.poisson([mean, 0.7 * mean, mean, mean]).astype(float)


def ratio_covers(mean: float):
    def run(rng: np.random.Generator) -> float:
        cells = fallen(rng, mean)
        low, high = effects.ratio_of_changes(cells[:2], cells[2:]).interval
        return float((low is None or low <= 0.7) and (high is None or high >= 0.7))

    return run


def difference_covers(mean: float):
    def run(rng: np.random.Generator) -> float:
        cells = fallen(rng, mean)
        low, high = effects.weighted_displacement_difference(cells[:2], cells[2:]).interval
        return float(low <= -0.3 * mean <= high)

    return run


def ratio_sees(mean: float, factor: float):
    def run(rng: np.random.Generator) -> float:
        cells = rng.poisson([mean, factor * mean, 2 * mean, 2 * mean]).astype(float)
        return float(ratio_p(cells) < 0.05)

    return run


def ratio_of(treated: tuple, comparison: tuple, spread: float) -> float:
    return effects.ratio_of_changes(treated, comparison, dispersion=spread).p


def difference_of(treated: tuple, comparison: tuple, spread: float) -> float:
    return effects.weighted_displacement_difference(treated, comparison, dispersion=spread).p


def monthly(name: str, mean: float, p: Callable[[tuple, tuple, float], float]):
    """As an assessment does it: months missing in either area dropped, spread learnt from the months before."""

    def run(rng: np.random.Generator) -> float:
        pair = draw(rng, name, mean, 24, (2,))
        there = np.isfinite(pair).all(axis=0)
        first = np.arange(24) < 12
        before, after = pair[:, first & there], pair[:, ~first & there]
        spread = allow_for_few_months(paired_dispersion(before[0], before[1]), before.shape[1])
        # Months missing on one side only: the weighted difference needs periods of one length.
        share = after.shape[1] / before.shape[1]
        totals = [
            (b.sum() * share if p is difference_of else b.sum(), a.sum())
            for b, a in zip(before, after, strict=True)
        ]
        return float(p(totals[0], totals[1], spread) < 0.05)

    return run
