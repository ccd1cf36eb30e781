"""Open a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import log, text
from forestall.records.problems.models import Problem, ProblemFinding, ReferenceCounter
from forestall.records.problems.rules.opening import force_prefix, reference, scanning_answers, title_of
from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import REVIEW_DAYS, Marking, Referral, Tier
from forestall.sara.findings import Finding


@transaction.atomic
def open_problem(
    *,
    by: User,
    lead_organisation: Organisation,
    title: str,
    force: str,
    place: Mapping[str, Any],
    crime_types: Sequence[str],
    theme: str = "",
    tier: str = Tier.LOCAL,
    referral: str = Referral.OFFICER,
    marking: str = Marking.OFFICIAL,
    owner: User | None = None,
    supervisor: User | None = None,
    events: int | None = None,
    harm: float | None = None,
    cheers: Mapping[str, Any] | None = None,
) -> Problem:
    """Start a record. The opener owns it unless an owner is named; it begins with scanning."""
    if not organisations.may(by, Permission.PROBLEM_OPEN, lead_organisation):
        raise PermissionDenied(f"Your roles do not let you open a problem for {lead_organisation.name}.")
    owner = owner or by
    if supervisor is not None and supervisor.pk == owner.pk:
        raise ForestallError("The supervisor is the owner.", "Name somebody else as supervisor.")
    now = timezone.now()
    types = [t for t in crime_types if t]
    problem = Problem.objects.create(
        reference=_next_reference(force, timezone.localdate(now).year),
        title=text(title, "The title", required=True, longest=160),
        tier=Tier(tier),
        crime_types=types,
        theme=text(theme or (types[0] if types else ""), "The kind of crime", required=True, longest=80),
        force=force,
        place=dict(place),
        place_name=text(str(place.get("name", "")), "The place", required=True, longest=160),
        lead_organisation=lead_organisation,
        owner=owner,
        supervisor=supervisor,
        marking=Marking(marking),
        referral=Referral(referral),
        state=State.SCANNING,
        state_since=now,
        cheers=dict(cheers or {}),
        events=events,
        harm=harm,
        opened_at=now,
        opened_by=by,
        review_on=timezone.localdate(now) + timezone.timedelta(days=REVIEW_DAYS[Tier(tier)]),
    )
    log(by=by, problem=problem, action="problem.opened", details={"referral": problem.referral})
    return problem


@transaction.atomic
def open_from_candidate(
    *, by: User, candidate: Mapping[str, Any], lead_organisation: Organisation, tier: str = Tier.LOCAL
) -> Problem:
    """Open a problem from a scan candidate: place, crime type and the CHEERS answers that records can give
    are filled in, and its Finding is attached."""
    finding = Finding.from_dict(candidate["finding"])
    problem = open_problem(
        by=by,
        lead_organisation=lead_organisation,
        title=title_of(candidate["crime_type"], candidate["place"]["name"]),
        force=candidate["force"],
        place=candidate["place"],
        crime_types=[candidate["crime_type"]],
        tier=tier,
        referral=Referral.ANALYST_SCAN,
        events=candidate["events"],
        harm=candidate.get("harm"),
        cheers=scanning_answers(candidate),
    )
    attach_finding(by=by, problem=problem, finding=finding, why=candidate.get("why", ""))
    return problem


@transaction.atomic
def attach_finding(*, by: User, problem: Problem, finding: Finding, why: str = "") -> ProblemFinding:
    """Keep a Finding with the problem, by value, with its hash."""
    kept, made = ProblemFinding.objects.get_or_create(
        problem=problem,
        sha256=finding.hash,
        defaults={
            "finding": finding.to_dict(),
            "why": text(why, "The reason", longest=2000),
            "attached_at": timezone.now(),
            "attached_by": by,
        },
    )
    if made:
        log(by=by, problem=problem, action="finding.attached", details={"sha256": finding.hash})
    return kept


def _next_reference(force: str, year: int) -> str:
    prefix = force_prefix(force)
    counter, _ = ReferenceCounter.objects.get_or_create(prefix=prefix, year=year)
    ReferenceCounter.objects.filter(pk=counter.pk).update(last=F("last") + 1)
    counter.refresh_from_db()
    return reference(prefix, year, counter.last)
