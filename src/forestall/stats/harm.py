"""How much harm do counts of crimes of several kinds amount to, and how sure is the sum?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, level_of
from forestall.stats.results import Answer, Interval, figure


@dataclass(frozen=True)
class Harm(Answer):
    """The weighted sum, its interval from the counts alone, and what had no weight."""

    total: float
    interval: Interval
    events: float
    unweighted_events: float
    unweighted_types: tuple[str, ...]
    edition: str
    method: str = "sum of weight times count; gamma interval after Fay and Feuer, weights taken as known"

    def sentence(self) -> str:
        left = ""
        if self.unweighted_types:
            left = f" {self.unweighted_events:g} events of kinds without a weight are not in it."
        return (
            f"Harm of {figure(self.total)} ({self.interval.sentence()}) from {self.events:g} events, by "
            f"{self.edition}.{left}"
        )


def gamma_interval(events: Floats, weights: Floats, level: float = 0.95) -> Interval:
    """Limits for a weighted sum of Poisson counts that hold where a few heavy events dominate it.

    The upper limit allows for one more event of the heaviest kind. Equal weights give the exact Poisson
    interval. Source: Fay & Feuer 1997.
    """
    from scipy.special import gammaincinv

    tail = (1 - level_of(level)) / 2
    total, variance = float((weights * events).sum()), float((weights**2 * events).sum())
    heaviest = float(weights.max())
    lower = 0.0
    if total > 0:
        lower = float(gammaincinv(total**2 / variance, tail)) * variance / total
    if heaviest == 0:
        return Interval(0.0, 0.0, level, "fay-feuer")
    more, spread = total + heaviest, variance + heaviest**2
    return Interval(lower, float(gammaincinv(more**2 / spread, 1 - tail)) * spread / more, level, "fay-feuer")


def harm_total(
    events: Mapping[str, float], weights: Mapping[str, float | None], edition: str, level: float = 0.95
) -> Harm:
    """How much harm is this, with the interval that the chance in the counts gives?

    events: number by kind; weights: days (or pounds) per event by kind, None or absent where the edition has
    no value: those events are counted beside the sum, never as zero. edition: the name to show.
    Assumes independent Poisson counts. The interval does not cover doubt about the weights. When not to use
    it: to compare sums made with different editions. Sources: Sherman et al. 2016; Fay & Feuer 1997.
    """
    counts(list(events.values()) or [0.0], "events")
    known = [kind for kind in events if weights.get(kind) is not None]
    missing = tuple(kind for kind in events if weights.get(kind) is None and events[kind] > 0)
    if not known:
        raise ForestallError("No kind of crime here has a weight.", "Load an edition that covers them.")
    o = np.array([float(events[kind]) for kind in known])
    w = np.array([float(weights[kind] or 0.0) for kind in known])
    if (w < 0).any():
        raise ForestallError("A weight is below zero.", "Mend the table of weights.")
    total, interval = float((o * w).sum()), gamma_interval(o, w, level)
    beside = sum(float(events[kind]) for kind in missing)
    return Harm(total, interval, float(o.sum()), beside, missing, edition)
