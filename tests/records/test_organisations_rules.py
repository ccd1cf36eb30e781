"""Who may do what where: default deny, own organisation and all below, dated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.audit.models import AuditEvent
from forestall.records.organisations import actions, rules, selectors
from forestall.records.organisations.models import Organisation, Parent, User
from forestall.records.organisations.permissions import (
    GRANTS,
    ROLE_SENTENCES,
    SENTENCES,
    Permission,
    Role,
    permissions_of,
)

DAY = date(2025, 6, 15)


def held(
    role: str = "officer", where: int = 2, start: date = DAY, end: date | None = None
) -> list[rules.Held]:
    return [rules.Held(where, role, start, end)]


@pytest.mark.parametrize(
    ("roles", "permission", "lineage", "on", "answer"),
    [
        ([], Permission.PROBLEM_VIEW, [1, 2], DAY, False),  # nobody may do anything by default
        (held(), Permission.PROBLEM_EDIT, [1, 2], DAY, True),  # own organisation
        (held(), Permission.PROBLEM_EDIT, [1, 2, 3], DAY, True),  # below it
        (held(), Permission.PROBLEM_EDIT, [1], DAY, False),  # above it
        (held(), Permission.PROBLEM_EDIT, [1, 4], DAY, False),  # beside it
        (held(), Permission.PROBLEM_REVIEW, [1, 2], DAY, False),  # not an officer's
        (held("no-such-role"), Permission.PROBLEM_VIEW, [2], DAY, False),
        (held(start=DAY + timedelta(1)), Permission.PROBLEM_VIEW, [2], DAY, False),  # from tomorrow
        (held(end=DAY - timedelta(1)), Permission.PROBLEM_VIEW, [2], DAY, False),  # until yesterday
        (held(end=DAY), Permission.PROBLEM_VIEW, [2], DAY, True),  # the last day counts
        (held("administrator"), Permission.PROBLEM_VIEW, [2], DAY, False),  # runs accounts, sees no content
    ],
)
def test_may(roles: Any, permission: str, lineage: list[int], on: date, answer: bool) -> None:
    assert rules.may(roles, permission, lineage, on) is answer


def test_every_role_and_permission_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Permission)
    assert set(ROLE_SENTENCES) == set(GRANTS) == set(Role)
    for name, sentence in [*ROLE_SENTENCES.values(), *((p, s) for p, s in SENTENCES.items())]:
        assert name
        assert sentence.endswith(".")


def test_every_permission_is_held_by_some_role() -> None:
    assert set().union(*(permissions_of(r) for r in Role)) == set(Permission)


@pytest.mark.django_db
class TestScope:
    def test_may_and_scope_agree_everywhere(
        self, organisations: dict[str, Organisation], add_person: Callable[..., User]
    ) -> None:
        for where in ("nation", "force", "beat", "council"):
            for role in (Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR):
                person = add_person(role, where)
                for permission in (Permission.PROBLEM_VIEW, Permission.PEOPLE_MANAGE):
                    listed = set(selectors.organisations(person, permission))
                    asked = {o for o in organisations.values() if selectors.may(person, permission, o)}
                    assert listed == asked

    def test_a_force_sees_its_districts_and_not_its_neighbour(
        self, organisations: dict[str, Organisation], add_person: Callable[..., User]
    ) -> None:
        person = add_person("officer", "force")
        keys = {o.key for o in selectors.organisations(person, Permission.PROBLEM_VIEW)}
        assert keys == {"force", "district", "beat", "council"}

    def test_nobody_signed_in_holds_nothing(self, organisations: dict[str, Organisation]) -> None:
        from django.contrib.auth.models import AnonymousUser

        assert not selectors.holds(AnonymousUser(), Permission.EVIDENCE_VIEW)
        assert not selectors.may(AnonymousUser(), Permission.EVIDENCE_VIEW, organisations["force"])

    def test_a_closed_account_holds_nothing(
        self, organisations: dict[str, Organisation], add_person: Callable[..., User]
    ) -> None:
        person = add_person("analyst", "force")
        person.is_active = False
        assert not selectors.holds(person, Permission.EVIDENCE_VIEW)

    def test_one_question_a_request(
        self, add_person: Callable[..., User], organisations: Any, django_assert_num_queries: Any
    ) -> None:
        person = User.objects.get(pk=add_person("analyst", "force").pk)
        with django_assert_num_queries(1):
            for _ in range(5):
                selectors.holds(person, Permission.EVIDENCE_VIEW)
                selectors.may(person, Permission.EVIDENCE_VIEW, organisations["beat"])

    def test_an_ended_membership_stops_today(
        self, organisations: dict[str, Organisation], add_person: Callable[..., User]
    ) -> None:
        person = add_person(None)
        start = timezone.localdate() - timedelta(days=30)
        membership = actions.add_membership(
            by="system", person=person, organisation=organisations["force"], role="officer", start=start
        )
        actions.end_membership(by="system", membership=membership)
        assert not selectors.holds(User.objects.get(pk=person.pk), Permission.PROBLEM_VIEW)
        # ... may be given again, and taken again on the same day
        actions.add_membership(
            by="system", person=person, organisation=organisations["force"], role="officer"
        )
        assert selectors.holds(User.objects.get(pk=person.pk), Permission.PROBLEM_VIEW)
        actions.end_membership(by="system", membership=selectors.memberships(person).get(end__isnull=True))
        assert not selectors.holds(User.objects.get(pk=person.pk), Permission.PROBLEM_VIEW)
        assert AuditEvent.objects.filter(action="membership.ended").count() == 2


@pytest.mark.django_db
class TestActions:
    def test_moving_takes_all_below_along_and_keeps_the_past(
        self, organisations: dict[str, Organisation]
    ) -> None:
        district, beat = organisations["district"], organisations["beat"]
        Parent.objects.filter(child=district).update(start=date(2000, 1, 1))
        actions.move_organisation(by="system", organisation=district, parent=organisations["other-force"])
        beat.refresh_from_db()
        assert organisations["other-force"].pk in beat.lineage
        assert organisations["force"].pk not in beat.lineage
        old, new = Parent.objects.filter(child=district).order_by("start")
        assert old.end == new.start - timedelta(days=1)
        assert new.end is None

    def test_nothing_moves_below_itself(self, organisations: dict[str, Organisation]) -> None:
        with pytest.raises(ForestallError):
            actions.move_organisation(
                by="system", organisation=organisations["force"], parent=organisations["beat"]
            )

    def test_every_change_is_one_event(self, organisations: dict[str, Organisation]) -> None:
        before = AuditEvent.objects.count()
        person = actions.add_person(by="system", email="a@example.org", name="A")
        actions.add_membership(by=person, person=person, organisation=organisations["force"], role="reader")
        events = AuditEvent.objects.order_by("id")[before:]
        assert [e.action for e in events] == ["person.added", "membership.added"]
        assert events[1].actor == str(person.key)

    def test_the_log_holds_no_name_and_no_address(self, organisations: dict[str, Organisation]) -> None:
        actions.add_person(by="system", email="very.private@example.org", name="Very Private")
        event = AuditEvent.objects.latest("id")
        assert "rivate" not in str(vars(event))

    @pytest.mark.parametrize(
        ("call", "says"),
        [
            (lambda o: actions.create_organisation(by="system", name=" ", kind="force"), "no name"),
            (lambda o: actions.create_organisation(by="system", name="X", kind="pub"), "not a kind"),
            (
                lambda o: actions.create_organisation(by="system", name="X", kind="force", key="force"),
                "with the key",
            ),
            (lambda o: actions.add_person(by="system", email="nobody", name="N"), "needs a name"),
            (
                lambda o: actions.add_person(
                    by="system", email="n@example.org", name="N", password="password"
                ),
                "too short",
            ),
        ],
    )
    def test_refusals_name_what_is_wrong(
        self, organisations: dict[str, Organisation], call: Callable[..., Any], says: str
    ) -> None:
        count = Organisation.objects.count() + User.objects.count()
        with pytest.raises(ForestallError) as caught:
            call(organisations)
        assert says in caught.value.what
        assert caught.value.next_step
        assert Organisation.objects.count() + User.objects.count() == count

    def test_the_same_role_twice_is_refused_by_the_database_too(
        self, organisations: dict[str, Organisation], add_person: Callable[..., User]
    ) -> None:
        from forestall.records.organisations.models import Membership

        person = add_person("reader", "force")
        with pytest.raises(ForestallError):
            actions.add_membership(
                by="system", person=person, organisation=organisations["force"], role="reader"
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(person=person, organisation=organisations["force"], role="reader")

    def test_adopting_places_keeps_their_hierarchy_and_runs_twice(self, db: None) -> None:
        places = [
            {"code": "n:a-1", "name": "A 1", "kind": "beat", "parent": "d:a"},
            {"code": "nation:x", "name": "X", "kind": "nation", "parent": ""},
            {"code": "d:a", "name": "A", "kind": "district", "parent": "f:a"},
            {"code": "f:a", "name": "A", "kind": "force", "parent": "nation:x"},
            {"code": "E01", "name": "small", "kind": "small_area", "parent": "n:a-1"},
            {"code": "d:stray", "name": "Elsewhere", "kind": "district", "parent": ""},
            {"code": "n:stray-1", "name": "Elsewhere 1", "kind": "beat", "parent": "d:stray"},
        ]
        assert actions.adopt_places(by="system", places=places) == 4
        beat = selectors.of_place("n:a-1")
        assert [o.place_code for o in selectors.ancestors(beat)] == ["nation:x", "f:a", "d:a", "n:a-1"]
        assert [o.place_code for o in selectors.children(selectors.of_place("f:a"))] == ["d:a"]
        Organisation.objects.filter(place_code="d:a").update(name="Renamed by hand")
        assert actions.adopt_places(by="system", places=places) == 0
        assert selectors.of_place("d:a").name == "Renamed by hand"
