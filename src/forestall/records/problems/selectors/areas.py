"""Areas that can be picked: the places of the live release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forestall.errors import ForestallError
from forestall.records.datasets import selectors as datasets
from forestall.sara.areas import describe
from forestall.sara.ground import Box, Ground
from forestall.sara.ground import ground as around

KINDS = {"force": "Forces", "district": "Districts", "beat": "Beats"}
#: As police.uk names them.
POLICE_UK_TYPES = (
    "Anti-social behaviour",
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Drugs",
    "Other crime",
    "Other theft",
    "Possession of weapons",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Theft from the person",
    "Vehicle crime",
    "Violence and sexual offences",
)


def listed(force: str | None = None) -> list[dict[str, Any]]:
    """Places of the live release that can be picked, those of one force where given."""
    if not datasets.has_live():
        return []
    found = [p for p in datasets.place_list() if p["kind"] in KINDS]
    if force is None:
        return found
    within = {f"f:{force}"}
    for _ in range(3):  # force, district, beat
        within |= {p["code"] for p in found if p.get("parent") in within}
    return [p for p in found if p["code"] in within]


def choices(force: str | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (code, name) for a list to choose from."""
    rows = listed(force)
    return [
        (title, sorted(((p["code"], p["name"]) for p in rows if p["kind"] == kind), key=lambda pair: pair[1]))
        for kind, title in KINDS.items()
        if any(p["kind"] == kind for p in rows)
    ]


def crime_types() -> list[str]:
    """Crime types of police.uk, and those of the live release beside them."""
    release = datasets.live_or_none()
    own = set(release.quality.get("by_type", {})) if release else set()
    return sorted(own | set(POLICE_UK_TYPES))


def place(code: str) -> dict[str, Any]:
    """A place as a problem keeps it, with its force."""
    known = {p["code"]: p for p in datasets.place_list()} if datasets.has_live() else {}
    if code not in known:
        raise ForestallError("That area is not in the records.", "Choose one from the list.")
    force, at = "", code
    while at in known:
        if known[at]["kind"] == "force":
            force = at.removeprefix("f:")
        at = known[at].get("parent") or ""
    found = described([code])[code]
    kept = {name: found[name] for name in ("name", "lon", "lat", "geometry")}
    return {**kept, "areas": [code], "force": force}


def ground(box: Box, force: str | None = None) -> Ground:
    """What lies around a place by the live release: outlines and names, or the squares where events are."""
    release = datasets.live_or_none()
    return around(release, box, force) if release else Ground()


def described(codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Name, point and outline of places by code; those that the live release does not know are left out."""
    release = datasets.live_or_none()
    return describe(release, list(codes)) if release else {}
