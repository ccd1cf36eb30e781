"""Many areas: panels, pooling, matching, chance highs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calibration.check import COVERAGE, FALSE_ALARMS, Check
from calibration.scenarios import MEANS, MONTHLY, draw, poisson
from forestall.errors import ForestallError
from forestall.stats import matching, panels, pooling, rates
from forestall.stats.regression_to_mean import regression_to_the_mean

FEW_AREAS = "the answer carries a caveat under 8 areas on either side; use errors='few'"
HARDLY_DIFFER = "limits leave out that the spread between places is estimated: its docstring says so"
MANY_COLUMNS = "trust the permutation where columns are many beside treated areas: its docstring says so"
FEW_POOLED = (
    "the variance between areas is often put at zero: its docstring and page say to read 'at least this wide'"
)


def checks() -> Iterator[Check]:
    for mean in MEANS:
        yield Check(
            "two-way fixed effects",
            f"20 areas, 10 treated, 24 months, Poisson mean {mean:g}",
            FALSE_ALARMS,
            0.05,
            two_way(20, 10, mean, None),
        )
    for name in MONTHLY:
        if name != "one month in ten missing":
            yield Check(
                "two-way fixed effects",
                f"20 areas, 10 treated, 24 months, mean 20, {name}",
                FALSE_ALARMS,
                0.05,
                two_way(20, 10, 20, name),
            )
    for areas, treated in ((8, 4), (20, 2), (20, 4)):
        said = f"{areas} areas, {treated} treated, Poisson mean 20"
        run = two_way(areas, treated, 20, None)
        yield Check("two-way fixed effects", said, FALSE_ALARMS, 0.05, run, says=FEW_AREAS)
        few = two_way(areas, treated, 20, None, "few")
        yield Check("two-way fixed effects, errors for few areas", said, FALSE_ALARMS, 0.05, few)
    said = "20 areas, 4 treated, mean 20, variance twice the mean"
    few = two_way(20, 4, 20, "variance twice the mean", "few")
    yield Check("two-way fixed effects, errors for few areas", said, FALSE_ALARMS, 0.05, few)
    yield Check(
        "parallel trends, joint test",
        "30 areas, 8 months before, Poisson mean 20",
        FALSE_ALARMS,
        0.05,
        parallel,
        0.4,
    )
    for name in (None, "echo 0.3", "variance twice the mean", "season 30 %"):
        yield Check(
            "staggered starts",
            f"20 areas, 10 treated from two dates, mean 20, {name or 'Poisson'}",
            FALSE_ALARMS,
            0.05,
            staggered(20, 10, name),
            0.1,
        )
    for k in (3, 5, 10, 20):
        for between in (0.0, 0.2):
            said = f"{k} areas, standard errors 0.1 to 0.4, spread between areas {between:g}"
            yield Check("Hartung-Knapp", said, COVERAGE, 0.95, pooled(k, between, False), 0.3)
            if k >= 5:
                yield Check(
                    "prediction interval", said, COVERAGE, 0.95, pooled(k, between, True), 0.2, FEW_POOLED
                )
    yield Check(
        "micro synthetic control, linearised",
        "30 of 600 areas, 3 columns",
        FALSE_ALARMS,
        0.05,
        matched(30, 600, 3),
        0.2,
    )
    yield Check(
        "micro synthetic control, linearised",
        "12 of 300 areas, 3 columns",
        FALSE_ALARMS,
        0.05,
        matched(12, 300, 3),
        0.2,
        MANY_COLUMNS,
    )
    yield Check(
        "micro synthetic control, linearised",
        "12 of 300 areas, 10 columns",
        FALSE_ALARMS,
        0.05,
        matched(12, 300, 10),
        0.2,
        MANY_COLUMNS,
    )
    yield Check(
        "micro synthetic control, permutation",
        "12 of 300 areas, 10 columns, 39 draws",
        FALSE_ALARMS,
        0.05,
        matched(12, 300, 10, 39),
        0.03,
    )
    yield Check(
        "shrinkage", "200 places, gamma levels of shape 2 and mean 5", COVERAGE, 0.95, shrunk(2.0), 0.1
    )
    yield Check(
        "shrinkage",
        "200 places, gamma levels of shape 20 and mean 5",
        COVERAGE,
        0.95,
        shrunk(20.0),
        0.1,
        HARDLY_DIFFER,
    )
    for mean in (2, 5, 20):
        yield Check(
            "regression to the mean, adjusted",
            f"top 20 of 1,000 places all of mean {mean}",
            COVERAGE,
            0.95,
            chosen(mean, None),
            0.2,
        )
    yield Check(
        "regression to the mean, adjusted",
        "top 20 of 1,000 places, gamma levels of shape 2 and mean 5",
        COVERAGE,
        0.95,
        chosen(5, 2.0),
        0.2,
    )
    yield Check(
        "before against after, not adjusted",
        "top 20 of 1,000 places all of mean 5",
        FALSE_ALARMS,
        0.05,
        naive,
        0.2,
        "what the adjustment is for: plans ask whether the area was chosen because it was high",
    )


def two_way(areas: int, treated: int, mean: float, name: str | None, errors: str = "clustered"):
    on = np.zeros((areas, 24), dtype=bool)
    on[:treated, 12:] = True

    def run(rng: np.random.Generator) -> float:
        y = poisson(rng, np.full((areas, 24), mean)) if name is None else draw(rng, name, mean, 24, (areas,))
        return float(panels.two_way(y, on, errors=errors).p < 0.05)

    return run


def parallel(rng: np.random.Generator) -> float:
    on = np.zeros((30, 16), dtype=bool)
    on[:15, 8:] = True
    return float(panels.event_study(rng.poisson(20, (30, 16)), on).parallel_p < 0.05)


def staggered(areas: int, treated: int, name: str | None):
    on = np.zeros((areas, 24), dtype=bool)
    on[: treated // 2, 10:] = True
    on[treated // 2 : treated, 16:] = True

    def run(rng: np.random.Generator) -> float:
        y = poisson(rng, np.full((areas, 24), 20.0)) if name is None else draw(rng, name, 20, 24, (areas,))
        return float(panels.staggered(y, on).overall.p < 0.05)

    return run


def pooled(k: int, between: float, prediction: bool):
    def run(rng: np.random.Generator) -> float:
        error = rng.uniform(0.1, 0.4, k)
        truth = -0.2 + rng.normal(0, 1, k + 1) * between
        found = pooling.pool(truth[:k] + rng.normal(0, error), error)
        if prediction:
            return float(found.prediction_interval.covers(truth[k]))
        return float(found.interval.covers(-0.2))

    return run


def matched(treated: int, areas: int, columns: int, draws: int = 0):
    """Levels differ between areas and last; nothing happens. Draws that cannot be matched are drawn anew."""

    def run(rng: np.random.Generator) -> float:
        while True:
            level = rng.gamma(4, 2, areas)
            x = rng.poisson(level[:, None], (areas, columns)).astype(float)
            y = rng.poisson(level).astype(float)
            try:
                found = matching.match(x[:treated], x[treated:])
            except ForestallError:
                continue
            effect = matching.matched_effect(
                found, y[:treated], y[treated:], x[:treated], x[treated:], tail="both"
            )
            if not draws:
                return float(effect.p < 0.05)
            p, _ = matching.permutation(x[treated:], y[treated:], treated, effect, draws=draws, rng=rng)
            return float(p <= 0.05)

    return run


def shrunk(shape: float):
    def run(rng: np.random.Generator) -> float:
        truth = rng.gamma(shape, 1 / shape, 200)
        found = rates.gamma_poisson_shrinkage(rng.poisson(5 * truth), np.full(200, 5.0))
        return float(((found.lower <= truth) & (truth <= found.upper)).mean())

    return run


def top_twenty(
    rng: np.random.Generator, mean: float, shape: float | None
) -> tuple[np.ndarray, np.ndarray, float]:
    level = np.full(1000, float(mean)) if shape is None else rng.gamma(shape, mean / shape, 1000)
    before = rng.poisson(level).astype(float)
    top = np.zeros(1000, dtype=bool)
    top[np.argsort(before + rng.random(1000))[-20:]] = True
    return before, top, float(rng.poisson(level[top]).sum())


def chosen(mean: float, shape: float | None):
    def run(rng: np.random.Generator) -> float:
        low, high = regression_to_the_mean(*top_twenty(rng, mean, shape)).interval
        return float(low <= 0 <= high)

    return run


def naive(rng: np.random.Generator) -> float:
    before, top, after = top_twenty(rng, 5, None)
    return float(rates.rate_ratio(after, before[top].sum()).p < 0.05)
