"""Is a hot spot lasting, new, on and off, or gone? Classes of cells over successive periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.gi_null import getis_ord_exact
from forestall.stats.hotspots import getis_ord
from forestall.stats.inputs import Floats
from forestall.stats.multiplicity import false_discovery
from forestall.stats.results import Answer

CLASSES = ("none", "persistent", "emerging", "intermittent", "former")


@dataclass(frozen=True)
class HotSpotClasses(Answer):
    """The class of every cell and in what share of periods it was hot."""

    classes: NDArray[np.str_]
    share_hot: Floats
    share_hot_recently: Floats
    hot: NDArray[np.bool_]
    periods: int
    recent_periods: int
    rule: str

    def sentence(self) -> str:
        number = {name: int((self.classes == name).sum()) for name in CLASSES[1:]}
        listed = ", ".join(f"{value} {name}" for name, value in number.items())
        return f"Of {self.classes.size:,} cells over {self.periods} periods: {listed}."


def classify_hot_spots(
    counts: ArrayLike,
    *,
    recent: float = 0.2,
    lasting: float = 0.8,
    some: float = 0.1,
    rate: float = 0.05,
    null: str = "exact",
) -> HotSpotClasses:
    """Which cells are hot spots that last, that are new, that come and go, or that have ended?

    counts: events (periods, rows, columns), oldest first, every period of the same length and the same area.
    A cell is hot in a period by Gi*, false discoveries controlled at `rate` within the period. Of the last
    `recent` share of periods (at least one) and those before:
    persistent: hot in at least `lasting` of earlier and of recent periods;
    emerging: hot in at least half of recent periods and under `some` of earlier ones;
    former: hot in at least `some` of earlier periods and in no recent one;
    intermittent: any other cell hot in at least `some` of all periods. Else none.
    When not to use it: fewer than five periods; periods of unlike length; missing months counted as zero.
    Source: classes after Chainey 2021; thresholds are our choice and may be set.
    """
    stack = np.asarray(counts, dtype=float)
    if stack.ndim != 3 or stack.shape[0] < 5:
        raise ForestallError(
            f"Counts of shape {stack.shape} are not five or more periods of a grid.",
            "Give (periods, rows, columns).",
        )
    if null not in ("exact", "analytic"):
        raise ForestallError(f"There is no null {null!r}.", "Choose exact or analytic.")
    for name, value in (("recent", recent), ("lasting", lasting), ("some", some)):
        if not 0 < value <= 1:
            raise ForestallError(
                f"The share {name} = {value:g} is not between 0 and 1.", "Use for example 0.2."
            )
    test = getis_ord_exact if null == "exact" else getis_ord
    hot = np.stack([false_discovery(test(period).p_upper, rate) for period in stack])
    last = max(1, int(np.floor(recent * stack.shape[0] + 1e-9)))
    before, after, whole = hot[:-last].mean(axis=0), hot[-last:].mean(axis=0), hot.mean(axis=0)
    classes = np.full(stack.shape[1:], "none", dtype="<U12")
    classes[whole >= some] = "intermittent"
    classes[(before >= some) & (after == 0)] = "former"
    classes[(before < some) & (after >= 0.5)] = "emerging"
    classes[(before >= lasting) & (after >= lasting)] = "persistent"
    rule = f"recent = last {last} periods; lasting {lasting:g}, some {some:g}; Gi* {null}, false discovery {rate:g}"
    return HotSpotClasses(classes, whole, after, hot, stack.shape[0], last, rule)
