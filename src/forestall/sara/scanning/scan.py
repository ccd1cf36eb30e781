"""Scanning: which candidate problems does a release hold, in order of preventable harm?"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.weights import HarmWeights, harm_weights, unit_costs
from forestall.sara.findings import canonical
from forestall.sara.scanning.candidates import Candidate, Scan, with_live_problems
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.lenses import emerging
from forestall.sara.scanning.lenses.every import LENSES, Lens
from forestall.sara.scanning.naming import name_of
from forestall.sara.scanning.ranking import Group, merge, rank, value_of
from forestall.sara.scanning.reading import read_fields
from forestall.sara.scanning.recording import days_in, recording_changes
from forestall.sara.scanning.shapes import centre_of, shape_of
from forestall.sara.scanning.sightings import Sighting, trend

RANK_BY = ("harm", "count", "cost")
TITLES = {lens.name: lens.title for lens in LENSES}


def scan(
    release: Release,
    *,
    force: str | None = None,
    crime_types: Sequence[str] | None = None,
    top: int | None = 30,
    rank_by: str = "harm",
    months: int | None = 12,
    lenses: Sequence[str] | None = None,
    seed: int = 1,
    weights: Mapping[str, float | None] | None = None,
    asb_days: float | None = None,
    live_problems: Sequence[Mapping[str, Any]] = (),
) -> Scan:
    """Which places and crime types may be problems worth taking on, and which first?

    force: code; None is every force. crime_types: None is all. top: length of the list; None is all. rank_by:
    harm (excess x severity weight), cost (excess x unit cost) or count (excess). months: window of the lenses
    that look at a year; None is every month. lenses: names; None is all. seed: kept with the
    answer for lenses that shuffle; at present none does. weights: crime type -> days in place of the edition in
    use (then asb_days says nothing more). asb_days: days for one anti-social behaviour incident,
    which the index does not weigh. live_problems: id, geometry, crime_types of problems already open.
    Returns a Scan; the same release and parameters give the same bytes. Types without a weight are not
    dropped when ranking by harm or cost: they take the place that their count of excess events would give them.
    Errors: unknown force, type, lens or ranking.
    """
    _check(release, rank_by, lenses, top, months)
    harm = harm_weights(asb_days=asb_days)
    cost = unit_costs()
    days: Mapping[str, float | None] = dict(weights) if weights is not None else harm
    editions = {
        "harm": harm.edition.label if weights is None else "given by the user",
        "cost": cost.edition.label,
    }
    chosen = [lens for lens in LENSES if lenses is None or lens.name in lenses]
    fields = [_only(f, crime_types) for f in read_fields(release, force)]
    if crime_types is not None:
        _check_types(crime_types, fields)
    groups: list[Group] = []
    not_run: list[dict[str, str]] = []
    for i, field in enumerate(fields):
        found, missed = _look(field, chosen, months)
        not_run += missed
        groups += merge(i, found)
    types = [fields[g.field].types[g.main.crime_type] for g in groups]
    order = rank(groups, types, {"harm": days, "cost": cost, "count": None}[rank_by])
    candidates = tuple(
        _candidate(
            fields[group.field], group, n + 1, rank_by if on == "weight" else "count", days, cost, editions
        )
        for n, (group, on) in enumerate(order[:top])
    )
    return Scan(
        release=release.id,
        release_hash=release.hash,
        parameters={
            "force": force,
            "crime_types": None if crime_types is None else sorted(crime_types),
            "top": top,
            "rank_by": rank_by,
            "months": months,
            "lenses": [lens.name for lens in chosen],
            "seed": seed,
            "weights": None if weights is None else dict(sorted(weights.items())),
            "asb_days": asb_days,
        },
        candidates=with_live_problems(candidates, live_problems) if live_problems else candidates,
        found=len(groups),
        recording_changes=tuple(c for f in fields for c in recording_changes(f)),
        not_run=tuple(not_run),
        notes=tuple(n for f in fields for n in _notes(f)),
        weights={"harm": _edition(harm, weights), "cost": _edition(cost, None)},
        make_believe=release.make_believe,
    )


def _check(
    release: Release, rank_by: str, lenses: Sequence[str] | None, top: int | None, months: int | None
) -> None:
    if rank_by not in RANK_BY:
        raise ForestallError(f"There is no ranking by {rank_by!r}.", f"Choose one of: {', '.join(RANK_BY)}.")
    unknown = [name for name in lenses or () if name not in TITLES]
    if unknown:
        raise ForestallError(f"There is no lens {unknown[0]!r}.", f"Choose from: {', '.join(TITLES)}.")
    for name, value in (("top", top), ("months", months)):
        if value is not None and value < 1:
            raise ForestallError(f"{name} is {value}.", "Give 1 or more, or leave it out.")
    if not release.months:
        raise ForestallError("This release holds no months of records.", "Import records first.")


def _check_types(crime_types: Sequence[str], fields: Sequence[Field]) -> None:
    known = sorted({t for f in fields for t in f.types})
    unknown = [t for t in crime_types if t not in known]
    if unknown:
        raise ForestallError(
            f"There are no records of crime type {unknown[0]!r}.", f"Choose from: {', '.join(known)}."
        )


def _only(field: Field, crime_types: Sequence[str] | None) -> Field:
    if crime_types is None:
        return field
    return replace(field, chosen=tuple(i for i, t in enumerate(field.types) if t in set(crime_types)))


def _look(
    field: Field, lenses: Sequence[Lens], months: int | None
) -> tuple[list[Sighting], list[dict[str, str]]]:
    """Every sighting in one force, and the lenses that had nothing to look with."""
    found: list[Sighting] = []
    missed: list[dict[str, str]] = []
    for lens in lenses:
        lacking = lens.lacks(field)
        if lacking:
            missed.append(
                {"force": field.force, "lens": lens.name, "reason": lacking[0], "needs": lacking[1]}
            )
        else:
            found += lens.look(field, months)
    return found, missed


def _candidate(
    field: Field,
    group: Group,
    number: int,
    ranked_on: str,
    days: Mapping[str, float | None],
    cost: Mapping[str, float | None],
    editions: dict[str, str],
) -> Candidate:
    s = group.main
    crime_type = field.types[s.crime_type]
    lon, lat = centre_of(field, s)
    name, geometry = name_of(field, s), shape_of(field, s)
    place = {"name": name, "lon": lon, "lat": lat, "geometry": geometry, "code": s.place}
    of_type = field.by_type[s.crime_type]
    in_window = (field.month[of_type] >= s.first) & (field.month[of_type] <= s.last)
    monthly = np.bincount(field.month[s.members], minlength=len(field.months))
    whole = np.bincount(field.month[of_type], minlength=len(field.months))
    days_of = days_in(field.months)
    weighed = value_of(s, crime_type, days)
    priced = value_of(s, crime_type, cost)
    period = {"from": field.months[s.first], "to": field.months[s.last]}
    identity = [field.force, s.lens, crime_type, period, geometry]
    evidence: dict[str, Any] = {}
    for sighting in group.sightings:
        evidence.setdefault(
            sighting.lens,
            {
                "why": sighting.why,
                "events": sighting.events,
                "expected": round(sighting.expected, 2),
                "excess": round(sighting.excess, 2),
                "interval": [round(sighting.lower, 2), round(sighting.upper, 2)],
                "period": {"from": field.months[sighting.first], "to": field.months[sighting.last]},
                **sighting.evidence,
            },
        )
    return Candidate(
        id=hashlib.sha256(canonical(identity)).hexdigest()[:12],
        rank=number,
        lens=s.lens,
        also=tuple(sorted(set(evidence) - {s.lens})),
        force=field.force,
        place=place,
        crime_type=crime_type,
        period=period,
        events=s.events,
        expected=round(s.expected, 2),
        excess=round(s.excess, 2),
        interval=(round(s.lower, 2), round(s.upper, 2)),
        harm=None if weighed is None else round(weighed, 1),
        cost=None if priced is None else round(priced, 2),
        share_of_force=round(s.events / max(1, int(in_window.sum())), 4),
        months_persistent=int(s.evidence.get("months_held", 0)),
        trend={
            **trend(monthly, days_of),
            "force_monthly_change": trend(whole, days_of)["monthly_change"],
        },
        why=f"{TITLES[s.lens]}: {s.why}.",
        ranked_on=ranked_on,
        editions=dict(editions),
        evidence=evidence,
    )


def _notes(field: Field) -> list[str]:
    notes = []
    redrawn = field.redrawn
    if redrawn is not None:
        hidden = "" if emerging.cells_comparable(field) else (
            " Emerging places are looked for by beat only, and risky points in the months since."
        )  # fmt: skip
        notes.append(
            f"The map points of {field.force} are others from {field.months[redrawn]} on: hardly any event lies "
            f"where one lay before, so points and single cells cannot be compared across that month.{hidden}"
        )
    off = int(field.n - field.mapped.sum())
    if off:
        notes.append(
            f"{off:,} of {field.n:,} events of {field.force} have no usable location and are on no map."
        )
    return notes


def _edition(weights: HarmWeights, override: Mapping[str, float | None] | None) -> dict[str, Any]:
    if override is not None:
        return {"edition": "given by the user", "values": dict(sorted(override.items()))}
    said = weights.to_dict()
    return {
        k: said[k]
        for k in ("edition", "title", "unit", "prices", "source", "caveat", "notes", "values", "hash")
    }
