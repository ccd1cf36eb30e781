"""Read the log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from forestall.records.audit.models import AuditEvent, Head
from forestall.records.audit.rules import HASHED, Broken, check


def events_of(object_kind: str, object_id: object) -> QuerySet[AuditEvent]:
    """Everything that happened to one record, oldest first."""
    return AuditEvent.objects.filter(object_kind=object_kind, object_id=str(object_id)).order_by("at", "id")


def changes_since(object_kind: str, object_id: object, version: int) -> list[AuditEvent]:
    """Edits that took a record past this version: who, when, and which fields."""
    events = events_of(object_kind, object_id)
    return [e for e in events if int(e.details.get("version", 0)) > version]


def recent(*, organisations: list[str] | None = None, since: datetime | None = None) -> QuerySet[AuditEvent]:
    """Events newest first, of these organisations (all of them when None)."""
    found = AuditEvent.objects.order_by("-at", "-id")
    if organisations is not None:
        found = found.filter(organisation__in=organisations)
    return found if since is None else found.filter(at__gte=since)


def heads() -> dict[str, tuple[int, str]]:
    """The end of each stream. Kept somewhere else as well, they show a cut tail or a full rewrite."""
    return {h.stream: (h.sequence, h.hash) for h in Head.objects.order_by("stream")}


def verify(known_heads: dict[str, tuple[int, str]] | None = None) -> list[Broken]:
    """Walk every stream; say where each first breaks. An empty list: nothing was changed or removed.

    known_heads: heads kept elsewhere at an earlier time; each has to be in its stream still.
    """
    now = heads()
    streams = set(AuditEvent.objects.values_list("stream", flat=True).distinct()) | set(now)
    broken = []
    for stream in sorted(streams):
        events = AuditEvent.objects.filter(stream=stream).order_by("sequence").values(*HASHED, "hash")
        found = check(stream, events.iterator(), now.get(stream))
        if found:
            broken.append(found)
    for stream, (sequence, value) in sorted((known_heads or {}).items()):
        kept = AuditEvent.objects.filter(stream=stream, sequence=sequence).values_list("hash", flat=True)
        if sequence and kept.first() != value:
            broken.append(Broken(stream, sequence, "it differs from the head that was kept elsewhere"))
    return broken
