"""A problem as the plain values that the gates look at."""

from __future__ import annotations

from django.utils import timezone

from forestall.records.problems.models import EvaluationPlan, Problem
from forestall.records.problems.rules.drafts import gaps
from forestall.records.problems.rules.gates import CheersAnswer, Facts, ResponseFact, TaskFact
from forestall.records.problems.rules.words import OPEN_TASKS, Cheers, HypothesisStatus, Side, TaskStatus


def facts_of(problem: Problem) -> Facts:
    """One query for each kind of part, however many there are."""
    today = timezone.localdate()
    plan = current_plan(problem)
    sides = {Side(s.side): bool(s.text or s.not_applicable) for s in problem.sides.all()}
    return Facts(
        title=problem.title,
        place=problem.place_name,
        theme=problem.theme,
        owner=problem.owner_id is not None,
        supervisor=problem.supervisor_id is not None,
        aim=problem.aim,
        cheers=cheers_of(problem),
        cheers_override=problem.cheers_override,
        findings=len(problem.findings.all()),
        events_statement=problem.events_statement,
        duplicates_checked=problem.duplicates_checked_at is not None,
        sides=sides,
        hypotheses=tuple(HypothesisStatus(h.status) for h in problem.hypotheses.all()),
        statement=problem.statement,
        responses=tuple(
            ResponseFact(r.title, r.hypothesis_id is not None, bool(r.mechanism), r.owner_id is not None)
            for r in problem.responses.all()
        ),
        plan_ready=plan is not None and (plan.frozen or not gaps(plan.draft)),
        plan_frozen=plan is not None and plan.frozen,
        tasks=tuple(
            TaskFact(
                t.title,
                TaskStatus(t.status),
                late=t.status in OPEN_TASKS and t.due_on < today,
                explained=bool(t.reason),
            )
            for t in problem.tasks.all()
        ),
        assessed=plan is not None and len(plan.assessments.all()) > 0,
        result=bool(problem.result),
        displacement_answer=problem.displacement_answer,
        learning=problem.learning,
    )


def current_plan(problem: Problem) -> EvaluationPlan | None:
    """The plan that counts now: the last one."""
    plans = list(problem.plans.all())
    return plans[-1] if plans else None


def cheers_of(problem: Problem) -> dict[Cheers, CheersAnswer]:
    kept = problem.cheers or {}
    return {
        element: CheersAnswer(kept[element].get("passed"), kept[element].get("text", ""))
        for element in Cheers
        if element in kept
    }
