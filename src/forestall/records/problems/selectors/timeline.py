"""What happened to a problem, newest first, in sentences. Taken from the audit log alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from forestall.records.audit.models import AuditEvent
from forestall.records.organisations import selectors as organisations
from forestall.records.problems.models import Note, Problem, Review
from forestall.records.problems.rules.sentences import sentence


@dataclass(frozen=True)
class Entry:
    at: datetime
    who: str
    what: str
    words: str = ""  # a note or a reason, as written
    action: str = ""


#: Kind in the log -> attribute of the problem that holds such parts, and the field that names one.
PARTS = {
    "task": ("tasks", "title"),
    "hypothesis": ("hypotheses", "statement"),
    "response": ("responses", "title"),
    "triangleside": ("sides", "side"),
    "evaluationplan": ("plans", "pk"),
}


def timeline(problem: Problem, limit: int = 200) -> list[Entry]:
    """Everything that happened, newest first. Three queries, however long it is."""
    wanted = Q(object_kind="problem", object_id=str(problem.pk))
    names: dict[tuple[str, str], str] = {}
    for kind, (attribute, field) in PARTS.items():
        rows = list(getattr(problem, attribute).all())
        if rows:
            wanted |= Q(object_kind=kind, object_id__in=[str(r.pk) for r in rows])
        names |= {(kind, str(r.pk)): str(getattr(r, field)) for r in rows}
    events = list(AuditEvent.objects.filter(wanted).order_by("-at", "-id")[:limit])
    people = organisations.names_of({e.actor for e in events})
    notes = _words(problem, events)
    return [
        Entry(
            at=event.at,
            who=people.get(event.actor, "Forestall" if event.actor == "system" else "A former colleague"),
            what=sentence(event.action, event.details, _named(event, names)),
            words=notes.get(_note_key(event), ""),
            action=event.action,
        )
        for event in events
    ]


def _named(event: AuditEvent, names: dict[tuple[str, str], str]) -> str:
    if event.object_kind == "evaluationplan" or "evaluationplan" in event.details:
        return ""  # its number says nothing
    if event.object_kind != "problem":
        return names.get((event.object_kind, event.object_id), "")
    for kind in PARTS:
        if kind in event.details:
            return names.get((kind, str(event.details[kind])), "")
    return ""


def _note_key(event: AuditEvent) -> tuple[str, Any]:
    for kind in ("note", "review"):
        if kind in event.details:
            return kind, event.details[kind]
    return "", None


def _words(problem: Problem, events: list[AuditEvent]) -> dict[tuple[str, Any], str]:
    found: dict[tuple[str, Any], str] = {}
    for kind, model, field in (("note", Note, "text"), ("review", Review, "progress")):
        ids = [e.details[kind] for e in events if kind in e.details]
        if ids:
            rows = model.objects.filter(pk__in=ids, problem=problem).values_list("pk", field)
            found |= {(kind, pk): words for pk, words in rows}
    return found
