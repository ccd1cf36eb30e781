"""Pages for what went wrong. Each says what happened and what to do next; none shows a traceback."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from forestall.errors import ForestallError
from forestall.records.audit import selectors as audit
from forestall.records.audit.rules import Stale
from forestall.records.organisations import selectors as organisations

#: Never shown back to a reader.
SECRET_FIELDS = {"csrfmiddlewaretoken", "expected_version", "password", "token"}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    what = "Something in the address or the form cannot be read."
    return render(
        request, "errors/400.html", {"what": what, "next_step": "Go back and try again."}, status=400
    )


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    what = "This form was open for too long, or was sent from another site, so nothing was saved."
    next_step = "Go back, copy what you typed, load the page again and send it once more."
    return render(request, "errors/403.html", {"what": what, "next_step": next_step}, status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", {"what": str(exception or "")}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    # No context: whatever broke may be what the context asks for.
    context = {
        "title": "Something went wrong",
        "what": "The fault is ours, and it has been written to the server's log. Nothing was half saved.",
        "next_step": "Try again in a few minutes.",
    }
    return HttpResponse(render_to_string("errors/plain.html", context), status=500)


def too_large(most: int) -> HttpResponse:
    """Before sessions are read, so a page that knows nobody."""
    context = {
        "title": "These files are too large",
        "what": f"An upload here may weigh {most} MB, all files together, and this was more.",
        "next_step": "Upload the files in parts, or have them imported on the server: forestall import PATH.",
    }
    return HttpResponse(render_to_string("errors/plain.html", context), status=413)


def user_error(request: HttpRequest, problem: ForestallError, status: int = 400) -> HttpResponse:
    context = {"what": problem.what, "next_step": problem.next_step}
    return render(request, "errors/400.html", context, status=status)


def stale(request: HttpRequest, problem: Stale) -> HttpResponse:
    """Somebody else saved first: who changed what, and the reader's own words kept to copy back."""
    changes = audit.changes_since(problem.object_kind, problem.object_id, problem.expected)
    names = organisations.names_of({c.actor for c in changes})
    context = {
        "what": problem.what,
        "next_step": problem.next_step,
        "changes": [
            {
                "who": names.get(c.actor, "Someone"),
                "at": c.at,
                "fields": [f.replace("_", " ") for f in c.details.get("fields", [])],
            }
            for c in changes
        ],
        "typed": [
            (name.replace("_", " ").capitalize(), value)
            for name, values in request.POST.lists()
            if name not in SECRET_FIELDS
            for value in values
            if value
        ],
    }
    return render(request, "errors/409.html", context, status=409)
