"""The truth in words and figures, counted from the finished events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.evidence.synthetic.batches import Batch
from forestall.evidence.synthetic.geography import Geography, lon_lat_geometry, to_lon_lat
from forestall.evidence.synthetic.interventions import BUFFER, CHANCE_TYPE, PLANNED, Outcome, Planned
from forestall.evidence.synthetic.plants import EMERGED_MONTHS, Plant
from forestall.evidence.synthetic.profiles import INDEX, TYPES
from forestall.evidence.synthetic.sites import Sites
from forestall.evidence.synthetic.truth import PlantedIntervention, PlantedProblem


@dataclass(frozen=True)
class World:
    """The finished nation, as the truth is counted from it. `events` leaves out what was never sent."""

    events: Batch
    sites: Sites
    geography: Geography
    months: tuple[str, ...]

    def areas_near(self, shape: Any) -> tuple[str, ...]:

        tree = self.geography.tree()
        return tuple(self.geography.codes[i] for i in sorted(tree.query(shape, predicate="intersects")))


def disc(centre: np.ndarray, radius: float, hole: float = 0.0) -> Any:
    """A circle as a polygon of 48 sides that holds every point of the circle, with a hole if asked for."""
    import shapely

    def ring(r: float) -> np.ndarray:
        turn = 2 * np.pi * np.arange(48) / 48
        return centre + r / np.cos(np.pi / 48) * np.column_stack([np.cos(turn), np.sin(turn)])

    return shapely.Polygon(ring(radius), [ring(hole)] if hole else None)


def problem(
    world: World, number: int, plant: Plant, centre: np.ndarray, chronic: tuple[int, ...]
) -> PlantedProblem:
    """What was planted as this problem."""
    g = world.geography
    area = int(g.locate(centre[None, :])[0])
    if area < 0:
        area = int(np.argmin(np.hypot(*(g.centres - centre).T)))
    lon, lat = to_lon_lat(centre[None, :])[0]
    shape = disc(centre, plant.radius)
    kind = TYPES[INDEX[plant.crime_type]]
    prefix = {"repeat victims": "mb-v-", "repeat callers": "mb-k-", "repeat location": "mb-p-"}.get(
        plant.kind, ""
    )
    emerging = plant.kind == "emerging"
    return PlantedProblem(
        id=plant.id,
        kind=plant.kind,
        name=plant.name,
        force=plant.force,
        district=g.districts[g.district[area]][0],
        beat=g.beats[g.beat[area]][0],
        crime_type=plant.crime_type,
        lon=float(lon),
        lat=float(lat),
        x=float(centre[0]),
        y=float(centre[1]),
        radius=plant.radius,
        geometry=lon_lat_geometry(shape),
        areas=world.areas_near(shape),
        first_month=world.months[-EMERGED_MONTHS if emerging else 0],
        last_month=world.months[-1],
        events=int(np.count_nonzero(world.events.problem == number)),
        hours=plant.hours or kind.hours,
        keys=tuple(f"{prefix}{k:08d}" for k in chronic),
    )


def intervention(
    world: World,
    planned: Planned,
    treated: PlantedProblem | None,
    area: int,
    outcome: Outcome,
    start: int,
    problems: tuple[PlantedProblem, ...],
) -> PlantedIntervention:
    """What was done in this place, and what it really did. `area`: the small area where no problem was treated."""
    import shapely

    g, events = world.geography, world.events
    if treated is None:
        crime_type, force = CHANCE_TYPE, g.forces[g.force[area]].code
        shape = shapely.Polygon(g.corners[area])
        ring = shapely.buffer(shape, BUFFER).difference(shape)
        here = world.sites.area[events.site] == area
    else:
        crime_type, force = treated.crime_type, treated.force
        centre = np.array([treated.x, treated.y])
        shape = disc(centre, treated.radius)
        ring = disc(centre, treated.radius + BUFFER, hole=treated.radius)
        here = np.hypot(*(world.sites.points[events.site] - centre).T) <= treated.radius
    here &= events.type == INDEX[crime_type]
    untreated = tuple(
        p.id
        for p in problems
        if p.crime_type == crime_type and p is not treated and p.kind == "persistent" and not _treated(p.id)
    )
    return PlantedIntervention(
        id=planned.id,
        name=planned.name,
        problem=planned.plant,
        force=force,
        crime_type=crime_type,
        start_month=world.months[start],
        effect=planned.effect,
        displaced=planned.displaced,
        geometry=lon_lat_geometry(shape),
        buffer=lon_lat_geometry(ring),
        areas=(g.codes[area],) if treated is None else world.areas_near(shape),
        events_before=int(np.count_nonzero(here & (events.month < start))),
        events_after=int(np.count_nonzero(here & (events.month >= start))),
        prevented=outcome.prevented,
        moved=outcome.moved,
        comparison=untreated,
        why=planned.why,
    )


def _treated(problem_id: str) -> bool:
    return any(p.plant == problem_id for p in PLANNED)
