"""Bring records in: upload, progress, quality report, refused rows."""

from __future__ import annotations

import csv
import json
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods

from forestall.errors import ForestallError
from forestall.records.datasets import actions, selectors
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.web import reporting
from forestall.web.gates import needs
from forestall.web.navigation import Item

navigation = [Item("Imports", "imports", 80, Permission.EVIDENCE_IMPORT)]

#: Imports on one page of the list.
SHOWN = 50


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files from one input."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        clean_one = super().clean
        if not isinstance(data, list | tuple):
            data = [data] if data else []
        if not data:
            clean_one(None, initial)
        return [clean_one(item, initial) for item in data]


class UploadForm(forms.Form):
    files = ManyFilesField(
        label="Files of records",
        widget=ManyFiles,
        error_messages={
            "required": "Choose one or more files to import.",
            "empty": "One of the files is empty. Check it and choose again.",
        },
    )
    mapping = forms.FileField(
        label="Mapping file (for your own CSV or Parquet)",
        required=False,
        help_text="Says which column is which. Files of police.uk need none.",
        error_messages={"empty": "The mapping file is empty."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].help_text = (
            "police.uk street, outcomes or stop and search files, or the monthly zip as published; your own "
            "CSV or Parquet with a mapping; boundaries as GeoJSON; populations and look-ups as CSV. "
            f"Up to {settings.FORESTALL_UPLOAD_MEGABYTES} MB together."
        )


@needs(Permission.EVIDENCE_IMPORT)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                job = actions.start_import(
                    by=request.user,
                    files=form.cleaned_data["files"],
                    mapping=form.cleaned_data["mapping"],
                    organisation=organisations.home_organisation(request.user),
                )
            except ForestallError as problem:
                form.add_error("files", str(problem))
            else:
                return redirect("import", key=job.key)
    context = {
        "form": form,
        "jobs": selectors.imports(request.user)[:SHOWN],
        "live": selectors.live_or_none(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "datasets/imports.html", context, status=status)


def _job(request: HttpRequest, key: str) -> Any:
    job = selectors.import_job(request.user, key)
    if job is None:
        raise Http404
    return job


@needs(Permission.EVIDENCE_IMPORT)
@require_GET
def import_(request: HttpRequest, key: str) -> HttpResponse:
    """One import: how far it is, or what came of it."""
    job = _job(request, key)
    context = {
        "job": job,
        "sections": reporting.sections(job.report),
        "rejects": _rejects(job.release) if job.release else [],
    }
    return render(request, "datasets/import.html", context)


@needs(Permission.EVIDENCE_IMPORT)
@require_GET
def progress(request: HttpRequest, key: str) -> HttpResponse:
    """The moving part of the page alone. When the import has ended the page loads itself anew."""
    job = _job(request, key)
    answer = render(request, "datasets/parts/progress.html", {"job": job})
    if job.ended:
        answer["HX-Refresh"] = "true"
    return answer


def _rejects(release_id: str) -> list[str]:
    try:
        return [p.name for p in selectors.rejects_files(release_id)]
    except ForestallError:
        return []  # the release was removed since


@needs(Permission.EVIDENCE_IMPORT)
@require_GET
def report_file(request: HttpRequest, key: str, ending: str) -> HttpResponse:
    """The quality report as a file: JSON as the command line gives it, or CSV of its tables."""
    job = _job(request, key)
    return report_response(job.report, f"import-{job.at:%Y-%m-%d}-report", ending)


def report_response(report: dict[str, Any], name: str, ending: str) -> HttpResponse:
    if ending == "json":
        answer = HttpResponse(
            json.dumps(report, indent=1, ensure_ascii=False), content_type="application/json"
        )
    else:
        answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        out = csv.writer(answer)
        for row in reporting.rows(report):
            out.writerow([selectors.safe_cell(str(cell)) for cell in row])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer


urlpatterns = [
    path("imports/", imports, name="imports"),
    path("imports/<uuid:key>/", import_, name="import"),
    path("imports/<uuid:key>/progress/", progress, name="import-progress"),
    path("imports/<uuid:key>/report.json", report_file, {"ending": "json"}, name="import-report-json"),
    path("imports/<uuid:key>/report.csv", report_file, {"ending": "csv"}, name="import-report-csv"),
]
