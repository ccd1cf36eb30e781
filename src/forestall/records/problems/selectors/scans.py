"""The scan of the live release: computed once, kept, filtered for the reader."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.models import Computation, Problem
from forestall.records.problems.permissions import visible
from forestall.records.problems.rules.states import LIVE
from forestall.sara.findings import canonical

RANKINGS = {"harm": "Preventable harm", "count": "Preventable events", "cost": "Preventable cost"}


def computed(kind: str, release: Any, parameters: Mapping[str, Any], ask: Callable[[], Any]) -> Any:
    """An answer of a release: from the shelf, or asked and put there. Releases never change, so neither do
    their answers; the hash of the release is part of the key."""
    key = hashlib.sha256(canonical([release.hash, dict(parameters)])).hexdigest()
    kept = Computation.objects.filter(kind=kind, release=release.id, key=key).first()
    if kept is None:
        kept, _ = Computation.objects.get_or_create(
            kind=kind,
            release=release.id,
            key=key,
            defaults={"answer": ask(), "computed_at": timezone.now()},
        )
    return kept.answer


@dataclass(frozen=True)
class ScanList:
    """One scan, filtered: what the page shows."""

    release: str
    make_believe: bool
    months: list[str]
    candidates: list[dict[str, Any]]
    found: int  # before filters
    recording_changes: list[dict[str, Any]]
    not_run: list[dict[str, str]]
    notes: list[str]
    weights: dict[str, Any]
    forces: list[str]
    crime_types: list[str]
    lenses: dict[str, str]


def scan(force: str | None, rank_by: str) -> dict[str, Any]:
    """The whole scan of the live release for one force (None: all), as plain values."""
    from forestall.sara.scanning.candidates import METHOD_VERSION
    from forestall.sara.scanning.scan import scan as look

    release = datasets.live_release()
    # Weights and methods change without a new release: the shelf must not answer with the old ones.
    weighed = [[values.edition.label, dict(values)] for values in datasets.values_in_use()]
    parameters = {"force": force, "rank_by": rank_by, "weights": weighed, "method": METHOD_VERSION}
    return computed(
        "scan", release, parameters, lambda: look(release, force=force, rank_by=rank_by, top=None).to_dict()
    )


def warm() -> None:
    """Scan the first force of the live release, so that the first reader does not wait."""
    scan(datasets.live_release().forces[0], "harm")


def scan_list(filters: Mapping[str, str]) -> ScanList:
    """The scan with the reader's filters: force, type, lens, rank_by, q. Unknown values are left out."""
    from forestall.sara.scanning.lenses.every import LENSES

    release = datasets.live_release()
    force = filters.get("force") if filters.get("force") in release.forces else None
    rank_by = filters.get("rank_by", "harm")
    found = scan(force, rank_by if rank_by in RANKINGS else "harm")
    lenses = {lens.name: lens.title for lens in LENSES}
    rows = found["candidates"]
    types = sorted({c["crime_type"] for c in rows})
    if filters.get("type") in types:
        rows = [c for c in rows if c["crime_type"] == filters["type"]]
    if filters.get("lens") in lenses:
        rows = [c for c in rows if filters["lens"] in (c["lens"], *c["also"])]
    for word in filters.get("q", "").casefold().split()[:10]:
        rows = [c for c in rows if word in f"{c['place']['name']} {c['crime_type']}".casefold()]
    return ScanList(
        release=release.id,
        make_believe=release.make_believe,
        months=release.months,
        candidates=[{**c, "lens_title": lenses.get(c["lens"], c["lens"])} for c in rows],
        found=found["found"],
        recording_changes=found["recording_changes"],
        not_run=[{**n, "lens_title": lenses.get(n["lens"], n["lens"])} for n in found["not_run"]],
        notes=found["notes"],
        weights=found["weights"],
        forces=release.forces,
        crime_types=types,
        lenses=lenses,
    )


def candidate(candidate_id: str, force: str | None) -> dict[str, Any] | None:
    """One candidate of the live release with its Finding."""
    from forestall.sara.scanning.candidates import Candidate

    release = datasets.live_release()
    force = force if force in release.forces else None
    found = scan(force, "harm")
    row = next((c for c in found["candidates"] if c["id"] == candidate_id), None)
    if row is None:
        return None
    settings = {k: found["parameters"][k] for k in ("months", "lenses", "seed")}
    finding = Candidate(**row).finding(release, settings)
    return {**row, "finding": finding.to_dict(), "place": place_of(row["place"])}


def place_of(place: Mapping[str, Any]) -> dict[str, Any]:
    """A candidate's place as a problem keeps it: areas by code where it is one, else its shape."""
    areas = [place["code"]] if place.get("code") else []
    return {
        "name": place["name"],
        "lon": place.get("lon"),
        "lat": place.get("lat"),
        "geometry": place.get("geometry"),
        "areas": areas,
    }


def mark_live(person: User, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one page, each with the live problem that covers it: its reference, or a word that another
    organisation is at work there."""
    from forestall.sara.scanning.candidates import Candidate, with_live_problems

    forces = {row["force"] for row in rows}
    live = Problem.objects.filter(state__in=LIVE, force__in=forces)
    known = [
        {"id": reference, "geometry": place.get("geometry"), "crime_types": types}
        for reference, place, types in live.values_list("reference", "place", "crime_types")
    ]
    if not known:
        return [{**row, "live": None, "live_elsewhere": False} for row in rows]
    seen = set(live.filter(visible(person)).values_list("reference", flat=True))
    names = tuple(Candidate.__dataclass_fields__)
    marked = with_live_problems([Candidate(**{n: row[n] for n in names}) for row in rows], known)
    return [
        {
            **row,
            "live": c.live_problem if c.live_problem in seen else None,
            "live_elsewhere": c.live_problem is not None and c.live_problem not in seen,
        }
        for row, c in zip(rows, marked, strict=True)
    ]


def lead_for(person: User, row: Mapping[str, Any]) -> Organisation | None:
    """Who would lead a problem opened from this candidate: the person's own organisation where it covers the
    force or lies in it; else the force itself, where the person may open problems for it."""
    force = organisations.of_place(f"f:{row['force']}") or organisations.organisation(row["force"])
    home = organisations.home_organisation(person)
    if home is not None and organisations.may(person, Permission.PROBLEM_OPEN, home):
        if force is None or force.pk in home.lineage:
            return home
        if not organisations.may(person, Permission.PROBLEM_OPEN, force):
            return home
    if force is not None and organisations.may(person, Permission.PROBLEM_OPEN, force):
        return force
    return organisations.organisations(person, Permission.PROBLEM_OPEN).first()
