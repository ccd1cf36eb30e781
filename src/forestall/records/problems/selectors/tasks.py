"""What a person has to do: tasks, signatures, reviews."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.models import Problem, Task
from forestall.records.problems.permissions import visible
from forestall.records.problems.rules.states import LIVE, State
from forestall.records.problems.rules.words import OPEN_TASKS


def my_tasks(person: User) -> QuerySet[Task]:
    """Open tasks of the person, soonest first; with those offered to an organisation of theirs that nobody
    has taken yet."""
    mine = Q(owner=person) | (Q(owner__isnull=True) & organisations.scope(person, Permission.TASK_EDIT))
    return (
        Task.objects.filter(mine, status__in=OPEN_TASKS)
        .select_related("problem", "organisation", "owner")
        .order_by("due_on", "id")
    )


def to_sign(person: User) -> QuerySet[Problem]:
    """Problems that wait for this person's signature."""
    return (
        Problem.objects.filter(supervisor=person)
        .filter(Q(signature_asked_at__isnull=False) | Q(state=State.CLOSURE_REQUESTED))
        .select_related("owner")
        .order_by("signature_asked_at", "id")
    )


def to_review(person: User) -> QuerySet[Problem]:
    """Problems whose review is due, of which the person is owner or supervisor."""
    return (
        Problem.objects.filter(
            Q(owner=person) | Q(supervisor=person), state__in=LIVE, review_on__lte=timezone.localdate()
        )
        .select_related("owner")
        .order_by("review_on", "id")
    )


def task(person: User, pk: int) -> Task:
    """A task that the person may see: of a problem they may read, or their own."""
    problems = Problem.objects.filter(visible(person))
    found = (
        Task.objects.filter(Q(problem__in=problems) | Q(owner=person), pk=pk)
        .select_related("problem__lead_organisation", "organisation", "owner")
        .first()
    )
    if found is None:
        raise Http404
    return found
