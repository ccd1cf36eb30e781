"""My tasks, and one task: what must I do, by when, what shows that it was done?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from forestall.records.organisations.permissions import Permission
from forestall.records.problems import permissions
from forestall.records.problems.actions import tasks as actions
from forestall.records.problems.rules.words import TaskStatus
from forestall.records.problems.selectors import one
from forestall.records.problems.selectors import tasks as selectors
from forestall.web.gates import needs
from forestall.web.problems.frame import at, editable, form_page
from forestall.web.problems.sending import PlainForm, choice, day, expected_version, line, long_text


@needs(Permission.PROBLEM_VIEW)
@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    mine = list(selectors.my_tasks(request.user)[:500])
    today = timezone.localdate()
    context = {
        "late": [t for t in mine if t.due_on < today],
        "soon": [t for t in mine if 0 <= (t.due_on - today).days <= 14],
        "later": [t for t in mine if (t.due_on - today).days > 14],
        "to_sign": list(selectors.to_sign(request.user)[:100]),
        "to_review": list(selectors.to_review(request.user)[:100]),
        "today": today,
    }
    return render(request, "problems/tasks.html", context)


class TaskForm(PlainForm):
    title = line("What has to be done", most=200)
    organisation = choice("Which organisation does it", [])
    owner = choice("Who", [], required=False, hint="Leave empty to offer it to the organisation.")
    due_on = day("By when", required=True)
    response = choice("For which response", [], required=False)

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {str(o.pk): o for o in one.bodies(problem)}
        self.people = {str(u.pk): u for u in one.colleagues(problem)}
        self.responses = {str(r.pk): r for r in problem.responses.all()}
        self.fields["organisation"].choices = [(k, o.name) for k, o in self.bodies.items()]
        self.fields["owner"].choices = [("", "Not yet said"), *[(k, u.name) for k, u in self.people.items()]]
        self.fields["response"].choices = [
            ("", "The problem as a whole"),
            *[(k, r.title) for k, r in self.responses.items()],
        ]


@needs(Permission.TASK_EDIT)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = TaskForm(request.POST or None, problem=found, initial={"owner": str(request.user.pk)})

    def do() -> None:
        data = form.cleaned_data
        actions.add_task(
            by=request.user,
            problem=found,
            title=data["title"],
            organisation=form.bodies[data["organisation"]],
            due_on=data["due_on"],
            owner=form.people.get(data["owner"]),
            response=form.responses.get(data["response"]),
        )

    return form_page(request, found, form, do, heading="Add a task", back=at("problem", found, "#tasks"))


class UpdateForm(PlainForm):
    status = choice("It is", [(s.value, s.label) for s in TaskStatus if s != TaskStatus.OFFERED], radios=True)
    evidence = long_text("What shows that it was done", rows=3, most=4000, hint="Needed when it is done.")
    reason = long_text("Reason", rows=2, most=2000, hint="Needed when declined, cancelled or late.")


@needs(Permission.PROBLEM_VIEW)
@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, pk: int) -> HttpResponse:
    row = selectors.task(request.user, pk)
    initial = {"status": row.status, "evidence": row.evidence, "reason": row.reason}
    form = UpdateForm(request.POST or None, initial=initial)

    def do() -> None:
        actions.update_task(
            by=request.user, task=row, expected_version=expected_version(request), **form.cleaned_data
        )

    seen = permissions.may(request.user, Permission.PROBLEM_VIEW, row.problem)
    back = at("problem", row.problem, "#tasks") if seen else reverse("problems:tasks")
    who = f"{row.owner.name}, {row.organisation.name}" if row.owner else row.organisation.name
    said = [f"{who}, by {row.due_on:%d %B %Y}. Now: {row.get_status_display().lower()}."]
    return form_page(request, row.problem, form, do, heading=row.title, back=back, record=row, said=said)
