"""The analysis of a problem from its own records, and what its statement leaves vague."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from forestall.records.datasets import selectors as datasets
from forestall.records.problems.models import Problem
from forestall.records.problems.selectors.scans import computed
from forestall.sara.scope import Scope


def scope_of(problem: Problem) -> Scope:
    """The problem's ground and types: its areas where it is made of areas, else its shape."""
    place = problem.place
    areas = tuple(place.get("areas") or ())
    geometry = None if areas else place.get("geometry")
    release = datasets.live_release()
    return Scope(
        problem.force if problem.force in release.forces else None,
        areas,
        geometry if geometry and geometry["type"] in ("Polygon", "MultiPolygon") else None,
        tuple(problem.crime_types),
    )


def analysis(problem: Problem) -> dict[str, Any]:
    """Where, when, what, repeats and change of this problem at the live release, with hypotheses that the
    records suggest, as plain values; kept with the release."""
    from forestall.sara.analysis import analyse
    from forestall.sara.hypotheses import suggest_hypotheses

    release, scope = datasets.live_release(), scope_of(problem)

    def ask() -> dict[str, Any]:
        found = analyse(release, scope)
        parts = {f.question.removeprefix("analysis."): f.to_dict() for f in found.findings}
        suggested = [asdict(h) for h in suggest_hypotheses(found)]
        return {"parts": parts, "events": found.events, "suggested": suggested, "release": release.id}

    # Through JSON once, so that the first answer has the same types as those from the shelf.
    return json.loads(json.dumps(computed("analysis", release, scope.to_dict(), ask)))


def statement_check(problem: Problem) -> list[dict[str, str]]:
    """What the problem statement leaves vague: [{key, message, found}]. Empty: nothing was noticed."""
    from forestall.sara.statement import check_statement

    names = tuple(n for n in (problem.place_name, problem.place.get("name", "")) if n)
    return [asdict(r) for r in check_statement(problem.statement, names, tuple(problem.crime_types))]
