"""What a question is about: which area, which crime types, which months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.queries.events import Events, load
from forestall.evidence.queries.inside import has_area, load_inside, points_inside, polygon, small_areas
from forestall.evidence.spans import span

MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


@dataclass(frozen=True)
class Area:
    """A piece of ground: codes of places, a drawn polygon (GeoJSON, degrees), or both (their union)."""

    areas: tuple[str, ...] = ()
    geometry: dict[str, Any] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "areas", tuple(self.areas))
        if self.geometry is not None:
            polygon(self.geometry)

    @property
    def empty(self) -> bool:
        return not self.areas and self.geometry is None

    def mask(self, release: Release, events: Events) -> np.ndarray:
        """Which of these events (columns lon, lat, area) lie in it: bool (n,)."""
        found = np.zeros(events.n, dtype=bool)
        if self.areas:
            found |= has_area(events, small_areas(release, self.areas))
        if self.geometry is not None:
            found |= points_inside(events["lon"], events["lat"], self.geometry)
        return found

    def to_dict(self) -> dict[str, Any]:
        return {"areas": sorted(self.areas), "geometry": self.geometry, "name": self.name}

    @classmethod
    def from_dict(cls, data: dict[str, Any] | None) -> Area:
        data = data or {}
        return cls(tuple(data.get("areas") or ()), data.get("geometry"), data.get("name") or "")


@dataclass(frozen=True)
class Scope:
    """One problem's ground, types and months. Empty crime_types or months mean all there are."""

    force: str | None = None
    areas: tuple[str, ...] = ()
    geometry: dict[str, Any] | None = None
    crime_types: tuple[str, ...] = ()
    months: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("areas", "crime_types", "months"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        for month in self.months:
            check_month(month)
        if self.geometry is not None:
            polygon(self.geometry)

    @property
    def area(self) -> Area:
        return Area(self.areas, self.geometry)

    def months_in(self, release: Release) -> list[str]:
        """Its months that the release holds, oldest first."""
        held = release.months
        return held if not self.months else [m for m in held if m in set(self.months)]

    def load(self, release: Release, columns: Sequence[str]) -> Events:
        """Its events. Refuses a force or a crime type that the release does not hold."""
        self.check(release)
        return load_inside(
            release,
            columns,
            force=self.force,
            crime_types=self.crime_types or None,
            months=self.months or None,
            areas=self.areas or None,
            geometry=self.geometry,
        )

    def check(self, release: Release) -> None:
        if self.force is not None and self.force not in release.forces:
            raise ForestallError(
                f"The records hold no force {self.force!r}.", f"They hold: {', '.join(release.forces)}."
            )

    def to_dict(self) -> dict[str, Any]:
        return {
            "force": self.force,
            "areas": sorted(self.areas),
            "geometry": self.geometry,
            "crime_types": sorted(self.crime_types),
            "months": sorted(self.months),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Scope:
        return cls(
            data.get("force"),
            tuple(data.get("areas") or ()),
            data.get("geometry"),
            tuple(data.get("crime_types") or ()),
            tuple(data.get("months") or ()),
        )


def check_month(month: str) -> str:
    if not MONTH.match(str(month)):
        raise ForestallError(f"{month!r} is not a month.", "Write months as 2024-03.")
    return month


def months_between(first: str, last: str) -> tuple[str, ...]:
    """All months from first to last, both included."""
    return tuple(span(check_month(first), check_month(last)))


def months_sent(release: Release, force: str | None) -> tuple[str, ...]:
    """The months for which this force has any record at all: the others are missing, never nought."""
    month = load(release, ["month"], force=force).codes("month")
    present = np.bincount(month.codes[month.codes >= 0], minlength=len(month.names)) > 0
    return tuple(sorted(name for name, there in zip(month.names, present, strict=True) if there))
