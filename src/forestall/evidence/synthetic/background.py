"""The ordinary run of events: everywhere, uneven but mildly, with seasons."""

from __future__ import annotations

import numpy as np

from forestall.evidence.synthetic.batches import Batch, batch, join
from forestall.evidence.synthetic.geography import Geography
from forestall.evidence.synthetic.profiles import TYPES, season
from forestall.evidence.synthetic.sites import Sites

SMOOTH = 0.10  # spread of the smooth part of the area factor (log scale)
ROUGH_SHAPE = 80.0  # gamma shape of the rest, for each area and type
FORCE_LEVELS = (1.0, 1.08, 0.94, 1.02)


def smooth_field(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """A gentle landscape over the points: mean about 0, standard deviation about 1, never beyond 2."""
    out = np.zeros(len(points))
    for _ in range(6):
        wave = rng.normal(0, 2 * np.pi / 9_000, 2)
        out += np.cos(points @ wave + rng.uniform(0, 2 * np.pi))
    return np.clip((out - out.mean()) / max(out.std(), 1e-9), -2, 2)


def make(
    rng: np.random.Generator, geography: Geography, sites: Sites, calendar: np.ndarray, scale: float
) -> Batch:
    """Poisson counts by area, month and type, each event at a site of its area.

    calendar: (M, 2) of year and month.
    """
    level = np.array(FORCE_LEVELS)[geography.force]
    common = np.exp(SMOOTH * smooth_field(rng, geography.centres)) * level * geography.population / 1000
    days = np.array([_days(y, m) for y, m in calendar]) / 30.44
    years = np.arange(len(calendar)) / 12
    made = []
    for t, kind in enumerate(TYPES):
        rough = rng.gamma(ROUGH_SHAPE, 1 / ROUGH_SHAPE, geography.n)
        monthly = season(kind, calendar[:, 1]) * days * (1 + kind.trend) ** years
        counts = rng.poisson(scale * kind.rate * (common * rough)[:, None] * monthly[None, :])
        area, month = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), len(calendar))
        pick = rng.choice(3, len(area), p=kind.sites)
        site = np.empty(len(area), dtype=np.int64)
        for k in range(3):
            site[pick == k] = sites.draw(rng, area[pick == k], k)
        made.append(batch(t, month, site))
    return join(made)


def _days(year: int, month: int) -> int:
    import calendar as almanac

    return almanac.monthrange(int(year), int(month))[1]
