"""Fill in the scanning part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit, text
from forestall.records.problems.models import Problem
from forestall.records.problems.permissions import may
from forestall.records.problems.rules.words import Cheers, Marking, Tier


def edit_header(
    *,
    by: User,
    problem: Problem,
    title: str,
    tier: str,
    theme: str,
    marking: str,
    events_statement: str,
    expected_version: int,
) -> bool:
    """Change what the problem is called, how large it is, and how it is marked."""
    return edit(
        by=by,
        problem=problem,
        action="problem.edited",
        values={
            "title": text(title, "The title", required=True, longest=160),
            "tier": Tier(tier),
            "theme": text(theme, "The kind of crime", required=True, longest=80),
            "marking": Marking(marking),
            "events_statement": text(events_statement, "The description of the events"),
        },
        expected_version=expected_version,
    )


def set_aim(*, by: User, problem: Problem, aim: str, expected_version: int) -> bool:
    """Say what would be different, by how much, by when."""
    return edit(
        by=by,
        problem=problem,
        action="problem.edited",
        values={"aim": text(aim, "The aim")},
        expected_version=expected_version,
    )


@transaction.atomic
def answer_cheers(
    *,
    by: User,
    problem: Problem,
    answers: Mapping[str, Mapping[str, Any]],
    override: str = "",
    expected_version: int,
) -> bool:
    """Keep the CHEERS answers. An override, in place of a yes, is the supervisor's."""
    override = text(override, "The reason to go on")
    if override != problem.cheers_override and not may(by, Permission.PROBLEM_REVIEW, problem):
        raise PermissionDenied("Only the supervisor can go on without a yes to every CHEERS question.")
    kept = {
        element.value: {
            "passed": answers[element].get("passed"),
            "text": text(str(answers[element].get("text", "")), f"What shows {element.label.lower()}"),
        }
        for element in Cheers
        if element in answers
    }
    return edit(
        by=by,
        problem=problem,
        action="problem.cheers_answered",
        values={"cheers": kept, "cheers_override": override},
        expected_version=expected_version,
    )


def duplicates_checked(*, by: User, problem: Problem, expected_version: int) -> bool:
    """Say that similar problems were looked for, and this one is another."""
    return edit(
        by=by,
        problem=problem,
        action="problem.duplicates_checked",
        values={"duplicates_checked_at": timezone.now()},
        expected_version=expected_version,
    )
