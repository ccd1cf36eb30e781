"""What is known to work: interventions with effect, quality of evidence, and where it comes from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from forestall.records.knowledge import actions, rules, selectors
from forestall.records.organisations.permissions import Permission
from forestall.web.gates import needs
from forestall.web.navigation import Item
from forestall.web.problems.sending import PlainForm, choice, expected_version, line, long_text, send, show

navigation = [Item("What works", "knowledge:interventions", 60, Permission.KNOWLEDGE_VIEW)]


@needs(Permission.KNOWLEDGE_VIEW)
@require_GET
def interventions(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "")[:80]
    context = {
        "entries": selectors.entries(search),
        "q": search,
        "may_edit": selectors.may_edit(request.user),
    }
    return render(request, "knowledge/interventions.html", context)


class EditForm(PlainForm):
    name = line("Name", most=120)
    effect = choice("Effect", rules.Effect.pairs())
    what = long_text("What it is", rows=2)
    mechanism = long_text("How it works", rows=2)
    note = long_text("What is known", rows=3)
    sides = forms.MultipleChoiceField(
        label="Sides of the triangle",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("victim", "Victim"), ("offender", "Offender"), ("location", "Location")],
    )
    cost = choice("Cost", rules.Cost.pairs())
    source = long_text("Source", rows=2, required=True, hint="Where somebody else can check it.")


@needs(Permission.KNOWLEDGE_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    row = selectors.intervention(key)
    if row is None:
        raise Http404
    initial: dict[str, Any] = {name: getattr(row, name) for name in EditForm.base_fields}
    form = EditForm(request.POST or None, initial=initial)

    def do() -> str:
        actions.edit_intervention(
            by=request.user,
            intervention=row,
            values=form.cleaned_data,
            expected_version=expected_version(request),
        )
        return reverse("knowledge:interventions") + f"#{key}"

    return send(request, form, do) or show(request, "knowledge/edit.html", {"form": form, "record": row})


_pages = [
    path("", interventions, name="interventions"),
    path("<slug:key>/edit/", edit, name="edit"),
]
urlpatterns = [path("what-works/", include((_pages, "knowledge")))]
