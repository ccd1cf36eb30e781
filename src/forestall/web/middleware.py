"""What happens around every page: headers, and user errors as pages."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from forestall.errors import ForestallError
from forestall.records.audit.rules import Stale
from forestall.web import errors

#: Bytes that a form needs beside its files.
SPARE = 100_000

Respond = Callable[[HttpRequest], HttpResponse]


def headers(get_response: Respond) -> Respond:
    """Headers that Django has no setting for. Pages of records are never kept by a shared cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def body_size(get_response: Respond) -> Respond:
    """Refuse a body beyond the upload limit before reading it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        most = settings.FORESTALL_UPLOAD_MEGABYTES
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > most * 1_000_000 + SPARE:
            return errors.too_large(most)
        return get_response(request)

    return middleware


class UserErrors:
    """A `ForestallError` raised anywhere is a page that says what to do; a stale edit is a 409 that keeps it."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Stale):
            return errors.stale(request, problem)
        if isinstance(problem, ForestallError):
            return errors.user_error(request, problem)
        return None
