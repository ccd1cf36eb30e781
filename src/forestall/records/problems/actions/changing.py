"""How every change to a problem and its parts is made and logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.errors import ForestallError
from forestall.records.audit import actions as audit
from forestall.records.audit.models import Versioned
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.models import Problem
from forestall.records.problems.permissions import require

LONGEST = 10_000  # characters in a long text; a page of print is some 3,000


def edit(
    *,
    by: User,
    problem: Problem,
    action: str,
    values: Mapping[str, Any],
    expected_version: int | None,
    details: Mapping[str, Any] | None = None,
    permission: Permission = Permission.PROBLEM_EDIT,
) -> bool:
    """Set fields of the problem itself."""
    require(by, permission, problem)
    return audit.change(
        by=by,
        action=action,
        target=problem,
        values=values,
        expected_version=expected_version,
        organisation=problem.lead_organisation.key,
        details=details,
    )


def edit_part(
    *,
    by: User,
    problem: Problem,
    part: Versioned,
    action: str,
    values: Mapping[str, Any],
    expected_version: int | None,
    details: Mapping[str, Any] | None = None,
    permission: Permission = Permission.PROBLEM_EDIT,
) -> bool:
    """Set fields of something that belongs to the problem."""
    require(by, permission, problem)
    return audit.change(
        by=by,
        action=action,
        target=part,
        values=values,
        expected_version=expected_version,
        organisation=problem.lead_organisation.key,
        details={"problem": problem.pk, **(details or {})},
    )


def log(*, by: User, problem: Problem, action: str, details: Mapping[str, Any] | None = None) -> None:
    """Something happened to the problem that is not a change of its own fields."""
    audit.record(
        by=by,
        action=action,
        object_kind="problem",
        object_id=problem.pk,
        organisation=problem.lead_organisation.key,
        details=details,
    )


def text(value: str, name: str, *, required: bool = False, longest: int = LONGEST) -> str:
    """A text as it will be kept: without blanks around it; refused when too long, or empty where needed."""
    clean = value.replace("\x00", "").strip()
    if required and not clean:
        raise ForestallError(f"{name} is empty.", f"Enter {name[0].lower()}{name[1:]}.")
    if len(clean) > longest:
        raise ForestallError(
            f"{name} has {len(clean):,} characters; it can have {longest:,}.", "Shorten it and save again."
        )
    return clean
