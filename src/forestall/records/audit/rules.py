"""How events chain, and what a stale edit is. Imports nothing of Django: plain values in and out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forestall.errors import ForestallError

#: What the hash covers, in this order.
HASHED = (
    "stream",
    "sequence",
    "at",
    "actor",
    "action",
    "object_kind",
    "object_id",
    "organisation",
    "details",
    "previous",
)


class Stale(ForestallError):
    """Somebody else saved this record after the writer had opened it."""

    def __init__(self, object_kind: str, object_id: str, expected: int, found: int) -> None:
        super().__init__(
            f"Someone else saved this {object_kind} while you were writing.",
            "Compare what they changed with what you typed, then save again.",
        )
        self.object_kind = object_kind
        self.object_id = object_id
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class Broken:
    """The first place where a stream does not hold."""

    stream: str
    sequence: int
    reason: str


def event_hash(event: Mapping[str, Any]) -> str:
    """SHA-256 of an event's canonical bytes, the previous hash among them."""
    at: datetime = event["at"]
    values = [
        at.astimezone(UTC).isoformat(timespec="microseconds") if n == "at" else event[n] for n in HASHED
    ]
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check(stream: str, events: Iterable[Mapping[str, Any]], head: tuple[int, str] | None) -> Broken | None:
    """The first break in a stream, or None. `head`: the sequence and hash that the stream should end with."""
    last, before = 0, ""
    for event in events:
        at = last + 1
        if event["sequence"] != at:
            return Broken(stream, at, "an event is missing")
        if event["previous"] != before:
            return Broken(stream, at, "it does not follow from the event before it")
        if event_hash(event) != event["hash"]:
            return Broken(stream, at, "it was changed after it was written")
        last, before = at, event["hash"]
    if head is None:
        return Broken(stream, last, "the stream has no head") if last else None
    if head != (last, before):
        return Broken(stream, last + 1, "events at the end are missing, or the head was changed")
    return None
