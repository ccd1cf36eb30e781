"""What people would call a place: its commonest street, and the neighbourhood that it is in."""

from __future__ import annotations

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.sara.scanning.sightings import Sighting

#: What sources write where there is no name.
NAMELESS = {"", "no location", "on or near", "on or near no location"}


def name_of(field: Field, sighting: Sighting) -> str:
    """For example "On or near High Street, Leicester 041"; for an area its own name."""
    if sighting.place:
        return field.names.get(sighting.place, sighting.place)
    events = sighting.members
    recent = events[(field.month[events] >= sighting.first) & (field.month[events] <= sighting.last)]
    events = recent if len(recent) else events
    street = _commonest(field.location[events], field.locations, NAMELESS)
    around = _neighbourhood(field, events)
    return ", ".join(part for part in (street, around) if part) or "Place without a name"


def _neighbourhood(field: Field, events: np.ndarray) -> str:
    if len(field.beats):
        found = _commonest(field.beat[events], field.beats, set())
        if found:
            return field.names.get(found, found)
    found = _commonest(field.area[events], field.areas, set())
    return field.names.get(found, found) if found else ""


def _commonest(codes: np.ndarray, names: tuple[str, ...], leave_out: set[str]) -> str:
    """The name that most of the events have; of equals the first in the alphabet."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names)) if len(names) else np.zeros(0, dtype=int)
    seen = [(-int(counts[i]), names[i]) for i in np.flatnonzero(counts)]
    seen = [s for s in seen if s[1] and s[1].strip().lower() not in leave_out]
    return min(seen)[1] if seen else ""
