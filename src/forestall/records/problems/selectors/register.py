"""The list of problems: which ones, in what order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import User
from forestall.records.problems.models import Problem, Task
from forestall.records.problems.permissions import visible
from forestall.records.problems.rules.states import FINISHED, LIVE, State
from forestall.records.problems.rules.words import OPEN_TASKS, Tier

#: What the register can be ordered by: key -> (heading, field).
ORDERS = {
    "reference": ("Reference", "reference"),
    "title": ("Title", "title"),
    "state": ("Stage", "state"),
    "owner": ("Owner", "owner__name"),
    "tier": ("Tier", "tier"),
    "opened": ("Opened", "opened_at"),
    "review": ("Next review", "review_on"),
    "harm": ("Harm at opening", "harm"),
}
STANDING = {"live": "Live", "closed": "Closed", "all": "All"}


def problems(person: User) -> QuerySet[Problem]:
    """Every problem that the person may read."""
    return Problem.objects.filter(visible(person))


def register(person: User, filters: Mapping[str, str]) -> QuerySet[Problem]:
    """The problems that pass the filters, with the number of open and late tasks of each.

    filters: standing (live, closed, all), state, tier, force, theme, owner ("me" or ""), attention ("late",
    "no_owner", "no_supervisor"), q (words), order (a key of ORDERS, with "-" for descending). Unknown values
    are left out of account.
    """
    today = timezone.localdate()
    found = problems(person)
    standing = filters.get("standing", "live")
    if standing == "closed":
        found = found.filter(state__in=FINISHED)
    elif standing != "all":
        found = found.filter(state__in=LIVE)
    if filters.get("state") in list(State):
        found = found.filter(state=filters["state"])
    if filters.get("tier") in list(Tier):
        found = found.filter(tier=filters["tier"])
    for name in ("force", "theme"):
        if filters.get(name):
            found = found.filter(**{name: filters[name]})
    if filters.get("owner") == "me":
        found = found.filter(Q(owner=person) | Q(supervisor=person))
    found = _attention(found, filters.get("attention", ""), today)
    for word in filters.get("q", "").split()[:10]:
        found = found.filter(
            Q(title__icontains=word) | Q(reference__icontains=word) | Q(place_name__icontains=word)
        )
    open_tasks = Q(tasks__status__in=OPEN_TASKS)
    found = found.select_related("owner", "supervisor", "lead_organisation").annotate(
        tasks_open=Count("tasks", filter=open_tasks),
        tasks_late=Count("tasks", filter=open_tasks & Q(tasks__due_on__lt=today)),
    )
    order = filters.get("order", "-opened")
    key = ORDERS.get(order.lstrip("-"), ORDERS["opened"])[1]
    return found.order_by(f"-{key}" if order.startswith("-") else key, "id")


def _attention(found: QuerySet[Problem], wanted: str, today: date) -> QuerySet[Problem]:
    if wanted == "late":
        late = Task.objects.filter(problem=OuterRef("pk"), status__in=OPEN_TASKS, due_on__lt=today)
        return found.filter(Q(Exists(late)) | Q(review_on__lt=today, state__in=LIVE))
    if wanted == "no_owner":
        return found.filter(Q(owner__isnull=True) | Q(owner__is_active=False))
    if wanted == "no_supervisor":
        return found.filter(supervisor__isnull=True)
    return found


def of_place(person: User, place_code: str) -> list[Problem]:
    """Live problems led by the organisation of a place, or by one below it; soonest review first."""
    of = organisations.of_place(place_code)
    if of is None:
        return []
    found = problems(person).filter(state__in=LIVE, lead_organisation__path__startswith=of.path)
    return list(found.select_related("owner").order_by("review_on", "id")[:50])


def choices(person: User) -> dict[str, list[str]]:
    """Forces and themes that occur among the problems the person may read."""
    rows = problems(person).order_by().values_list("force", "theme").distinct()
    pairs = list(rows)
    return {"forces": sorted({f for f, _ in pairs if f}), "themes": sorted({t for _, t in pairs if t})}


def row(problem: Any) -> dict[str, Any]:
    """One line of the register as plain values, for tables and files alike."""
    return {
        "reference": problem.reference,
        "title": problem.title,
        "kind": problem.theme,
        "place": problem.place_name,
        "stage": State(problem.state).label,
        "tier": Tier(problem.tier).label,
        "owner": problem.owner.name if problem.owner else "",
        "supervisor": problem.supervisor.name if problem.supervisor else "",
        "lead organisation": problem.lead_organisation.name,
        "opened": timezone.localdate(problem.opened_at),
        "next review": problem.review_on,
        "events at opening": problem.events,
        "harm at opening (days)": round(problem.harm) if problem.harm is not None else None,
        "tasks open": problem.tasks_open,
        "tasks late": problem.tasks_late,
        "result": problem.get_result_display() if problem.result else "",
    }
