"""The log: who did and looked at what; and whether it is whole."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from forestall.records.audit import actions
from forestall.records.audit import selectors as audit
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.web.gates import needs
from forestall.web.navigation import Item
from forestall.web.reporting import text

navigation = [Item("Log", "log", 95, Permission.AUDIT_VIEW)]

A_PAGE = 50


@needs(Permission.AUDIT_VIEW)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Events of the reader's organisations, newest first. Reading it is itself logged."""
    seen = organisations.organisations(request.user, Permission.AUDIT_VIEW)
    events = audit.recent(organisations=list(seen.values_list("key", flat=True)))
    kind = request.GET.get("kind", "")
    if kind:
        events = events.filter(object_kind=kind)
    page = Paginator(events, A_PAGE).get_page(request.GET.get("page"))
    names = organisations.names_of({e.actor for e in page})
    rows = [
        {
            "at": e.at,
            "who": names.get(e.actor, e.actor),
            "action": e.action.replace(".", ": ").replace("_", " "),
            "object": f"{e.object_kind} {e.object_id}",
            "organisation": e.organisation,
            "details": text({k: v for k, v in e.details.items() if v is not None}) if e.details else "",
        }
        for e in page
    ]
    home = organisations.home_organisation(request.user)
    actions.viewed(
        by=request.user, object_kind="log", object_id=page.number, organisation=home.key if home else ""
    )
    return render(request, "log/log.html", {"page": page, "rows": rows, "kind": kind})


@needs(Permission.AUDIT_VIEW)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk every stream of the log."""
    broken = audit.verify()
    if not broken:
        messages.success(request, "The log is whole: no event was changed or removed.")
    for found in broken:
        messages.error(
            request, f"Stream {found.stream or 'of no organisation'}, event {found.sequence}: {found.reason}."
        )
    return redirect("log")


urlpatterns = [
    path("log/", log, name="log"),
    path("log/verify/", verify, name="verify-log"),
]
