"""The problem register: which problems are live, whose, and stuck where?"""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.rules.states import FINISHED, LIVE, State
from forestall.records.problems.rules.words import Tier
from forestall.records.problems.selectors import register as listing
from forestall.web.gates import needs
from forestall.web.problems.listing import file_of, page_of, pager, wants_file

PAGE = 25
FILTERS = ("standing", "state", "tier", "force", "theme", "owner", "attention", "q", "order")
ATTENTION = {
    "late": "Something is late",
    "no_owner": "No owner, or one who left",
    "no_supervisor": "No supervisor",
}


@needs(Permission.PROBLEM_VIEW)
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    filters = {name: request.GET.get(name, "")[:200] for name in FILTERS if request.GET.get(name)}
    found = listing.register(request.user, filters)
    if wants_file(request):
        rows = [listing.row(p) for p in found[:50_000]]
        head = list(listing.row(found[0])) if rows else ["reference"]
        values = [[r[name] for name in head] for r in rows]
        return file_of(request, "problems", "Problem register", head, values, filters)
    page = Paginator(found, PAGE).get_page(page_of(request))
    choices = listing.choices(request.user)
    order = filters.get("order", "-opened")
    context = {
        "page": page,
        "pagination": pager(request, page),
        "filters": filters,
        "standings": listing.STANDING,
        "standing": filters.get("standing", "live"),
        "states": [(s.value, s.label) for s in State if s in LIVE | FINISHED],
        "tiers": Tier.pairs(),
        "forces": choices["forces"],
        "themes": choices["themes"],
        "attention": ATTENTION,
        "heads": [_head(key, title, order) for key, (title, _) in listing.ORDERS.items()],
        "today": timezone.localdate(),
        "may_export": organisations.holds(request.user, Permission.EXPORT),
        "may_scan": organisations.holds(request.user, Permission.EVIDENCE_VIEW),
        "force_names": datasets.force_names(),
        "may_open": organisations.holds(request.user, Permission.PROBLEM_OPEN),
        "filtered": bool(set(filters) - {"order"}),
    }
    return render(request, "problems/register.html", context)


def _head(key: str, title: str, order: str) -> dict[str, str]:
    """A column heading that sorts: the other way round where it sorts already."""
    current = order.lstrip("-") == key
    down = current and order.startswith("-")
    return {
        "title": title,
        "sort": ("descending" if down else "ascending") if current else "none",
        "order": key if down else f"-{key}" if current else key,
        "mark": ("▼" if down else "▲") if current else "",
    }
