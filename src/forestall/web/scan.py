"""Scan: where may there be problems, which first? List and map side by side; a problem opens in one click."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path, reverse
from django.views.decorators.http import require_GET, require_POST

from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions import opening, working
from forestall.records.problems.selectors import scans
from forestall.web import charts
from forestall.web.gates import needs
from forestall.web.ground import with_ground
from forestall.web.maps import Map, Shape
from forestall.web.navigation import Item
from forestall.web.problems.listing import file_of, page_of, pager, wants_file
from forestall.web.problems.sending import form_token

navigation = [Item("Scan", "scan:scan", 20, Permission.EVIDENCE_VIEW)]

PAGE = 25
COLUMNS = (
    "rank",
    "lens",
    "place",
    "crime type",
    "from",
    "to",
    "events",
    "expected",
    "excess",
    "excess, lower",
    "excess, upper",
    "harm (days)",
    "cost (pounds)",
    "share of force",
    "months persistent",
    "trend",
    "longitude",
    "latitude",
    "why",
)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def scan(request: HttpRequest) -> HttpResponse:
    if not datasets.has_live():
        may_import = organisations.holds(request.user, Permission.EVIDENCE_IMPORT)
        return render(request, "places/none.html", {"may_import": may_import, "title": "Scan"})
    filters = {name: request.GET.get(name, "") for name in ("force", "type", "lens", "rank_by", "q")}
    if "force" not in request.GET:
        filters["force"] = _own_force(request)
    found = scans.scan_list(filters)
    if wants_file(request):
        return file_of(
            request,
            "scan",
            "Candidate problems",
            COLUMNS,
            [_cells(c) for c in found.candidates],
            {**filters, "release": found.release, "make-believe": "yes" if found.make_believe else ""},
        )
    pages = Paginator(found.candidates, PAGE)
    page = pages.get_page(page_of(request))
    rows = _openable(request, scans.mark_live(request.user, list(page.object_list)))
    names = datasets.force_names()
    drawn = _map(rows, found)
    numbers = charts.requested_csv(request, [drawn])
    if numbers is not None:
        return numbers
    context = {
        "found": found,
        "filters": filters,
        "rankings": scans.RANKINGS,
        "rows": rows,
        "page": page,
        "pagination": pager(request, page),
        "map": drawn,
        "force_names": names,
        "may_export": organisations.holds(request.user, Permission.EXPORT),
        "total": len(found.candidates),
    }
    return render(request, "scan/scan.html", context)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def candidate(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """One candidate with its evidence."""
    row = _found(request, candidate_id)
    marked = scans.mark_live(request.user, [{**row, "place": row["place"]}])[0]
    lead = scans.lead_for(request.user, row)
    shape = Shape("candidate", row["place"]["name"], row["place"]["geometry"])
    drawn = _place_map(row, shape)
    numbers = charts.requested_csv(request, [drawn])
    if numbers is not None:
        return numbers
    context = {
        "row": marked,
        "lenses": scans.scan_list({"force": row["force"]}).lenses,
        "finding": row["finding"],
        "lead": lead,
        "form_token": form_token(),
        "may_open": lead is not None,
        "map": drawn,
    }
    return render(request, "scan/candidate.html", context)


def _place_map(row: dict[str, Any], shape: Shape) -> Map | None:
    drawn = Map(
        key="place",
        title="Where it is",
        unit="Area of the candidate",
        period=f"{row['period']['from']} to {row['period']['to']}",
        source=f"release {row['finding']['release']}.",
        head=("Place", "Events"),
        rows=((row["place"]["name"], row["events"]),),
        shapes=(shape,),
    )
    return with_ground(drawn, row["force"])


@needs(Permission.PROBLEM_OPEN)
@require_POST
def open_problem(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Open a problem from a candidate: the scanning part is filled in, the Finding is attached."""
    row = _found(request, candidate_id)
    lead = scans.lead_for(request.user, row)
    if lead is None:
        raise PermissionDenied("None of your roles lets you open a problem there.")

    def do() -> str:
        made = opening.open_from_candidate(by=request.user, candidate=row, lead_organisation=lead)
        return reverse("problems:problem", args=[made.reference])

    return redirect(working.once(by=request.user, token=request.POST.get("token", ""), do=do))


def _found(request: HttpRequest, candidate_id: str) -> dict[str, Any]:
    if not datasets.has_live():
        raise Http404
    force = request.GET.get("force") or request.POST.get("force") or None
    row = scans.candidate(candidate_id, force)
    if row is None:
        raise Http404
    return row


def _openable(request: HttpRequest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each row with the token of its button, where the reader may open a problem and none covers it."""
    if not organisations.holds(request.user, Permission.PROBLEM_OPEN):
        return rows
    leads = {r["force"]: r for r in rows}
    may = {force for force, row in leads.items() if scans.lead_for(request.user, row) is not None}
    return [
        {**r, "token": form_token()} if r["force"] in may and not (r["live"] or r["live_elsewhere"]) else r
        for r in rows
    ]


def _own_force(request: HttpRequest) -> str:
    """The reader's force, where the live release holds it; else all of them."""
    home = organisations.home_organisation(request.user)
    if home is None:
        return ""
    forces = {f"f:{f}": f for f in datasets.live_release().forces}
    for above in organisations.ancestors(home):
        if above.place_code in forces:
            return forces[above.place_code]
        if above.key in forces.values():
            return above.key
    return ""


def _map(rows: list[dict[str, Any]], found: scans.ScanList) -> Map | None:
    shapes = tuple(
        Shape(
            "candidate",
            f"{row['rank']}. {row['place']['name']}",
            row["place"]["geometry"],
            text=f"{row['crime_type']}, {row['events']} events",
            href=reverse("scan:candidate", args=[row["id"]]) + f"?force={row['force']}",
            label=str(row["rank"]),
        )
        for row in rows
        if row["place"].get("geometry")
    )
    if not shapes:
        return None
    drawn = Map(
        key="candidates",
        title="Candidates of this page",
        unit="Area of each candidate",
        period=f"{found.months[0]} to {found.months[-1]}",
        source=f"release {found.release}" + (" (make-believe)." if found.make_believe else "."),
        head=("Rank", "Place", "Crime type", "Events"),
        rows=tuple((r["rank"], r["place"]["name"], r["crime_type"], r["events"]) for r in rows),
        shapes=shapes,
    )
    return with_ground(drawn, rows[0]["force"] if len({r["force"] for r in rows}) == 1 else None)


def _cells(c: dict[str, Any]) -> list[Any]:
    return [
        c["rank"],
        c["lens_title"],
        c["place"]["name"],
        c["crime_type"],
        c["period"]["from"],
        c["period"]["to"],
        c["events"],
        c["expected"],
        c["excess"],
        c["interval"][0],
        c["interval"][1],
        c["harm"],
        c["cost"],
        c["share_of_force"],
        c["months_persistent"],
        c["trend"].get("direction", ""),
        c["place"]["lon"],
        c["place"]["lat"],
        c["why"],
    ]


_pages = [
    path("", scan, name="scan"),
    path("<str:candidate_id>/", candidate, name="candidate"),
    path("<str:candidate_id>/open/", open_problem, name="open"),
]
urlpatterns = [path("scan/", include((_pages, "scan")))]
