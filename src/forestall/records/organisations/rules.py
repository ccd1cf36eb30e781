"""Who may do what where. Plain values in and out: no database, no request."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from forestall.records.organisations.permissions import Permission, permissions_of


@dataclass(frozen=True)
class Held:
    """A role that a person holds in an organisation between two days (the last one included)."""

    organisation: int
    role: str
    start: date
    end: date | None = None


def in_force(held: Iterable[Held], on: date) -> list[Held]:
    """The roles held on that day."""
    return [h for h in held if h.start <= on and (h.end is None or on <= h.end)]


def places_where(held: Iterable[Held], permission: Permission | str, on: date) -> set[int]:
    """Organisations in which the person holds a role that names this permission."""
    return {h.organisation for h in in_force(held, on) if permission in permissions_of(h.role)}


def may(held: Iterable[Held], permission: Permission | str, lineage: Collection[int], on: date) -> bool:
    """Whether the person may do this to something of an organisation.

    lineage: the organisation itself and all above it. Default deny: no role, no permission.
    """
    return not places_where(held, permission, on).isdisjoint(lineage)
