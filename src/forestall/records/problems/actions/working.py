"""Notes, reviews, partners, results; and forms that may arrive twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit, log, text
from forestall.records.problems.models import Note, Participant, Problem, Review, Submission
from forestall.records.problems.permissions import require
from forestall.records.problems.rules.words import Result, ReviewDecision


@transaction.atomic
def add_note(*, by: User, problem: Problem, words: str) -> Note:
    """Keep something that fits nowhere else."""
    require(by, Permission.PROBLEM_EDIT, problem)
    made = Note.objects.create(
        problem=problem, text=text(words, "The note", required=True), made_at=timezone.now(), made_by=by
    )
    log(by=by, problem=problem, action="note.added", details={"note": made.pk})
    return made


@transaction.atomic
def review(
    *, by: User, problem: Problem, progress: str, decision: str, next_on: date | None, expected_version: int
) -> Review:
    """Record a review. It sets the date of the next."""
    require(by, Permission.PROBLEM_REVIEW, problem)
    if next_on is None and decision != ReviewDecision.CLOSE:
        raise ForestallError("The next review has no date.", "Give one: 28 days is usual.")
    if next_on is not None and next_on <= timezone.localdate():
        raise ForestallError("The next review is in the past.", "Give a day in the future.")
    made = Review.objects.create(
        problem=problem,
        progress=text(progress, "The progress", required=True),
        decision=ReviewDecision(decision),
        next_on=next_on,
        made_at=timezone.now(),
        made_by=by,
    )
    edit(
        by=by,
        problem=problem,
        action="review.made",
        values={"review_on": next_on},
        expected_version=expected_version,
        details={"review": made.pk, "decision": decision},
        permission=Permission.PROBLEM_REVIEW,
    )
    return made


@transaction.atomic
def add_participant(
    *, by: User, problem: Problem, organisation: Organisation, contact: str = ""
) -> Participant:
    """Bring another organisation in: its people can read the problem and work on it."""
    require(by, Permission.PROBLEM_EDIT, problem)
    if organisation.pk == problem.lead_organisation_id:
        raise ForestallError(
            f"{organisation.name} leads the problem already.", "Choose another organisation."
        )
    made, new = Participant.objects.get_or_create(
        problem=problem,
        organisation=organisation,
        left_at=None,
        defaults={"contact": text(contact, "The contact", longest=160), "added_at": timezone.now()},
    )
    if not new:
        raise ForestallError(f"{organisation.name} takes part already.", "Choose another organisation.")
    log(by=by, problem=problem, action="participant.joined", details={"organisation": organisation.key})
    return made


@transaction.atomic
def end_participation(*, by: User, participant: Participant) -> None:
    """The organisation no longer takes part; what it did stays."""
    require(by, Permission.PROBLEM_EDIT, participant.problem)
    participant.left_at = timezone.now()
    participant.save(update_fields=["left_at"])
    log(
        by=by,
        problem=participant.problem,
        action="participant.left",
        details={"organisation": participant.organisation.key},
    )


def record_result(
    *,
    by: User,
    problem: Problem,
    result: str,
    displacement_answer: str,
    learning: str,
    expected_version: int,
) -> bool:
    """Say how it ended, whether it moved, and what was learned."""
    return edit(
        by=by,
        problem=problem,
        action="problem.result_recorded",
        values={
            "result": Result(result) if result else "",
            "displacement_answer": text(displacement_answer, "The answer on displacement"),
            "learning": text(learning, "What was learned"),
        },
        expected_version=expected_version,
        details={"result": result},
    )


def once(*, by: User, token: str, do: Callable[[], str]) -> str:
    """Do what a form asks, once: sent again with the same token, it does nothing and gives the first answer.

    do: makes the change and returns the address to go to.
    """
    if not token or len(token) > 64:
        return do()
    with transaction.atomic():
        submission, new = Submission.objects.get_or_create(
            token=token, defaults={"user": by, "sent_at": timezone.now()}
        )
        if not new and submission.user_id == by.pk and submission.location:
            return submission.location
        submission.location = do()
        submission.save(update_fields=["location"])
    return submission.location


def exported(*, by: User, problem: Problem, form: str) -> None:
    """The briefing left as a file: the log says who took it."""
    require(by, Permission.PROBLEM_VIEW, problem)
    log(by=by, problem=problem, action="briefing.exported", details={"form": form})
