"""The evaluation plan, one question a page; it freezes when the response starts."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from forestall.errors import ForestallError
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import evaluating as actions
from forestall.records.problems.rules.drafts import gaps
from forestall.records.problems.rules.gates import missing_to_start
from forestall.records.problems.rules.states import Stage, State, reached
from forestall.records.problems.selectors import areas, assessing, one
from forestall.records.problems.selectors.facts import current_plan, facts_of
from forestall.web import charts
from forestall.web.gates import needs
from forestall.web.problems import planmap
from forestall.web.problems.frame import at, editable, form_page, framed
from forestall.web.problems.sending import PlainForm, choice, expected_version, long_text


@needs(Permission.PROBLEM_VIEW)
@require_GET
def plan(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    frame = framed(request, found, "plan")
    open_now = reached(State(found.state), Stage.RESPONSE, State(found.state_before or found.state))
    now = current_plan(found)
    draft = (now.plan or now.draft) if now else {}
    extra = now.draft if now else {}
    complete = now is not None and not gaps(draft)
    drawn = planmap.plan_map(draft) if draft else None
    numbers = charts.requested_csv(request, [drawn])
    if numbers is not None:
        return numbers
    context = {
        **frame,
        "plan": now,
        "draft": draft,
        "said": extra.get("comparison_said", ""),
        "smallest": extra.get("smallest_said", ""),
        "open_now": open_now,
        "gaps": gaps(draft) if now and not now.frozen else [],
        "to_start": missing_to_start(facts_of(found)) if now and not now.frozen else [],
        "advice": assessing.advice(draft) if complete else [],
        "map": drawn,
        "names": planmap.area_names(draft),
        "compared_with": planmap.in_few_words(draft.get("comparison")),
        "earlier": [p for p in found.plans.all() if now and p.pk != now.pk],
    }
    return render(request, "problems/plan.html", context)


def _draft(request: HttpRequest, reference: str) -> tuple[Any, Any]:
    """The problem and the draft to answer; a frozen plan has no questions any more."""
    found = editable(request, reference)
    now = actions.begin_plan(by=request.user, problem=found)
    if now.frozen:
        raise ForestallError(
            "The evaluation plan is frozen and cannot be changed.", "Add an amendment to it instead."
        )
    return found, now


def _answer(request: HttpRequest, now: Any, answers: dict[str, Any]) -> None:
    actions.answer_plan(
        by=request.user, plan=now, answers=answers, expected_version=expected_version(request)
    )


class OutcomeForm(PlainForm):
    crime_types = forms.MultipleChoiceField(
        label="Which crime types are counted?",
        widget=forms.CheckboxSelectMultiple,
        help_text="What the response is meant to reduce, and nothing else.",
        error_messages={"required": "Choose at least one crime type."},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["crime_types"].choices = [(t, t) for t in areas.crime_types()]


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def outcome(request: HttpRequest, reference: str) -> HttpResponse:
    found, now = _draft(request, reference)
    form = OutcomeForm(request.POST or None, initial={"crime_types": now.draft.get("crime_types", [])})

    def do() -> None:
        _answer(request, now, {"crime_types": sorted(form.cleaned_data["crime_types"])})

    return form_page(
        request, found, form, do, heading="Outcome", back=at("plan", found), onward=_next(found, now, "area"),
        record=now,
    )  # fmt: skip


class AreaForm(PlainForm):
    how = choice(
        "Where does the response happen?",
        [
            ("problem", "The problem's own area"),
            ("pick", "Areas picked from the list below"),
            ("draw", "An area drawn on the map"),
        ],
        radios=True,
    )
    picked = forms.MultipleChoiceField(
        label="Areas to pick",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Used with “picked from the list”.",
    )
    drawn = forms.CharField(
        label="Drawn area (GeoJSON)",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The map above fills this in. It can be pasted too: a polygon in longitude and latitude.",
    )

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.problem = problem
        groups = areas.choices(problem.force)
        self.fields["picked"].choices = [
            pair for title, pairs in groups if title != "Forces" for pair in pairs
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        how = data.get("how")
        if how == "pick" and not data.get("picked"):
            self.add_error("picked", "Pick at least one area.")
        if how == "draw":
            data["geometry"] = self._drawn(data.get("drawn", ""))
        place = self.problem.place
        if how == "problem" and not (place.get("areas") or place.get("geometry")):
            self.add_error("how", "The problem has no area of its own: pick areas, or draw one.")
        return data

    def _drawn(self, text: str) -> dict[str, Any] | None:
        try:
            given = json.loads(text)
            geometry = given.get("geometry", given)
            assessing.check_geometry(geometry)
            return geometry
        except ForestallError as problem:
            self.add_error("drawn", f"{problem.what} {problem.next_step}")
        except (ValueError, AttributeError, TypeError, RecursionError):
            self.add_error("drawn", "Draw an area on the map, or pick areas from the list.")
        return None


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def area(request: HttpRequest, reference: str) -> HttpResponse:
    found, now = _draft(request, reference)
    treated = now.draft.get("treated") or {}
    how = "draw" if treated.get("geometry") else "pick" if treated.get("areas") else "problem"
    own = found.place
    if treated.get("name") == found.place_name:
        how = "problem"
    initial = {
        "how": how,
        "picked": treated.get("areas") or own.get("areas") or [],
        "drawn": json.dumps(treated["geometry"]) if treated.get("geometry") else "",
    }
    form = AreaForm(request.POST or None, problem=found, initial=initial)

    def do() -> None:
        data = form.cleaned_data
        if data["how"] == "pick":
            picked = sorted(data["picked"])
            named = areas.described(picked)
            name = ", ".join(named[c]["name"] for c in picked if c in named)[:200]
            answer = {"areas": picked, "geometry": None, "name": name}
        elif data["how"] == "draw":
            answer = {"areas": [], "geometry": data["geometry"], "name": "Drawn area"}
        else:
            codes = own.get("areas") or []
            shape = None if codes else own.get("geometry")
            answer = {"areas": codes, "geometry": shape, "name": found.place_name}
        _answer(request, now, {"treated": answer})

    return form_page(
        request, found, form, do, heading="Treated area", back=at("plan", found),
        onward=_next(found, now, "periods"), record=now, template="problems/area.html",
        more={"map": planmap.drawing_map(found, now.draft)},
    )  # fmt: skip


class PeriodsForm(PlainForm):
    response_start = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$",
        label="Month in which the response starts",
        help_text="As year and month, for example 2026-03.",
        error_messages={"required": "Enter the month.", "invalid": "Enter a month such as 2026-03."},
    )
    after_months = forms.IntegerField(
        label="Months after the start that are counted",
        min_value=3,
        max_value=36,
        help_text="12 takes in every season once.",
        error_messages={
            "required": "Enter a number of months.",
            "min_value": "Count at least 3 months.",
            "max_value": "Count at most 36 months.",
            "invalid": "Enter a whole number.",
        },
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def periods(request: HttpRequest, reference: str) -> HttpResponse:
    found, now = _draft(request, reference)
    initial = {
        "response_start": now.draft.get("response_start") or assessing.next_month(),
        "after_months": assessing.length(now.draft.get("after")) or 12,
    }
    form = PeriodsForm(request.POST or None, initial=initial)

    def do() -> None:
        start = form.cleaned_data["response_start"]
        found_periods = assessing.periods_for(start, form.cleaned_data["after_months"])
        _answer(request, now, {"response_start": start, **found_periods})

    said = [
        "The months before are taken from the records: up to two whole years that end the month before the start."
    ]
    return form_page(
        request, found, form, do, heading="Periods", back=at("plan", found),
        onward=_next(found, now, "comparison"), record=now, said=said,
    )  # fmt: skip


class ComparisonForm(PlainForm):
    option = choice("Which area is it compared with?", [], radios=True)
    buffer_metres = forms.IntegerField(
        label="Buffer in which displacement is looked for, metres",
        min_value=0,
        max_value=5000,
        help_text="0 for none. 500 is a local setting, not verified.",
        error_messages={
            "required": "Enter a number of metres; 0 for none.",
            "invalid": "Enter a whole number of metres.",
            "min_value": "Enter 0 or more.",
            "max_value": "Enter 5,000 at most.",
        },
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def comparison(request: HttpRequest, reference: str) -> HttpResponse:
    found, now = _draft(request, reference)
    needed = gaps({**now.draft, "design": "before_after"})
    if needed:
        raise ForestallError("A comparison cannot be proposed yet. " + " ".join(needed), "Answer that first.")
    proposed = assessing.proposal(now.draft)
    options = proposed["options"]
    form = ComparisonForm(
        request.POST or None,
        initial={
            "option": "0" if options else "none",
            "buffer_metres": now.draft.get("buffer_metres", assessing.BUFFER_METRES),
        },
    )
    form.fields["option"].choices = [
        *[(str(i), o["reason"]) for i, o in enumerate(options)],
        ("none", "No comparison: before and after alone, and a weaker claim"),
    ]

    def do() -> None:
        picked = form.cleaned_data["option"]
        wanted = None if picked == "none" else options[int(picked)]
        _answer(
            request,
            now,
            assessing.settle(now.draft, wanted, form.cleaned_data["buffer_metres"]),
        )

    return form_page(
        request, found, form, do, heading="Comparison and buffer", back=at("plan", found), record=now,
        said=[proposed["error"]] if proposed["error"] else [], template="problems/comparison.html",
        more={"map": planmap.options_map(now.draft, options)},
    )  # fmt: skip


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, reference: str) -> HttpResponse:
    found, now = _draft(request, reference)
    missing = missing_to_start(facts_of(found))
    if missing:
        return redirect(at("plan", found))
    form = PlainForm(request.POST or None)
    if request.method == "POST":
        form.data, form.is_bound = request.POST, True

    def do() -> None:
        actions.start_response(by=request.user, problem=found, expected_version=expected_version(request))

    return form_page(
        request, found, form, do, heading="Start the response", back=at("plan", found), record=now,
        button="Start the response and freeze the plan",
        warning="The plan cannot be changed after this, by anybody. Amendments stand beside it for ever.",
    )  # fmt: skip


class AmendForm(PlainForm):
    words = long_text("What is different from the plan", required=True, rows=3, most=4000)
    reason = long_text("Reason", required=True, rows=2, most=2000)


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    now = current_plan(found)
    if now is None or not now.frozen:
        return redirect(at("plan", found))
    form = AmendForm(request.POST or None)

    def do() -> None:
        actions.amend(by=request.user, plan=now, **form.cleaned_data)

    back = at("plan", found, "#amendments")
    return form_page(request, found, form, do, heading="Add an amendment", back=back)


class AgainForm(PlainForm):
    reason = long_text("Why a further plan is needed", required=True, rows=3, most=2000)


@needs(Permission.PROBLEM_REVIEW)
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = AgainForm(request.POST or None)

    def do() -> None:
        actions.plan_again(by=request.user, problem=found, reason=form.cleaned_data["reason"])

    said = ["The frozen plan and what came of it stay in sight for ever."]
    return form_page(request, found, form, do, heading="A further plan", back=at("plan", found), said=said)


def _next(found: Any, now: Any, name: str) -> str:
    """On a first way through, the next question; later, back to the plan."""
    answered = {"area": "treated", "periods": "response_start", "comparison": "design"}
    return at("plan", found) if now.draft.get(answered[name]) else at(f"plan-{name}", found)
