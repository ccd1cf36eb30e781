"""What was planted in the make-believe nation, and how to mark a scan against it.

Marking a scan::

    region = generate(seed=3)
    score = score_candidates([c.to_dict() for c in scan(...).candidates], region.truth, top=30)
    assert score.recall >= 0.9 and score.false_share <= 0.1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

#: A candidate this near to a planted problem is the same place, metres.
NEAR_METRES = 400.0
#: A candidate place wider than this counts by its point alone: a whole force is not a find.
WIDEST_METRES = 4_000.0


@dataclass(frozen=True)
class PlantedProblem:
    """A problem that a scan should find. Kinds: persistent, emerging, near repeat, repeat victims, repeat
    location, repeat callers."""

    id: str
    kind: str
    name: str
    force: str
    district: str
    beat: str
    crime_type: str
    lon: float
    lat: float
    x: float  # centre, British National Grid metres
    y: float
    radius: float  # metres
    geometry: dict[str, Any]  # GeoJSON polygon, degrees
    areas: tuple[str, ...]  # small areas that it touches
    first_month: str
    last_month: str
    events: int  # planted events in the table
    hours: str  # week profile, see profiles.week
    keys: tuple[str, ...] = ()  # chronic victims, callers or premises


@dataclass(frozen=True)
class PlantedIntervention:
    """A change made on purpose, with its true effect on events of one type inside the treated polygon."""

    id: str
    name: str
    problem: str | None  # id of the planted problem treated; None for the one chosen by chance
    force: str
    crime_type: str
    start_month: str
    effect: float  # true change of the mean, share: -0.35
    displaced: float  # share of the prevented events that went to the buffer
    geometry: dict[str, Any]
    buffer: dict[str, Any]
    areas: tuple[str, ...]
    events_before: int  # in the treated polygon, all months before the start
    events_after: int
    prevented: int  # events that would have happened in the polygon and did not (negative: added)
    moved: int  # of them, now in the buffer
    comparison: tuple[str, ...]  # ids of untreated planted problems of the type
    why: str


@dataclass(frozen=True)
class RecordingChange:
    """A step in what one force records, everywhere in it at once: not a change in crime."""

    force: str
    crime_type: str
    month: str  # first month of the new level
    factor: float


@dataclass(frozen=True)
class Truth:
    """Everything planted."""

    seed: int
    months: tuple[str, ...]
    problems: tuple[PlantedProblem, ...]
    interventions: tuple[PlantedIntervention, ...]
    recording_changes: tuple[RecordingChange, ...]
    missing: tuple[tuple[str, str], ...]  # force, month
    seasons: dict[str, tuple[float, int]]  # crime type -> swing, month of the peak

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {"make_believe": True, **asdict(self)}


@dataclass(frozen=True)
class Score:
    """How a list of candidates did. found counts planted problems, true and false count candidates."""

    planted: int
    found: int
    candidates: int
    true: int
    false: int
    missed: tuple[str, ...]
    false_at: tuple[int, ...]  # positions in the list, first = 0

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def false_share(self) -> float:
        return self.false / self.candidates if self.candidates else 0.0


def matches(place: Mapping[str, Any], crime_type: str | None, planted: PlantedProblem) -> bool:
    """Is this candidate place about this planted problem?

    place: has `lon`, `lat`, and may have `geometry` (GeoJSON, degrees). crime_type: None when the candidate is
    about all types. True when the types agree and the place comes within 400 m of the planted disc; of a
    geometry more than 4 km across only its point counts. Assumes a place small enough for a flat earth.
    """
    if crime_type is not None and crime_type != planted.crime_type:
        return False
    import shapely
    from shapely.geometry import shape

    flat = np.array([111_320.0 * np.cos(np.radians(planted.lat)), 111_320.0])
    here = np.array([planted.lon, planted.lat])
    body = shapely.Point(place["lon"], place["lat"])
    if place.get("geometry"):
        drawn = shape(place["geometry"])
        west, south, east, north = drawn.bounds
        if np.hypot(*((np.array([east, north]) - [west, south]) * flat)) <= WIDEST_METRES:
            body = drawn
    body = shapely.transform(body, lambda points: (points - here) * flat)
    return bool(body.distance(shapely.Point(0, 0)) <= planted.radius + NEAR_METRES)


def score_candidates(candidates: Sequence[Mapping[str, Any]], truth: Truth, *, top: int = 30) -> Score:
    """How many planted problems do the first `top` candidates find, and how many of them are false?

    candidates: dictionaries with `place` {lon, lat, geometry} and `crime_type`, best first. A candidate is true
    when it matches any planted problem (two candidates may match one); a problem is found when any matches it.
    """
    chosen = list(candidates)[:top]
    hits = [{p.id for p in truth.problems if matches(c["place"], c["crime_type"], p)} for c in chosen]
    found = set().union(*hits)
    wrong = tuple(i for i, hit in enumerate(hits) if not hit)
    return Score(
        planted=len(truth.problems),
        found=len(found),
        candidates=len(chosen),
        true=len(chosen) - len(wrong),
        false=len(wrong),
        missed=tuple(p.id for p in truth.problems if p.id not in found),
        false_at=wrong,
    )


#: The short name by which a scan's own tests know it.
score = score_candidates
