"""Questions of the evaluation: which area is alike, how small a change could be seen, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.datasets import selectors as datasets
from forestall.records.problems.models import EvaluationPlan, Problem
from forestall.records.problems.selectors.scans import computed
from forestall.sara.findings import Finding
from forestall.sara.plans import Plan, default_periods
from forestall.sara.scope import Area, Scope, months_between

BUFFER_METRES = 500


def compute(problem: Problem, plan: EvaluationPlan) -> Finding:
    """What the live release says about the frozen plan, with the costs that the problem records."""
    from forestall.sara.assessment import assess

    harm, unit_costs = datasets.values_in_use()
    return assess(
        datasets.live_release(),
        Plan.from_dict(plan.plan or {}),
        harm=harm,
        unit_costs=unit_costs,
        costs=[float(line.total) for line in problem.costs.all()],
        editions={"harm": harm.edition.label, "cost": unit_costs.edition.label},
    )


def scope_of(draft: Mapping[str, Any]) -> Scope:
    """The treated area of a draft as a question's scope."""
    treated = Area.from_dict(draft.get("treated"))
    return Scope(draft.get("force"), treated.areas, treated.geometry, tuple(draft.get("crime_types") or ()))


def periods_for(response_start: str, after_months: int = 12) -> dict[str, list[str]]:
    """Before and after periods that the records allow for a response that starts in this month."""
    before, after = default_periods(response_start, datasets.live_release().months, after_months)
    return {"before": list(before), "after": list(after)}


def proposal(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The comparison areas that the records suggest, best first: {options: [...], error: ""}.

    Each option: area, reason, fit. Kept with the release: asking takes a second or more.
    """
    from forestall.sara.response import propose_comparison

    release, scope = datasets.live_release(), scope_of(draft)
    before = months_between(*draft["before"])
    metres = float(draft.get("buffer_metres") or BUFFER_METRES)

    def ask() -> dict[str, Any]:
        try:
            found = propose_comparison(release, scope, before, buffer_metres=metres).to_dict()
        except ForestallError as problem:
            return {"options": [], "error": f"{problem.what} {problem.next_step}"}
        others = found.pop("alternatives")
        return {"options": [found, *others], "error": ""}

    parameters = {"scope": scope.to_dict(), "before": list(before), "metres": metres}
    return computed("comparison", release, parameters, ask)


def settle(
    draft: Mapping[str, Any], comparison: Mapping[str, Any] | None, buffer_metres: int
) -> dict[str, Any]:
    """Answers that follow from a choice of comparison: the areas, the buffers, the smallest effect."""
    from forestall.sara.response import buffer, smallest_effect

    release, scope = datasets.live_release(), scope_of(draft)
    answers: dict[str, Any] = {
        "comparison": None,
        "buffer": None,
        "buffer_comparison": None,
        "comparison_said": "",
        "buffer_metres": buffer_metres,
        "design": "before_after",
        "smallest_fall": None,
        "smallest_said": "",
    }
    if comparison is None:
        return answers
    area = Area.from_dict(dict(comparison["area"]))
    answers |= {"design": "comparison", "comparison": area.to_dict(), "comparison_said": comparison["reason"]}
    if buffer_metres:
        answers["buffer"] = _or_none(
            lambda: buffer(release, scope.area, float(buffer_metres), without=(area,)).to_dict()
        )
    after = len(months_between(*draft["after"]))
    try:
        smallest = smallest_effect(release, scope, area, months_between(*draft["before"]), after)
    except ForestallError as problem:
        answers["smallest_said"] = f"{problem.what} {problem.next_step}"
        return answers
    answers["smallest_fall"] = None if smallest.fall is None else round(float(smallest.fall), 4)
    answers["smallest_said"] = (
        "No fall, however large, could be told from chance with counts this small."
        if smallest.fall is None
        else f"A fall of {smallest.fall:.0%} or more would be seen four times out of five: about "
        f"{smallest.fall_events or 0:.0f} of some {smallest.expected_after:.0f} events."
    )
    return answers


def advice(draft: Mapping[str, Any]) -> list[str]:
    """What makes the plan weaker than it need be."""
    return Plan.from_dict(dict(draft)).advice(datasets.live_or_none())


def _or_none(ask: Any) -> dict[str, Any] | None:
    try:
        return ask()
    except ForestallError:
        return None  # no ring can be drawn: the plan then says that displacement cannot be answered


def check_geometry(geometry: Mapping[str, Any]) -> None:
    """Refuses what is not one polygon, or more corners than a map can show."""
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise ForestallError(
            "That is not a polygon.", "Draw an area on the map, or pick areas from the list."
        )
    Area(geometry=dict(geometry))


def next_month() -> str:
    """The month after this one, as most responses start then."""
    today = timezone.localdate()
    year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
    return f"{year:04d}-{month:02d}"


def length(period: Any) -> int:
    """Months of a period given by its first and last."""
    return len(months_between(*period)) if period else 0


def first_free_month() -> str:
    """The month after the last one that the live release holds: the first in which a response could start."""
    year, month = (int(part) for part in datasets.live_release().months[-1].split("-"))
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"
