"""Every address says who may open it, and none answers a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

#: Open to who has not signed in, and why.
OPEN = {
    "sign-in/": "it is where one signs in",
    "sign-out/": "it ends a session and shows nothing",
    "favicon.ico": "browsers ask for it first",
    "health/": "whatever watches the server has no account",
}


def routes() -> Iterator[tuple[str, Any]]:
    def walk(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
        for pattern in patterns:
            here = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield here, pattern.callback
            else:
                yield from walk(pattern.url_patterns, here)

    yield from walk(get_resolver().url_patterns, "")


def test_every_route_declares_its_permission() -> None:
    silent = [route for route, view in routes() if route not in OPEN and not hasattr(view, "permission")]
    assert silent == []


@pytest.mark.django_db
def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    for route, _ in routes():
        if route in OPEN or "<" in route:
            continue
        answer = client.get(f"/{route}")
        assert answer.status_code == 302, route
        assert answer["Location"].startswith("/sign-in/"), route


@pytest.mark.django_db
def test_somebody_without_a_role_gets_nothing(add_person: Any, client_for: Any, data_folder: Any) -> None:
    client = client_for(add_person(None))
    for route, view in routes():
        if getattr(view, "permission", None) is None or "<" in route:
            continue
        assert client.get(f"/{route}").status_code in (403, 405), route
