"""Assessment: did it change, compared with what, did it move, what was it worth?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import evaluating, working
from forestall.records.problems.rules.gates import missing
from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import Result
from forestall.records.problems.selectors import one
from forestall.records.problems.selectors.facts import current_plan, facts_of
from forestall.web import charts
from forestall.web.gates import needs
from forestall.web.problems import effect
from forestall.web.problems.frame import at, editable, form_page, framed
from forestall.web.problems.planmap import plan_map
from forestall.web.problems.sending import PlainForm, choice, expected_version, form_token, long_text


@needs(Permission.PROBLEM_VIEW)
@require_GET
def assessment(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    now = current_plan(found)
    kept = list(now.assessments.all()) if now else []
    latest = kept[0] if kept else None
    drawn = plan_map(now.plan) if now and now.frozen else None
    figures = [effect.series_chart(latest) if latest else None, drawn]
    file = charts.requested_csv(request, figures)
    if file is not None:
        return file
    live = datasets.live_or_none()
    context = {
        **framed(request, found, "assessment"),
        "plan": now,
        "latest": latest,
        "shown": effect.shown(latest) if latest else None,
        "chart": figures[0],
        "map": drawn,
        "earlier": kept[1:],
        "live": live,
        "stale": bool(latest and live and latest.release != live.id),
        "gaps": missing(State.ASSESSMENT, facts_of(found)),
        "form_token": form_token(),
    }
    return render(request, "problems/assessment.html", context)


@needs(Permission.PROBLEM_EDIT)
@require_POST
def compute(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    made, new = evaluating.assess_now(by=request.user, problem=found)
    if new:
        messages.success(request, f"Computed from release {made.release}.")
    else:
        messages.success(
            request, f"Computed again from the same records: the same bytes, hash {made.sha256}."
        )
    return redirect(at("assessment", found))


class ResultForm(PlainForm):
    result = choice("How it ended", Result.pairs(), radios=True)
    displacement_answer = long_text(
        "Did it move?", required=True, rows=3, hint="“Not testable” is an answer, with its reason."
    )
    learning = long_text(
        "What was learned", required=True, hint="What you would do again, what not, and what surprised you."
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    now = current_plan(found)
    latest = next(iter(now.assessments.all()), None) if now else None
    names = ("result", "displacement_answer", "learning")
    initial: dict[str, Any] = {n: getattr(found, n) for n in names}
    said = []
    if latest:
        shown = effect.shown(latest)
        said = [f"The assessment says: {shown['verdict']['sentence']}"]
        initial["displacement_answer"] = initial["displacement_answer"] or shown["displacement_words"]
    form = ResultForm(request.POST or None, initial=initial)

    def do() -> None:
        working.record_result(
            by=request.user, problem=found, expected_version=expected_version(request), **form.cleaned_data
        )

    back = at("assessment", found, "#result")
    return form_page(
        request, found, form, do, heading="Result and what was learned", back=back, record=found, said=said
    )
