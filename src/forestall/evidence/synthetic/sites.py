"""The addresses and street points at which events happen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.evidence.synthetic.geography import Geography

HOME, SHOP, STREET = 0, 1, 2
#: Sites of each kind in a small area. Fewer homes than residents need: enough that chance repeats stay few.
PER_AREA = (130, 14, 60)
STREETS = 6  # named streets in a small area


@dataclass(frozen=True)
class Sites:
    """Points in the nation, length S. Those of the background come first, by kind, then area."""

    points: np.ndarray  # (S, 2) metres
    area: np.ndarray
    kind: np.ndarray
    street: np.ndarray  # number for names.street_name
    cumulative: tuple[np.ndarray, ...]  # by kind: running share within areas, area index added
    first: tuple[int, ...]  # by kind: where its sites begin

    @property
    def n(self) -> int:
        return len(self.area)

    def draw(self, rng: np.random.Generator, area: np.ndarray, kind: int) -> np.ndarray:
        """A background site of this kind in each of these areas, busier sites more often."""
        at = np.searchsorted(self.cumulative[kind], area + rng.random(len(area)), side="right")
        # Rounding of the running share may step over the end of an area.
        low = area * PER_AREA[kind]
        return self.first[kind] + np.clip(at, low, low + PER_AREA[kind] - 1)

    def add(self, points: np.ndarray, area: np.ndarray, kind: int | np.ndarray, street: np.ndarray) -> Sites:
        """These sites and more, at the end."""
        return Sites(
            points=np.concatenate([self.points, points]),
            area=np.concatenate([self.area, area]),
            kind=np.concatenate([self.kind, np.broadcast_to(kind, area.shape).astype(np.int8)]),
            street=np.concatenate([self.street, street]),
            cumulative=self.cumulative,
            first=self.first,
        )


def lay_out(rng: np.random.Generator, geography: Geography) -> Sites:
    """The sites of the background: some busier than others (lognormal, about five to one from end to end)."""
    points, areas, kinds, streets, cumulative, first = [], [], [], [], [], []
    total = 0
    for kind, each in enumerate(PER_AREA):
        area = np.repeat(np.arange(geography.n), each)
        u, v = rng.uniform(0.02, 0.98, (2, len(area)))
        points.append(geography.at(area, u, v))
        areas.append(area)
        kinds.append(np.full(len(area), kind, dtype=np.int8))
        streets.append(area * STREETS + (u * STREETS).astype(np.int64))
        weight = rng.lognormal(0, 0.4, (geography.n, each))
        share = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
        cumulative.append((share + np.arange(geography.n)[:, None]).ravel())
        first.append(total)
        total += len(area)
    return Sites(
        points=np.round(np.concatenate(points), 2),
        area=np.concatenate(areas),
        kind=np.concatenate(kinds),
        street=np.concatenate(streets),
        cumulative=tuple(cumulative),
        first=tuple(first),
    )


def in_disc(
    rng: np.random.Generator, geography: Geography, centre: np.ndarray, radius: float, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """n points spread evenly over a disc, and their areas. None lies on an edge between areas."""
    kept = np.empty((0, 2))
    area = np.empty(0, dtype=np.int64)
    while len(kept) < n:
        angle, out = rng.uniform(0, 2 * np.pi, 2 * n), radius * np.sqrt(rng.random(2 * n))
        tried = np.round(centre + np.column_stack([out * np.cos(angle), out * np.sin(angle)]), 2)
        where = geography.locate(tried)
        kept = np.concatenate([kept, tried[where >= 0]])
        area = np.concatenate([area, where[where >= 0]])
    return kept[:n], area[:n]
