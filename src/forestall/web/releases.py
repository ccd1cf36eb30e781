"""Releases of the records: which are kept, how they differ, which one everybody reads."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from forestall.errors import ForestallError
from forestall.records.datasets import actions, selectors
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.web import reporting
from forestall.web.gates import needs
from forestall.web.imports import report_response
from forestall.web.modules import HomePart


def home_parts(request: HttpRequest) -> list[HomePart]:
    """On the first page: which records everybody reads now."""
    live = selectors.live_or_none()
    if live is None or not organisations.holds(request.user, Permission.EVIDENCE_VIEW):
        return []
    return [HomePart("Records", "datasets/home.html", {"release": live, "manifest": live.manifest}, order=90)]


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def releases(request: HttpRequest) -> HttpResponse:
    live = selectors.live_or_none()
    context = {
        "releases": [
            {"release": r, "manifest": r.manifest, "live": bool(live and live.id == r.id)}
            for r in selectors.releases()
        ],
        "may_manage": organisations.holds(request.user, Permission.RELEASE_MANAGE),
    }
    return render(request, "datasets/releases.html", context)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def release(request: HttpRequest, release_id: str) -> HttpResponse:
    """One release: what is in it, and the quality report of its import."""
    found = _release(release_id)
    live = selectors.live_or_none()
    context = {
        "release": found,
        "manifest": found.manifest,
        "live": bool(live and live.id == found.id),
        "sections": reporting.sections(found.quality),
        "rejects": [p.name for p in selectors.rejects_files(release_id)],
        "may_manage": organisations.holds(request.user, Permission.RELEASE_MANAGE),
        "may_import": organisations.holds(request.user, Permission.EVIDENCE_IMPORT),
    }
    return render(request, "datasets/release.html", context)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """What changed between two releases."""
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    if not older or not newer:
        raise ForestallError("Two releases are needed to compare.", "Choose an older and a newer one.")
    _release(older)
    _release(newer)
    return render(request, "datasets/compare.html", selectors.compare(older, newer))


@needs(Permission.RELEASE_MANAGE)
@require_POST
def make_live(request: HttpRequest, release_id: str) -> HttpResponse:
    _release(release_id)
    actions.make_live(by=request.user, release_id=release_id)
    messages.success(request, f"Everybody now reads release {release_id}.")
    return redirect("releases")


@needs(Permission.RELEASE_MANAGE)
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, release_id: str) -> HttpResponse:
    """Ask first, then remove."""
    found = _release(release_id)
    if request.method == "GET":
        return render(request, "datasets/remove_release.html", {"release": found, "manifest": found.manifest})
    actions.remove_release(by=request.user, release_id=release_id)
    messages.success(request, f"Release {release_id} is removed.")
    return redirect("releases")


@needs(Permission.EVIDENCE_IMPORT)
@require_GET
def rejects(request: HttpRequest, release_id: str, name: str) -> HttpResponse:
    """Refused rows, with where, what and why: mend and import again."""
    for file in selectors.rejects_files(_release(release_id).id):
        if file.name == name:
            answer = HttpResponse(file.read_bytes(), content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer
    raise Http404


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def quality_file(request: HttpRequest, release_id: str, ending: str) -> HttpResponse:
    return report_response(_release(release_id).quality, f"release-{release_id}-quality", ending)


def _release(release_id: str) -> selectors.Release:
    try:
        return selectors.release(release_id)
    except ForestallError:
        raise Http404


urlpatterns = [
    path("releases/", releases, name="releases"),
    path("releases/compare/", compare, name="compare-releases"),
    path("releases/<str:release_id>/", release, name="release"),
    path("releases/<str:release_id>/make-live/", make_live, name="make-live"),
    path("releases/<str:release_id>/remove/", remove, name="remove-release"),
    path("releases/<str:release_id>/quality.json", quality_file, {"ending": "json"}, name="quality-json"),
    path("releases/<str:release_id>/quality.csv", quality_file, {"ending": "csv"}, name="quality-csv"),
    path("releases/<str:release_id>/<str:name>", rejects, name="rejects"),
]
