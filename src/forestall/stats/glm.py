"""Log-linear models of counts, fitted by iterated least squares: the engine under series and effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.errors import ForestallError


@dataclass(frozen=True)
class CountModel:
    """A fitted log-linear model.

    coefficients (k,), bread (k, k) = inverse of X'WX, fitted (n,), dispersion = Pearson chi-squared over
    residual degrees of freedom, scores (n, k)."""

    coefficients: np.ndarray
    bread: np.ndarray
    fitted: np.ndarray
    dispersion: float
    pearson: float
    deviance: float
    scores: np.ndarray

    def errors(self, dispersion: float = 1.0) -> np.ndarray:
        """Model standard errors, (k,)."""
        return np.sqrt(np.diag(self.bread) * dispersion)

    def newey_west(self, lags: int) -> np.ndarray:
        """Covariance (k, k) that allows for uneven spread and for echo up to `lags` periods.

        Bartlett weights; Newey and West (1987), Econometrica 55, 703-708."""
        return newey_west(self.scores, self.bread, lags)


def newey_west(scores: np.ndarray, bread: np.ndarray, lags: int) -> np.ndarray:
    """Bread, Bartlett-weighted meat, bread. scores (n, k) in order of time."""
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (cross + cross.T)
    return bread @ meat @ bread


def fit_counts(counts: np.ndarray, design: np.ndarray, offset: np.ndarray | None = None) -> CountModel:
    """Which log-linear model fits these counts best?

    Parameters: counts (n,), design (n, k) with its own column of ones, offset (n,) of log exposures.
    Returns: a `CountModel`. Assumes counts are independent given the design. Errors: ForestallError when
    there are fewer rows than columns, a column repeats others, or nothing was counted.
    Source: McCullagh and Nelder (1989), Generalized Linear Models.
    """
    counts = np.asarray(counts, dtype=float)
    n, k = design.shape
    if n <= k:
        raise ForestallError(
            f"There are {n} periods for a model of {k} parts.", "Use more periods, or leave out the season."
        )
    if counts.sum() <= 0:
        raise ForestallError(
            "Nothing was counted, so no model can be fitted.", "Use a larger area or period."
        )
    if np.linalg.matrix_rank(design) < k:
        raise ForestallError(
            "The parts of the model repeat one another in these periods.",
            "Use more periods before and after, or leave out the season.",
        )
    shift = np.zeros(n) if offset is None else offset
    linear = np.log(np.maximum(counts, 0.5))
    beta = np.zeros(k)
    previous = np.inf
    for _ in range(100):
        mean = np.exp(np.clip(linear, -30, 30))
        response = linear - shift + (counts - mean) / mean
        root = np.sqrt(mean)
        beta = np.linalg.lstsq(design * root[:, None], response * root, rcond=None)[0]
        linear = design @ beta + shift
        deviance = _deviance(counts, np.exp(np.clip(linear, -30, 30)))
        if abs(previous - deviance) < 1e-11 * (abs(deviance) + 0.1):
            break
        previous = deviance
    mean = np.exp(np.clip(linear, -30, 30))
    bread = np.linalg.inv(design.T @ (design * mean[:, None]))
    pearson = float(((counts - mean) ** 2 / mean).sum())
    return CountModel(
        beta, bread, mean, pearson / (n - k), pearson, deviance, design * (counts - mean)[:, None]
    )


def _deviance(counts: np.ndarray, mean: np.ndarray) -> float:
    ratio = np.where(counts > 0, counts / mean, 1.0)
    return float(2 * (counts * np.log(ratio) - (counts - mean)).sum())
