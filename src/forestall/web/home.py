"""The first page: what is mine, what is new, where to go."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.web.gates import anyone_signed_in
from forestall.web.modules import parts
from forestall.web.navigation import Item

navigation = [Item("Home", "home", 0)]


@anyone_signed_in
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "parts": parts("home_parts", request),
        "release": datasets.live_or_none(),
        "may_import": organisations.holds(request.user, Permission.EVIDENCE_IMPORT),
    }
    return render(request, "home.html", context)


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponsePermanentRedirect(static("favicon.svg"))


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """For whatever watches the server: it answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", home, name="home"),
    path("favicon.ico", favicon),
    path("health/", health, name="health"),
]
