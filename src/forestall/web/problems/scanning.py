"""Scanning: is it a problem, how large, what would be different?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import scanning as actions
from forestall.records.problems.rules.gates import missing
from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import Cheers, Marking, Tier
from forestall.records.problems.selectors import one
from forestall.records.problems.selectors.facts import cheers_of, facts_of
from forestall.web import charts
from forestall.web.gates import needs
from forestall.web.ground import with_ground
from forestall.web.maps import Map, Shape, point
from forestall.web.problems.frame import at, editable, form_page, framed
from forestall.web.problems.sending import PlainForm, choice, expected_version, line, long_text


@needs(Permission.PROBLEM_VIEW)
@require_GET
def scanning(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    answers = cheers_of(found)
    drawn = place_map(found)
    numbers = charts.requested_csv(request, [drawn])
    if numbers is not None:
        return numbers
    context = {
        **framed(request, found, "scanning"),
        "cheers": [
            {
                "label": element.label,
                "question": element.question,
                "passed": answers[element].passed if element in answers else None,
                "text": answers[element].text if element in answers else "",
            }
            for element in Cheers
        ],
        "findings": [_finding(kept) for kept in found.findings.all()],
        "gaps": missing(State.SCANNING, facts_of(found)),
        "map": drawn,
        "similar_count": len(one.similar(request.user, found)),
    }
    return render(request, "problems/scanning.html", context)


def _finding(kept: Any) -> dict[str, Any]:
    answer = kept.finding.get("answer", {})
    return {
        "kept": kept,
        "question": kept.finding["question"].replace(".", ": ").replace("_", " ").capitalize(),
        "release": kept.finding["release"],
        "method": kept.finding["method"],
        "why": kept.why or answer.get("why", ""),
        "caveats": kept.finding.get("caveats", []),
        "answer": answer,
    }


def place_map(found: Any, key: str = "place") -> Map | None:
    """The problem's place, as an area or a point."""
    place = found.place
    geometry = place.get("geometry")
    if geometry is None and place.get("lon") is not None:
        geometry = point(place["lon"], place["lat"])
    if geometry is None:
        return None
    kind = "point" if geometry["type"] == "Point" else "candidate"
    drawn = Map(
        key=key,
        title="Where it is",
        unit="The problem's area",
        period=found.place_name,
        source="the record of this problem.",
        head=("Place", "Events at opening"),
        rows=((found.place_name, found.events),),
        shapes=(Shape(kind, found.place_name, geometry),),
    )
    return with_ground(drawn, found.force or None)


class AboutForm(PlainForm):
    title = line("Title", hint="Place and behaviour. No names of people.")
    theme = line("Kind of crime or behaviour", most=80)
    tier = choice("Tier", Tier.pairs(), hint="Who can solve it.")
    marking = choice("Handling marking", Marking.pairs())
    events_statement = long_text(
        "The events that make it up",
        hint="Needed where no finding is attached: how many, when, with references.",
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def about(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    names = ("title", "theme", "tier", "marking", "events_statement")
    form = AboutForm(request.POST or None, initial={n: getattr(found, n) for n in names})

    def do() -> None:
        actions.edit_header(
            by=request.user, problem=found, expected_version=expected_version(request), **form.cleaned_data
        )

    back = at("scanning", found)
    return form_page(request, found, form, do, heading="What the problem is", back=back, record=found)


class CheersForm(PlainForm):
    def __init__(self, *args: Any, override: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        for element in Cheers:
            answers = [("yes", "Yes"), ("no", "No"), ("", "Not answered yet")]
            self.fields[f"{element}_passed"] = choice(
                f"{element.label}: {element.question}", answers, required=False, radios=True
            )
            self.fields[f"{element}_text"] = long_text(
                f"What shows {element.label.lower()}", rows=2, most=4000
            )
        if override:
            self.fields["override"] = long_text(
                "Supervisor: reason to go on without a yes to every question", rows=2, most=4000
            )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def cheers(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    may_override = bool(framed(request, found, "scanning")["may_review"])
    initial: dict[str, str] = {"override": found.cheers_override}
    for element, answer in cheers_of(found).items():
        initial[f"{element}_passed"] = {True: "yes", False: "no", None: ""}[answer.passed]
        initial[f"{element}_text"] = answer.text
    form = CheersForm(request.POST or None, override=may_override, initial=initial)

    def do() -> None:
        data = form.cleaned_data
        answers = {
            e.value: {
                "passed": {"yes": True, "no": False}.get(data[f"{e}_passed"]),
                "text": data[f"{e}_text"],
            }
            for e in Cheers
        }
        actions.answer_cheers(
            by=request.user,
            problem=found,
            answers=answers,
            override=data.get("override", found.cheers_override),
            expected_version=expected_version(request),
        )

    said = [
        "A matter is a problem when it passes all six questions. What the records can answer is filled in; "
        "what the community experiences and expects, only people can say."
    ]
    back = at("scanning", found)
    return form_page(
        request, found, form, do, heading="CHEERS: is it a problem?", back=back, record=found, said=said
    )


class AimForm(PlainForm):
    aim = long_text(
        "Aim",
        hint="Good: “A fifth fewer burglaries in Mill Road between January and December than in the year before.” "
        "Not good: “Tackle burglary.”",
        rows=3,
        most=2000,
    )


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def aim(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = AimForm(request.POST or None, initial={"aim": found.aim})

    def do() -> None:
        actions.set_aim(
            by=request.user,
            problem=found,
            aim=form.cleaned_data["aim"],
            expected_version=expected_version(request),
        )

    heading = "What would be different, by how much, by when?"
    return form_page(request, found, form, do, heading=heading, back=at("scanning", found), record=found)


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def similar(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = PlainForm(request.POST or None)
    if request.method == "POST":
        form.data, form.is_bound = request.POST, True
    others = one.similar(request.user, found)

    def do() -> None:
        actions.duplicates_checked(by=request.user, problem=found, expected_version=expected_version(request))

    return form_page(
        request,
        found,
        form,
        do,
        heading="Similar problems",
        back=at("scanning", found),
        record=found,
        button="This is another problem: go on",
        template="problems/similar.html",
        more={"others": others},
    )
