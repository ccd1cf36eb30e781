"""The log: chained, append-only, and telling where it was touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction

from forestall.records.audit import actions, selectors
from forestall.records.audit.models import AuditEvent, Frozen, Head
from forestall.records.audit.rules import Stale, check, event_hash
from forestall.records.organisations.models import Organisation

pytestmark = pytest.mark.django_db


def three(stream: str = "aldshire") -> list[AuditEvent]:
    return [
        actions.record(
            by="system",
            action=f"thing.{name}",
            object_kind="thing",
            object_id=n,
            organisation=stream,
            details={"n": n},
        )
        for n, name in enumerate(("made", "seen", "changed"))
    ]


def tamper(sql: str, *values: Any) -> None:
    """Change the table behind Django's back, as an intruder with the file would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_untouched_log_is_whole() -> None:
    three()
    three("brinshire")
    assert selectors.verify() == []


def test_streams_are_apart() -> None:
    three()
    other = three("brinshire")
    assert [e.sequence for e in other] == [1, 2, 3]
    assert other[0].previous == ""


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("details", '{"n": 99}'),
        ("actor", "someone"),
        ("action", "thing.unmade"),
        ("object_id", "7"),
        ("at", "2020-01-01 00:00:00"),
        ("organisation", "elsewhere"),
        ("previous", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_any_changed_column_is_found(column: str, value: str) -> None:
    second = three()[1]
    tamper(f"UPDATE audit_auditevent SET {column} = %s WHERE id = %s", value, second.pk)
    broken = selectors.verify()
    assert [(b.stream, b.sequence) for b in broken] == [("aldshire", 2)]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_removed_event_is_found(which: int) -> None:
    gone = three()[which]
    tamper("DELETE FROM audit_auditevent WHERE id = %s", gone.pk)
    assert [b.sequence for b in selectors.verify()] == [which + 1]


def test_a_rewritten_tail_is_found_by_a_head_kept_elsewhere() -> None:
    events = three()
    kept = selectors.heads()
    tamper("DELETE FROM audit_auditevent WHERE id = %s", events[2].pk)
    tamper("UPDATE audit_head SET sequence = 2, hash = %s WHERE stream = %s", events[1].hash, "aldshire")
    assert selectors.verify() == []  # within itself it looks whole
    assert [b.reason for b in selectors.verify(kept)] == ["it differs from the head that was kept elsewhere"]


def test_events_are_never_changed_or_removed() -> None:
    event = three()[0]
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(action="x"),
        lambda: AuditEvent.objects.bulk_update([event], ["action"]),
    ):
        with pytest.raises(Frozen):
            attempt()
    assert AuditEvent.objects.count() == 3


def test_an_event_goes_with_its_transaction() -> None:
    def broken_off() -> None:
        with transaction.atomic():
            three()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert AuditEvent.objects.count() == 0
    assert Head.objects.count() == 0
    three()
    assert selectors.verify() == []


def test_hash_covers_the_previous_one() -> None:
    event = {
        "stream": "",
        "sequence": 1,
        "at": three()[0].at,
        "actor": "a",
        "action": "b",
        "object_kind": "c",
        "object_id": "d",
        "organisation": "",
        "details": {"x": 1},
        "previous": "",
    }
    assert event_hash(event) != event_hash({**event, "previous": "1"})
    assert event_hash(event) == event_hash({**event, "details": {"x": 1}})


def test_a_stream_without_head_is_broken() -> None:
    assert check("x", [], None) is None
    assert check("x", [], (1, "h")).reason.startswith("events at the end")


@pytest.fixture
def force(organisations: dict[str, Organisation]) -> Organisation:
    return organisations["force"]


def change(target: Organisation, version: int | None, by: str = "system", **values: Any) -> bool:
    return actions.change(
        by=by,
        action="organisation.edited",
        target=target,
        values=values,
        expected_version=version,
        organisation="force",
    )


def test_change_sets_logs_and_counts(force: Organisation) -> None:
    assert change(force, 1, name="Aldshire Police")
    force.refresh_from_db()
    assert (force.name, force.version) == ("Aldshire Police", 2)
    event = selectors.events_of("organisation", force.pk).last()
    assert event.details == {"fields": ["name"], "version": 2}


def test_two_writers_do_not_overwrite_each_other(force: Organisation) -> None:
    mine = Organisation.objects.get(pk=force.pk)
    theirs = Organisation.objects.get(pk=force.pk)
    change(theirs, 1, by="them", name="Theirs")
    with pytest.raises(Stale) as caught:
        change(mine, 1, name="Mine")
    assert (caught.value.expected, caught.value.found) == (1, 2)
    force.refresh_from_db()
    assert force.name == "Theirs"
    [event] = selectors.changes_since("organisation", force.pk, 1)
    assert (event.actor, event.details["fields"]) == ("them", ["name"])


def test_nothing_changed_is_no_event(force: Organisation) -> None:
    before = AuditEvent.objects.count()
    assert not change(force, 1, name=force.name)
    assert AuditEvent.objects.count() == before
    force.refresh_from_db()
    assert force.version == 1


def test_a_form_that_already_wrote_on_the_object_still_saves(force: Organisation) -> None:
    force.name = "Written on"
    assert change(force, 1, name="Written on")
    assert Organisation.objects.get(pk=force.pk).name == "Written on"


def test_a_stale_save_of_the_same_values_is_refused_too(force: Organisation) -> None:
    change(Organisation.objects.get(pk=force.pk), 1, name="Theirs")
    with pytest.raises(Stale):
        change(Organisation.objects.get(pk=force.pk), 1, name="Theirs")
