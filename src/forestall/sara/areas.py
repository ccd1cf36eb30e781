"""What are these areas called, and where are they? For maps and lists of picked areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places


def describe(release: Release, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Name, point inside and outline of places, by code.

    Parameters: codes of places of any kind. Returns: code -> {name, kind, parent, lon, lat, geometry}, geometry
    GeoJSON in degrees or None where no boundary was loaded. Codes that the release does not know are left out.
    """
    places = load_places(release)
    found = {}
    for code in codes:
        place = places.get(code)
        if place is None:
            continue
        found[code] = {
            "name": place.name,
            "kind": place.kind,
            "parent": place.parent,
            "lon": place.lon,
            "lat": place.lat,
            "geometry": places.geometry(code),
        }
    return found
