"""Which known interventions fit this problem, best evidenced first? Pure: plain values in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Effect code -> (order, words). The eight meanings of the College's effect scale.
EFFECTS = {
    "reduce": (0, "Reduced crime overall"),
    "reduce_some_increase": (1, "Reduced crime overall, with some evidence of increase"),
    "some_reduce_ns": (2, "Some reduction found, no significant overall effect"),
    "mixed_ns": (3, "Some increase and some reduction found, no significant overall effect"),
    "none": (4, "No evidence of any significant effect"),
    "some_increase_ns": (5, "Some increase found, no significant overall effect"),
    "increase_some_reduce": (6, "Increased crime overall, with some evidence of reduction"),
    "increase": (7, "Increased crime overall"),
}
UNKNOWN = (3, "Effect not known")
#: How far a row can be trusted: "confirmed" was read at its source, "general" is recalled and unverified.
CONFIDENCE = {"confirmed": 0, "part": 1, "suggested": 2, "general": 2, "not found": 3}


@dataclass(frozen=True)
class Ranked:
    """One intervention, why it stands where it does, and a warning where one is due."""

    name: str
    fit: int  # 0 to 3: crime type, side and technique that match
    effect: str
    quality: int | None  # 0 to 4, None when not published or not read
    verified: bool
    why: str
    warning: str
    row: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {**self.__dict__, "row": dict(self.row)}


def rank_interventions(
    interventions: Sequence[Mapping[str, Any]],
    crime_types: Sequence[str] = (),
    side: str | None = None,
    technique: str | None = None,
) -> list[Ranked]:
    """Order known interventions for a problem.

    Parameters: rows with `name` (or `intervention`), `effect_code`, `q_effect` (0-4 or None), `confidence`, and
    optionally `crime_types`, `sides`, `techniques` (lists; empty or absent: not said); the problem's crime
    types, the side of the triangle and the technique that a person looks for.
    Returns: rows in order of: not known to backfire; fit; quality of the evidence of effect (published
    above unread); direction of effect; name. Unverified ratings are marked, never shown as published.
    Not for: deciding. What worked elsewhere may not fit the cause found here.
    """
    ranked = [_rank(row, set(crime_types), side, technique) for row in interventions]

    def order(item: Ranked) -> tuple[Any, ...]:
        direction = EFFECTS.get(str(item.row.get("effect_code")), UNKNOWN)[0]
        quality = -1 if item.quality is None else item.quality
        return direction >= 5, -item.fit, -quality, not item.verified, direction, item.name

    return sorted(ranked, key=order)


def _rank(row: Mapping[str, Any], crime_types: set[str], side: str | None, technique: str | None) -> Ranked:
    name = str(row.get("name") or row.get("intervention") or "")
    direction, words = EFFECTS.get(str(row.get("effect_code")), UNKNOWN)
    quality = row.get("q_effect")
    quality = None if quality in (None, "") else int(quality)
    confidence = CONFIDENCE.get(str(row.get("confidence") or "general"), 3)
    matches = []
    if crime_types & set(row.get("crime_types") or ()):
        matches.append("the crime type")
    if side and side in (row.get("sides") or ()):
        matches.append(f"the {side} side")
    if technique and technique in (row.get("techniques") or ()):
        matches.append("the technique")
    said = [words]
    said.append("quality of evidence not read" if quality is None else f"quality of evidence {quality} of 4")
    if matches:
        said.append("fits " + " and ".join(matches))
    warning = ""
    if direction >= 5:
        warning = "Evidence points to more crime, not less."
    elif confidence >= 2:
        warning = "Recalled, not verified: check the College's toolkit before relying on it."
    elif confidence == 1:
        warning = "Read in part only: check the source."
    return Ranked(name, len(matches), words, quality, confidence == 0, "; ".join(said) + ".", warning, row)
