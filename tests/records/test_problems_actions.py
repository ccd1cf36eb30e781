"""Problems through the actions: opening, gates, people, locking, the frozen plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.audit import selectors as audit
from forestall.records.audit.rules import Stale
from forestall.records.problems.actions import (
    analysis,
    evaluating,
    moving,
    opening,
    responding,
    scanning,
    tasks,
    working,
)
from forestall.records.problems.models import Amendment, EvaluationPlan, Problem
from forestall.records.problems.rules.words import Cheers, Side
from forestall.records.problems.selectors import one, register
from forestall.records.problems.selectors import tasks as task_selectors
from forestall.records.problems.selectors.timeline import timeline

pytestmark = pytest.mark.django_db

DRAFT = {
    "force": "aldshire",
    "crime_types": ["Burglary"],
    "treated": {"areas": ["E01"], "geometry": None, "name": "Mill Road"},
    "comparison": {"areas": ["E02"], "geometry": None, "name": "Like it"},
    "before": ["2023-01", "2023-12"],
    "after": ["2024-01", "2024-12"],
    "response_start": "2024-01",
    "design": "comparison",
}


@pytest.fixture
def team(add_person: Callable[..., Any]) -> dict[str, Any]:
    return {
        "owner": add_person("officer", "district", "Olu Owner"),
        "sergeant": add_person("sergeant", "district", "Sam Sergeant"),
        "commander": add_person("commander", "force", "Cat Commander"),
        "stranger": add_person("officer", "other-force", "Stan Stranger"),
        "partner": add_person("partner", "council", "Pat Partner"),
    }


@pytest.fixture
def problem(team: dict[str, Any], organisations: dict[str, Any]) -> Problem:
    return opening.open_problem(
        by=team["owner"],
        lead_organisation=organisations["district"],
        title="Burglary in Mill Road",
        force="aldshire",
        place={"name": "Mill Road", "lon": -1.0, "lat": 52.6, "areas": ["E01"], "geometry": None},
        crime_types=["Burglary"],
        supervisor=team["sergeant"],
    )


def fresh(problem: Problem) -> Problem:
    return Problem.objects.get(pk=problem.pk)


def to_analysis(problem: Problem, team: dict[str, Any]) -> Problem:
    owner = team["owner"]
    answers = {c.value: {"passed": True, "text": "seen"} for c in Cheers}
    p = fresh(problem)
    scanning.answer_cheers(by=owner, problem=p, answers=answers, expected_version=p.version)
    scanning.set_aim(by=owner, problem=p, aim="A fifth fewer by June", expected_version=p.version)
    p.events_statement = ""
    scanning.edit_header(
        by=owner,
        problem=p,
        title=p.title,
        tier="local",
        theme="Burglary",
        marking="official",
        events_statement="Forty burglaries since May",
        expected_version=p.version,
    )
    scanning.duplicates_checked(by=owner, problem=p, expected_version=p.version)
    return moving.move_on(by=team["sergeant"], problem=fresh(p), to="analysis", expected_version=p.version)


def to_response(problem: Problem, team: dict[str, Any]) -> Problem:
    p = to_analysis(problem, team)
    owner = team["owner"]
    for side in Side:
        analysis.write_side(by=owner, problem=p, side=side, note="Known", expected_version=1)
    analysis.add_hypothesis(
        by=owner, problem=p, statement="Alleys are open", speaks_for="Entry at the rear", status="supported"
    )
    analysis.write_statement(by=owner, problem=p, statement="Rear doors", expected_version=p.version)
    return moving.move_on(by=team["sergeant"], problem=fresh(p), to="response", expected_version=p.version)


def choose(problem: Problem, team: dict[str, Any]) -> Any:
    return responding.choose_response(
        by=team["owner"],
        problem=problem,
        title="Alley gates",
        hypothesis=problem.hypotheses.first(),
        side="location",
        mechanism="Gates close the way in",
        owner=team["owner"],
        agency=problem.lead_organisation,
    )


def started(problem: Problem, team: dict[str, Any]) -> EvaluationPlan:
    p = to_response(problem, team)
    choose(p, team)
    plan = evaluating.begin_plan(by=team["owner"], problem=p)
    evaluating.answer_plan(by=team["owner"], plan=plan, answers=DRAFT, expected_version=plan.version)
    return evaluating.start_response(by=team["owner"], problem=fresh(p), expected_version=plan.version)


def test_references_are_numbered_within_force_and_year(
    problem: Problem, team: dict, organisations: dict
) -> None:
    year = timezone.localdate().year
    assert problem.reference == f"ALDS-{year}-0001"
    second = opening.open_problem(
        by=team["owner"],
        lead_organisation=organisations["district"],
        title="Another",
        force="aldshire",
        place={"name": "X"},
        crime_types=["Robbery"],
    )
    assert second.reference == f"ALDS-{year}-0002"
    assert second.owner == team["owner"]


def test_opening_needs_a_role_there(team: dict, organisations: dict) -> None:
    with pytest.raises(PermissionDenied):
        opening.open_problem(
            by=team["stranger"],
            lead_organisation=organisations["district"],
            title="X",
            force="aldshire",
            place={"name": "X"},
            crime_types=["Robbery"],
        )
    assert not Problem.objects.exists()


def test_owner_is_never_supervisor(problem: Problem, team: dict) -> None:
    with pytest.raises(ForestallError, match="supervisor is the owner"):
        moving.name_people(
            by=team["sergeant"],
            problem=problem,
            owner=team["sergeant"],
            supervisor=team["sergeant"],
            expected_version=1,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Problem.objects.filter(pk=problem.pk).update(supervisor=team["owner"])


def test_a_gate_says_what_is_missing_and_holds(problem: Problem, team: dict) -> None:
    with pytest.raises(ForestallError, match="Write the aim"):
        moving.move_on(by=team["sergeant"], problem=problem, to="analysis", expected_version=1)
    assert fresh(problem).state == "scanning"


def test_the_owner_cannot_sign(problem: Problem, team: dict) -> None:
    to_analysis(problem, team)
    p = fresh(problem)
    with pytest.raises(PermissionDenied):
        moving.move_on(by=team["owner"], problem=p, to="response", expected_version=p.version)


def test_going_back_takes_a_reason_which_shows_in_the_timeline(problem: Problem, team: dict) -> None:
    p = to_analysis(problem, team)
    with pytest.raises(ForestallError, match="reason"):
        moving.move_on(by=team["owner"], problem=fresh(p), to="scanning", expected_version=p.version)
    moving.move_on(
        by=team["owner"],
        problem=fresh(p),
        to="scanning",
        expected_version=p.version,
        reason="Two problems in one",
    )
    first = timeline(one.problem(team["owner"], p.reference))[0]
    assert first.what == "Went back from analysis to scanning"
    assert first.words == "Two problems in one"
    assert first.who == "Olu Owner"


def test_reasons_and_notes_never_enter_the_log(problem: Problem, team: dict) -> None:
    working.add_note(by=team["owner"], problem=problem, words="Mrs Smith saw it")
    assert all("Smith" not in str(e.details) for e in audit.events_of("problem", problem.pk))


def test_every_change_is_one_event(problem: Problem, team: dict) -> None:
    before = audit.events_of("problem", problem.pk).count()
    scanning.set_aim(by=team["owner"], problem=problem, aim="Less", expected_version=1)
    assert audit.events_of("problem", problem.pk).count() == before + 1
    assert audit.verify() == []


def test_a_stale_save_changes_nothing(problem: Problem, team: dict) -> None:
    scanning.set_aim(by=team["owner"], problem=fresh(problem), aim="Mine", expected_version=1)
    with pytest.raises(Stale):
        scanning.set_aim(by=team["sergeant"], problem=fresh(problem), aim="Theirs", expected_version=1)
    assert fresh(problem).aim == "Mine"


def test_only_the_supervisor_overrides_cheers(problem: Problem, team: dict) -> None:
    with pytest.raises(PermissionDenied):
        scanning.answer_cheers(
            by=team["owner"], problem=problem, answers={}, override="Because", expected_version=1
        )
    scanning.answer_cheers(
        by=team["sergeant"], problem=problem, answers={}, override="Ordered", expected_version=1
    )
    assert fresh(problem).cheers_override == "Ordered"


def test_no_response_without_a_signed_analysis_or_a_cause(problem: Problem, team: dict) -> None:
    p = to_analysis(problem, team)
    with pytest.raises(ForestallError, match="analysis is not signed"):
        choose(p, team)
    p = to_response(problem, team) if p.state == "scanning" else p


def test_no_response_to_a_rejected_cause(problem: Problem, team: dict) -> None:
    p = to_response(problem, team)
    hypothesis = p.hypotheses.first()
    analysis.edit_hypothesis(
        by=team["owner"],
        hypothesis=hypothesis,
        statement="Alleys",
        speaks_for="",
        speaks_against="Front doors",
        status="rejected",
        expected_version=hypothesis.version,
    )
    with pytest.raises(ForestallError, match="rejected"):
        choose(fresh(p), team)


def test_supported_needs_what_supports_it(problem: Problem, team: dict) -> None:
    with pytest.raises(ForestallError, match="What speaks for it"):
        analysis.add_hypothesis(by=team["owner"], problem=problem, statement="X", status="supported")


def test_starting_freezes_the_plan_for_good(problem: Problem, team: dict) -> None:
    plan = started(problem, team)
    kept = EvaluationPlan.objects.get(pk=plan.pk)
    assert kept.frozen
    assert len(kept.sha256) == 64
    assert kept.frozen_by == team["owner"]
    assert kept.problem.responses.get().status == "under_way"
    with pytest.raises(ForestallError):
        evaluating.answer_plan(
            by=team["owner"], plan=kept, answers={"crime_types": ["Robbery"]}, expected_version=kept.version
        )
    kept.plan = {}
    with pytest.raises(ForestallError):
        kept.save()
    with pytest.raises(ForestallError):
        EvaluationPlan.objects.filter(pk=plan.pk).update(plan={})
    with pytest.raises(ForestallError):
        kept.delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE problems_evaluationplan SET sha256 = 'x' WHERE id = %s", [plan.pk])
    assert EvaluationPlan.objects.get(pk=plan.pk).plan["crime_types"] == ["Burglary"]


def test_the_response_starts_once(problem: Problem, team: dict) -> None:
    plan = started(problem, team)
    with pytest.raises(ForestallError, match="started already"):
        evaluating.start_response(by=team["owner"], problem=fresh(problem), expected_version=plan.version)


def test_the_response_does_not_start_without_plan_or_response(problem: Problem, team: dict) -> None:
    p = to_response(problem, team)
    plan = evaluating.begin_plan(by=team["owner"], problem=p)
    with pytest.raises(ForestallError, match="Choose at least one response"):
        evaluating.start_response(by=team["owner"], problem=p, expected_version=plan.version)


def test_amendments_stand_for_ever(problem: Problem, team: dict) -> None:
    plan = started(problem, team)
    made = evaluating.amend(by=team["owner"], plan=plan, words="One gate fewer", reason="Money")
    made.text = "Nothing"
    with pytest.raises(ForestallError):
        made.save()
    with pytest.raises(ForestallError):
        made.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Amendment.objects.filter(pk=made.pk).update(text="Nothing")
    assert EvaluationPlan.objects.get(pk=plan.pk).sha256 == plan.sha256


def test_changing_the_area_takes_back_what_rested_on_it(problem: Problem, team: dict) -> None:
    p = to_response(problem, team)
    plan = evaluating.begin_plan(by=team["owner"], problem=p)
    evaluating.answer_plan(by=team["owner"], plan=plan, answers=DRAFT, expected_version=plan.version)
    evaluating.answer_plan(
        by=team["owner"],
        plan=plan,
        answers={"treated": {"areas": ["E09"], "geometry": None, "name": "Else"}},
        expected_version=plan.version,
    )
    assert "comparison" not in plan.draft
    assert plan.draft["crime_types"] == ["Burglary"]


def test_what_others_lead_does_not_exist(problem: Problem, team: dict) -> None:
    with pytest.raises(Http404):
        one.problem(team["stranger"], problem.reference)
    assert list(register.register(team["stranger"], {})) == []
    assert list(register.register(team["commander"], {})) == [problem]


def test_a_partner_sees_it_once_brought_in_and_may_work_but_not_sign(
    problem: Problem, team: dict, organisations: dict
) -> None:
    with pytest.raises(Http404):
        one.problem(team["partner"], problem.reference)
    working.add_participant(by=team["owner"], problem=problem, organisation=organisations["council"])
    assert one.problem(team["partner"], problem.reference) == problem
    scanning.set_aim(by=team["partner"], problem=problem, aim="Together", expected_version=1)
    with pytest.raises(PermissionDenied):
        moving.suspend(
            by=team["partner"],
            problem=problem,
            until=timezone.localdate() + timedelta(days=9),
            reason="x",
            expected_version=problem.version,
        )
    working.end_participation(by=team["owner"], participant=problem.participants.get())
    with pytest.raises(Http404):
        one.problem(team["partner"], problem.reference)


def test_tasks_are_offered_to_others_and_done_needs_evidence(
    problem: Problem, team: dict, organisations: dict
) -> None:
    working.add_participant(by=team["owner"], problem=problem, organisation=organisations["council"])
    task = tasks.add_task(
        by=team["owner"],
        problem=problem,
        title="Order gates",
        organisation=organisations["council"],
        due_on=date(2030, 1, 1),
    )
    assert task.status == "offered"
    assert list(task_selectors.my_tasks(team["partner"])) == [task]
    assert list(task_selectors.my_tasks(team["stranger"])) == []
    with pytest.raises(ForestallError, match="What shows"):
        tasks.update_task(by=team["partner"], task=task, status="done", expected_version=1)
    with pytest.raises(ForestallError, match="reason"):
        tasks.update_task(by=team["partner"], task=task, status="declined", expected_version=1)
    tasks.update_task(
        by=team["partner"], task=task, status="done", evidence="Order 17", expected_version=task.version
    )
    assert list(task_selectors.my_tasks(team["partner"])) == []
    with pytest.raises(PermissionDenied):
        tasks.update_task(
            by=team["stranger"], task=task, status="cancelled", reason="x", expected_version=task.version
        )


def test_no_closure_without_assessment(problem: Problem, team: dict) -> None:
    started(problem, team)
    p = fresh(problem)
    moving.move_on(by=team["owner"], problem=p, to="assessment", expected_version=p.version)
    working.record_result(
        by=team["owner"],
        problem=p,
        result="reduced",
        displacement_answer="None found",
        learning="Ask first",
        expected_version=p.version,
    )
    with pytest.raises(ForestallError, match="Compute the assessment"):
        moving.move_on(by=team["owner"], problem=fresh(p), to="closure_requested", expected_version=p.version)


def test_suspended_and_taken_up_where_it_stood(problem: Problem, team: dict) -> None:
    p = to_analysis(problem, team)
    day = timezone.localdate() + timedelta(days=30)
    moving.suspend(by=team["sergeant"], problem=p, until=day, reason="Court", expected_version=p.version)
    assert fresh(p).state == "suspended"
    moving.resume(by=team["sergeant"], problem=p, expected_version=p.version)
    assert fresh(p).state == "analysis"


def test_similar_problems_are_found(problem: Problem, team: dict, organisations: dict) -> None:
    def another(lon: float, types: list[str]) -> Problem:
        return opening.open_problem(
            by=team["owner"],
            lead_organisation=organisations["district"],
            title="Near",
            force="aldshire",
            place={"name": "Near", "lon": lon, "lat": 52.6},
            crime_types=types,
        )

    near = another(-1.002, ["Burglary"])
    another(-1.2, ["Burglary"])
    another(-1.0, ["Robbery"])
    assert one.similar(team["owner"], problem) == [near]


def test_a_form_sent_twice_counts_once(problem: Problem, team: dict) -> None:
    def do() -> str:
        working.add_note(by=team["owner"], problem=problem, words="Once")
        return "/there/"

    assert working.once(by=team["owner"], token="t1", do=do) == "/there/"
    assert working.once(by=team["owner"], token="t1", do=do) == "/there/"
    assert problem.notes.count() == 1


def test_texts_too_long_are_refused(problem: Problem, team: dict) -> None:
    with pytest.raises(ForestallError, match="1,000,000 characters"):
        scanning.set_aim(by=team["owner"], problem=problem, aim="x" * 1_000_000, expected_version=1)
