"""What is missing before a problem may pass the gate of its stage, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import Cheers, HypothesisStatus, Side, TaskStatus


@dataclass(frozen=True)
class CheersAnswer:
    passed: bool | None  # None: not answered yet
    text: str = ""


@dataclass(frozen=True)
class ResponseFact:
    title: str
    cause: bool  # a hypothesis it addresses
    mechanism: bool
    owner: bool


@dataclass(frozen=True)
class TaskFact:
    title: str
    status: TaskStatus
    late: bool
    explained: bool  # a note says why it is late


@dataclass(frozen=True)
class Facts:
    """A problem as plain values: all that the gates look at."""

    title: str = ""
    place: str = ""
    theme: str = ""
    owner: bool = False
    supervisor: bool = False
    aim: str = ""
    cheers: Mapping[Cheers, CheersAnswer] = field(default_factory=dict)
    cheers_override: str = ""
    findings: int = 0
    events_statement: str = ""
    duplicates_checked: bool = False
    sides: Mapping[Side, bool] = field(default_factory=dict)
    hypotheses: tuple[HypothesisStatus, ...] = ()
    statement: str = ""
    responses: tuple[ResponseFact, ...] = ()
    plan_ready: bool = False
    plan_frozen: bool = False
    tasks: tuple[TaskFact, ...] = ()
    assessed: bool = False
    result: bool = False
    displacement_answer: str = ""
    learning: str = ""


def missing(state: State, facts: Facts) -> list[str]:
    """Everything that stands between the problem and the gate of its state."""
    check = {
        State.PROPOSED: _acceptance,
        State.SCANNING: _scanning,
        State.ANALYSIS: _analysis,
        State.RESPONSE: _response,
        State.ASSESSMENT: _assessment,
        State.CLOSURE_REQUESTED: _assessment,
    }.get(state)
    return check(facts) if check else []


def missing_to_start(facts: Facts) -> list[str]:
    """What is missing before the response may start; starting freezes the evaluation plan."""
    found = []
    if not facts.responses:
        found.append("Choose at least one response.")
    found += _responses_incomplete(facts)
    if not facts.plan_ready:
        found.append("Finish the evaluation plan: outcome, areas, periods and smallest effect.")
    return found


def _acceptance(facts: Facts) -> list[str]:
    found = []
    if not facts.title.strip():
        found.append("Give the problem a title: place and behaviour.")
    if not facts.place.strip():
        found.append("Say where the problem is.")
    if not facts.theme.strip():
        found.append("Say what kind of crime or behaviour it is.")
    if not facts.owner:
        found.append("Name one owner.")
    if not facts.supervisor:
        found.append("Name a supervisor who is not the owner.")
    return found


def _scanning(facts: Facts) -> list[str]:
    found = _acceptance(facts)
    if not facts.cheers_override.strip():
        for element in Cheers:
            answer = facts.cheers.get(element, CheersAnswer(None))
            if answer.passed is None:
                found.append(f"Answer the CHEERS question on {element.label.lower()}.")
            elif not answer.passed:
                found.append(
                    f"The CHEERS answer on {element.label.lower()} is no: "
                    "the supervisor gives a reason to go on, or rejects the problem."
                )
            elif not answer.text.strip():
                found.append(f"Say what shows {element.label.lower()} (CHEERS).")
    if facts.findings == 0 and not facts.events_statement.strip():
        found.append("Attach a finding from the records, or describe the events that make up the problem.")
    if not facts.aim.strip():
        found.append("Write the aim: what would be different, by how much, by when.")
    if not facts.duplicates_checked:
        found.append("Check for similar problems: same kind, same place, open in the last 12 months.")
    return found


def _analysis(facts: Facts) -> list[str]:
    found = []
    for side in Side:
        if not facts.sides.get(side, False):
            found.append(
                f"Fill in the {side.label.lower()} side of the triangle, or say why it does not apply."
            )
    if not facts.hypotheses:
        found.append("Add a hypothesis: what causes the problem.")
    elif HypothesisStatus.SUPPORTED not in facts.hypotheses:
        found.append("Mark at least one hypothesis as supported, with what speaks for it.")
    if not facts.statement.strip():
        found.append("Write the problem statement: one sentence on what, where, when, who and why.")
    return found


def _responses_incomplete(facts: Facts) -> list[str]:
    found = []
    for response in facts.responses:
        if not response.cause:
            found.append(f"Say which hypothesis “{response.title}” addresses.")
        if not response.mechanism:
            found.append(f"Say how “{response.title}” should reduce the problem.")
        if not response.owner:
            found.append(f"Name who carries out “{response.title}”.")
    return found


def _response(facts: Facts) -> list[str]:
    found = missing_to_start(facts) if not facts.plan_frozen else _responses_incomplete(facts)
    if not facts.plan_frozen:
        found.append("Start the response: this freezes the evaluation plan.")
    for task in facts.tasks:
        if task.status in (TaskStatus.OFFERED, TaskStatus.ACCEPTED) and not (task.late and task.explained):
            found.append(
                f"Finish the task “{task.title}”, cancel it, or say why it is late."
                if task.late
                else f"The task “{task.title}” is not done yet: finish it or cancel it."
            )
    return found


def _assessment(facts: Facts) -> list[str]:
    found = []
    if not facts.plan_frozen:
        found.append("There is no frozen evaluation plan: go back to response and start it.")
    if not facts.assessed:
        found.append("Compute the assessment from the live records.")
    if not facts.result:
        found.append("Record the result.")
    if not facts.displacement_answer.strip():
        found.append("Answer whether the problem moved; “not testable” needs its reason.")
    if not facts.learning.strip():
        found.append("Write what was learned: what you would do again, and what not.")
    return found
