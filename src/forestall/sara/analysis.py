"""Analysis: the Problem Analysis Triangle of one problem, filled from its own records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places
from forestall.evidence.queries.events import Events, load
from forestall.sara import triangle
from forestall.sara.findings import Finding
from forestall.sara.scope import Scope, months_sent

METHODS = {
    "where": "Counts on 250 m squares, named locations and small areas",
    "when": "Counts by month and season; aoristic weights by hour of the week",
    "what": "Counts by crime type and latest outcome",
    "repeats": "Events by victim, premises, offender and caller key, as counts and shares",
    "change": "Ratio of changes against the rest of the force",
}
COLUMNS = (
    "month", "crime_type", "lon", "lat", "x", "y", "area", "location", "outcome",
    "start", "end", "victim", "offender", "caller", "premises",
)  # fmt: skip


@dataclass(frozen=True)
class Analysis:
    """One `Finding` for each part: where, when, what, repeats, change."""

    scope: Scope
    findings: tuple[Finding, ...]

    def part(self, name: str) -> dict[str, Any]:
        """The answer of one part."""
        return next(f.answer for f in self.findings if f.question == f"analysis.{name}")

    @property
    def events(self) -> int:
        return int(self.part("where")["events"])

    def to_dict(self) -> dict[str, Any]:
        return {
            "scope": self.scope.to_dict(),
            "events": self.events,
            "findings": [f.to_dict() for f in self.findings],
        }


def analyse(release: Release, scope: Scope) -> Analysis:
    """Where, when, what, who again, and how is it against the rest of the force?

    Parameters: scope: force, area, crime types and months of the problem.
    Returns: an `Analysis`. No person's or premises' key is in it: counts and shares only.
    Assumes: records as imported; a month never sent stays empty. Not for: causes. It describes; hypotheses
    and people explain. Errors: ForestallError when the scope has no events.
    """
    events = scope.load(release, COLUMNS)
    if events.n == 0:
        raise ForestallError(
            "There are no such events in this area and these months.",
            "Check the area, the crime types and the months.",
        )
    sent = list(months_sent(release, scope.force))
    wanted = [m for m in scope.months_in(release) if sent and sent[0] <= m <= sent[-1]]
    held = [m for m in wanted if m in set(sent)]
    answers = {
        "where": triangle.where(events, load_places(release)),
        "when": triangle.when(events, wanted, held),
        "what": triangle.what(events),
        "repeats": triangle.repeats(events, release.manifest.get("has_keys", ())),
        "change": triangle.change(*_here_and_elsewhere(release, scope, events, held), held),
    }
    caveats = _caveats(release, answers, [m for m in wanted if m not in set(held)])
    return Analysis(
        scope,
        tuple(
            Finding(
                question=f"analysis.{name}",
                parameters=scope.to_dict(),
                release=release.id,
                release_hash=release.hash,
                method=METHODS[name],
                method_version="1",
                answer=answer,
                caveats=tuple(caveats.get(name, ())),
            )
            for name, answer in answers.items()
        ),
    )


def _here_and_elsewhere(
    release: Release, scope: Scope, events: Events, held: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Counts by month of the scope, and of the same types in the rest of its force."""
    position = {m: i for i, m in enumerate(held)}

    def by_month(these: Events) -> np.ndarray:
        month = these.codes("month")
        table = np.array([position.get(name, len(held)) for name in month.names] + [len(held)])
        return np.bincount(table[month.codes], minlength=len(held) + 1)[: len(held)].astype(float)

    whole = load(
        release, ["month"], force=scope.force, crime_types=scope.crime_types or None, months=held or None
    )
    here = by_month(events)
    return here, by_month(whole) - here


def _caveats(
    release: Release, answers: dict[str, dict[str, Any]], missing: list[str]
) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    lost = answers["where"]["without_location"]
    if lost:
        said.setdefault("where", []).append(f"{lost} events have no location: counted, not on the map.")
    if missing:
        said.setdefault("when", []).append(f"No records were sent for {', '.join(missing)}.")
    if release.make_believe:
        for name in answers:
            said.setdefault(name, []).append("The records are make-believe.")
    return said
