"""Who may open a page: each view says which permission it needs, and a test walks all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import SENTENCES, Permission

View = Callable[..., HttpResponse]


def needs(permission: Permission) -> Callable[[View], View]:
    """The reader holds this permission somewhere. Views of one record also ask `organisations.may` about it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not organisations.holds(request.user, permission):
                raise PermissionDenied(f"None of your roles lets you: {SENTENCES[permission].rstrip('.')}.")
            return view(request, *args, **kwargs)

        gated.permission = permission  # type: ignore[attr-defined]
        return gated

    return decorate


def anyone_signed_in(view: View) -> View:
    """No permission beyond being signed in: said aloud, so that a page without a gate is a fault."""
    view.permission = None  # type: ignore[attr-defined]
    return view
