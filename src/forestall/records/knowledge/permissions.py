"""Who may write what is known."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission


def may_edit(person: User) -> bool:
    return organisations.holds(person, Permission.KNOWLEDGE_EDIT)


def require_edit(person: User) -> None:
    if not may_edit(person):
        raise PermissionDenied("Your roles do not cover editing what is known about interventions.")
