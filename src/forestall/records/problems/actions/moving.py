"""Move a problem from state to state, and hand it to people."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit, text
from forestall.records.problems.models import Note, Problem
from forestall.records.problems.permissions import may, parts_of
from forestall.records.problems.rules.gates import missing
from forestall.records.problems.rules.states import LIVE, Part, State, may_make, move, signs
from forestall.records.problems.selectors.facts import facts_of


@transaction.atomic
def move_on(
    *,
    by: User,
    problem: Problem,
    to: str,
    expected_version: int,
    reason: str = "",
    sustain_check_on: date | None = None,
) -> Problem:
    """Make one of the moves of `rules.states`. Signing ones are never the owner's; going back takes a
    reason; going on takes a full gate."""
    source, target = State(problem.state), State(to)
    the_move = move(source, target)
    if the_move is None:
        raise ForestallError(
            f"A problem cannot go from {source.label.lower()} to {target.label.lower()}.",
            "Use one of the moves on the problem page.",
        )
    if not may_make(the_move, parts_of(by, problem)):
        who = "the supervisor, never the owner" if signs(the_move) else "the owner or the supervisor"
        raise PermissionDenied(f"This move belongs to {who}.")
    if the_move.gate:
        gaps = missing(source, facts_of(problem))
        if gaps:
            raise ForestallError(
                "The gate is not met yet: " + " ".join(gaps), "Fill in what is missing first."
            )
    reason = text(reason, "The reason", required=the_move.reason)
    now = timezone.now()
    values: dict[str, object] = {"state": target, "state_since": now, "signature_asked_at": None}
    if target == State.CLOSED:
        values |= {"closed_at": now, "closed_by": by}
        if sustain_check_on is not None and source == State.CLOSURE_REQUESTED:
            values |= {"state": State.MONITORING, "sustain_check_on": sustain_check_on}
    if source in (State.CLOSED, State.MONITORING) and target == State.SCANNING:
        values |= {"closed_at": None, "closed_by": None, "sustain_check_on": None, "result": ""}
    edit(
        by=by,
        problem=problem,
        action="problem.moved",
        values=values,
        expected_version=expected_version,
        details={"from": source, "to": values["state"], **_kept(by, problem, reason, the_move.label)},
    )
    return problem


@transaction.atomic
def ask_signature(*, by: User, problem: Problem, expected_version: int) -> Problem:
    """The owner asks the supervisor to sign the stage. Nothing may be missing."""
    if Part.OWNER not in parts_of(by, problem):
        raise PermissionDenied("The owner asks for the signature.")
    gaps = missing(State(problem.state), facts_of(problem))
    if gaps:
        raise ForestallError("The gate is not met yet: " + " ".join(gaps), "Fill in what is missing first.")
    edit(
        by=by,
        problem=problem,
        action="problem.signature_asked",
        values={"signature_asked_at": timezone.now()},
        expected_version=expected_version,
        details={"stage": problem.state},
    )
    return problem


@transaction.atomic
def suspend(*, by: User, problem: Problem, until: date, reason: str, expected_version: int) -> Problem:
    """Put a live problem aside until a day."""
    _require_review(by, problem)
    if State(problem.state) not in LIVE - {State.SUSPENDED}:
        raise ForestallError(
            "Only a live problem can be put aside.", "Look at its state on the problem page."
        )
    if until <= timezone.localdate():
        raise ForestallError("The day has passed.", "Give a day in the future.")
    kept = _kept(by, problem, text(reason, "The reason", required=True), "Put aside")
    edit(
        by=by,
        problem=problem,
        action="problem.moved",
        values={
            "state": State.SUSPENDED,
            "state_before": problem.state,
            "state_since": timezone.now(),
            "suspended_until": until,
        },
        expected_version=expected_version,
        details={"from": problem.state, "to": State.SUSPENDED, **kept},
    )
    return problem


@transaction.atomic
def resume(*, by: User, problem: Problem, expected_version: int) -> Problem:
    """Take a suspended problem up where it stood."""
    _require_review(by, problem)
    if problem.state != State.SUSPENDED:
        raise ForestallError("This problem is not put aside.", "Look at its state on the problem page.")
    values = {
        "state": problem.state_before,
        "state_before": "",
        "state_since": timezone.now(),
        "suspended_until": None,
    }
    edit(
        by=by,
        problem=problem,
        action="problem.moved",
        values=values,
        expected_version=expected_version,
        details={"from": State.SUSPENDED, "to": problem.state_before},
    )
    return problem


@transaction.atomic
def name_people(
    *, by: User, problem: Problem, owner: User, supervisor: User | None, expected_version: int
) -> bool:
    """Set who owns and who supervises. Handing a problem to another owner is the supervisor's."""
    if supervisor is not None and supervisor.pk == owner.pk:
        raise ForestallError("The supervisor is the owner.", "Name somebody else as supervisor.")
    if owner.pk != problem.owner_id:
        _require_review(by, problem)
    _check_person(owner, problem, Permission.PROBLEM_EDIT, "own")
    if supervisor is not None:
        _check_person(supervisor, problem, Permission.PROBLEM_REVIEW, "supervise")
    return edit(
        by=by,
        problem=problem,
        action="problem.people_named",
        values={"owner": owner, "supervisor": supervisor},
        expected_version=expected_version,
    )


def _check_person(person: User, problem: Problem, permission: Permission, verb: str) -> None:
    if not may(person, permission, problem):
        raise ForestallError(
            f"{person.name}'s roles do not let them {verb} this problem.", "Choose somebody from the list."
        )


def _require_review(by: User, problem: Problem) -> None:
    if not may(by, Permission.PROBLEM_REVIEW, problem):
        raise PermissionDenied("This belongs to the supervisor.")


def _kept(by: User, problem: Problem, reason: str, about: str) -> dict[str, int]:
    """The reason as a note: the log itself keeps no text, as text may name people."""
    if not reason:
        return {}
    note = Note.objects.create(
        problem=problem, text=reason, about=about[:80], made_at=timezone.now(), made_by=by
    )
    return {"note": note.pk}
