"""The one-page briefing: what a new officer or partner needs in 60 seconds, on paper."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from forestall.errors import ForestallError
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import working
from forestall.records.problems.rules.words import OPEN_TASKS, HypothesisStatus
from forestall.records.problems.selectors import analysing, one
from forestall.records.problems.selectors.facts import current_plan
from forestall.web.gates import needs
from forestall.web.problems import effect, paper, triangle
from forestall.web.problems.frame import framed
from forestall.web.problems.planmap import in_few_words, plan_map
from forestall.web.problems.scanning import place_map

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _content(request: HttpRequest, found: Any) -> dict[str, Any]:
    """Everything on the page, once for all three forms of it."""
    now = current_plan(found)
    settled = (now.plan or {}) if now and now.frozen else {}
    latest = next(iter(now.assessments.all()), None) if now else None
    chart, sentences = None, {}
    try:
        answer = analysing.analysis(found)
        chart = triangle.figures(answer, found).get("months")
        sentences = triangle.sentences(answer)
    except ForestallError:
        pass  # no records for it: the briefing stands without
    return {
        **framed(request, found, "briefing"),
        "map": (plan_map(settled) if settled else None) or place_map(found),
        "chart": effect.series_chart(latest) if latest else chart,
        "sentences": sentences,
        "causes": [h for h in found.hypotheses.all() if h.status == HypothesisStatus.SUPPORTED],
        "responses": list(found.responses.all()),
        "tasks": [t for t in found.tasks.all() if t.status in OPEN_TASKS],
        "plan": now,
        "settled": settled,
        "compared_with": in_few_words(settled.get("comparison")),
        "latest": latest,
        "shown": effect.shown(latest) if latest else None,
        "at": timezone.localtime(),
        "person": request.user,
        "today": timezone.localdate(),
        "participants": [p for p in found.participants.all() if p.left_at is None],
    }


@needs(Permission.PROBLEM_VIEW)
@require_GET
def briefing(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    return render(request, "problems/briefing.html", _content(request, found))


@needs(Permission.PROBLEM_VIEW)
@require_GET
def pdf(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    page = render_to_string("problems/briefing_print.html", _content(request, found), request=request)
    try:
        body = paper.pdf(page)
    except paper.CannotDraw as problem:
        context = {**framed(request, found, "briefing"), "reason": str(problem)}
        return render(request, "problems/no_pdf.html", context, status=503)
    return _file(request, found, body, "application/pdf", "pdf")


@needs(Permission.PROBLEM_VIEW)
@require_GET
def word(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    return _file(request, found, paper.word(_content(request, found)), WORD, "docx")


def _file(request: HttpRequest, found: Any, body: bytes, kind: str, ending: str) -> HttpResponse:
    working.exported(by=request.user, problem=found, form=ending)
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}-briefing.{ending}"'
    return answer
