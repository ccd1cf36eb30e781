"""Which problems are planted, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forestall.evidence.synthetic.geography import Geography


@dataclass(frozen=True)
class Plant:
    """A problem to plant. monthly: events a month when at its height. hours: a profile, or "" for the type's."""

    id: str
    kind: str
    name: str
    force: str
    crime_type: str
    monthly: float
    radius: float
    hours: str = ""


VIOLENCE = "Violence and sexual offences"
DAMAGE = "Criminal damage and arson"

PLANTS = (
    Plant(
        "P01",
        "persistent",
        "Fights after closing time",
        "mb-northmarsh",
        VIOLENCE,
        13,
        140,
        "night-time economy",
    ),
    Plant("P02", "near repeat", "Burglary that comes back next door", "mb-northmarsh", "Burglary", 6.5, 380),
    Plant(
        "P03",
        "emerging",
        "Robbery on the way home from school",
        "mb-northmarsh",
        "Robbery",
        9,
        150,
        "lunch break",
    ),
    Plant("P04", "repeat victims", "The same few households", "mb-northmarsh", VIOLENCE, 7, 160),
    Plant("P05", "persistent", "Damage around the bus station", "mb-northmarsh", DAMAGE, 13, 150),
    Plant(
        "P06",
        "persistent",
        "Fights on the promenade",
        "mb-brinefold",
        VIOLENCE,
        11,
        150,
        "night-time economy",
    ),
    Plant("P07", "near repeat", "Burglary in the terraces", "mb-brinefold", "Burglary", 6.5, 380),
    Plant("P08", "persistent", "Cars broken into at the station", "mb-brinefold", "Vehicle crime", 15, 130),
    Plant("P09", "persistent", "Robbery in the underpass", "mb-brinefold", "Robbery", 3.5, 120),
    Plant("P10", "repeat callers", "One address, many calls", "mb-brinefold", "Anti-social behaviour", 8, 60),
    Plant("P11", "near repeat", "Burglary on the estate", "mb-tidecombe", "Burglary", 6.5, 380),
    Plant(
        "P12", "persistent", "Knives found by the skate park", "mb-tidecombe", "Possession of weapons", 3, 130
    ),
    Plant("P13", "repeat victims", "The same few shops' staff", "mb-tidecombe", VIOLENCE, 7, 160),
    Plant(
        "P14", "emerging", "Violence at a new venue", "mb-tidecombe", VIOLENCE, 17, 140, "night-time economy"
    ),
    Plant("P15", "persistent", "Damage around the market", "mb-northmarsh", DAMAGE, 13, 150),
    Plant(
        "P16",
        "persistent",
        "Fights at the taxi rank",
        "mb-gannetshire",
        VIOLENCE,
        13,
        140,
        "night-time economy",
    ),
    Plant("P17", "repeat location", "One shop, many thefts", "mb-gannetshire", "Shoplifting", 14, 60),
    Plant("P18", "emerging", "Burglary of new homes", "mb-gannetshire", "Burglary", 10, 180),
    Plant("P19", "persistent", "Cars broken into at the quarry", "mb-brinefold", "Vehicle crime", 14, 130),
    Plant("P20", "persistent", "Robbery at the interchange", "mb-gannetshire", "Robbery", 3.5, 120),
)

#: Planted problems lie at least this far apart, so that a find belongs to one of them, metres.
APART = 1_250.0
EMERGED_MONTHS = 6


def place(rng: np.random.Generator, geography: Geography, plants: list[Plant]) -> np.ndarray:
    """A centre for each plant, away from the others and from the edge of its force; shape (n, 2), metres."""
    codes = [f.code for f in geography.forces]
    centres = geography.centres
    for apart in APART * 0.93 ** np.arange(20):
        chosen: list[np.ndarray] = []
        for plant in plants:
            free = (geography.force == codes.index(plant.force)) & ~geography.border
            for other in chosen:
                free &= np.hypot(*(centres - other).T) >= apart
            if not free.any():
                break
            area = rng.choice(np.flatnonzero(free))
            chosen.append(centres[area] + rng.uniform(-60, 60, 2))
        else:
            return np.array(chosen)
    raise AssertionError("the nation is too small for its problems")


def monthly_means(plant: Plant, months: int, season: np.ndarray) -> np.ndarray:
    """Expected planted events in each month: level, or rising over the last six months."""
    if plant.kind != "emerging":
        return plant.monthly * season
    rise = np.full(months, 0.06)
    rise[-EMERGED_MONTHS:] = np.linspace(0.55, 1.0, EMERGED_MONTHS)
    return plant.monthly * rise * season
