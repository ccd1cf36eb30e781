"""Many places at once: which rose more than the whole, and which stand out even among unlike places?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.inputs import Floats
from forestall.stats.rates import Shrunk, distinct_pairs, gamma_poisson_shrinkage


def rise_p(recent: ArrayLike, before: ArrayLike, recent_share: float, dispersion: float = 1.0) -> Floats:
    """By chance alone, how often would a place with this many events have so many of them recent?

    recent, before: events in the recent and in the earlier period (n,). recent_share: share of all events, of
    the whole that the places are compared with, that fall in the recent period (between 0 and 1): season, trend
    and recording common to all are in it. dispersion: variance of counts over their mean, at least 1;
    counts are divided by it (quasi-Poisson). Returns upper-tail p (n,): exact for dispersion 1.
    Assumes the place's share of the whole would have stayed as it was. When not to use it: places that make
    up much of the whole; places with a season of their own (compare the same months of other years too).
    Source: conditional test of two Poisson counts, Przyborowski & Wilenski 1940. Errors: share outside 0 to 1.
    """
    from scipy.special import betainc

    if not 0 < recent_share < 1:
        raise ForestallError(
            f"The recent share {recent_share:g} is not between 0 and 1.", "Give events on both sides."
        )
    r = np.asarray(recent, dtype=np.float64) / dispersion
    b = np.asarray(before, dtype=np.float64) / dispersion
    return np.where(r > 0, betainc(np.maximum(r, 1e-12), b + 1, recent_share), 1.0)


def outlying_p(shrunk: Shrunk, widest: float | None = None) -> Floats:
    """Given how unlike each other these places are, how often would one be as high as this?

    shrunk: the answer of `gamma_poisson_shrinkage`. widest: the most spread between ordinary places that is
    allowed for, as the variance of their ratios over the squared mean; None trusts the fit. Needed where nearly all
    places have nothing: one place with much then fits its own prior and hides behind it. Returns upper-tail p
    (n,) of each count under the negative binomial: spread beyond chance between ordinary places is allowed for.
    When not to use it: fewer than about 10 places; when many of them are out of line, which widens the fit.
    Source: overdispersed funnel, Spiegelhalter 2005, with exact tails.
    """
    from scipy.special import betainc

    shape, rate = shrunk.prior_shape, shrunk.prior_rate
    if widest is not None and shape < 1 / widest:
        shape, rate = 1 / widest, rate / shape / widest
    o, e, back, _ = distinct_pairs(shrunk.observed, shrunk.expected)
    return np.where(o > 0, betainc(np.maximum(o, 1e-12), shape, e / (e + rate)), 1.0)[back]


def outlying_among_others_p(shrunk: Shrunk, below: float = 0.05) -> Floats:
    """As `outlying_p`, with each suspect judged by how unlike each other the other places are.

    shrunk: the answer of `gamma_poisson_shrinkage`. below: places whose plain p is lower are suspects; for each the
    fit is made again without it, so that one place out of line does not widen the fit that it is judged by. Returns
    upper-tail p (n,). Takes a fit for each suspect: for tens or hundreds of places, not for grids.
    When not to use it: fewer than about 10 others; several places out of line together still hide one another.
    """
    p = outlying_p(shrunk).copy()
    o, e = shrunk.observed, shrunk.expected
    for i in np.flatnonzero(p < below) if len(p) > 2 else ():
        others = np.arange(len(p)) != i
        # Expected of the others is scaled to what they had: the suspect's own events are not expected of anyone.
        scale = o[others].sum() / e[others].sum()
        if scale == 0:
            continue
        fit = gamma_poisson_shrinkage(o[others], e[others] * scale)
        alone = replace(fit, observed=o[i : i + 1], expected=e[i : i + 1] * scale)
        p[i] = outlying_p(alone)[0]
    return p


def dispersion(counts: ArrayLike, expected: ArrayLike, least: float = 1.0) -> float:
    """How many times as much as chance do these counts vary about what was expected?

    counts, expected: any equal shape. Only cells with expected at or above `least` are used (Pearson's sum is
    unstable below). Returns variance over mean, at least 1; 1 where too little can be used.
    """
    o, e = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    use = e >= least
    if use.sum() < 30:
        return 1.0
    return max(1.0, float(((o[use] - e[use]) ** 2 / e[use]).mean()))
