"""What the layout of every page needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from forestall.records.organisations import selectors as organisations
from forestall.web.modules import offered
from forestall.web.navigation import shown


def page(request: HttpRequest) -> dict[str, Any]:
    person = getattr(request, "user", None)
    signed_in = bool(person and person.is_authenticated)
    context: dict[str, Any] = {
        "marking": settings.FORESTALL_MARKING,
        "signed_in": signed_in,
        "make_believe": _make_believe(),
    }
    if signed_in:
        items = [item for offer in offered("navigation") for item in offer]
        context["service_navigation"] = shown(items, request, lambda p: organisations.holds(person, p))
        context["home_organisation"] = organisations.home_organisation(person)
    return context


def _make_believe() -> bool:
    """Whether what is live was generated: every page then says so."""
    from forestall.records.datasets import selectors as datasets

    return datasets.live_is_make_believe()
