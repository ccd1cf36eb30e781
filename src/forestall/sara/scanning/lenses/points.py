"""Lens: risky points. Which few premises or map points bear much of a crime type?"""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.families import discoveries
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.sightings import Sighting, held_up, shrunk_excess
from forestall.stats.concentration import lorenz
from forestall.stats.rates import Shrunk, gamma_poisson_shrinkage
from forestall.stats.rises import outlying_p

#: Kind of point -> lens.
NAMES = {"map point": "risky_point", "premises": "repeat_location"}
METHOD = "Events of each point against all points, negative binomial tail, false discovery rate 5%"
FEWEST_EVENTS = 8


def risky_points(
    field: Field, kind: str = "map point", *, months: int | None = 12, rate: float = 0.05
) -> list[Sighting]:
    """Which points hold far more of a crime type than even the ordinary spread between points allows?

    kind: "map point", the coordinates as recorded: in police.uk data those are anonymised map points that stand for
    a street or a group of premises, and are called so; where those were drawn anew, only the months since count.
    Or "premises", by the source's premises keys (never shown). months: the window, latest months; None is all.
    All points that ever held an event are compared; expected is the mean point. When not to use it: coordinates
    rounded to a grid. Source: Eck et al. 2007, risky facilities; tails of a gamma-Poisson fitted to all points.
    """
    window = field.window(months)
    redrawn = field.redrawn if kind == "map point" else None
    if redrawn is not None:
        window = slice(max(window.start, redrawn), window.stop)
    point, n_points, x, y = _points(field, kind)
    if n_points < 50:
        return []
    looked = []
    for t in field.wanted:
        by_month = field.table(field.by_type[t], point, n_points)[:, window]
        counts = by_month.sum(axis=1)
        if counts.sum() >= 30:
            looked.append((t, by_month, gamma_poisson_shrinkage(counts, np.full(n_points, counts.mean()))))
    found: list[Sighting] = []
    risky = discoveries([outlying_p(shrunk) for *_, shrunk in looked], rate)
    for (t, by_month, shrunk), flags in zip(looked, risky, strict=True):
        found += _of_type(field, t, by_month, window, shrunk, flags, kind, point, x, y)
    return found


def _points(field: Field, kind: str) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
    """(index of each event's point, number of points, x, y)."""
    of_event = field.keys["premises"] if kind == "premises" else field.points
    with_point = np.flatnonzero(field.mapped & (of_event >= 0))
    known, first, inverse = np.unique(of_event[with_point], return_index=True, return_inverse=True)
    point = np.full(field.n, -1, dtype=np.int64)
    point[with_point] = inverse
    at = with_point[first]
    return point, len(known), field.x[at], field.y[at]


def _of_type(
    field: Field,
    t: int,
    by_month: np.ndarray,
    window: slice,
    shrunk: Shrunk,
    flags: np.ndarray,
    kind: str,
    point: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> list[Sighting]:
    counts = by_month.sum(axis=1)
    total, n_points = int(counts.sum()), len(counts)
    mean = total / n_points
    risky = flags & (counts >= FEWEST_EVENTS)
    one_percent = lorenz(counts).events_in_top(0.01)
    n = window.stop - window.start
    found = []
    for i in np.flatnonzero(risky):
        excess, lower, upper = shrunk_excess(shrunk, int(i))
        if lower <= 0:
            continue
        members = field.by_type[t][point[field.by_type[t]] == i]
        thing = "premises" if kind == "premises" else "map point (a street or site, not an address)"
        found.append(
            Sighting(
                NAMES[kind], t, np.unique(field.cell[members]), members, window.start, window.stop - 1, int(counts[i]),
                mean, excess, lower, upper,
                f"one {thing} bears {counts[i] / total:.1%} of the force's; the top 1% of {n_points:,} bear "
                f"{one_percent:.0%}",
                point=(float(x[i]), float(y[i])),
                evidence={"point_kind": kind, "points": n_points, "top_1_percent_bear": round(one_percent, 4),
                          "months_held": held_up(by_month[i], mean / n)},
            )
        )  # fmt: skip
    return found
