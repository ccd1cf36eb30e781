"""Who may see a problem, work on it, and sign for it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.models import Participant, Problem
from forestall.records.problems.rules.states import Part


def visible(person: User) -> Q:
    """A filter on problems: those that the person may read, led in their area or joined by their body."""
    taking_part = Participant.objects.filter(
        organisations.scope(person, Permission.PROBLEM_VIEW), problem=OuterRef("pk"), left_at__isnull=True
    )
    return organisations.scope(person, Permission.PROBLEM_VIEW, "lead_organisation") | Q(Exists(taking_part))


def may(person: User, permission: Permission, problem: Problem) -> bool:
    """Whether the person may do this to the problem, through its lead organisation or one that takes part.

    A review (a signature) comes from the lead organisation's line alone.
    """
    if organisations.may(person, permission, problem.lead_organisation):
        return True
    if permission == Permission.PROBLEM_REVIEW:
        return False
    joined = problem.participants.filter(left_at__isnull=True).select_related("organisation")
    return any(organisations.may(person, permission, row.organisation) for row in joined)


def may_edit(person: User, problem: Problem) -> bool:
    return may(person, Permission.PROBLEM_EDIT, problem)


def parts_of(person: User, problem: Problem) -> frozenset[Part]:
    """What the person is to the problem."""
    parts = set()
    if problem.owner_id == person.pk and may_edit(person, problem):
        parts.add(Part.OWNER)
    if may(person, Permission.PROBLEM_REVIEW, problem):
        parts.add(Part.SUPERVISOR if problem.supervisor_id == person.pk else Part.COORDINATOR)
    return frozenset(parts)


def require(person: User, permission: Permission, problem: Problem) -> None:
    if not may(person, permission, problem):
        raise PermissionDenied("Your roles do not let you do this to this problem.")
