"""Open a problem by hand: what, where, who leads."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import opening
from forestall.records.problems.rules.words import Referral, Tier
from forestall.records.problems.selectors import areas, one
from forestall.web.gates import needs
from forestall.web.problems.sending import PlainForm, choice, line, send, show


class OpenForm(PlainForm):
    title = line(
        "Title", hint="Place and behaviour, without names of people. For example: burglary in Mill Road."
    )
    crime_type = choice("Kind of crime or behaviour", [])
    place = choice("Area", [], hint="The smallest area that holds the problem.")
    place_name = line(
        "Place in words", required=False, hint="For example: Mill Road between the canal and the park."
    )
    lead = choice("Who leads", [])
    tier = choice("Tier", Tier.pairs())
    referral = choice("Where it came from", Referral.pairs())

    def __init__(self, *args: Any, person: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        listed = areas.choices()
        self.fields["place"].choices = [("", "Choose an area"), *listed]
        types = areas.crime_types()
        self.fields["crime_type"].choices = [("", "Choose a kind"), *[(t, t) for t in types]]
        leads = one.leads(person)[:2000]
        self.fields["lead"].choices = [(str(o.pk), o.name) for o in leads]
        self.leads = {str(o.pk): o for o in leads}


@needs(Permission.PROBLEM_OPEN)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = OpenForm(request.POST or None, person=request.user, initial={"referral": Referral.OFFICER})

    def do() -> str:
        data = form.cleaned_data
        place = areas.place(data["place"])
        if data["place_name"]:
            place["name"] = data["place_name"]
        made = opening.open_problem(
            by=request.user,
            lead_organisation=form.leads[data["lead"]],
            title=data["title"],
            force=place.pop("force") or "",
            place=place,
            crime_types=[data["crime_type"]],
            tier=data["tier"],
            referral=data["referral"],
        )
        return reverse("problems:problem", args=[made.reference])

    return send(request, form, do) or show(
        request,
        "problems/new.html",
        {
            "form": form,
            "has_records": datasets.has_live(),
            "may_scan": organisations.holds(request.user, Permission.EVIDENCE_VIEW),
            "may_import": organisations.holds(request.user, Permission.EVIDENCE_IMPORT),
        },
    )
