"""Response: what is known to work on this, what is chosen, who does it by when, and what does it cost?"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forestall.records.knowledge import selectors as knowledge
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import responding as actions
from forestall.records.problems.rules.gates import missing, missing_to_start
from forestall.records.problems.rules.states import Stage, State, reached
from forestall.records.problems.rules.words import HypothesisStatus, ResponseStatus, Side
from forestall.records.problems.selectors import one
from forestall.records.problems.selectors.facts import current_plan, facts_of
from forestall.web.gates import needs
from forestall.web.problems.frame import at, editable, form_page, framed
from forestall.web.problems.sending import (
    PlainForm,
    choice,
    day,
    expected_version,
    form_token,
    line,
    long_text,
)


@needs(Permission.PROBLEM_VIEW)
@require_GET
def response(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    facts = facts_of(found)
    plan = current_plan(found)
    open_now = reached(State(found.state), Stage.RESPONSE, _before(found))
    context = {
        **framed(request, found, "response"),
        "responses": list(found.responses.all()),
        "costs": list(found.costs.all()),
        "by_payer": _by_payer(found),
        "cost_total": sum((c.total for c in found.costs.all()), Decimal(0)),
        "plan": plan,
        "open_now": open_now,
        "to_start": missing_to_start(facts) if open_now and not (plan and plan.frozen) else [],
        "gaps": missing(State.RESPONSE, facts),
        "form_token": form_token(),
    }
    return render(request, "problems/response.html", context)


def _before(found: Any) -> State | None:
    return State(found.state_before) if found.state_before else None


def _by_payer(found: Any) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for cost in found.costs.all():
        sums[cost.payer.name] += cost.total
    return sorted(sums.items())


@needs(Permission.KNOWLEDGE_VIEW)
@require_GET
def interventions(request: HttpRequest, reference: str) -> HttpResponse:
    """What is known, best for this problem first; what did not work stands in the list too."""
    found = one.problem(request.user, reference)
    side = request.GET.get("side", "") if request.GET.get("side") in list(Side) else ""
    search = request.GET.get("q", "")[:80]
    context = {
        **framed(request, found, "response"),
        "entries": knowledge.for_problem(found.crime_types or [found.theme], side=side, search=search),
        "side": side,
        "sides": Side.pairs(),
        "q": search,
        "open_now": reached(State(found.state), Stage.RESPONSE, _before(found)),
    }
    return render(request, "problems/interventions.html", context)


class ResponseForm(PlainForm):
    title = line("What will be done")
    hypothesis = choice("Which cause it addresses", [])
    side = choice("Side of the triangle", Side.pairs(), radios=True)
    technique = choice(
        "Technique", [], required=False, hint="One of the 25 of situational prevention, if it is one."
    )
    mechanism = long_text("How it should reduce the problem", required=True, rows=3, most=2000)
    evidence_note = long_text(
        "Evidence checked", rows=2, most=2000, hint="What was found, or that nothing was."
    )
    owner = choice("Who carries it out", [])
    agency = choice("For which organisation", [])
    start_on = day("Starts")
    due_on = day("Done by")

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        causes = [h for h in problem.hypotheses.all() if h.status != HypothesisStatus.REJECTED]
        self.causes = {str(h.pk): h for h in causes}
        self.people = {str(u.pk): u for u in one.colleagues(problem)}
        self.bodies = {str(o.pk): o for o in one.bodies(problem)}
        named = [(k, f"{h.statement} ({h.get_status_display().lower()})") for k, h in self.causes.items()]
        self.fields["hypothesis"].choices = [("", "Choose a hypothesis"), *named]
        self.fields["owner"].choices = [(k, u.name) for k, u in self.people.items()]
        self.fields["agency"].choices = [(k, o.name) for k, o in self.bodies.items()]
        self.fields["technique"].choices = [
            ("", "None of them"),
            *[(str(n), f"{n} {name}") for n, name, _ in knowledge.techniques()],
        ]

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            **data,
            "hypothesis": self.causes.get(data["hypothesis"]),
            "owner": self.people.get(data["owner"]),
            "agency": self.bodies[data["agency"]],
            "technique": knowledge.technique(int(data["technique"])) if data["technique"] else None,
        }


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, reference: str) -> HttpResponse:
    """Choose a response: from an intervention (?intervention=key), or in one's own words."""
    found = editable(request, reference)
    key = request.GET.get("intervention", "")[:80]
    known = knowledge.intervention(key) if key else None
    if key and known is None:
        raise Http404
    initial: dict[str, Any] = {"owner": str(request.user.pk), "agency": str(found.lead_organisation_id)}
    causes = [h for h in found.hypotheses.all() if h.status == HypothesisStatus.SUPPORTED]
    if len(causes) == 1:
        initial["hypothesis"] = str(causes[0].pk)
    if known:
        entry = next(e for e in knowledge.entries() if e.key == key)
        initial |= {
            "title": known.name,
            "mechanism": known.mechanism,
            "side": known.sides[0] if known.sides else "",
            "technique": str(known.techniques[0]) if known.techniques else "",
            "evidence_note": f"{entry.effect}. Evidence: {entry.quality}. {entry.note} "
            f"({entry.confidence.lower()})",
        }
    form = ResponseForm(request.POST or None, problem=found, initial=initial)

    def do() -> None:
        actions.choose_response(by=request.user, problem=found, intervention=known, **form.values())

    back = at("response", found)
    heading = f"Choose: {known.name}" if known else "Choose a response"
    return form_page(request, found, form, do, heading=heading, back=back, button="Choose this response")


class EditForm(ResponseForm):
    status = choice("State", ResponseStatus.pairs())


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = editable(request, reference)
    row = next((r for r in found.responses.all() if r.pk == pk), None)
    if row is None:
        raise Http404
    names = ("title", "side", "mechanism", "evidence_note", "start_on", "due_on", "status")
    initial = {
        **{n: getattr(row, n) for n in names},
        "hypothesis": str(row.hypothesis_id or ""),
        "owner": str(row.owner_id or ""),
        "agency": str(row.agency_id),
        "technique": str(row.technique_id or ""),
    }
    form = EditForm(request.POST or None, problem=found, initial=initial)

    def do() -> None:
        actions.edit_response(
            by=request.user, response=row, expected_version=expected_version(request), **form.values()
        )

    back = at("response", found)
    return form_page(request, found, form, do, heading="Change the response", back=back, record=row)


def _number(label: str, hint: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=hint,
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "required": f"Enter {label.lower()}.",
            "invalid": f"{label} must be a number, such as 12.50.",
            "max_digits": f"{label} is too large.",
            "max_decimal_places": f"{label} can have two decimals.",
        },
    )


class CostForm(PlainForm):
    what = line("What is paid for")
    payer = choice("Who pays", [])
    quantity = _number("How many", "Hours, days, gates, leaflets.")
    unit_cost = _number(
        "Price of one, in pounds", "Cash or the cost of time. Say which in “what is paid for”."
    )
    response = choice("For which response", [], required=False)
    actual = forms.BooleanField(label="Already paid, not only planned", required=False)

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {str(o.pk): o for o in one.bodies(problem)}
        self.responses = {str(r.pk): r for r in problem.responses.all()}
        self.fields["payer"].choices = [(k, o.name) for k, o in self.bodies.items()]
        self.fields["response"].choices = [
            ("", "The problem as a whole"),
            *[(k, r.title) for k, r in self.responses.items()],
        ]


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def cost(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = CostForm(request.POST or None, problem=found, initial={"quantity": 1})

    def do() -> None:
        data = form.cleaned_data
        actions.add_cost(
            by=request.user,
            problem=found,
            what=data["what"],
            payer=form.bodies[data["payer"]],
            quantity=data["quantity"],
            unit_cost=data["unit_cost"],
            response=form.responses.get(data["response"]),
            actual=data["actual"],
        )

    return form_page(request, found, form, do, heading="Add a cost", back=at("response", found, "#costs"))


@needs(Permission.PROBLEM_EDIT)
@require_POST
def remove_cost(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    found = editable(request, reference)
    row = next((c for c in found.costs.all() if c.pk == pk), None)
    if row is not None:  # gone already: sent twice
        actions.remove_cost(by=request.user, cost=row)
    return redirect(at("response", found, "#costs"))
