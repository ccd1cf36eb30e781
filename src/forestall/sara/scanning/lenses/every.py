"""All lenses of the scan, in the order in which they look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses import areas, emerging, persistent, points
from forestall.sara.scanning.sightings import Sighting


@dataclass(frozen=True)
class Lens:
    """One way of looking. look(field, months) finds; lacks(field) says what is missing, as (reason, needs)."""

    name: str
    title: str
    method: str
    look: Callable[[Field, int | None], list[Sighting]]
    lacks: Callable[[Field], tuple[str, str] | None]


def _map(field: Field) -> tuple[str, str] | None:
    if field.n_cells < 50:
        return "fewer than 50 cells of 250 m hold an event", "more events with a location"
    return None


def _history(field: Field) -> tuple[str, str] | None:
    if not emerging.enough(field):
        return f"only {len(field.months)} months of records", "at least 15 months"
    return _map(field)


def _areas(field: Field) -> tuple[str, str] | None:
    if max(len(field.beats), len(field.areas)) < areas.FEWEST_AREAS:
        return "too few areas to compare", f"records that name at least {areas.FEWEST_AREAS} small areas"
    return None


LENSES: tuple[Lens, ...] = (
    Lens(
        persistent.NAME,
        "Persistent hot spot",
        persistent.METHOD,
        lambda field, months: persistent.persistent_hot_spots(field, months=months),
        _map,
    ),
    Lens(
        emerging.NAME,
        "Emerging place",
        emerging.METHOD,
        lambda field, months: emerging.emerging_places(field),
        _history,
    ),
    Lens(
        points.NAME,
        "Risky point",
        points.METHOD,
        lambda field, months: points.risky_points(field, months=months),
        _map,
    ),
    Lens(
        areas.NAME,
        "Area against like areas",
        areas.METHOD,
        lambda field, months: areas.area_rates(field, months=months),
        _areas,
    ),
)
