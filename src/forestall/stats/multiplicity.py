"""Which of many p values to believe: control of false discoveries or of any false alarm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats

METHODS = ("benjamini-hochberg", "benjamini-yekutieli", "holm", "bonferroni")


def _checked(p: ArrayLike) -> Floats:
    values = np.asarray(p, dtype=np.float64)
    if values.size and (np.isnan(values).any() or values.min() < 0 or values.max() > 1):
        raise ForestallError("Some p values are missing or outside 0 to 1.", "Leave out places not tested.")
    return values


def adjusted_p(p: ArrayLike, method: str = "benjamini-hochberg") -> Floats:
    """What p would each test need to have had, were it the only one?

    p: p values of any shape. method: benjamini-hochberg (false discovery rate; independent or positively
    dependent tests, such as neighbouring cells), benjamini-yekutieli (any dependence), holm or bonferroni
    (chance of any false alarm, any dependence). Returns adjusted p of the same shape, at most 1.
    When not to use it: p values picked out beforehand because they were small; give all that were looked at.
    Sources: Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001; Holm 1979.
    """
    if method not in METHODS:
        raise ForestallError(f"There is no method {method!r}.", f"Choose one of: {', '.join(METHODS)}.")
    values = _checked(p)
    flat = values.ravel()
    m = flat.size
    if m == 0:
        return values.copy()
    if method == "bonferroni":
        return np.minimum(values * m, 1.0)
    order = np.argsort(flat, kind="stable")
    rank = np.arange(1, m + 1)
    ranked = flat[order]
    if method == "holm":
        stepped = np.maximum.accumulate(ranked * (m - rank + 1))
    else:
        factor = float((1.0 / rank).sum()) if method == "benjamini-yekutieli" else 1.0
        stepped = np.minimum.accumulate((ranked * (m * factor) / rank)[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(stepped, 1.0)
    return out.reshape(values.shape)


def false_discovery(
    p: ArrayLike, rate: float = 0.05, method: str = "benjamini-hochberg"
) -> NDArray[np.bool_]:
    """Which of many tests can be called findings, if at most `rate` of those called may be false?

    p: p values of any shape; rate: accepted share of false findings (or, with holm or bonferroni, the
    accepted chance of any). Returns a bool array of the same shape. Compares `adjusted_p(p) <= rate`.
    Source and assumptions: see `adjusted_p`.
    """
    if not 0 < rate < 1:
        raise ForestallError(f"The rate {rate:g} is not between 0 and 1.", "Use for example 0.05.")
    return adjusted_p(p, method) <= rate
