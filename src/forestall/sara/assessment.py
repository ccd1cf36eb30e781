"""Assessment: did the outcome change against the comparison, did it move, and what was it worth?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.sara import drift as drifts
from forestall.sara import verdict as verdicts
from forestall.sara.displacement import displacement
from forestall.sara.findings import Finding
from forestall.sara.outcomes import Counts, count
from forestall.sara.plans import Plan
from forestall.sara.reversion import adjust
from forestall.sara.scope import Area, months_sent
from forestall.stats.costs import net_benefit, value_avoided
from forestall.stats.effects import (
    ratio_of_changes,
    scaled_change,
)
from forestall.stats.power import smallest_change
from forestall.stats.series import allow_for_few_months, expected_path, paired_dispersion

METHOD = "Before and after against comparison: ratio of changes, weighted displacement difference"
METHOD_VERSION = "1"


def assess(
    release: Release,
    plan: Plan,
    *,
    harm: Mapping[str, float | None] | None = None,
    unit_costs: Mapping[str, float | None] | None = None,
    costs: Sequence[float | None] = (),
    editions: Mapping[str, str] | None = None,
) -> Finding:
    """What does the live release say about this plan, by the plan's own terms?

    Parameters: plan: frozen beforehand; harm, unit_costs: crime type -> harm weight, pounds (None where not
    known); costs: the response's cost lines in pounds, None where not known yet; editions: names of the
    tables that harm and unit_costs came from, kept with the answer.
    Returns: a `Finding` "assessment.effect"; computing it again on the same release gives the same bytes.
    Assumes: without the response, treated and comparison area would have changed by the same factor.
    Do not use to compare plans with one another: each has its own uncertainty.
    Errors: ForestallError when the release holds no month of the before period or not the force.
    Source: docs/explanation/how-a-result-is-judged.md.
    """
    plan.scope.check(release)
    sent = set(months_sent(release, plan.force))
    last_sent = max(sent) if sent else ""
    waiting = [m for m in plan.after_months if m > last_sent]
    missing = [m for m in (*plan.before_months, *plan.after_months) if m not in sent and m not in waiting]
    before = [m for m in plan.before_months if m in sent]
    after = [m for m in plan.after_months if m in sent]
    if len(before) < 3:
        raise ForestallError(
            f"The records hold {len(before)} of the {len(plan.before_months)} months before.",
            "Import the missing months; at least 3 are needed.",
        )
    counts = count(release, plan, (*before, *after))
    caveats = [*plan.caveats, *_window_caveats(plan, missing, waiting)]
    answer = _answer(release, plan, counts, waiting, caveats)
    answer["months_missing"] = missing
    answer["months_waiting"] = waiting
    if not waiting:
        answer |= _worth(counts, plan, answer["dispersion"], harm, unit_costs, costs)
    answer["editions"] = dict(sorted((editions or {}).items()))
    if release.make_believe:
        caveats.append("The records are make-believe.")
    return Finding(
        question="assessment.effect",
        parameters={
            "plan": plan.to_dict(),
            "plan_hash": plan.hash,
            "costs": [None if c is None else float(c) for c in costs],
            "harm": None if harm is None else {k: harm[k] for k in sorted(harm)},
            "unit_costs": None if unit_costs is None else {k: unit_costs[k] for k in sorted(unit_costs)},
        },
        release=release.id,
        release_hash=release.hash,
        method=METHOD,
        method_version=METHOD_VERSION,
        answer=_steady(answer),
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _answer(
    release: Release, plan: Plan, counts: Counts, waiting: list[str], caveats: list[str]
) -> dict[str, Any]:
    treated = counts.pair(counts.treated)
    other = None if counts.comparison is None else counts.pair(counts.comparison)
    lengths = int(counts.before.sum()), int((~counts.before).sum())
    spread = _spread(counts)
    if spread > 1.5:
        caveats.append(
            f"The months vary {spread:.1f} times as much as chance would make them: intervals are widened for it."
        )
    answer: dict[str, Any] = {
        "counts": _counted(counts, lengths),
        "dispersion": spread,
        "series": _series(plan, counts, caveats),
    }
    if waiting or not lengths[1]:
        answer["verdict"] = verdicts.judge(_figures(plan, counts, treated, waiting, lengths, {})).to_dict()
        return answer
    drift = drifts.of_plan(release, plan, counts)
    spread = drifts.widened(spread, drift, treated, other, plan.treated, plan.comparison)
    answer["dispersion"] = spread
    answer["drift"] = drift.to_dict()
    answer["effect"] = effect = _effect(plan, treated, other, lengths, spread)
    if other is not None:
        answer["against_rest_of_force"] = _sensitivity(plan, treated, drift, spread, effect, caveats)
    answer["displacement"] = displacement(plan, counts, treated, other, spread, caveats)
    if plan.chosen_because_high:
        # Chosen by its count before: what would have happened anyway, chance highs undone.
        answer["chance_highs"] = adjust(release, plan, counts, spread)
    figures = _figures(plan, counts, treated, waiting, lengths, answer | effect)
    answer["verdict"] = verdicts.judge(figures).to_dict()
    if treated[0] < 10 or (other is not None and min(other) < 10):
        caveats.append("A count is under 10: read the interval, not the middle figure.")
    return answer


def _effect(
    plan: Plan,
    treated: tuple[float, float],
    other: tuple[float, float] | None,
    lengths: tuple[int, int],
    spread: float,
) -> dict[str, Any]:
    """Ratio and change against the comparison; against the length of the periods where there is none."""
    if other is None:
        # The months themselves are the comparison: a count without chance, which a huge one stands for.
        other = (1e9 * lengths[0], 1e9 * lengths[1])
    ratio = ratio_of_changes(treated, other, level=plan.level, dispersion=spread)
    change = scaled_change(treated, other, level=plan.level, dispersion=spread)
    power = None
    if treated[0] > 0 and min(other) > 0:
        power = smallest_change(
            treated[0],
            other[0],
            length_ratio=other[1] / other[0],
            dispersion=spread,
            level=plan.level,
        )
    return {
        "ratio": ratio.to_dict(),
        "change": None if change is None else change.to_dict(),
        "smallest": None if power is None else power.to_dict(),
    }


def _sensitivity(
    plan: Plan,
    treated: tuple[float, float],
    drift: drifts.Drift,
    spread: float,
    effect: Mapping[str, Any],
    caveats: list[str],
) -> dict[str, Any]:
    """The same ratio against the rest of the force: does the answer hang on the comparison chosen?"""
    rest = ratio_of_changes(treated, drift.rest, level=plan.level, dispersion=spread)
    low, high = effect["ratio"]["interval"]
    found = rest.estimate
    outside = found is not None and ((low is not None and found < low) or (high is not None and found > high))
    if outside:
        caveats.append(
            f"The answer depends on the comparison: against the rest of the force the ratio is {found:.2f}, "
            "outside the interval found against the comparison area."
        )
    return rest.to_dict() | {"agrees": not outside}


def _figures(
    plan: Plan,
    counts: Counts,
    treated: tuple[float, float],
    waiting: list[str],
    lengths: tuple[int, int],
    found: Mapping[str, Any],
) -> verdicts.Figures:
    change, smallest, ratio = found.get("change"), found.get("smallest"), found.get("ratio")
    highs = found.get("chance_highs")
    return verdicts.Figures(
        before=int(treated[0]),
        after=int(treated[1]),
        expected_after=None if change is None else change["expected"],
        change=None if change is None else tuple(change["interval"]),
        ratio=None if ratio is None else ratio["estimate"],
        ratio_interval=(None, None) if ratio is None else tuple(ratio["interval"]),
        maryland=verdicts.maryland_level(
            comparison=counts.comparison is not None,
            randomised=plan.design == "randomised",
            treated_places=_places(plan.treated),
            comparison_places=0 if plan.comparison is None else _places(plan.comparison),
        ),
        smallest_fall=None if smallest is None else smallest["fall"],
        adjusted=None if highs is None or highs["interval"] is None else tuple(highs["interval"]),
        months_waiting=len(waiting) if lengths[1] or waiting else 1,
        months_after=lengths[1],
        comparison_before=None if counts.comparison is None else int(counts.pair(counts.comparison)[0]),
        level=plan.level,
    )


def _places(area: Area) -> int:
    drawn = area.geometry or {}
    shapes = len(drawn.get("coordinates", ())) if drawn.get("type") == "MultiPolygon" else int(bool(drawn))
    return len(area.areas) + shapes


def _spread(counts: Counts) -> float:
    """Variance over mean between months before, beyond season and trend shared with the comparison."""
    treated = counts.treated.sum(0)[counts.before]
    months = len(treated)
    if counts.comparison is not None:
        found = paired_dispersion(treated, counts.comparison.sum(0)[counts.before])
        return allow_for_few_months(found, months)
    if months < 4 or treated.sum() < 20:
        return 1.0
    mean = treated.mean()
    found = max(1.0, float(((treated - mean) ** 2).sum() / mean / (months - 1)))
    return allow_for_few_months(found, months)


def _series(plan: Plan, counts: Counts, caveats: list[str]) -> dict[str, Any]:
    """Every month of both periods with its expected path; a month never sent is None."""
    months = tuple(m for m in (*plan.before_months, *plan.after_months))
    at = {m: i for i, m in enumerate(counts.months)}

    def spread_out(table: np.ndarray) -> np.ndarray:
        total = table.sum(0)
        return np.array([total[at[m]] if m in at else np.nan for m in months])

    observed = spread_out(counts.treated)
    comparison = None if counts.comparison is None else spread_out(counts.comparison)
    before = np.array([m < plan.response_start for m in months])
    out: dict[str, Any] = {
        "months": list(months),
        "response_start": plan.response_start,
        "comparison": None if comparison is None else _holes(comparison),
    }
    if comparison is not None and np.nansum(comparison[before]) == 0:
        comparison = None
    path = expected_path(
        observed,
        before,
        comparison,
        month_of_year=np.array([int(m[5:]) for m in months]),
        level=plan.level,
    )
    caveats.extend(path.caveats)
    return out | path.to_dict()


def _counted(counts: Counts, lengths: tuple[int, int]) -> dict[str, Any]:
    def pair(table: np.ndarray | None) -> list[int] | None:
        return None if table is None else [int(v) for v in counts.pair(table)]

    return {
        "treated": pair(counts.treated),
        "comparison": pair(counts.comparison),
        "buffer": pair(counts.buffer),
        "buffer_comparison": pair(counts.buffer_comparison),
        "months": list(lengths),
        "by_type": {
            name: {
                "treated": [int(v) for v in counts.pair(counts.treated, i)],
                "comparison": None
                if counts.comparison is None
                else [int(v) for v in counts.pair(counts.comparison, i)],
            }
            for i, name in enumerate(counts.types)
        },
    }


def _worth(
    counts: Counts,
    plan: Plan,
    spread: float,
    harm: Mapping[str, float | None] | None,
    unit_costs: Mapping[str, float | None] | None,
    costs: Sequence[float | None],
) -> dict[str, Any]:
    """Events avoided by type, their harm and their cost; what has no value stays without one."""
    avoided, errors, unclear = {}, {}, []
    for i, name in enumerate(counts.types):
        treated = counts.pair(counts.treated, i)
        lengths = (float(counts.before.sum()), float((~counts.before).sum()))
        other = (
            (1e9 * lengths[0], 1e9 * lengths[1])
            if counts.comparison is None
            else counts.pair(counts.comparison, i)
        )
        change = scaled_change(treated, other, level=plan.level, dispersion=spread)
        if change is None:
            unclear.append(name)
            continue
        avoided[name] = -change.estimate
        errors[name] = change.standard_error
    out: dict[str, Any] = {"avoided": {"by_type": avoided, "not_worked_out": unclear}}
    for key, table in (("harm_avoided", harm), ("cost_avoided", unit_costs)):
        if table is None:
            out[key] = None
            continue
        value = value_avoided(avoided, table, errors, plan.level)
        value = replace(value, complete=value.complete and not unclear)
        shown = value.to_dict()
        shown["missing"] |= dict.fromkeys(unclear)
        out[key] = shown
        if value.interval is not None and value.interval[0] <= 0 <= value.interval[1]:
            shown["caveats"] = [
                *shown["caveats"],
                "The interval takes in nought: nothing may have been avoided.",
            ]
        if key == "cost_avoided":
            out["net"] = net_benefit(value, costs).to_dict()
    return out


def _window_caveats(plan: Plan, missing: list[str], waiting: list[str]) -> list[str]:
    said = []
    if missing:
        said.append(
            f"No records were sent for {', '.join(missing)}: these months are left out on all sides, "
            "not taken as nought."
        )
    if plan.design == "before_after":
        said.append("There is no comparison area: whatever else changed at the time is in the figures too.")
    before, after = plan.before_months, plan.after_months
    if plan.comparison is None and {m[5:] for m in before} != {m[5:] for m in after} and not waiting:
        said.append("Before and after cover different months of the year: season is in the figures.")
    return said


def _holes(values: np.ndarray) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]


def _steady(value: Any) -> Any:
    """Floats to nine significant figures, so that the last bits of a machine's arithmetic never show."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return float(f"{number:.9g}") + 0.0 if math.isfinite(number) else None
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Mapping):
        return {str(k): _steady(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_steady(v) for v in value]
    return value
