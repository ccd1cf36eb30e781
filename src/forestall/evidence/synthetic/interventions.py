"""What was done about some of the problems, with effects that are known because they were made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.evidence.synthetic.batches import BY_RULE, Batch, join
from forestall.evidence.synthetic.geography import Geography
from forestall.evidence.synthetic.profiles import INDEX
from forestall.evidence.synthetic.sites import STREET, Sites

#: The buffer reaches this far out from the treated place, metres.
BUFFER = 400.0


@dataclass(frozen=True)
class Planned:
    """An intervention: plant treated (None: chosen by chance), true effect, share displaced."""

    id: str
    name: str
    plant: str | None
    effect: float
    displaced: float
    why: str


PLANNED = (
    Planned(
        "I1",
        "Lights, repairs and a named guardian at the bus station",
        "P05",
        -0.35,
        0.0,
        "Works, and nothing moves away.",
    ),
    Planned(
        "I2",
        "Gates and guards at the station car park",
        "P08",
        -0.30,
        1 / 3,
        "Works, and a third of what it prevents moves into the buffer.",
    ),
    Planned(
        "I3",
        "A week of posters",
        None,
        0.0,
        0.0,
        "Does nothing. The area was chosen because its last six months were the highest of all, so it "
        "falls back by itself: before against after alone flatters it.",
    ),
    Planned("I4", "A later closing time for the taxi rank", "P16", 0.15, 0.0, "Makes things a little worse."),
)
CHANCE_TYPE = "Anti-social behaviour"


@dataclass(frozen=True)
class Outcome:
    """What an intervention did: events taken out of the treated place (negative: added), and moved nearby."""

    prevented: int
    moved: int


def carry_out(
    rng: np.random.Generator,
    events: Batch,
    sites: Sites,
    planned: Planned,
    crime_type: str,
    centre: np.ndarray,
    radius: float,
    start: int,
) -> tuple[Batch, Outcome]:
    """The events as they are after the intervention in this disc, from month number `start` on.

    Events are made as if nothing had been done and then thinned (or doubled) one by one, so the effect on the
    mean is exact, background included, and what was prevented is known by count.
    """
    away = np.hypot(*(sites.points - centre).T)
    here = (events.type == INDEX[crime_type]) & (away[events.site] <= radius)
    exposed = np.flatnonzero(here & (events.month >= start))
    struck = exposed[rng.random(len(exposed)) < abs(planned.effect)]
    if planned.effect > 0:
        extra = events.take(struck)
        return join([events, extra]), Outcome(-len(struck), 0)
    moves = rng.random(len(struck)) < planned.displaced
    moved, gone = struck[moves], struck[~moves]
    ring = np.flatnonzero((away > radius + 20) & (away <= radius + BUFFER - 20) & (sites.kind == STREET))
    site, victim, problem = events.site.copy(), events.victim.copy(), events.problem.copy()
    if len(moved):
        site[moved] = rng.choice(ring, len(moved))
        victim[moved] = BY_RULE
        problem[moved] = -1
    kept = np.ones(events.n, dtype=bool)
    kept[gone] = False
    changed = Batch(
        events.type, events.month, site, victim, events.caller, events.hours, events.when, problem
    )
    return changed.take(kept), Outcome(len(struck), len(moved))


def highest_by_chance(
    events: Batch, sites: Sites, geography: Geography, centres: np.ndarray, start: int
) -> int:
    """The small area with most events of the type in the half year before, away from every planted problem."""
    chosen = (events.type == INDEX[CHANCE_TYPE]) & (events.month >= start - 6) & (events.month < start)
    counts = np.bincount(sites.area[events.site[chosen]], minlength=geography.n).astype(float)
    for centre in centres:
        counts[np.hypot(*(geography.centres - centre).T) < 1_000] = -1
    return int(np.argmax(counts))
