"""One problem: what is it, who owns it, where does it stand, what is missing, what happened?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forestall.records.organisations.permissions import Permission
from forestall.records.problems import permissions
from forestall.records.problems.actions import moving, working
from forestall.records.problems.rules.gates import missing
from forestall.records.problems.rules.states import Part, Stage, State, done, moves_from, reached, stage_of
from forestall.records.problems.rules.states import move as the_move
from forestall.records.problems.rules.words import REVIEW_DAYS, ReviewDecision, Tier
from forestall.records.problems.selectors import one
from forestall.records.problems.selectors.facts import facts_of
from forestall.records.problems.selectors.timeline import timeline
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
def problem(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    facts = facts_of(found)
    state, before = State(found.state), State(found.state_before) if found.state_before else None
    parts = permissions.parts_of(request.user, found)
    gaps = missing(before if state == State.SUSPENDED and before else state, facts)
    moves = moves_from(state, parts)
    context = {
        **framed(request, found, "problem"),
        "stages": [_stage(found, stage, state, before, gaps) for stage in Stage],
        "gaps": gaps,
        "current": stage_of(state, before),
        "onward": [m for m in moves if m.gate],
        "back_moves": [m for m in moves if not m.gate],
        "may_ask": Part.OWNER in parts
        and state in (State.SCANNING, State.ANALYSIS)
        and not found.signature_asked_at,
        "timeline": timeline(found),
        "tasks": list(found.tasks.all()),
        "participants": [p for p in found.participants.all() if p.left_at is None],
        "reviews": list(found.reviews.all()),
        "today": timezone.localdate(),
        "form_token": form_token(),
        "is_owner": Part.OWNER in parts,
    }
    return render(request, "problems/problem.html", context)


def _stage(found: Any, stage: Stage, state: State, before: State | None, gaps: list[str]) -> dict[str, Any]:
    current = stage_of(state, before) == stage
    if done(state, stage, before):
        words, colour = "Signed", "green"
    elif current:
        words, colour = (f"{len(gaps)} missing", "yellow") if gaps else ("Ready to sign", "blue")
    elif reached(state, stage, before):
        words, colour = "Open", "blue"
    else:
        words, colour = "Not started", "grey"
    return {
        "title": stage.label,
        "href": at(stage.value, found),
        "words": words,
        "colour": colour,
        "gaps": gaps if current else [],
        "current": current,
    }


class MoveForm(PlainForm):
    def __init__(self, *args: Any, reason: bool, sustain: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if reason:
            self.fields["reason"] = long_text(
                "Reason", required=True, hint="It shows in the timeline.", rows=4
            )
        if sustain:
            self.fields["sustain_check_on"] = day(
                "Check on that it stays away",
                hint="3, 6 or 12 months from now is usual. Leave empty to close without a later check.",
            )


@needs(Permission.PROBLEM_VIEW)
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    to = request.GET.get("to", "")
    wanted = the_move(State(found.state), State(to)) if to in list(State) else None
    if wanted is None:
        raise Http404
    form = MoveForm(request.POST or None, reason=wanted.reason, sustain=wanted.target == State.CLOSED)
    gaps = missing(State(found.state), facts_of(found)) if wanted.gate else []

    def do() -> None:
        moving.move_on(
            by=request.user,
            problem=found,
            to=to,
            expected_version=expected_version(request),
            reason=form.cleaned_data.get("reason", ""),
            sustain_check_on=form.cleaned_data.get("sustain_check_on"),
        )

    return form_page(
        request,
        found,
        _sent(request, form),
        do,
        heading=wanted.label,
        back=at("problem", found),
        record=found,
        button=wanted.label,
        said=["Still missing at this gate:"] if gaps else ["Nothing is missing."] if wanted.gate else [],
        listed=gaps,
    )


def _sent(request: HttpRequest, form: forms.Form) -> forms.Form:
    """A form without fields of its own counts as sent by a POST."""
    if request.method == "POST":
        form.data, form.is_bound = request.POST, True
    return form


@needs(Permission.PROBLEM_EDIT)
@require_POST
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    moving.ask_signature(by=request.user, problem=found, expected_version=expected_version(request))
    return redirect(at("problem", found))


class PeopleForm(PlainForm):
    owner = choice("Owner", [], hint="One named person, never a team.")
    supervisor = choice("Supervisor", [], required=False, hint="Signs each stage. Never the owner.")

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.owners = {str(u.pk): u for u in one.colleagues(problem)}
        self.signers = {str(u.pk): u for u in one.supervisors(problem)}
        self.fields["owner"].choices = [(k, u.name) for k, u in self.owners.items()]
        self.fields["supervisor"].choices = [
            ("", "Nobody yet"),
            *[(k, u.name) for k, u in self.signers.items()],
        ]


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    now = {"owner": str(found.owner_id or ""), "supervisor": str(found.supervisor_id or "")}
    form = PeopleForm(request.POST or None, problem=found, initial=now)

    def do() -> None:
        moving.name_people(
            by=request.user,
            problem=found,
            owner=form.owners[form.cleaned_data["owner"]],
            supervisor=form.signers.get(form.cleaned_data["supervisor"]),
            expected_version=expected_version(request),
        )

    back = at("problem", found)
    return form_page(request, found, form, do, heading="Who owns it, who signs", back=back, record=found)


class NoteForm(PlainForm):
    words = long_text("Note", required=True, hint="No names of victims or suspects: use references.")


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = NoteForm(request.POST or None)

    def do() -> None:
        working.add_note(by=request.user, problem=found, words=form.cleaned_data["words"])

    return form_page(request, found, form, do, heading="Add a note", back=at("problem", found, "#timeline"))


class ReviewForm(PlainForm):
    progress = long_text("What has moved since the last review", required=True)
    decision = choice("Decision", ReviewDecision.pairs(), radios=True)
    next_on = day("Next review")


@needs(Permission.PROBLEM_REVIEW)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    usual = timezone.localdate() + timezone.timedelta(days=REVIEW_DAYS[Tier(found.tier)])
    form = ReviewForm(request.POST or None, initial={"next_on": usual})

    def do() -> None:
        working.review(
            by=request.user,
            problem=found,
            progress=form.cleaned_data["progress"],
            decision=form.cleaned_data["decision"],
            next_on=form.cleaned_data["next_on"],
            expected_version=expected_version(request),
        )

    back = at("problem", found)
    return form_page(request, found, form, do, heading="Review", back=back, record=found)


class SuspendForm(PlainForm):
    until = day("Until", required=True)
    reason = long_text("Reason", required=True, rows=3, hint="For example: the court sits in March.")


@needs(Permission.PROBLEM_REVIEW)
@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    form = SuspendForm(request.POST or None)

    def do() -> None:
        moving.suspend(
            by=request.user,
            problem=found,
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
            expected_version=expected_version(request),
        )

    back = at("problem", found)
    return form_page(request, found, form, do, heading="Put the problem aside", back=back, record=found)


@needs(Permission.PROBLEM_REVIEW)
@require_POST
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    found = one.problem(request.user, reference)
    moving.resume(by=request.user, problem=found, expected_version=expected_version(request))
    return redirect(at("problem", found))


class PartnerForm(PlainForm):
    organisation = choice("Organisation", [])
    contact = line("Contact", required=False, hint="A role and a work telephone number.")

    def __init__(self, *args: Any, problem: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.bodies = {str(o.pk): o for o in one.partners(problem)[:2000]}
        self.fields["organisation"].choices = [
            ("", "Choose an organisation"),
            *[(k, f"{o.name} ({o.get_kind_display()})") for k, o in self.bodies.items()],
        ]


@needs(Permission.PROBLEM_EDIT)
@require_http_methods(["GET", "POST"])
def partner(request: HttpRequest, reference: str) -> HttpResponse:
    found = editable(request, reference)
    form = PartnerForm(request.POST or None, problem=found)

    def do() -> None:
        working.add_participant(
            by=request.user,
            problem=found,
            organisation=form.bodies[form.cleaned_data["organisation"]],
            contact=form.cleaned_data["contact"],
        )

    said = ["Its people will be able to read this problem, work on it, and take tasks. They cannot sign."]
    back = at("problem", found)
    return form_page(request, found, form, do, heading="Bring in an organisation", back=back, said=said)
