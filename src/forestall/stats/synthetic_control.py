"""What would have happened to one treated area? A weighted mix of untreated areas as its stand-in.

Sources: Abadie and Gardeazabal 2003; Abadie, Diamond and Hainmueller 2010 (nested choice of weights and
placebo test in space).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.results import Answer, figure


@dataclass(frozen=True)
class SyntheticControl(Answer):
    """One treated unit against its synthetic control, in the unit of the outcome."""

    weights: Floats  # one per donor, in the order given, sum 1
    predictor_weights: Floats  # one per predictor, sum 1
    observed: Floats  # the treated unit, every period
    synthetic: Floats  # the stand-in, every period
    effect: float  # mean of observed less synthetic after the start
    fit: float  # mean squared error over the fitted periods before the start
    fit_after: float  # the same after the start
    method: str
    n: int  # donors

    @property
    def path(self) -> Floats:
        """Observed less synthetic, every period."""
        return self.observed - self.synthetic

    def sentence(self) -> str:
        return (
            f"After the start the treated area was on average {figure(abs(self.effect))} "
            f"{'below' if self.effect < 0 else 'above'} its synthetic control of {int((self.weights > 0.001).sum())} "
            f"areas; before it the two differed by {figure(float(np.sqrt(self.fit)))} (root mean square)."
        )


@dataclass(frozen=True)
class Placebos(Answer):
    """The same method pretended on each donor."""

    ratio: float  # after/before error of the treated unit
    ratios: Floats  # of each donor
    p: float  # share of units, treated included, with a ratio at least as large
    left_out: int  # donors whose fit before was too poor to compare
    n: int
    tail: str = "larger ratio of error after to error before"


def synthetic_control(
    treated: ArrayLike,
    donors: ArrayLike,
    start: int,
    *,
    predictors: tuple[ArrayLike, ArrayLike] | None = None,
    fit_periods: ArrayLike | None = None,
    starts: int = 4,
    seed: int = 1,
) -> SyntheticControl:
    """How far is the treated unit from a weighted mix of donors that matched it before the start?

    treated: shape (periods,). donors: shape (periods, n), same unit and periods. start: position of the
    first period after the start. predictors: (of the treated, shape (k,); of the donors, shape (k, n));
    without them every period before the start is a predictor of equal weight. fit_periods: positions over
    which the choice of predictor weights is judged (default: all before the start).
    starts: searches for predictor weights begin from equal weights, from two rules and from `starts` - 3
    seeded draws; the best fit wins, so a poor local optimum is not taken for the answer.
    Assumes that no donor felt the response, and that the mix goes on as before. Do not use it with a poor
    fit before the start, with fewer than about eight periods before, or with a donor beside the treated area.
    Returns SyntheticControl.
    """
    y, z = _periods(treated, donors, start)
    fitted = np.arange(start) if fit_periods is None else np.asarray(fit_periods, dtype=int)
    if fitted.size == 0 or fitted.min() < 0 or fitted.max() >= start:
        raise ForestallError("The fitted periods are not all before the start.", "Fit on periods before it.")
    if predictors is None:
        own, others, fixed = y[fitted], z[fitted], True
    else:
        own, others = (np.asarray(p, dtype=float) for p in predictors)
        fixed = False
        if others.shape != (own.size, z.shape[1]) or not (
            np.isfinite(own).all() and np.isfinite(others).all()
        ):
            raise ForestallError(
                "The predictors have missing values or another shape than the donors.",
                "Give each predictor one value for the treated unit and one for every donor.",
            )
        spread = np.column_stack([own, others]).std(axis=1, ddof=1)
        if (spread == 0).any():
            row = int(np.argmax(spread == 0))
            raise ForestallError(f"Predictor {row + 1} is the same in every unit.", "Leave it out.")
        own, others = own / spread, others / spread[:, None]
    v = np.full(own.size, 1 / own.size)
    if not fixed:
        v = _predictor_weights(own, others, y[fitted], z[fitted], starts, seed)
    weights = simplex_weights(own, others, v)
    synthetic = z @ weights
    return SyntheticControl(
        weights=weights,
        predictor_weights=v,
        observed=y,
        synthetic=synthetic,
        effect=float(np.mean((y - synthetic)[start:])),
        fit=float(np.mean((y - synthetic)[fitted] ** 2)),
        fit_after=float(np.mean((y - synthetic)[start:] ** 2)),
        method="synthetic control, periods before as predictors" if fixed else "synthetic control, nested",
        n=z.shape[1],
    )


def placebos_in_space(
    treated: ArrayLike, donors: ArrayLike, start: int, *, worst_fit: float = 20.0
) -> Placebos:
    """Would the method find as much in areas where nothing was done?

    Each donor in turn plays the treated unit against the other donors, on periods before the start.
    worst_fit: a donor whose mean squared error before is more than this many times the treated unit's is
    left out. With n donors p cannot be below 1 / (n + 1). Where areas were chosen because they were high,
    regression to the mean makes this test reject too often: adjust for it first.
    """
    y, z = _periods(treated, donors, start)
    own = synthetic_control(y, z, start)
    fits, ratios = [], []
    for j in range(z.shape[1]):
        other = synthetic_control(z[:, j], np.delete(z, j, axis=1), start)
        fits.append(other.fit)
        ratios.append(_ratio(other))
    kept = np.array(fits) <= worst_fit * max(own.fit, 1e-12)
    compared = np.array(ratios)[kept]
    p = (1 + int((compared >= _ratio(own)).sum())) / (1 + compared.size)
    return Placebos(_ratio(own), compared, p, int((~kept).sum()), int(compared.size))


def simplex_weights(own: Floats, others: Floats, v: Floats) -> Floats:
    """Weights, not negative and adding to one, that bring the donors nearest to the treated unit.

    own: (k,); others: (k, n); v: (k,) weight of each predictor. Solved by non-negative least squares with
    the sum as a heavily weighted row: exact to about 1e-6 of the scale of the data.
    """
    from scipy.optimize import nnls

    root = np.sqrt(v)
    heavy = 1e3 * max(1.0, float(np.abs(root[:, None] * others).max()))
    rows = np.vstack([root[:, None] * others, np.full(others.shape[1], heavy)])
    weights, _ = nnls(rows, np.append(root * own, heavy))
    return weights / weights.sum()


def _predictor_weights(own: Floats, others: Floats, y: Floats, z: Floats, starts: int, seed: int) -> Floats:
    """Predictor weights whose donors best follow the treated unit before the start."""
    from scipy.optimize import minimize

    def share(log_v: Floats) -> Floats:
        v = np.exp(log_v - log_v.max())
        return v / v.sum()

    def loss(log_v: Floats) -> float:
        return float(np.mean((y - z @ simplex_weights(own, others, share(log_v))) ** 2))

    limits = {"maxfev": 100 * own.size, "xatol": 1e-4, "fatol": 1e-10, "adaptive": True}
    found = [
        minimize(loss, begin, method="Nelder-Mead", options=limits)
        for begin in _beginnings(own, others, y, z, starts, seed)
    ]
    return share(min(found, key=lambda r: r.fun).x)


def _beginnings(own: Floats, others: Floats, y: Floats, z: Floats, starts: int, seed: int) -> list[Floats]:
    """Where searches begin: equal, how well a predictor explains the outcome, how near the donors are, draws."""
    everyone = np.column_stack([own, others])
    design = np.column_stack([np.ones(everyone.shape[1]), everyone.T])
    outcome = np.column_stack([y, z]).T
    slopes = np.linalg.lstsq(design, outcome, rcond=None)[0][1:]
    near = (own - others.mean(axis=1)) ** 2
    rng = np.random.default_rng(seed)
    rules = [np.zeros(own.size), np.log((slopes**2).sum(axis=1) + 1e-8), -np.log(np.maximum(near, 1e-6))]
    return [*rules, *(rng.normal(0, 2, own.size) for _ in range(max(0, starts - 3)))][: max(1, starts)]


def _ratio(answer: SyntheticControl) -> float:
    return answer.fit_after / max(answer.fit, 1e-12)


def _periods(treated: ArrayLike, donors: ArrayLike, start: int) -> tuple[Floats, Floats]:
    y, z = np.asarray(treated, dtype=float), np.asarray(donors, dtype=float)
    if y.ndim != 1 or z.ndim != 2 or z.shape[0] != y.size:
        raise ForestallError(
            f"The treated series has shape {y.shape}, the donors {z.shape}.",
            "Give (periods,) and (periods, donors), with the same periods.",
        )
    if not (np.isfinite(y).all() and np.isfinite(z).all()):
        raise ForestallError("A period is missing in some unit.", "Leave that unit or that period out.")
    if z.shape[1] < 2:
        raise ForestallError(f"{z.shape[1]} donor is too few.", "Give at least two untreated units.")
    if not 2 <= start < y.size:
        raise ForestallError(
            f"The start at position {start} leaves too little before or nothing after.",
            "Have at least two periods before and one after.",
        )
    return y, z
