"""Organisations, the people in them and their roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forestall.errors import ForestallError
from forestall.records.organisations import actions, selectors
from forestall.records.organisations.permissions import ROLE_SENTENCES, Permission, Role, role_name
from forestall.web.gates import needs
from forestall.web.navigation import Item

navigation = [Item("Organisations", "organisations", 90, Permission.PEOPLE_MANAGE)]

A_PAGE = 50
ROLE_CHOICES = [(role.value, f"{name}: {sentence}") for role, (name, sentence) in ROLE_SENTENCES.items()]
BODIES = [
    (kind.value, kind.label)
    for kind in selectors.Kind
    if kind.value not in ("nation", "region", "force", "district", "beat")
]


class PersonForm(forms.Form):
    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Enter a name."})
    email = forms.EmailField(
        label="Work e-mail address",
        help_text="Somebody who is here already keeps their name, and gets the role as well.",
        error_messages={
            "required": "Enter a work e-mail address.",
            "invalid": "Enter an address such as name@example.police.uk.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(
        label="Role",
        choices=ROLE_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role.", "invalid_choice": "Choose one of the roles."},
    )


class BodyForm(forms.Form):
    name = forms.CharField(label="Name", max_length=200, error_messages={"required": "Enter a name."})
    kind = forms.ChoiceField(label="Kind", choices=BODIES, error_messages={"required": "Choose a kind."})


def _organisation(request: HttpRequest, key: str, permission: Permission) -> Any:
    """The organisation; not found where the reader may not even know of it."""
    found = selectors.organisation(key)
    if found is None or not selectors.may(request.user, Permission.PEOPLE_MANAGE, found):
        raise Http404
    if not selectors.may(request.user, permission, found):
        raise PermissionDenied
    return found


@needs(Permission.PEOPLE_MANAGE)
@require_GET
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation where the reader looks after people."""
    found = selectors.organisations(request.user, Permission.PEOPLE_MANAGE).order_by("path")
    words = request.GET.get("q", "").strip()
    if words:
        found = found.filter(name__icontains=words).order_by("name")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "organisations/list.html",
        {"page": page, "words": words, "search_label": {"text": "Find by name"}},
    )


@needs(Permission.PEOPLE_MANAGE)
@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest, key: str) -> HttpResponse:
    """One organisation: where it stands, who is in it; add a person."""
    found = _organisation(request, key, Permission.PEOPLE_MANAGE)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            password = _add(request, found, form.cleaned_data)
        except ForestallError as problem:
            form.add_error(None, str(problem))
        else:
            said = f"{form.cleaned_data['email']} is now {role_name(form.cleaned_data['role'])} here."
            if password:
                said += f" Their first password, shown this once: {password}"
            messages.success(request, said)
            return redirect("organisation", key=key)
    context = {
        "organisation": found,
        "trail": [
            {"text": o.name, "href": reverse("organisation", args=[o.key])}
            for o in selectors.ancestors(found)[:-1]
            if selectors.may(request.user, Permission.PEOPLE_MANAGE, o)
        ]
        + [{"text": found.name}],
        "children": selectors.children(found).order_by("kind", "name"),
        "members": [{"membership": m, "role": role_name(m.role)} for m in selectors.memberships_in(found)],
        "form": form,
        "may_add_bodies": selectors.may(request.user, Permission.ORGANISATION_MANAGE, found),
    }
    return render(request, "organisations/organisation.html", context, status=422 if form.errors else 200)


def _add(request: HttpRequest, organisation: Any, data: dict[str, str]) -> str:
    """Add the person if they are new, then the role. Returns a first password for somebody new."""
    password = ""
    person = selectors.person_by_email(data["email"])
    if person is None:
        password = get_random_string(16)
        person = actions.add_person(
            by=request.user, email=data["email"], name=data["name"], password=password
        )
    actions.add_membership(by=request.user, person=person, organisation=organisation, role=Role(data["role"]))
    return password


@needs(Permission.PEOPLE_MANAGE)
@require_POST
def end_role(request: HttpRequest, key: str, membership_id: int) -> HttpResponse:
    found = _organisation(request, key, Permission.PEOPLE_MANAGE)
    membership = selectors.memberships_in(found).filter(pk=membership_id).first()
    if membership is None:
        raise Http404
    actions.end_membership(by=request.user, membership=membership)
    messages.success(request, f"{membership.person.name} is no longer {role_name(membership.role)} here.")
    return redirect("organisation", key=key)


@needs(Permission.ORGANISATION_MANAGE)
@require_http_methods(["GET", "POST"])
def add_body(request: HttpRequest, key: str) -> HttpResponse:
    """Add a partner body below an organisation."""
    found = _organisation(request, key, Permission.ORGANISATION_MANAGE)
    form = BodyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = actions.create_organisation(
            by=request.user, name=form.cleaned_data["name"], kind=form.cleaned_data["kind"], parent=found
        )
        messages.success(request, f"{made.name} is added.")
        return redirect("organisation", key=made.key)
    context = {"organisation": found, "form": form}
    return render(request, "organisations/add_body.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("organisations/", organisations, name="organisations"),
    path("organisations/<slug:key>/", organisation, name="organisation"),
    path("organisations/<slug:key>/add/", add_body, name="add-body"),
    path("organisations/<slug:key>/roles/<int:membership_id>/end/", end_role, name="end-role"),
]
