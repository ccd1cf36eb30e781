"""The draft of an evaluation plan: what it still lacks, and what a changed answer makes out of date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Answer -> answers that were worked out from it, and have to be worked out again.
DEPENDS = {
    "crime_types": ("comparison", "buffer", "comparison_said", "smallest_fall", "smallest_said"),
    "treated": (
        "comparison",
        "buffer",
        "buffer_comparison",
        "comparison_said",
        "smallest_fall",
        "smallest_said",
    ),
    "response_start": ("comparison", "comparison_said", "smallest_fall", "smallest_said"),
    "before": ("comparison", "comparison_said", "smallest_fall", "smallest_said"),
    "after": ("smallest_fall", "smallest_said"),
}


def gaps(draft: Mapping[str, Any]) -> list[str]:
    """What the draft still needs before it can be frozen."""
    found = []
    if not draft.get("crime_types"):
        found.append("Choose the outcome: which crime types are counted.")
    if not _ground(draft.get("treated")):
        found.append("Say where the response happens: pick areas, or draw it.")
    if not (draft.get("response_start") and draft.get("before") and draft.get("after")):
        found.append("Say when the response starts, and which months are compared.")
    if draft.get("design") != "before_after" and not _ground(draft.get("comparison")):
        found.append("Choose the comparison area, or say that there is none.")
    return found


def with_changes(draft: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The draft with new answers; what rested on an answer that changed is taken out."""
    new = dict(draft)
    for name, value in changes.items():
        if draft.get(name) != value:
            for stale in DEPENDS.get(name, ()):
                new.pop(stale, None)
    new.update(changes)
    return new


def _ground(area: Mapping[str, Any] | None) -> bool:
    return bool(area and (area.get("areas") or area.get("geometry")))
