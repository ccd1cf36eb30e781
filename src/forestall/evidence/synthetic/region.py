"""The make-believe nation: generate it, or put it into a store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release, has_live, live
from forestall.evidence.synthetic import (
    background,
    describing,
    geography,
    interventions,
    names,
    planting,
    plants,
    profiles,
    recording,
    sites,
    table,
)
from forestall.evidence.synthetic.batches import Batch, join
from forestall.evidence.synthetic.truth import RecordingChange, Truth

if TYPE_CHECKING:
    import pyarrow as pa

FIRST_YEAR = 2023
#: The force whose Public order records step up half way through, and the force that misses a month.
RECODED, RECODED_TYPE, RECODED_FACTOR = "mb-tidecombe", "Public order", 1.6
NEVER_SENT = "mb-gannetshire"


@dataclass(frozen=True)
class Region:
    """A generated nation: events and places in the columns of the store, its files, and what was planted."""

    seed: int
    events: pa.Table
    places: pa.Table
    files: list[dict[str, Any]]
    truth: Truth


@dataclass
class _Making:
    """The nation while it is made; the steps below run in order and each adds to it."""

    seed: int
    calendar: np.ndarray
    land: geography.Geography
    plants: list[plants.Plant]
    centres: np.ndarray
    sites: sites.Sites
    events: Batch
    chronic: list[tuple[int, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(f"{y:04d}-{m:02d}" for y, m in self.calendar)

    @property
    def codes(self) -> list[str]:
        return [f.code for f in self.land.forces]

    def rng(self, part: int) -> np.random.Generator:
        return _rng(self.seed, part)


def _rng(seed: int, part: int) -> np.random.Generator:
    # Each part has its own stream, so that a change in one leaves the others as they were.
    return np.random.default_rng([seed, part])


def generate(seed: int = 1, months: int = 36, scale: float = 1.0, *, small: bool = False) -> Region:
    """What would the records of a small nation look like, if we knew the truth behind them?

    seed: any whole number from 0; the same gives the same bytes. months: 24 to 120, from January 2023.
    scale: multiplies every rate, above 0 up to 10. small: only the first force (about a third of the nation).
    Returns events, places and the planted truth. Assumes nothing about any real place: the rates are made up.
    When not to use it: to learn anything about crime. Errors: ForestallError on values outside those limits.
    """
    if seed < 0 or not 24 <= months <= 120 or not 0 < scale <= 10:
        raise ForestallError(
            f"Cannot make a region with seed {seed}, {months} months and scale {scale}.",
            "Give a seed of 0 or more, 24 to 120 months, and a scale above 0, up to 10.",
        )
    making = _begin(seed, months, scale, names.FORCES[:1] if small else names.FORCES)
    changes = _recording_changes(making)
    start = 2 * months // 3
    done = _intervene(making, start)
    missing = [(making.codes.index(NEVER_SENT), months // 3 + 1)] if NEVER_SENT in making.codes else []
    making.events = _without(making, missing)
    events, files = table.build(making.rng(5), making.events, making.sites, making.land, making.calendar)
    truth = _truth(making, changes, done, start, missing)
    return Region(seed, events, geography.places_table(making.land), files, truth)


def make_believe(*, store: Path, seed: int = 1) -> Release:
    """Generate the whole nation and make it the live release of a store; the manifest says make-believe."""
    return publish_region(generate(seed), store=store)


def publish_region(region: Region, *, store: Path) -> Release:
    """Make a generated nation the live release of a store. Where it is already, nothing changes.

    Errors: ForestallError when the store holds real records: the two never share a store by mistake.
    """
    from forestall.evidence.store import publish

    if has_live(store):
        current = live(store)
        if not current.make_believe:
            raise ForestallError(
                f"The store {store} holds real records ({current.id}).",
                "Give the make-believe region a store of its own: forestall make-believe --store DIR",
            )
        if current.manifest["files"] == region.files:
            return current
    return publish(
        store,
        events=region.events,
        places=region.places,
        files=region.files,
        quality=_quality(region),
        make_believe=True,
    )


def _begin(seed: int, months: int, scale: float, forces: tuple[names.ForceName, ...]) -> _Making:
    """Land, sites, the ordinary run of events, and the planted problems."""
    calendar = np.array([(FIRST_YEAR + k // 12, k % 12 + 1) for k in range(months)])
    land = geography.lay_out(_rng(seed, 0), forces)
    codes = {f.code for f in land.forces}
    grown = [p for p in plants.PLANTS if p.force in codes]
    centres = plants.place(_rng(seed, 1), land, grown)
    spots = sites.lay_out(_rng(seed, 2), land)
    batches = [background.make(_rng(seed, 3), land, spots, calendar, scale)]
    chronic = []
    for k, plant in enumerate(grown):
        made, spots, keys = planting.plant_events(
            _rng(seed, 100 + k), land, spots, calendar, k, plant, centres[k], scale
        )
        batches.append(made)
        chronic.append(keys)
    return _Making(seed, calendar, land, grown, centres, spots, join(batches), chronic)


def _recording_changes(making: _Making) -> tuple[RecordingChange, ...]:
    if RECODED not in making.codes:
        return ()
    start = len(making.calendar) // 2 + 3
    change = RecordingChange(RECODED, RECODED_TYPE, making.labels[start], RECODED_FACTOR)
    kind = profiles.INDEX[RECODED_TYPE]
    making.events = recording.step_up(
        making.rng(4), making.events, making.sites, making.land, change, kind, start
    )
    return (change,)


Done = tuple[interventions.Planned, int | None, int, interventions.Outcome]


def _intervene(making: _Making, start: int) -> list[Done]:
    """Carry out what was planned: (plan, number of the plant or None, small area or -1, outcome)."""
    done: list[Done] = []
    numbers = {p.id: i for i, p in enumerate(making.plants)}
    for k, planned in enumerate(interventions.PLANNED):
        if planned.plant is None:
            area = interventions.highest_by_chance(
                making.events, making.sites, making.land, making.centres, start
            )
            done.append((planned, None, area, interventions.Outcome(0, 0)))
        elif planned.plant in numbers:
            i = numbers[planned.plant]
            plant = making.plants[i]
            making.events, outcome = interventions.carry_out(
                making.rng(50 + k),
                making.events,
                making.sites,
                planned,
                plant.crime_type,
                making.centres[i],
                plant.radius,
                start,
            )
            done.append((planned, i, -1, outcome))
    return done


def _without(making: _Making, missing: list[tuple[int, int]]) -> Batch:
    """The events, less those of force and month numbers that were never sent."""
    force = making.land.force[making.sites.area[making.events.site]]
    sent = np.ones(making.events.n, dtype=bool)
    for f, m in missing:
        sent &= ~((force == f) & (making.events.month == m))
    return making.events.take(sent)


def _truth(
    making: _Making,
    changes: tuple[RecordingChange, ...],
    done: list[Done],
    start: int,
    missing: list[tuple[int, int]],
) -> Truth:
    world = describing.World(making.events, making.sites, making.land, making.labels)
    problems = tuple(
        describing.problem(world, k, plant, making.centres[k], making.chronic[k])
        for k, plant in enumerate(making.plants)
    )
    return Truth(
        seed=making.seed,
        months=making.labels,
        problems=problems,
        interventions=tuple(
            describing.intervention(world, p, None if i is None else problems[i], a, o, start, problems)
            for p, i, a, o in done
        ),
        recording_changes=changes,
        missing=tuple((making.codes[f], making.labels[m]) for f, m in missing),
        seasons={t.name: (t.swing, t.peak) for t in profiles.TYPES if t.swing},
    )


def _quality(region: Region) -> dict[str, Any]:
    """The same quality report as an import's. Nothing was read, so nothing was refused."""
    from forestall.evidence.quality import assess

    places = region.places
    area_names = dict(zip(places["code"].to_pylist(), places["name"].to_pylist(), strict=True))
    return {
        **assess(region.events, area_names),
        "make_believe": True,
        "seed": region.seed,
        "notices": [f"Make-believe: generated with seed {region.seed}, not recorded by anyone."],
    }
