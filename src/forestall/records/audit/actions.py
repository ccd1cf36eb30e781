"""Write to the log, and change a record with the log in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from forestall.records.audit.models import AuditEvent, Head, Versioned
from forestall.records.audit.rules import Stale, event_hash


class Actor(Protocol):
    """Whoever acts: anything with a key. A person's key says nothing about the person."""

    key: Any


SYSTEM = "system"


def record(
    *,
    by: Actor | str,
    action: str,
    object_kind: str,
    object_id: object,
    organisation: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add one event, inside the caller's transaction if there is one. `details`: no personal data."""
    with transaction.atomic():
        Head.objects.get_or_create(stream=organisation)
        head = Head.objects.select_for_update().get(stream=organisation)
        values = {
            "stream": organisation,
            "sequence": head.sequence + 1,
            "at": timezone.now(),
            "actor": by if isinstance(by, str) else str(by.key),
            "action": action,
            "object_kind": object_kind,
            "object_id": str(object_id),
            "organisation": organisation,
            "details": dict(details or {}),
            "previous": head.hash,
        }
        values["hash"] = event_hash(values)
        event = AuditEvent.objects.create(**values)
        Head.objects.filter(stream=organisation).update(sequence=event.sequence, hash=event.hash)
    return event


def viewed(*, by: Actor | str, object_kind: str, object_id: object, organisation: str = "") -> AuditEvent:
    """Somebody looked at a record."""
    return record(
        by=by,
        action=f"{object_kind}.viewed",
        object_kind=object_kind,
        object_id=object_id,
        organisation=organisation,
    )


@transaction.atomic
def change(
    *,
    by: Actor | str,
    action: str,
    target: Versioned,
    values: Mapping[str, Any],
    expected_version: int | None,
    organisation: str = "",
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Set fields of a record, raise its version by one, and log the names of the fields that changed.

    expected_version: the version that the writer had before them; a later one raises Stale and nothing is
    saved. None: the writer saw no earlier state (a program's own step). Returns False, and logs nothing,
    when every value is already so. Values are kept out of the log: text may name people.
    """
    kind = target._meta.model_name or ""
    changed = sorted(name for name, value in values.items() if _differs(target, name, value))
    manager: models.Manager = type(target)._default_manager
    if expected_version is None:
        expected_version = manager.values_list("version", flat=True).get(pk=target.pk)
    if not changed:
        _refuse_if_stale(manager, kind, target, expected_version)
        return False
    for name in changed:
        setattr(target, name, values[name])
    rows = manager.filter(pk=target.pk, version=expected_version).update(version=F("version") + 1)
    if not rows:
        _refuse_if_stale(manager, kind, target, expected_version)
    target.version = expected_version + 1
    target.save(update_fields=[*changed, "version"])
    record(
        by=by,
        action=action,
        object_kind=kind,
        object_id=target.pk,
        organisation=organisation,
        details={"fields": changed, "version": target.version, **(details or {})},
    )
    return True


def _differs(target: Versioned, name: str, value: Any) -> bool:
    """Against what is stored, not the object in hand: a form may have written on it already."""
    field = target._meta.get_field(name)
    stored = type(target)._default_manager.filter(pk=target.pk).values_list(name, flat=True).first()
    return stored != field.get_prep_value(value.pk if isinstance(value, models.Model) else value)


def _refuse_if_stale(manager: models.Manager, kind: str, target: Versioned, expected: int) -> None:
    found = manager.values_list("version", flat=True).get(pk=target.pk)
    if found != expected:
        raise Stale(kind, str(target.pk), expected, found)
