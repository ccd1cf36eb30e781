"""Analysis: why does it happen here, now, to these?"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from forestall.errors import ForestallError
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import analysis as actions
from forestall.records.problems.rules.gates import missing
from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import HypothesisStatus, Side
from forestall.records.problems.selectors import analysing, one
from forestall.records.problems.selectors.facts import facts_of
from forestall.web import charts
from forestall.web.gates import needs
from forestall.web.problems import triangle
from forestall.web.problems.frame import at, editable, form_page, framed
from forestall.web.problems.sending import PlainForm, choice, expected_version, long_text


@needs(Permission.PROBLEM_VIEW)
@require_GET
def analysis(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    answer, unanswered = None, ""
    try:
        answer = analysing.analysis(found)
    except ForestallError as problem:
        unanswered = f"{problem.what} {problem.next_step}"
    figures = triangle.figures(answer, found) if answer else {}
    file = charts.requested_csv(request, figures.values())
    if file is not None:
        return file
    notes = {s.side: s for s in found.sides.all()}
    context = {
        **framed(request, found, "analysis"),
        "sides": [{"side": side, "note": notes.get(side.value)} for side in Side],
        "hypotheses": list(found.hypotheses.all()),
        "remarks": analysing.statement_check(found) if found.statement else [],
        "gaps": missing(State.ANALYSIS, facts_of(found)),
        "answer": answer,
        "unanswered": unanswered,
        "figures": figures,
        "sentences": triangle.sentences(answer) if answer else [],
    }
    return render(request, "problems/analysis.html", context)


class SideForm(PlainForm):
    note = long_text("What is known")
    controllers = long_text("Who can control it", rows=2, most=2000)
    not_applicable = long_text("If this side does not apply, why", rows=2, most=2000)


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def side(request: HttpRequest, reference: str, side: str) -> HttpResponse:
    found = editable(request, reference)
    if side not in list(Side):
        raise Http404
    which = Side(side)
    note = next((s for s in found.sides.all() if s.side == side), None)
    initial = {
        "note": note.text if note else "",
        "controllers": note.controllers if note else "",
        "not_applicable": note.not_applicable if note else "",
    }
    form = SideForm(request.POST or None, initial=initial)
    form.fields["note"].help_text = which.question
    form.fields["controllers"].label = f"Who is the {which.controller}"
    form.fields["controllers"].help_text = f"A {which.controller} {which.controller_role}."

    def do() -> None:
        actions.write_side(
            by=request.user,
            problem=found,
            side=side,
            expected_version=expected_version(request) if note else 1,
            **form.cleaned_data,
        )

    return form_page(
        request,
        found,
        form,
        do,
        heading=f"Triangle: {which.label.lower()}",
        back=at("analysis", found, "#triangle"),
        record=note,
    )


def _suggested(found: Any) -> list[dict[str, Any]]:
    try:
        return analysing.analysis(found)["suggested"]
    except ForestallError:
        return []


class HypothesisForm(PlainForm):
    statement = long_text(
        "What causes it",
        required=True,
        rows=2,
        most=1000,
        hint="One cause that could turn out wrong. For example: rear alleys let burglars in unseen.",
    )
    speaks_for = long_text("What speaks for it", rows=3)
    speaks_against = long_text("What speaks against it", rows=3)
    status = choice("So far it is", HypothesisStatus.pairs(), radios=True)


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    initial: dict[str, str] = {"status": HypothesisStatus.OPEN}
    suggested = next((h for h in _suggested(found) if h["key"] == request.GET.get("suggested")), None)
    if suggested:
        initial |= {
            "statement": suggested["statement"],
            "speaks_for": "\n".join(suggested["speaks_for"]),
            "speaks_against": "\n".join(suggested["speaks_against"]),
        }
    form = HypothesisForm(request.POST or None, initial=initial)

    def do() -> None:
        actions.add_hypothesis(by=request.user, problem=found, **form.cleaned_data)

    back = at("analysis", found, "#hypotheses")
    return form_page(request, found, form, do, heading="Add a hypothesis", back=back)


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = editable(request, reference)
    hypothesis = next((h for h in found.hypotheses.all() if h.pk == pk), None)
    if hypothesis is None:
        raise Http404
    names = ("statement", "speaks_for", "speaks_against", "status")
    form = HypothesisForm(request.POST or None, initial={n: getattr(hypothesis, n) for n in names})

    def do() -> None:
        actions.edit_hypothesis(
            by=request.user,
            hypothesis=hypothesis,
            expected_version=expected_version(request),
            **form.cleaned_data,
        )

    back = at("analysis", found, "#hypotheses")
    return form_page(request, found, form, do, heading="Change the hypothesis", back=back, record=hypothesis)


class StatementForm(PlainForm):
    statement = long_text(
        "Problem statement",
        rows=3,
        most=2000,
        hint="One sentence: what, where, when, who is harmed, by whom, and why. Good: “Between 5 and 9 on winter "
        "evenings, terraced houses in Mill Road are burgled through unlit rear alleys that anybody can enter.” "
        "Not good: “There is a burglary problem in the area.”",
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def statement(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = StatementForm(request.POST or None, initial={"statement": found.statement})

    def do() -> None:
        actions.write_statement(
            by=request.user,
            problem=found,
            statement=form.cleaned_data["statement"],
            expected_version=expected_version(request),
        )

    remarks = analysing.statement_check(found) if found.statement else []
    return form_page(
        request,
        found,
        form,
        do,
        heading="Problem statement",
        back=at("analysis", found, "#statement"),
        record=found,
        listed=[r["message"] for r in remarks],
        said=["What the present statement leaves vague:"] if remarks else [],
    )
