"""One problem and its parts."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import GRANTS, Permission
from forestall.records.problems.models import Problem
from forestall.records.problems.permissions import visible
from forestall.records.problems.rules.states import LIVE


def problem(person: User, reference: str) -> Problem:
    """The problem with all its parts, in a fixed number of queries. Outside one's sight it does not exist."""
    found = (
        Problem.objects.filter(visible(person), reference=reference)
        .select_related("owner", "supervisor", "lead_organisation", "opened_by", "closed_by")
        .prefetch_related(
            "findings__attached_by",
            "sides",
            "hypotheses",
            "responses__intervention",
            "responses__technique",
            "responses__owner",
            "responses__agency",
            "responses__hypothesis",
            "tasks__owner",
            "tasks__organisation",
            "costs__payer",
            "costs__response",
            "participants__organisation",
            "plans__frozen_by",
            "plans__amendments__made_by",
            "plans__assessments__computed_by",
            "reviews__made_by",
        )
        .first()
    )
    if found is None:
        raise Http404
    return found


def similar(person: User, to: Problem) -> list[Problem]:
    """Problems of the same kind, near the same place, live or opened in the last 12 months."""
    since = timezone.now() - timezone.timedelta(days=365)
    found = (
        Problem.objects.filter(visible(person), force=to.force)
        .filter(Q(state__in=LIVE) | Q(opened_at__gte=since))
        .exclude(pk=to.pk)
        .select_related("owner")
    )
    return [p for p in found if alike(to.place, to.crime_types, p.place, p.crime_types)][:20]


def alike(place: dict, types: list[str], other: dict, other_types: list[str]) -> bool:
    """Same kind, and overlapping areas or centres within about 500 metres."""
    if types and other_types and not set(types) & set(other_types):
        return False
    areas, theirs = set(place.get("areas") or ()), set(other.get("areas") or ())
    if areas & theirs:
        return True
    if place.get("lon") is None or other.get("lon") is None:
        return place.get("name", "").casefold() == other.get("name", "").casefold() != ""
    # Degrees at 53 north: 0.0045 of latitude and 0.0075 of longitude are each about 500 metres.
    across = (place["lon"] - other["lon"]) / 0.0075
    up = (place["lat"] - other["lat"]) / 0.0045
    return across * across + up * up <= 1


def colleagues(problem: Problem) -> QuerySet[User]:
    """People who may own the problem or carry out parts of it: of its lead organisation, those above it, and
    those who take part."""
    return _people(problem, Permission.PROBLEM_EDIT, taking_part=True)


def supervisors(problem: Problem) -> QuerySet[User]:
    """People who may sign for the problem."""
    return _people(problem, Permission.PROBLEM_REVIEW, taking_part=False)


def _people(problem: Problem, permission: Permission, *, taking_part: bool) -> QuerySet[User]:
    roles = [role for role, granted in GRANTS.items() if permission in granted]
    lineage = set(problem.lead_organisation.lineage)
    if taking_part:
        for row in problem.participants.all():
            if row.left_at is None:
                lineage |= set(row.organisation.lineage)
    today = timezone.localdate()
    return (
        User.objects.filter(
            Q(memberships__end__isnull=True) | Q(memberships__end__gte=today),
            memberships__organisation__in=lineage,
            memberships__role__in=roles,
            memberships__start__lte=today,
            is_active=True,
        )
        .distinct()
        .order_by("name")
    )


def bodies(problem: Problem) -> list[Organisation]:
    """Organisations that tasks and costs can go to: the lead, and those that take part."""
    joined = [row.organisation for row in problem.participants.all() if row.left_at is None]
    return [problem.lead_organisation, *joined]


def partners(problem: Problem) -> QuerySet[Organisation]:
    """Organisations that could be brought in: those of the same region, not yet part of it."""
    lineage = problem.lead_organisation.lineage
    top = lineage[min(1, len(lineage) - 1)]
    taken = [o.pk for o in bodies(problem)]
    return (
        Organisation.objects.filter(path__contains=f"/{top}/").exclude(pk__in=taken).order_by("kind", "name")
    )


def leads(person: User) -> QuerySet[Organisation]:
    """Organisations for which the person may open a problem."""
    return organisations.organisations(person, Permission.PROBLEM_OPEN)
