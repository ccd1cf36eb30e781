"""The first administrator of a server comes by a command."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from forestall.records.organisations import selectors
from forestall.records.organisations.management.commands import add_person
from forestall.records.organisations.models import User

pytestmark = pytest.mark.django_db


def run(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr(add_person, "getpass", lambda prompt: password)
    call_command("add_person", "first@example.org", name="First", organisation="aldshire")


def test_makes_organisation_person_and_role(monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "three random words")
    person = User.objects.get(email="first@example.org")
    assert person.check_password("three random words")
    assert selectors.may(person, "people.manage", selectors.organisation("aldshire"))
    with pytest.raises(CommandError, match="already here"):
        run(monkeypatch, "three random words")


def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="too short"):
        run(monkeypatch, "short")
    assert not User.objects.exists()
    assert selectors.organisation("aldshire") is None
