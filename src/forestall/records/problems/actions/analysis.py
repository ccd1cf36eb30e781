"""Fill in the analysis: triangle, hypotheses, statement."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit, edit_part, log, text
from forestall.records.problems.models import Hypothesis, Problem, TriangleSide
from forestall.records.problems.permissions import require
from forestall.records.problems.rules.words import HypothesisStatus, Side


@transaction.atomic
def write_side(
    *,
    by: User,
    problem: Problem,
    side: str,
    note: str,
    controllers: str = "",
    not_applicable: str = "",
    expected_version: int | None,
) -> bool:
    """Keep what is known of one side, and who can control it."""
    require(by, Permission.PROBLEM_EDIT, problem)
    part, _ = TriangleSide.objects.get_or_create(problem=problem, side=Side(side))
    return edit_part(
        by=by,
        problem=problem,
        part=part,
        action="side.written",
        values={
            "text": text(note, "The note"),
            "controllers": text(controllers, "The controllers", longest=2000),
            "not_applicable": text(not_applicable, "The reason", longest=2000),
        },
        expected_version=expected_version,
        details={"side": side},
    )


@transaction.atomic
def add_hypothesis(
    *,
    by: User,
    problem: Problem,
    statement: str,
    speaks_for: str = "",
    speaks_against: str = "",
    status: str = HypothesisStatus.OPEN,
) -> Hypothesis:
    """Add a stated cause."""
    require(by, Permission.PROBLEM_EDIT, problem)
    made = Hypothesis.objects.create(
        problem=problem,
        statement=text(statement, "The hypothesis", required=True, longest=1000),
        speaks_for=_for(speaks_for, status),
        speaks_against=text(speaks_against, "What speaks against it"),
        status=HypothesisStatus(status),
        added_at=timezone.now(),
    )
    log(by=by, problem=problem, action="hypothesis.added", details={"hypothesis": made.pk})
    return made


def edit_hypothesis(
    *,
    by: User,
    hypothesis: Hypothesis,
    statement: str,
    speaks_for: str,
    speaks_against: str,
    status: str,
    expected_version: int,
) -> bool:
    """Change a stated cause, or what is thought of it."""
    return edit_part(
        by=by,
        problem=hypothesis.problem,
        part=hypothesis,
        action="hypothesis.edited",
        values={
            "statement": text(statement, "The hypothesis", required=True, longest=1000),
            "speaks_for": _for(speaks_for, status),
            "speaks_against": text(speaks_against, "What speaks against it"),
            "status": HypothesisStatus(status),
        },
        expected_version=expected_version,
        details={"status": status},
    )


def write_statement(*, by: User, problem: Problem, statement: str, expected_version: int) -> bool:
    """Keep the problem statement: one sentence on what, where, when, who and why."""
    return edit(
        by=by,
        problem=problem,
        action="problem.statement_written",
        values={"statement": text(statement, "The statement", longest=2000)},
        expected_version=expected_version,
    )


def _for(speaks_for: str, status: str) -> str:
    """What speaks for a hypothesis: it cannot be called supported with nothing that supports it."""
    return text(speaks_for, "What speaks for it", required=status == HypothesisStatus.SUPPORTED)
