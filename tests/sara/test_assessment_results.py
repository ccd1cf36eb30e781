"""Proposing comparisons and judging planted interventions, against the truth that was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.evidence.queries.inside import load_inside, points_inside, small_areas
from forestall.evidence.weights import harm_weights, unit_costs
from forestall.sara.assessment import assess
from forestall.sara.drift import Drift, _between, widened
from forestall.sara.findings import canonical
from forestall.sara.outcomes import count
from forestall.sara.plans import Plan, default_periods
from forestall.sara.response import buffer, propose_comparison, smallest_effect
from forestall.sara.scope import Area, Scope, months_between
from forestall.sara.verdict import MARYLAND

pytestmark = pytest.mark.slow


def make_plan(release, planted, **changes) -> Plan:
    """The plan that the software itself would propose."""
    scope = Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,))
    before, after = default_periods(planted.start_month, release.months)
    proposed = propose_comparison(release, scope, months_between(*before))
    base = {
        "force": planted.force,
        "crime_types": (planted.crime_type,),
        "treated": scope.area,
        "before": before,
        "after": after,
        "response_start": planted.start_month,
        "comparison": proposed.area,
        "buffer": buffer(release, scope.area, 400),
    }
    return Plan(**(base | changes))


@pytest.fixture(scope="session")
def judged(region_release):
    """id -> (planted, plan, finding) for every planted intervention."""
    release, truth = region_release
    found = {}
    for planted in truth.interventions:
        plan = make_plan(release, planted)
        finding = assess(release, plan, harm=harm_weights(), unit_costs=unit_costs(), costs=[1000.0])
        found[planted.id] = (planted, plan, finding)
    return found


@pytest.mark.parametrize("which", ["I1", "I2", "I3"])
def test_the_planted_effect_lies_in_the_interval(judged, which: str) -> None:
    planted, _, finding = judged[which]
    low, high = finding.answer["effect"]["ratio"]["interval"]
    assert low <= 1 + planted.effect <= high


def test_what_worked_is_seen_and_the_placebo_is_not(judged) -> None:
    keys = {which: finding.answer["verdict"]["key"] for which, (_, _, finding) in judged.items()}
    assert keys["I1"] == "fewer"
    assert keys["I2"] == "fewer"
    assert keys["I3"] == "no_evidence_of_change"
    assert keys["I4"] in ("worse", "no_evidence_of_change")


def test_counts_are_those_planted(judged) -> None:
    planted, _, finding = judged["I1"]
    assert finding.answer["counts"]["treated"] == [planted.events_before, planted.events_after]


def test_what_moved_lies_in_the_interval_of_the_buffer(judged) -> None:
    for which in ("I1", "I2"):
        planted, _, finding = judged[which]
        low, high = finding.answer["displacement"]["buffer"]["interval"]
        assert low <= planted.moved <= high
    assert judged["I1"][2].answer["displacement"]["answer"] == "none_found"


def test_recomputing_gives_the_same_bytes(region_release, judged) -> None:
    release, _ = region_release
    _, plan, finding = judged["I1"]
    again = assess(release, plan, harm=harm_weights(), unit_costs=unit_costs(), costs=[1000.0])
    assert canonical(again.to_dict()) == canonical(finding.to_dict())
    assert again.hash == finding.hash
    assert again.parameters["plan_hash"] == plan.hash


def test_every_month_of_the_series_is_there_and_one_never_sent_is_empty(region_release, judged) -> None:
    _, truth = region_release
    _, month = truth.missing[0]
    planted, plan, finding = judged["I4"]
    series = finding.answer["series"]
    assert series["months"] == [*plan.before_months, *plan.after_months]
    assert planted.force == truth.missing[0][0]
    at = series["months"].index(month)
    assert series["observed"][at] is None
    assert series["expected"][at] is None
    assert finding.answer["months_missing"] == [month]
    assert any(month in c for c in finding.caveats)
    shown = [v for v in series["observed"] if v is not None]
    assert sum(shown) == planted.events_before + planted.events_after


def test_too_early_gives_no_effect(region_release, judged) -> None:
    release, _ = region_release
    _, plan, _ = judged["I1"]
    later = replace(plan, after=("2025-01", "2026-03"))
    finding = assess(release, later)
    assert finding.answer["verdict"]["key"] == "too_early"
    assert "3 months" in finding.answer["verdict"]["sentence"]
    assert "effect" not in finding.answer
    assert finding.answer["months_waiting"] == ["2026-01", "2026-02", "2026-03"]


def test_too_few(region_release, judged) -> None:
    release, _ = region_release
    _, plan, _ = judged["I1"]
    rare = replace(plan, crime_types=("Bicycle theft",), buffer=None)
    finding = assess(release, rare)
    assert finding.answer["verdict"]["key"] == "too_few"
    assert finding.answer["displacement"]["answer"] == "not_testable"


def test_without_a_comparison_it_claims_less(region_release, judged) -> None:
    release, _ = region_release
    _, plan, _ = judged["I1"]
    alone = replace(plan, design="before_after", comparison=None, buffer=None)
    answer = assess(release, alone).answer
    assert answer["verdict"]["maryland"] == 2
    assert answer["verdict"]["may_claim"] in (MARYLAND[2][1], "No effect is claimed.")
    assert answer["counts"]["comparison"] is None
    assert answer["displacement"]["answer"] == "not_testable"


def test_what_has_no_value_stays_without_one(judged) -> None:
    answer = judged["I3"][2].answer  # anti-social behaviour: no weight in the index, no unit cost
    assert answer["harm_avoided"]["complete"] is False
    assert "Anti-social behaviour" in answer["harm_avoided"]["missing"]
    assert answer["net"]["net"] is None


def test_drift_of_places_is_measured_and_widens(judged) -> None:
    """The make-believe places do not drift; when they are made to, the interval widens by as much."""
    _, _, finding = judged["I1"]
    drift = finding.answer["drift"]
    assert drift["places"] > 50
    assert drift["variance"] < 0.02
    assert finding.answer["against_rest_of_force"]["agrees"] is True
    rng = np.random.default_rng(1)
    before = rng.poisson(30, 400).astype(float)
    after = rng.poisson(30 * np.exp(rng.normal(0, 0.3, 400))).astype(float)
    assert _between(before, after) == pytest.approx(0.09, abs=0.03)
    assert _between(before, rng.poisson(30, 400).astype(float)) < 0.01
    still, moving = Drift(0.0, 400, (1, 1)), Drift(0.09, 400, (1, 1))
    one = Area(areas=("a",))
    assert widened(1.2, still, (100, 100), (100, 100), one, one) == 1.2
    # Two areas drift by 0.09 each: 0.18 over a chance of 0.04, so 1 + 4.5.
    assert widened(1.2, moving, (100, 100), (100, 100), one, one) == pytest.approx(5.5)


def test_an_event_counts_in_one_area_only(region_release, judged) -> None:
    release, _ = region_release
    _, plan, _ = judged["I1"]
    both = replace(plan, comparison=Area(plan.comparison.areas, plan.treated.geometry))
    months = (*plan.before_months, *plan.after_months)
    kept = count(release, replace(plan, buffer=None), months)
    doubled = count(release, replace(both, buffer=None), months)
    assert np.array_equal(kept.treated, doubled.treated)
    assert np.array_equal(kept.comparison, doubled.comparison)


def test_proposed_comparison_is_out_of_reach_and_says_why(region_release) -> None:
    release, truth = region_release
    planted = truth.interventions[0]
    before = months_between("2023-01", "2024-12")
    for scope in (
        Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,)),
        Scope(planted.force, areas=planted.areas, crime_types=(planted.crime_type,)),
    ):
        proposed = propose_comparison(release, scope, before, buffer_metres=500)
        assert proposed.fit["trend_p"] > 0.05
        assert "events a month against" in proposed.reason
        assert proposed.alternatives
        assert not set(small_areas(release, proposed.area.areas)) & set(planted.areas)
        events = load_inside(
            release,
            ["lon", "lat"],
            force=planted.force,
            areas=proposed.area.areas or None,
            geometry=proposed.area.geometry,
        )
        assert not points_inside(events["lon"], events["lat"], planted.geometry).any()
    avoided = propose_comparison(release, scope, before, avoid=[proposed.area])
    assert not set(avoided.area.areas) & set(proposed.area.areas)


def test_smallest_effect_before_the_result(region_release, judged) -> None:
    release, _ = region_release
    planted, plan, _ = judged["I1"]
    scope = Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,))
    found = smallest_effect(release, scope, plan.comparison, plan.before_months, 12)
    assert 0.2 < found.fall < 0.6
    longer = smallest_effect(release, scope, plan.comparison, plan.before_months, 24)
    assert longer.fall < found.fall
    with pytest.raises(ForestallError, match="no such events"):
        smallest_effect(release, scope, Area(areas=("nowhere",)), plan.before_months, 12)


def test_buffer_leaves_the_area_out(region_release) -> None:
    release, truth = region_release
    planted = truth.interventions[0]
    area = Area(geometry=planted.geometry)
    around = buffer(release, area, 300)
    middle = np.array([[planted.geometry["coordinates"][0][0][0], planted.geometry["coordinates"][0][0][1]]])
    centre = np.mean(np.array(planted.geometry["coordinates"][0]), axis=0)
    assert not points_inside(centre[:1], centre[1:2], around.geometry).any()
    assert middle.shape == (1, 2)
    cut = buffer(release, area, 300, without=[around])
    assert cut.geometry is not None
    with pytest.raises(ForestallError, match="cannot be drawn"):
        buffer(release, area, 1)


def test_no_like_area_is_said(region_release) -> None:
    release, truth = region_release
    planted = truth.interventions[0]
    scope = Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,))
    with pytest.raises(ForestallError, match="out of reach"):
        propose_comparison(release, scope, months_between("2024-01", "2024-12"), buffer_metres=19_999)
    with pytest.raises(ForestallError, match="0 of the months"):
        propose_comparison(release, scope, months_between("2010-01", "2010-12"))


def test_an_area_without_events_is_refused_in_words(region_release, judged) -> None:
    release, _ = region_release
    _, plan, _ = judged["I1"]
    nowhere = Area(areas=("nowhere",))
    bare = assess(
        release,
        replace(plan, comparison=nowhere, buffer=None),
        unit_costs={plan.crime_types[0]: 100.0},
        costs=[500.0],
    ).answer
    assert bare["verdict"]["sentence"] == "Too few to tell: the comparison area has no such events before."
    assert bare["net"]["net"] is None  # nothing was worked out: that is not nought avoided
    empty = assess(release, replace(plan, treated=nowhere, buffer=None)).answer
    assert empty["verdict"]["key"] == "too_few"
    assert "0 events before" in empty["verdict"]["sentence"]
