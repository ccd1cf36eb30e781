"""Was the forecast map right? Share of later crime caught, against area, chance, the best possible, last year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.results import Answer, Interval, figure
from forestall.stats.standardised import proportion_interval


@dataclass(frozen=True)
class Accuracy(Answer):
    """How well the highest-scored cells caught later events."""

    share_of_area: float
    hit_rate: float
    interval: Interval
    pai: float
    pei: float
    rri: float | None
    events: float
    cells: int
    method: str = "highest-scored cells up to the area; cells tied at the edge count in part"

    def sentence(self) -> str:
        return (
            f"The forecast's {self.share_of_area:.1%} of the area caught {self.hit_rate:.0%} of later events "
            f"({self.interval.sentence()}): {figure(self.pai)} times an even spread, and {self.pei:.0%} of the most "
            "that any choice of the same area could have caught."
        )


def _grid(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.size and not np.isfinite(array).all():
        raise ForestallError(f"{name} has missing values.", "Use the same grid without gaps.")
    return array


def _caught(score: Floats, later: Floats, cells: float) -> float:
    """Events in the highest-scored cells; of a tie at the edge, the part that fits."""
    order = np.argsort(-score, kind="stable")
    cut = score[order[min(int(np.ceil(cells)), score.size) - 1]]
    above, tied = score > cut, score == cut
    room = cells - above.sum()
    return float(later[above].sum() + later[tied].sum() * min(1.0, room / tied.sum()))


def forecast_accuracy(
    score: ArrayLike,
    later: ArrayLike,
    share_of_area: float = 0.01,
    earlier: ArrayLike | None = None,
    level: float = 0.95,
) -> Accuracy:
    """What share of later events fell in the cells that the forecast put first?

    score: forecast per cell (any shape, equal cells); later: events per cell in held-out months; earlier:
    events per cell in the months the forecast was made from (for the recapture index). PAI = hit rate over
    share of area; PEI = events caught over the most any cells of that area could catch; RRI = hit rate later
    over hit rate earlier. Cells tied at the edge count in part, so the answer does not hang on their order.
    When not to use it: on the months that the forecast was made from; to compare areas of different
    size by PAI alone (it rises as the area shrinks). Sources: Chainey et al. 2008; Hunt 2016; Levine 2008.
    """
    s, n = _grid(score, "score").ravel(), _grid(later, "later").ravel()
    if s.size != n.size:
        raise ForestallError(
            f"The forecast has {s.size} cells and the events {n.size}.", "Use one grid for both."
        )
    if not 0 < share_of_area <= 1:
        raise ForestallError(f"The share {share_of_area:g} is not between 0 and 1.", "Use for example 0.01.")
    if not n.sum() > 0:
        raise ForestallError("There are no later events to score against.", "Hold out more months.")
    cells = share_of_area * s.size
    if cells < 1:
        raise ForestallError(
            f"{share_of_area:.3%} of {s.size} cells is less than one cell.",
            "Use a larger share or smaller cells.",
        )
    total = float(n.sum())
    hits, best = _caught(s, n, cells), _caught(n, n, cells)
    rate = hits / total
    recapture = None
    if earlier is not None:
        before = _grid(earlier, "earlier").ravel()
        if before.size != s.size:
            raise ForestallError("The earlier events are on another grid.", "Use one grid for all.")
        rate_before = _caught(s, before, cells) / float(before.sum()) if before.sum() > 0 else 0.0
        recapture = rate / rate_before if rate_before > 0 else None
    interval = proportion_interval(hits, total, level)
    return Accuracy(
        share_of_area, rate, interval, rate / share_of_area, hits / best, recapture, total, s.size
    )


@dataclass(frozen=True)
class Comparison(Answer):
    """Two forecasts on the same held-out events."""

    forecast: Accuracy
    baseline: Accuracy
    difference: float
    interval: Interval
    better: bool
    method: str = "difference in hit rate; bootstrap of cells"

    def sentence(self) -> str:
        said = "better than" if self.better else "not shown to be better than"
        return (
            f"The forecast caught {self.forecast.hit_rate:.0%} and the baseline {self.baseline.hit_rate:.0%}: "
            f"{said} the baseline."
        )


def compare_forecasts(
    score: ArrayLike,
    baseline: ArrayLike,
    later: ArrayLike,
    share_of_area: float = 0.01,
    *,
    replicates: int = 999,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Comparison:
    """Does this forecast beat the plain one (the same months of last year)?

    baseline: the plain forecast per cell. `better` only if the whole bootstrap interval of the difference in
    hit rate lies above zero; a forecast that is not better should not be shown.
    """
    one = forecast_accuracy(score, later, share_of_area, level=level)
    two = forecast_accuracy(baseline, later, share_of_area, level=level)
    s, b, n = (np.asarray(v, dtype=float).ravel() for v in (score, baseline, later))
    cells = share_of_area * s.size
    flag = _inside(s, cells) - _inside(b, cells)
    # Only cells with events, or in just one of the choices, move the difference.
    gain = flag * n
    draws = (
        rng.multinomial(s.size, np.full(s.size, 1 / s.size), size=replicates) if s.size <= 20_000 else None
    )
    if draws is not None:
        differences = (draws @ gain) / np.maximum(draws @ n, 1e-300)
    else:
        differences = np.empty(replicates)
        for k in range(replicates):
            times = np.bincount(rng.integers(0, s.size, s.size), minlength=s.size)
            differences[k] = (times @ gain) / max(float(times @ n), 1e-300)
    low, high = (float(v) for v in np.quantile(differences, [(1 - level) / 2, (1 + level) / 2]))
    return Comparison(one, two, one.hit_rate - two.hit_rate, Interval(low, high, level, "bootstrap"), low > 0)


def _inside(score: Floats, cells: float) -> Floats:
    """1 for a cell chosen, a part for one tied at the edge, 0 else."""
    cut = np.sort(score)[::-1][min(int(np.ceil(cells)), score.size) - 1]
    above, tied = score > cut, score == cut
    return above + tied * min(1.0, (cells - above.sum()) / tied.sum())
