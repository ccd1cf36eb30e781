"""Choose responses, and what they cost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.knowledge.models import Intervention, Technique
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Permission
from forestall.records.problems.actions.changing import edit_part, log, text
from forestall.records.problems.models import CostLine, Hypothesis, Problem, Response
from forestall.records.problems.permissions import require
from forestall.records.problems.rules.states import Stage, State, reached
from forestall.records.problems.rules.words import HypothesisStatus, ResponseStatus, Side

MOST = Decimal("99999999.99")


@transaction.atomic
def choose_response(
    *,
    by: User,
    problem: Problem,
    title: str,
    hypothesis: Hypothesis | None,
    side: str,
    mechanism: str,
    owner: User | None,
    agency: Organisation,
    intervention: Intervention | None = None,
    evidence_note: str = "",
    technique: Technique | None = None,
    start_on: date | None = None,
    due_on: date | None = None,
) -> Response:
    """Choose what to do about a cause. There is no response without a signed analysis, and none without a
    cause that it addresses."""
    require(by, Permission.PROBLEM_EDIT, problem)
    if not reached(State(problem.state), Stage.RESPONSE):
        raise ForestallError(
            "The analysis is not signed yet, so there is no cause to respond to.",
            "Finish the analysis first, and ask the supervisor to sign it.",
        )
    _check_cause(problem, hypothesis)
    _check_dates(start_on, due_on)
    made = Response.objects.create(
        problem=problem,
        title=text(title, "The response", required=True, longest=160),
        intervention=intervention,
        evidence_note=text(evidence_note, "The evidence", longest=2000),
        hypothesis=hypothesis,
        side=Side(side),
        technique=technique,
        mechanism=text(mechanism, "How it should work", required=True, longest=2000),
        owner=owner,
        agency=agency,
        start_on=start_on,
        due_on=due_on,
        added_at=timezone.now(),
    )
    log(by=by, problem=problem, action="response.chosen", details={"response": made.pk})
    return made


def edit_response(
    *,
    by: User,
    response: Response,
    title: str,
    hypothesis: Hypothesis | None,
    side: str,
    mechanism: str,
    owner: User | None,
    agency: Organisation,
    technique: Technique | None,
    evidence_note: str,
    start_on: date | None,
    due_on: date | None,
    status: str,
    expected_version: int,
) -> bool:
    """Change a response."""
    _check_cause(response.problem, hypothesis)
    _check_dates(start_on, due_on)
    return edit_part(
        by=by,
        problem=response.problem,
        part=response,
        action="response.edited",
        values={
            "title": text(title, "The response", required=True, longest=160),
            "hypothesis": hypothesis,
            "side": Side(side),
            "mechanism": text(mechanism, "How it should work", required=True, longest=2000),
            "owner": owner,
            "agency": agency,
            "technique": technique,
            "evidence_note": text(evidence_note, "The evidence", longest=2000),
            "start_on": start_on,
            "due_on": due_on,
            "status": ResponseStatus(status),
        },
        expected_version=expected_version,
        details={"status": status},
    )


@transaction.atomic
def add_cost(
    *,
    by: User,
    problem: Problem,
    what: str,
    payer: Organisation,
    quantity: Decimal,
    unit_cost: Decimal,
    response: Response | None = None,
    actual: bool = False,
) -> CostLine:
    """Add what something costs one partner."""
    require(by, Permission.PROBLEM_EDIT, problem)
    if not (quantity.is_finite() and unit_cost.is_finite()) or quantity <= 0 or unit_cost < 0:
        raise ForestallError("A cost needs a number above zero and a price.", "Enter both as numbers.")
    if quantity > MOST or unit_cost > MOST or quantity * unit_cost > MOST:
        raise ForestallError("The cost is too large to be right.", "Check the number and the price of one.")
    if response is not None and response.problem_id != problem.pk:
        raise ForestallError("That response belongs to another problem.", "Choose one from the list.")
    made = CostLine.objects.create(
        problem=problem,
        response=response,
        payer=payer,
        what=text(what, "What is paid for", required=True, longest=160),
        quantity=quantity,
        unit_cost=unit_cost,
        actual=actual,
        added_at=timezone.now(),
    )
    log(by=by, problem=problem, action="cost.added", details={"cost": made.pk})
    return made


@transaction.atomic
def remove_cost(*, by: User, cost: CostLine) -> None:
    """Take a cost line out again."""
    require(by, Permission.PROBLEM_EDIT, cost.problem)
    details = {"cost": cost.pk, "quantity": str(cost.quantity), "unit_cost": str(cost.unit_cost)}
    log(by=by, problem=cost.problem, action="cost.removed", details=details)
    cost.delete()


def _check_cause(problem: Problem, hypothesis: Hypothesis | None) -> None:
    if hypothesis is None:
        raise ForestallError("A response needs the cause that it addresses.", "Choose a hypothesis.")
    if hypothesis.problem_id != problem.pk:
        raise ForestallError("That hypothesis belongs to another problem.", "Choose one from the list.")
    if hypothesis.status == HypothesisStatus.REJECTED:
        raise ForestallError("That hypothesis was rejected.", "Choose one that is supported or open.")


def _check_dates(start_on: date | None, due_on: date | None) -> None:
    if start_on and due_on and due_on < start_on:
        raise ForestallError("The response is due before it starts.", "Give a due date after the start.")
