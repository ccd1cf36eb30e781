"""Tasks: who does what by when, and what shows that it was done."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit_part, log, text
from forestall.records.problems.models import Problem, Response, Task
from forestall.records.problems.permissions import require
from forestall.records.problems.rules.words import TaskStatus


@transaction.atomic
def add_task(
    *,
    by: User,
    problem: Problem,
    title: str,
    organisation: Organisation,
    due_on: date,
    owner: User | None = None,
    response: Response | None = None,
) -> Task:
    """Add a task. One given to another organisation is offered until somebody there accepts it."""
    require(by, Permission.TASK_EDIT, problem)
    if response is not None and response.problem_id != problem.pk:
        raise ForestallError("That response belongs to another problem.", "Choose one from the list.")
    own = (
        organisation.pk == problem.lead_organisation_id
        or organisations.memberships(by).filter(organisation=organisation).exists()
    )
    made = Task.objects.create(
        problem=problem,
        response=response,
        title=text(title, "The task", required=True, longest=200),
        owner=owner,
        organisation=organisation,
        due_on=due_on,
        status=TaskStatus.ACCEPTED if own else TaskStatus.OFFERED,
        added_at=timezone.now(),
    )
    log(by=by, problem=problem, action="task.added", details={"task": made.pk})
    return made


@transaction.atomic
def update_task(
    *, by: User, task: Task, status: str, evidence: str = "", reason: str = "", expected_version: int
) -> bool:
    """Accept, decline, finish or cancel. Done needs its evidence; declined, cancelled and late a reason."""
    if not (
        task.owner_id == by.pk
        or organisations.may(by, Permission.TASK_EDIT, task.organisation)
        or organisations.may(by, Permission.PROBLEM_REVIEW, task.problem.lead_organisation)
    ):
        raise PermissionDenied("This task belongs to another organisation.")
    to = TaskStatus(status)
    evidence = text(evidence, "What shows that it was done", required=to == TaskStatus.DONE, longest=4000)
    needs_reason = to in (TaskStatus.DECLINED, TaskStatus.CANCELLED)
    reason = text(reason, "The reason", required=needs_reason, longest=2000)
    return edit_part(
        by=by,
        problem=task.problem,
        part=task,
        action=f"task.{to}",
        values={
            "status": to,
            "evidence": evidence,
            "reason": reason,
            "done_at": (task.done_at or timezone.now()) if to == TaskStatus.DONE else None,
        },
        expected_version=expected_version,
        details={"status": to},
        permission=Permission.PROBLEM_VIEW,
    )
