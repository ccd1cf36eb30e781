"""What the first page and the pages of places show of problems."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.selectors import register, tasks
from forestall.web.modules import HomePart

SHOWN = 8


def home_parts(request: HttpRequest) -> list[HomePart]:
    """My tasks, and the live problems that are mine."""
    if not organisations.holds(request.user, Permission.PROBLEM_VIEW):
        return []
    mine = list(register.register(request.user, {"owner": "me"})[:SHOWN])
    context = {
        "tasks": list(tasks.my_tasks(request.user)[:SHOWN]),
        "to_sign": list(tasks.to_sign(request.user)[:SHOWN]),
        "problems": mine,
        "today": timezone.localdate(),
    }
    return [HomePart("What waits for you", "problems/parts/home.html", context, order=10)]


def place_parts(request: HttpRequest, place: dict[str, Any]) -> list[HomePart]:
    """The live problems of a place: those led by its organisation or one below it."""
    if not organisations.holds(request.user, Permission.PROBLEM_VIEW):
        return []
    live = register.of_place(request.user, place["code"])
    return [HomePart("Live problems", "problems/parts/place.html", {"problems": live}, order=50)]
