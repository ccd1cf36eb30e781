"""All lenses of the scan, in the order in which they look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses import areas, emerging, hours, near_repeats, persistent, points, repeats
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


def _key(kind: str) -> Callable[[Field], tuple[str, str] | None]:
    def lacks(field: Field) -> tuple[str, str] | None:
        if kind not in field.keys or not (field.keys[kind] >= 0).any():
            return (
                f"the records carry no {kind} keys",
                f"records with a pseudonymous {kind} key for each event",
            )
        return None if kind == "premises" else _areas(field)

    return lacks


def _times(field: Field) -> tuple[str, str] | None:
    if field.start is None or bool(np.isnat(field.start).all()):
        return "the records say the month only", "records with the date and time of each event"
    return None


def _exact(field: Field) -> tuple[str, str] | None:
    return _times(field) or _map(field)


def _hours(field: Field) -> tuple[str, str] | None:
    if field.hour_of_week is None or not (field.hour_of_week >= 0).any():
        return "the records say the month only", "records with the date and time of each event"
    return _areas(field)


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
        points.NAMES["map point"],
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
    Lens(
        points.NAMES["premises"],
        "Repeat location",
        points.METHOD,
        lambda field, months: points.risky_points(field, "premises", months=months),
        _key("premises"),
    ),
    Lens(
        "repeat_victims",
        "Repeat victims",
        repeats.METHOD,
        lambda field, months: repeats.repeats(field, "victim", months=months),
        _key("victim"),
    ),
    Lens(
        "repeat_callers",
        "Repeat callers",
        repeats.METHOD,
        lambda field, months: repeats.repeats(field, "caller", months=months),
        _key("caller"),
    ),
    Lens(
        near_repeats.NAME,
        "Near-repeat series now active",
        near_repeats.METHOD,
        lambda field, months: near_repeats.near_repeats(field),
        _exact,
    ),
    Lens(
        hours.NAME,
        "Hours of the week",
        hours.METHOD,
        lambda field, months: hours.crowded_hours(field, months=months),
        _hours,
    ),
)
