"""Signing in, out, and the own page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str) -> Any:
    return client.post("/sign-in/", {"username": email, "password": password, "next": ""})


def test_sign_in_by_email_in_any_case(client: Client, person: Any) -> None:
    answer = sign_in(client, f"  {person.email.upper()} ", "correct horse")
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_wrong_password_is_explained_and_nobody_is_in(client: Client, person: Any) -> None:
    page = sign_in(client, person.email, "wrong").content.decode()
    assert "do not go together" in page
    assert client.get("/").status_code == 302


def test_a_closed_account_stays_out(client: Client, person: Any) -> None:
    person.is_active = False
    person.save()
    assert sign_in(client, person.email, "correct horse").status_code == 200


def test_ten_wrong_tries_rest_the_address(client: Client, person: Any) -> None:
    for _ in range(10):
        sign_in(client, person.email, "wrong")
    assert "Too many wrong tries" in sign_in(client, person.email, "correct horse").content.decode()


def test_sign_out_is_by_form_alone(signed_in: Client) -> None:
    assert signed_in.get("/sign-out/").status_code == 405
    signed_in.post("/sign-out/")
    assert signed_in.get("/").status_code == 302


def test_next_stays_on_this_site(client: Client, person: Any) -> None:
    answer = client.post(
        "/sign-in/",
        {"username": person.email, "password": "correct horse", "next": "https://elsewhere.example/"},
    )
    assert answer["Location"] == "/"


def test_account_shows_what_a_role_allows(signed_in: Client) -> None:
    page = signed_in.get("/account/").content.decode()
    assert "Analyst, Aldshire" in page
    assert "Upload records" in page


@pytest.mark.parametrize(
    ("current", "new", "says"),
    [
        ("wrong", "a long enough secret", "not your current password"),
        ("correct horse", "short", "too short"),
    ],
)
def test_password_refused(signed_in: Client, current: str, new: str, says: str) -> None:
    answer = signed_in.post("/account/password/", {"current": current, "new": new})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_password_changed_keeps_the_session(signed_in: Client, person: Any) -> None:
    signed_in.post("/account/password/", {"current": "correct horse", "new": "three random words"})
    assert signed_in.get("/").status_code == 200
    person.refresh_from_db()
    assert person.check_password("three random words")
