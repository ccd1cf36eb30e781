"""Where do the next hours or pounds prevent most? An exact choice under a budget, fairness and capacity.

Sources: Dantzig 1957 (the knapsack and its rule of thumb); solved to proven optimality by HiGHS (Huangfu and
Hall 2018) through SciPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats, counts, numbers, same_length
from forestall.stats.results import Answer, figure


@dataclass(frozen=True)
class Allocation(Answer):
    """How many units of each option to take."""

    units: NDArray[np.int64]  # one per option
    benefit: float
    cost: float
    rule_units: NDArray[np.int64]  # what "best value first" would take
    rule_benefit: float
    bound: float  # no choice can have more benefit than this
    proven: bool  # the choice is the best there is
    n: int
    method: str = "mixed-integer programme (HiGHS)"

    def sentence(self) -> str:
        gain = self.benefit - self.rule_benefit
        taken = int((self.units > 0).sum())
        said = f"Takes {taken} of {self.n} options for {figure(self.cost)}, preventing {figure(self.benefit)}"
        if gain > 1e-9:
            return f"{said}: {figure(gain)} more than taking the best value first."
        return f"{said}. Taking the best value first does as well."


def allocate(
    benefit: ArrayLike,
    cost: ArrayLike,
    budget: float,
    *,
    most: ArrayLike | int = 1,
    group: list[str] | None = None,
    least_share: dict[str, float] | None = None,
) -> Allocation:
    """Which options, and how many of each, prevent most within the budget?

    benefit: shape (k,), what one unit of each option is expected to prevent (one unit of measure for all:
    harm, offences or pounds). cost: shape (k,), of one unit, same measure as budget, above zero.
    most: how many units of each may be taken (whole numbers; one for all or one each).
    group, least_share: fairness floors: group names of the options, and the least share of the money spent
    that must go to each named group.
    Assumes that benefits add and do not fall with more units: split an option in steps where they do.
    Benefits are estimates: an option near the edge of the choice is there by little, so look at their
    intervals before dropping anyone. Returns Allocation, with the plain rule beside it.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    b, c = counts(benefit, "benefit"), numbers(cost, "cost")
    k = same_length(benefit=b, cost=c)
    if (c <= 0).any():
        row = int(np.argmax(c <= 0))
        raise ForestallError(f"Option {row + 1} costs {c[row]:g}.", "Give each option a cost above zero.")
    if budget < 0:
        raise ForestallError(f"The budget is {budget:g}.", "Give a budget of zero or more.")
    limit = np.broadcast_to(np.asarray(most, dtype=float), (k,)).astype(float)
    rows = [c, *_floors(c, group, least_share)]
    constraints = LinearConstraint(
        np.array(rows), [-np.inf] * len(rows), [float(budget)] + [0.0] * (len(rows) - 1)
    )
    found = milp(-b, integrality=np.ones(k), bounds=Bounds(0, limit), constraints=constraints)
    if found.x is None:
        raise ForestallError(
            "No choice meets every floor within the budget.", "Raise the budget or lower a floor."
        )
    units = np.round(found.x).astype(np.int64)
    rule = best_value_first(b, c, budget, limit)
    bound = float(-found.mip_dual_bound) if found.mip_dual_bound is not None else float(b @ units)
    return Allocation(
        units, float(b @ units), float(c @ units), rule, float(b @ rule), bound, bool(found.status == 0), k
    )


def best_value_first(b: Floats, c: Floats, budget: float, most: Floats) -> NDArray[np.int64]:
    """The rule of thumb: most benefit per pound first, as many as still fit. Ties: the cheaper, then the order."""
    units = np.zeros(b.size, dtype=np.int64)
    left = float(budget)
    for i in np.lexsort((np.arange(b.size), c, -b / c)):
        if b[i] > 0:
            units[i] = int(min(most[i], (left + 1e-9) // c[i]))
            left -= units[i] * c[i]
    return units


def _floors(c: Floats, group: list[str] | None, least: dict[str, float] | None) -> list[Floats]:
    """Rows r with r @ units <= 0: share of the money * everything - money of the group."""
    if not least:
        return []
    if group is None or len(group) != c.size:
        raise ForestallError("Floors need a group for every option.", "Name one group for each option.")
    names = np.array(group)
    if unknown := set(least) - set(group):
        raise ForestallError(
            f"No option is in {', '.join(sorted(unknown))}.", "Check the names of the groups."
        )
    if any(not 0 <= share <= 1 for share in least.values()) or sum(least.values()) > 1 + 1e-9:
        raise ForestallError(
            "The floors are not shares that fit into one whole.", "Use shares that add to 1 or less."
        )
    return [share * c - c * (names == name) for name, share in least.items()]
