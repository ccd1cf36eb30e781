"""Pages of organisations and of the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from forestall.records.audit.models import AuditEvent
from forestall.records.organisations import selectors
from forestall.records.organisations.models import Membership, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(add_person: Any, client_for: Any) -> Any:
    return client_for(add_person("administrator", "force"))


def test_list_holds_ones_own_and_below(administrator: Any) -> None:
    page = administrator.get("/organisations/").content.decode()
    for name in ("Aldshire", "Aldham Centre", "Aldham Council"):
        assert name in page
    assert "Brinshire" not in page
    assert "Aldham Centre" not in administrator.get("/organisations/?q=council").content.decode()


def test_add_a_new_person_shows_the_first_password_once(administrator: Any, client: Any) -> None:
    data = {"name": "New Person", "email": "New@Example.org", "role": "officer"}
    answer = administrator.post("/organisations/beat/", data, follow=True)
    page = answer.content.decode()
    password = page.partition("shown this once: ")[2].partition("<")[0].strip()
    assert password not in administrator.get("/organisations/beat/").content.decode()
    signed = client.post("/sign-in/", {"username": "new@example.org", "password": password})
    assert signed.status_code == 302
    person = User.objects.get(email="new@example.org")
    assert [m.role for m in selectors.memberships(person)] == ["officer"]


def test_a_known_person_gets_a_role_and_keeps_name_and_password(administrator: Any, person: Any) -> None:
    data = {"name": "Other", "email": person.email, "role": "reader"}
    page = administrator.post("/organisations/beat/", data, follow=True).content.decode()
    assert "shown this once" not in page
    person.refresh_from_db()
    assert person.name == "Alex Analyst"
    again = administrator.post("/organisations/beat/", data)
    assert again.status_code == 422
    assert "already holds this role" in again.content.decode()


def test_ending_a_role(administrator: Any, add_person: Any) -> None:
    person = add_person("officer", "beat")
    membership = Membership.objects.get(person=person)
    assert administrator.get(f"/organisations/beat/roles/{membership.pk}/end/").status_code == 405
    administrator.post(f"/organisations/district/roles/{membership.pk}/end/")
    assert Membership.objects.filter(pk=membership.pk, end__isnull=True).exists()  # not of that organisation
    administrator.post(f"/organisations/beat/roles/{membership.pk}/end/")
    assert not selectors.holds(User.objects.get(pk=person.pk), "problem.view")


@pytest.mark.parametrize("key", ["other-force", "nation", "no-such"])
def test_beyond_ones_own_is_not_found(administrator: Any, key: str) -> None:
    assert administrator.get(f"/organisations/{key}/").status_code == 404
    data = {"name": "X", "email": "x@example.org", "role": "administrator"}
    assert administrator.post(f"/organisations/{key}/", data).status_code == 404
    assert not User.objects.filter(email="x@example.org").exists()


def test_add_a_partner_body(administrator: Any) -> None:
    answer = administrator.post("/organisations/district/add/", {"name": "Aldham Trust", "kind": "charity"})
    assert answer.status_code == 302
    made = selectors.organisation("aldham-trust")
    assert [o.key for o in selectors.ancestors(made)][-2:] == ["district", "aldham-trust"]
    wrong = administrator.post("/organisations/district/add/", {"name": "", "kind": "force"})
    assert wrong.status_code == 422


@pytest.mark.parametrize("role", ["reader", "officer", "analyst", "commander", "partner", "auditor"])
def test_others_manage_nobody(add_person: Any, client_for: Any, role: str) -> None:
    client = client_for(add_person(role, "force"))
    assert client.get("/organisations/").status_code == 403
    assert client.post("/organisations/beat/", {}).status_code == 403


def test_log_shows_ones_own_organisations_and_is_itself_logged(add_person: Any, client_for: Any) -> None:
    client = client_for(add_person("auditor", "force"))
    page = client.get("/log/").content.decode()
    assert "organisation: created" in page
    assert "other-force" not in page
    assert AuditEvent.objects.latest("id").action == "log.viewed"


def test_log_says_whether_it_is_whole(add_person: Any, client_for: Any) -> None:
    client = client_for(add_person("auditor", "nation"))
    assert "The log is whole" in client.post("/log/verify/", follow=True).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditevent SET actor = 'x' WHERE stream = 'force' AND sequence = 1")
    assert "changed after it was written" in client.post("/log/verify/", follow=True).content.decode()
