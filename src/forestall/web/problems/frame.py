"""What every page of one problem carries: the record, its tabs, and a page with one form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from forestall.records.organisations.permissions import Permission
from forestall.records.problems import permissions
from forestall.records.problems.selectors import one
from forestall.web import charts
from forestall.web.problems.sending import send, show

TABS = (
    ("problem", "Overview"),
    ("scanning", "Scanning"),
    ("analysis", "Analysis"),
    ("response", "Response"),
    ("plan", "Evaluation plan"),
    ("assessment", "Assessment"),
    ("briefing", "Briefing"),
)


def tabs(problem: Any, here: str) -> list[dict[str, Any]]:
    return [
        {
            "text": text,
            "href": reverse(f"problems:{name}", args=[problem.reference]),
            "current": name == here,
        }
        for name, text in TABS
    ]


def framed(request: HttpRequest, problem: Any, here: str) -> dict[str, Any]:
    """The context of a page of the problem."""
    return {
        "problem": problem,
        "tabs": tabs(problem, here),
        "may_edit": permissions.may_edit(request.user, problem),
        "may_review": permissions.may(request.user, Permission.PROBLEM_REVIEW, problem),
        "marking": problem.get_marking_display(),
    }


def editable(request: HttpRequest, reference: str) -> Any:
    """The problem, for who may work on it."""
    problem = one.problem(request.user, reference)
    if not permissions.may_edit(request.user, problem):
        raise PermissionDenied("Your roles let you read this problem, not work on it.")
    return problem


def at(name: str, problem: Any, fragment: str = "") -> str:
    return reverse(f"problems:{name}", args=[problem.reference]) + fragment


def form_page(
    request: HttpRequest,
    problem: Any,
    form: forms.Form,
    do: Callable[[], object],
    *,
    heading: str,
    back: str,
    onward: str = "",
    record: Any = None,
    button: str = "Save",
    said: Sequence[str] = (),
    listed: Sequence[str] = (),
    warning: str = "",
    template: str = "problems/form.html",
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """A page that asks one thing. `do` makes the change; `record` is what two people might save at once."""

    numbers = charts.requested_csv(request, [(more or {}).get("map")])
    if numbers is not None:
        return numbers

    def act() -> str:
        do()
        return onward or back

    context = {
        "problem": problem,
        "form": form,
        "heading": heading,
        "back": back,
        "record": record,
        "button": button,
        "said": said,
        "listed": listed,
        "warning": warning,
        "marking": problem.get_marking_display(),
        **(more or {}),
    }
    return send(request, form, act) or show(request, template, context)
