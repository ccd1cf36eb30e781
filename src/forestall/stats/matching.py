"""Many small treated areas: weights that make untreated areas add up to them on everything known before.

Source: Robbins, Saunders and Kilmer 2017 (micro synthetic control); Deville and Sarndal 1992 (calibration,
linear distance with weights kept at or above zero).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.results import Answer, Interval, figure


@dataclass(frozen=True)
class Matched(Answer):
    """Weights of the untreated units, and how well they meet the constraints."""

    weights: Floats  # one per untreated unit, not negative, sum = number of treated units
    targets: Floats  # totals of the treated units
    reached: Floats  # weighted totals of the untreated units
    effective_n: float  # (sum w)^2 / sum w^2
    n: int
    method: str = "calibration to the treated totals, nearest to uniform, weights at or above zero"


@dataclass(frozen=True)
class MatchedEffect(Answer):
    """An outcome after the start: treated total against the weighted total of the untreated."""

    treated: float
    control: float
    change: float  # treated / control - 1
    interval: Interval
    p: float
    tail: str
    n_treated: int
    n_control: int
    method: str = "micro synthetic control, linearised test"

    def sentence(self) -> str:
        way = "fewer" if self.change < 0 else "more"
        return (
            f"{figure(self.treated)} against {figure(self.control)} expected: {abs(self.change):.1%} {way} "
            f"(95% interval {self.interval.lower:.1%} to {self.interval.upper:.1%})."
        )


def match(
    treated: ArrayLike,
    untreated: ArrayLike,
    names: list[str] | None = None,
    *,
    tolerance: float = 1e-8,
) -> Matched:
    """Which weights make the untreated units equal the treated ones on every column?

    treated: shape (m, k); untreated: shape (n, k): one row a unit, one column a thing to match (counts in
    each period before, population ...). The number of units is matched too. names: of the k columns, used
    to say which cannot be met. Returns Matched: of all exact non-negative weights, those nearest (least
    squares) to the uniform weight m / n.
    Raises ForestallError that names every column which cannot be met, and by how much, when no weights do.
    Do not use it where treated units felt each other, or untreated ones beside them felt the response.
    """
    a, b = np.asarray(treated, dtype=float), np.asarray(untreated, dtype=float)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ForestallError(
            f"Treated {a.shape} and untreated {b.shape} do not match.", "Give the same columns."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ForestallError("A value to match on is missing.", "Leave that unit or that column out.")
    labels = ["number of units", *(names or [f"column {i + 1}" for i in range(a.shape[1])])]
    rows = np.column_stack([np.ones(len(b)), b]).T
    target = np.concatenate([[len(a)], a.sum(axis=0)])
    scale = np.maximum(np.abs(rows).max(axis=1), 1e-300)
    weights = _nearest(rows / scale[:, None], target / scale, len(a) / len(b))
    reached = rows @ weights
    if (np.abs(reached - target) > tolerance * np.maximum(1.0, np.abs(target)) * 10).any():
        _refuse(rows, target, labels)
    spread = float(np.sum(weights**2))
    return Matched(weights, target, reached, float(weights.sum() ** 2 / spread) if spread else 0.0, len(b))


def matched_effect(
    matched: Matched,
    treated: ArrayLike,
    untreated: ArrayLike,
    treated_columns: ArrayLike,
    untreated_columns: ArrayLike,
    *,
    tail: str = "lower",
) -> MatchedEffect:
    """Did the outcome after the start differ from the matched untreated units?

    treated: shape (m,), untreated: shape (n,): outcome of each unit after the start. The columns that were
    matched on are needed again: the linearised variance takes the residual of the outcome on them, weighted
    and corrected for leverage, with Student's quantile at one degree less than treated units (the normal one,
    as elsewhere, calls half as many again too often with 12 to 30 units). Trust `permutation` where columns
    are many beside treated units: with 10 columns for 12 units this test still calls too many.
    tail: "lower" (fewer), "upper" or "both". Returns MatchedEffect with the change as a share of
    the control total and a 95 % interval made on the log scale.
    """
    from scipy.special import stdtr, stdtrit

    y1, y0 = np.asarray(treated, dtype=float), np.asarray(untreated, dtype=float)
    x = np.vstack([np.asarray(treated_columns, dtype=float), np.asarray(untreated_columns, dtype=float)])
    w = np.concatenate([np.ones(y1.size), matched.weights])
    y = np.concatenate([y1, y0])
    group = np.concatenate([np.ones(y1.size), np.zeros(y0.size)])
    total, control = float(y1.sum()), float(matched.weights @ y0)
    if total <= 0 or control <= 0:
        raise ForestallError(
            "A total after the start is zero.", "A change in per cent needs events on both sides."
        )
    variance = _linearised(w, group, x, y, total, control)
    change = np.log(total / control)
    error = float(np.sqrt(variance))
    z = change / error
    degrees = max(1, y1.size - 1)
    p = {
        "lower": stdtr(degrees, z),
        "upper": stdtr(degrees, -z),
        "both": 2 * stdtr(degrees, -abs(z)),
    }[tail]
    reach = float(stdtrit(degrees, 0.975)) * error
    interval = Interval(
        float(np.exp(change - reach) - 1), float(np.exp(change + reach) - 1), 0.95, "log, linearised"
    )
    return MatchedEffect(total, control, total / control - 1, interval, float(p), tail, y1.size, y0.size)


def permutation(
    untreated: ArrayLike,
    outcome: ArrayLike,
    size: int,
    effect: MatchedEffect,
    *,
    draws: int = 199,
    rng: np.random.Generator,
) -> tuple[float, int]:
    """How often would as large a change appear in places where nothing was done?

    untreated: shape (n, k), columns matched on; outcome: shape (n,), after the start; size: how many units
    play treated in a draw. Each draw is matched anew against the rest; draws that cannot be matched are left
    out and counted. Returns (p in the tail of `effect`, draws used). p is (1 + as extreme) / (1 + used).
    """
    x, y = np.asarray(untreated, dtype=float), np.asarray(outcome, dtype=float)
    extreme = used = 0
    for _ in range(draws):
        chosen = np.zeros(len(y), dtype=bool)
        chosen[rng.choice(len(y), size, replace=False)] = True
        try:
            weights = match(x[chosen], x[~chosen]).weights
        except ForestallError:
            continue
        control = float(weights @ y[~chosen])
        if control <= 0:
            continue
        used += 1
        change = float(y[chosen].sum()) / control - 1
        extreme += {
            "lower": change <= effect.change,
            "upper": change >= effect.change,
            "both": abs(change) >= abs(effect.change),
        }[effect.tail]
    return (1 + extreme) / (1 + used), used


def _linearised(w: Floats, group: Floats, x: Floats, y: Floats, total: float, control: float) -> float:
    """Variance of the log ratio from weighted residuals of the outcome on what was matched.

    Residuals are divided by the root of one less their leverage (HC2): with as many columns as treated
    units plain residuals are far too small, and the plain sandwich rejects a true null several times too
    often.
    """
    # Units of no weight add nothing, and are most of them.
    used = w > 0
    w, group, x, y = w[used], group[used], x[used], y[used]
    design = np.column_stack([np.ones(len(y)), x, group])
    root = np.sqrt(w)
    # Scaled columns keep the factorisation sound where counts and populations stand side by side.
    scaled = design * root[:, None]
    scaled /= np.maximum(np.sqrt((scaled**2).sum(axis=0)), 1e-300)
    basis, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    basis = basis[:, sizes > 1e-10 * sizes[0]]
    residual = root * y - basis @ (basis.T @ (root * y))
    leverage = np.minimum((basis**2).sum(axis=1), 1 - 1e-6)
    score = root * residual / np.sqrt(1 - leverage) * (group / total - (1 - group) / control)
    return float(np.sum(score**2))


def _nearest(rows: Floats, target: Floats, uniform: float) -> Floats:
    """min |w - uniform|^2 with rows @ w = target and w >= 0: Newton on the dual, which has one unknown per row.

    w = max(0, uniform + rows' u); the dual is concave and piecewise quadratic, so full Newton steps with
    halving end in a handful of passes.
    """
    u = np.zeros(len(target))
    weights = np.full(rows.shape[1], uniform)

    def value(at: Floats) -> tuple[float, Floats]:
        w = np.maximum(0.0, uniform + at @ rows)
        return float(at @ target - 0.5 * (w @ w)), w

    now, weights = value(u)
    for _ in range(200):
        gap = target - rows @ weights
        if np.abs(gap).max() < 1e-12 * max(1.0, float(np.abs(target).max())):
            break
        active = rows[:, weights > 0]
        hessian = active @ active.T
        hessian[np.diag_indices_from(hessian)] += 1e-12 * max(1.0, float(np.trace(hessian)) / len(target))
        step = np.linalg.lstsq(hessian, gap, rcond=1e-14)[0]
        size = 1.0
        while size > 1e-9:
            better, tried = value(u + size * step)
            if (
                better >= now + 1e-4 * size * float(gap @ step)
                or np.abs(target - rows @ tried).max() < np.abs(gap).max()
            ):
                break
            size /= 2
        else:
            break
        u, now, weights = u + size * step, better, tried
        if np.abs(u).max() > 1e12:
            break
    return weights


def _refuse(rows: Floats, target: Floats, labels: list[str]) -> None:
    """Say which columns cannot be met: the smallest total miss, by linear programming."""
    from scipy.optimize import linprog

    k, n = rows.shape
    size = np.maximum(1.0, np.abs(target))
    cost = np.concatenate([np.zeros(n), 1 / size, 1 / size])
    found = linprog(
        cost, A_eq=np.hstack([rows, np.eye(k), -np.eye(k)]), b_eq=target, bounds=(0, None), method="highs"
    )
    misses: NDArray[np.float64] = found.x[n : n + k] - found.x[n + k :]
    named = [
        f"{labels[i]} (treated {figure(target[i])}, best reachable {figure(target[i] - misses[i])})"
        for i in np.flatnonzero(np.abs(misses) > 1e-7 * size)
    ]
    raise ForestallError(
        f"No weights make the untreated units equal the treated ones on: {'; '.join(named) or 'all columns at once'}.",
        "Leave those columns out, add them over periods, or bring in more untreated units.",
    )
