"""The evaluation plan: drafted, frozen when the response starts, added to, assessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit_part, log, text
from forestall.records.problems.models import Amendment, Assessment, EvaluationPlan, Problem
from forestall.records.problems.permissions import require
from forestall.records.problems.rules.drafts import with_changes
from forestall.records.problems.rules.gates import missing_to_start
from forestall.records.problems.rules.states import Stage, State, reached
from forestall.records.problems.rules.words import ResponseStatus
from forestall.records.problems.selectors.assessing import compute
from forestall.records.problems.selectors.facts import current_plan, facts_of
from forestall.sara.plans import Plan


@transaction.atomic
def begin_plan(*, by: User, problem: Problem) -> EvaluationPlan:
    """The draft to work on: the one there is, or a first one filled in from the problem."""
    require(by, Permission.PROBLEM_EDIT, problem)
    plan = current_plan(problem)
    if plan is not None:
        return plan
    if not reached(State(problem.state), Stage.RESPONSE):
        raise ForestallError(
            "The analysis is not signed yet.", "Finish the analysis first, and ask the supervisor to sign it."
        )
    made = EvaluationPlan.objects.create(
        problem=problem, draft={"force": problem.force, "crime_types": problem.crime_types}
    )
    log(by=by, problem=problem, action="plan.drafted", details={"evaluationplan": made.pk})
    return made


def answer_plan(*, by: User, plan: EvaluationPlan, answers: Mapping[str, Any], expected_version: int) -> bool:
    """Keep answers in the draft; what was worked out from an answer that changed is taken out."""
    return edit_part(
        by=by,
        problem=plan.problem,
        part=plan,
        action="plan.drafted",
        values={"draft": with_changes(plan.draft, answers)},
        expected_version=expected_version,
        details={"answers": sorted(answers)},
    )


@transaction.atomic
def start_response(*, by: User, problem: Problem, expected_version: int) -> EvaluationPlan:
    """The response starts: the evaluation plan is frozen with its time, its hash, and who froze it.

    expected_version: of the plan. Nothing can change it from then on, the database refuses.
    """
    require(by, Permission.PROBLEM_EDIT, problem)
    plan = current_plan(problem)
    if plan is not None and plan.frozen:
        raise ForestallError("The response has started already.", "Look at the frozen plan.")
    if problem.state != State.RESPONSE:
        raise ForestallError(
            f"The problem is in {State(problem.state).label.lower()}.",
            "The response starts once the analysis is signed.",
        )
    gaps = missing_to_start(facts_of(problem))
    if plan is None or gaps:
        raise ForestallError("The response cannot start yet. " + " ".join(gaps), "Fill in what is missing.")
    settled = Plan.from_dict(plan.draft)
    edit_part(
        by=by,
        problem=problem,
        part=plan,
        action="plan.frozen",
        values={
            "plan": settled.to_dict(),
            "sha256": settled.hash,
            "frozen_at": timezone.now(),
            "frozen_by": by,
        },
        expected_version=expected_version,
        details={"sha256": settled.hash},
    )
    for response in problem.responses.filter(status=ResponseStatus.PLANNED):
        edit_part(
            by=by,
            problem=problem,
            part=response,
            action="response.edited",
            values={"status": ResponseStatus.UNDER_WAY},
            expected_version=None,
            details={"status": ResponseStatus.UNDER_WAY},
        )
    return plan


@transaction.atomic
def amend(*, by: User, plan: EvaluationPlan, words: str, reason: str) -> Amendment:
    """Say something about a frozen plan. It stands beside the plan for ever; the plan itself stays."""
    require(by, Permission.PROBLEM_EDIT, plan.problem)
    if not plan.frozen:
        raise ForestallError("The plan is still a draft.", "Change the draft itself.")
    made = Amendment.objects.create(
        plan=plan,
        text=text(words, "The amendment", required=True, longest=4000),
        reason=text(reason, "The reason", required=True, longest=2000),
        made_at=timezone.now(),
        made_by=by,
    )
    log(by=by, problem=plan.problem, action="plan.amended", details={"amendment": made.pk})
    return made


@transaction.atomic
def plan_again(*, by: User, problem: Problem, reason: str) -> EvaluationPlan:
    """Begin a further plan for a further response. The frozen one, and what came of it, stay in sight."""
    require(by, Permission.PROBLEM_REVIEW, problem)
    last = current_plan(problem)
    if last is None or not last.frozen:
        raise ForestallError("There is a draft already.", "Change the draft.")
    if problem.state != State.RESPONSE:
        raise ForestallError("The problem is not in response.", "Move it back to response first.")
    reason = text(reason, "The reason", required=True, longest=2000)
    amend(by=by, plan=last, words="A further plan was begun.", reason=reason)
    made = EvaluationPlan.objects.create(
        problem=problem, number=last.number + 1, draft={**(last.plan or {}), "response_start": ""}
    )
    log(by=by, problem=problem, action="plan.another", details={"evaluationplan": made.pk})
    return made


def assess_now(*, by: User, problem: Problem) -> tuple[Assessment, bool]:
    """Compute what came of the frozen plan from the live release; (assessment, whether it is new).

    The same release gives the same bytes: then nothing is added but the note that it was computed again.
    """
    require(by, Permission.PROBLEM_VIEW, problem)
    plan = current_plan(problem)
    if plan is None or not plan.frozen:
        raise ForestallError(
            "There is no frozen plan to assess.", "Start the response first: it freezes the plan."
        )
    finding = compute(problem, plan)  # outside the transaction: it takes a second or more
    with transaction.atomic():
        made, new = Assessment.objects.get_or_create(
            plan=plan,
            sha256=finding.hash,
            defaults={
                "finding": finding.to_dict(),
                "release": finding.release,
                "verdict": str(finding.answer["verdict"]["key"])[:40],
                "computed_at": timezone.now(),
                "computed_by": by,
            },
        )
        log(
            by=by,
            problem=problem,
            action="assessment.computed" if new else "assessment.repeated",
            details={"sha256": finding.hash, "release": finding.release, "verdict": made.verdict},
        )
    return made, new
