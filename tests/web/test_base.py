"""The layout, its headers, the pages for what went wrong."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings
from django.urls import path

from forestall.errors import ForestallError
from forestall.web.templatetags import forestall as tags

pytestmark = pytest.mark.django_db


def test_everything_needs_signing_in_first(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


def test_home_says_who_and_for_whom(signed_in: Client) -> None:
    page = signed_in.get("/").content.decode()
    assert "Alex Analyst" in page
    assert "Aldshire" in page
    assert "OFFICIAL" in page
    assert 'href="#main-content"' in page


def test_headers_are_strict(signed_in: Client) -> None:
    answer = signed_in.get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "'nonce-" in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"


def test_no_page_styles_inline(signed_in: Client) -> None:
    page = signed_in.get("/").content.decode()
    assert " style=" not in page
    assert "<style" not in page


def test_unknown_address_is_a_page_of_ours(signed_in: Client) -> None:
    answer = signed_in.get("/no-such-page/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def _refuse(request: object) -> None:
    raise ForestallError("The file has no <b>month</b>.", "Add a month.")


def _break(request: object) -> None:
    raise RuntimeError("secret inner words")


class Broken:
    urlpatterns = [path("refuse/", _refuse), path("break/", _break)]


def _with_broken() -> type:
    from forestall.config import urls

    class Both:
        urlpatterns = [*urls.urlpatterns, *Broken.urlpatterns]
        handler500 = urls.handler500

    return Both


def test_a_user_error_says_what_to_do(signed_in: Client) -> None:
    with override_settings(ROOT_URLCONF=_with_broken()):
        answer = signed_in.get("/refuse/")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "The file has no &lt;b&gt;month&lt;/b&gt;." in page
    assert "Add a month." in page


def test_a_fault_of_ours_shows_no_traceback(signed_in: Client) -> None:
    signed_in.raise_request_exception = False
    with override_settings(ROOT_URLCONF=_with_broken()):
        answer = signed_in.get("/break/")
    assert answer.status_code == 500
    assert "secret inner words" not in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()


def test_macros_escape_text() -> None:
    html = tags.component("button", {"text": "<script>alert(1)</script>"})
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("number", 1234567, "1,234,567"),
        ("number", None, "not known"),
        ("number", 0, "0"),
        ("pounds", -1500.4, "−£1,500"),
        ("percent", 0.256, "26%"),
        ("month", "2022-10", "October 2022"),
        ("month", "2022-13", "2022-13"),
        ("megabytes", 2_500_000, "2.5 MB"),
        ("instant", "2026-07-01T19:05:00+00:00", "1 July 2026, 20:05"),
        ("instant", "nonsense", "nonsense"),
    ],
)
def test_filters(name: str, value: object, text: str) -> None:
    assert getattr(tags, name)(value) == text
