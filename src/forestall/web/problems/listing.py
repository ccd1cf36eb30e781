"""What lists share: the page number, the pager, and files with their filters and date."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def page_of(request: HttpRequest) -> str:
    return request.GET.get("page", "1")[:9]


def pager(request: HttpRequest, page: Page) -> dict[str, Any] | None:
    """The pagination component's parameters, or None for a single page."""
    if page.paginator.num_pages < 2:
        return None

    def address(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    entries: list[dict[str, Any]] = []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        if isinstance(number, int):
            entries.append({"number": number, "href": address(number), "current": number == page.number})
        else:
            entries.append({"ellipsis": True})
    found: dict[str, Any] = {"items": entries, "landmarkLabel": "Pages of the list"}
    if page.has_previous():
        found["previous"] = {"href": address(page.number - 1)}
    if page.has_next():
        found["next"] = {"href": address(page.number + 1)}
    return found


def wants_file(request: HttpRequest) -> bool:
    return request.GET.get("as") in ("csv", "xlsx")


def file_of(
    request: HttpRequest,
    name: str,
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[Any]],
    filters: Mapping[str, str],
) -> HttpResponse:
    """The list as CSV or Excel, with its filters, its date and who took it out above it."""
    if not organisations.holds(request.user, Permission.EXPORT):
        raise PermissionDenied("None of your roles lets you take records out as files.")
    at = timezone.localtime()
    above = [
        [title],
        [f"Taken out {at:%d %B %Y, %H:%M} by {request.user.name}"],
        ["Filters: " + ("; ".join(f"{k} = {v}" for k, v in filters.items() if v) or "none")],
        [],
    ]
    stem = f"forestall-{name}-{at:%Y%m%d-%H%M}"
    table = [*above, list(head), *[list(r) for r in rows]]
    if request.GET.get("as") == "xlsx":
        return _attached(_workbook(title, table), XLSX, f"{stem}.xlsx")
    out = io.StringIO()
    csv.writer(out).writerows([[_cell(c) for c in r] for r in table])
    return _attached(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", f"{stem}.csv")


def _workbook(title: str, table: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for row in table:
        sheet.append([_cell(c) for c in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made plain; characters that it cannot hold go."""
    if not isinstance(value, str):
        return value
    clean = "".join(c for c in value if c >= " " or c in "\t\n")
    return f"'{clean}" if clean[:1] in ("=", "+", "-", "@", "\t", "\r") else clean


def _attached(body: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
