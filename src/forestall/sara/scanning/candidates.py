"""What a scan hands on: candidate problems, and what it could not look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forestall.evidence.catalogue import Release
from forestall.sara.findings import Finding
from forestall.sara.scanning.recording import RecordingChange

METHOD_VERSION = "1"

CAVEATS = (
    "A candidate is where to look, not a finding of what causes it or of who is responsible.",
    "Places are picked because they are high: part of any later fall is chance (regression to the mean).",
    "Excess is against an average cell, like areas or the place's own past, as the lens says; not all of it can "
    "be prevented.",
    "Recorded events are what was reported and recorded, not all that happened.",
)


@dataclass(frozen=True)
class Candidate:
    """A place and crime type that may be a problem, with the evidence of each lens that found it.

    events, expected, excess, interval: of the main lens over `period`; excess is shrunken for chance highs, with
    its 95% interval. harm, cost: the excess weighed (days; pounds), None where the type has no weight.
    share_of_force: of the force's events of the type in the period. ranked_on: what gave it its rank.
    """

    id: str
    rank: int
    lens: str
    also: tuple[str, ...]
    force: str
    place: dict[str, Any]  # name, lon, lat, geometry (GeoJSON, degrees); code where it is an area
    crime_type: str
    period: dict[str, str]  # from, to: months, both included
    events: int
    expected: float
    excess: float
    interval: tuple[float, float]
    harm: float | None
    cost: float | None
    share_of_force: float
    months_persistent: int
    trend: dict[str, Any]
    why: str
    ranked_on: str
    editions: dict[str, str] = field(default_factory=dict)  # of the weights: harm, cost
    evidence: dict[str, Any] = field(default_factory=dict)  # lens -> its figures
    live_problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        names = tuple(self.__dataclass_fields__)
        found = {name: getattr(self, name) for name in names}
        return {**found, "also": list(self.also), "interval": list(self.interval)}

    def finding(self, release: Release, parameters: Mapping[str, Any] | None = None) -> Finding:
        """This candidate as a Finding, for a problem to keep. Rank and live problems are of the list, not of it."""
        from forestall.sara.scanning.lenses.every import LENSES

        answer = {k: v for k, v in self.to_dict().items() if k not in ("rank", "live_problem", "ranked_on")}
        methods = {lens.name: lens.method for lens in LENSES}
        return Finding(
            question=f"scan.{self.lens}",
            parameters={
                "force": self.force,
                "crime_type": self.crime_type,
                "period": dict(self.period),
                **dict(parameters or {}),
            },
            release=release.id,
            release_hash=release.hash,
            method=methods[self.lens],
            method_version=METHOD_VERSION,
            answer=answer,
            caveats=CAVEATS,
        )


@dataclass(frozen=True)
class Scan:
    """A ranked list of candidates, and beside it what was not ranked and what could not be looked for."""

    release: str
    release_hash: str
    parameters: dict[str, Any]
    candidates: tuple[Candidate, ...]
    found: int  # candidates before the list was cut to the top
    recording_changes: tuple[RecordingChange, ...]
    not_run: tuple[dict[str, str], ...]  # force, lens, reason, needs
    notes: tuple[str, ...]
    weights: dict[str, Any]  # harm and cost: edition, source, caveat
    make_believe: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; equal releases and parameters give equal bytes."""
        return {
            "release": self.release,
            "release_hash": self.release_hash,
            "make_believe": self.make_believe,
            "parameters": self.parameters,
            "found": self.found,
            "candidates": [c.to_dict() for c in self.candidates],
            "recording_changes": [c.to_dict() for c in self.recording_changes],
            "not_run": [dict(n) for n in self.not_run],
            "notes": list(self.notes),
            "weights": self.weights,
            "caveats": list(CAVEATS),
        }


def overlaps(
    candidate: Candidate, geometry: Mapping[str, Any], crime_types: Sequence[str], least: float = 0.3
) -> bool:
    """Is this candidate already being worked on as a problem on this ground and of these crime types?

    geometry: GeoJSON polygon or point, degrees. crime_types: of the problem; empty means all. True when the
    types agree and either shape covers at least `least` of the other, or the candidate's point lies in it.
    """
    if crime_types and candidate.crime_type not in crime_types:
        return False
    import shapely
    from shapely.geometry import shape

    theirs, ours = shape(dict(geometry)), shape(candidate.place["geometry"])
    if shapely.intersects_xy(theirs, candidate.place["lon"], candidate.place["lat"]):
        return True
    smaller = min(theirs.area, ours.area)
    if smaller == 0:
        return bool(ours.intersects(theirs))
    return bool(ours.intersection(theirs).area >= least * smaller)


def with_live_problems(
    candidates: Sequence[Candidate], problems: Sequence[Mapping[str, Any]]
) -> tuple[Candidate, ...]:
    """Candidates marked with the first live problem (id, geometry, crime_types) that covers them."""
    marked = []
    for candidate in candidates:
        known = next(
            (
                str(p["id"])
                for p in problems
                if p.get("geometry") and overlaps(candidate, p["geometry"], p.get("crime_types") or ())
            ),
            None,
        )
        marked.append(replace(candidate, live_problem=known))
    return tuple(marked)
