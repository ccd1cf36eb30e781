"""How do two releases differ: months, forces, and counts by force, month and type."""

from __future__ import annotations

from typing import Any

from forestall.evidence.catalogue import Release
from forestall.evidence.queries.counts import counts


def differences(first: Release, second: Release) -> dict[str, Any]:
    """What the second release has that the first has not, and the other way round, as plain values.

    changed: each cell of force, month and crime type whose count differs, the largest difference first.
    A difference in outcomes alone shows in `same_content` (the hash) and in no count.
    """
    before, after = _cells(first), _cells(second)
    changed: list[dict[str, Any]] = [
        {
            "force": key[0],
            "month": key[1],
            "crime_type": key[2],
            "before": before.get(key, 0),
            "after": after.get(key, 0),
        }
        for key in before.keys() | after.keys()
        if before.get(key, 0) != after.get(key, 0)
    ]
    changed.sort(key=lambda c: (-abs(c["after"] - c["before"]), c["force"], c["month"], c["crime_type"]))
    return {
        "first": first.id,
        "second": second.id,
        "same_content": first.hash == second.hash,
        "events": [first.manifest["rows"], second.manifest["rows"]],
        "months_added": sorted(set(second.months) - set(first.months)),
        "months_removed": sorted(set(first.months) - set(second.months)),
        "forces_added": sorted(set(second.forces) - set(first.forces)),
        "forces_removed": sorted(set(first.forces) - set(second.forces)),
        "changed": changed,
    }


def _cells(release: Release) -> dict[tuple[str, str, str], int]:
    found = counts(release, ("force", "month", "crime_type"))
    return {(str(r["force"]), str(r["month"]), str(r["crime_type"])): int(r["events"]) for r in found.rows()}
