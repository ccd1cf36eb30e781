"""A change in what a force records: everywhere in it at once, from one month to the next."""

from __future__ import annotations

import numpy as np

from forestall.evidence.synthetic.batches import Batch, join
from forestall.evidence.synthetic.geography import Geography
from forestall.evidence.synthetic.sites import Sites
from forestall.evidence.synthetic.truth import RecordingChange


def step_up(
    rng: np.random.Generator,
    events: Batch,
    sites: Sites,
    geography: Geography,
    change: RecordingChange,
    crime_type: int,
    start: int,
) -> Batch:
    """More events of the type in the whole force from month number `start` on, in proportion everywhere."""
    force = [f.code for f in geography.forces].index(change.force)
    affected = (events.type == crime_type) & (events.month >= start)
    affected &= geography.force[sites.area[events.site]] == force
    which = np.flatnonzero(affected)
    more = which[rng.random(len(which)) < change.factor - 1]
    return join([events, events.take(more)])
