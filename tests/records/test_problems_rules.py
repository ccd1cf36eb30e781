"""States, moves and gates, as plain values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forestall.records.problems.rules.gates import (
    CheersAnswer,
    Facts,
    ResponseFact,
    TaskFact,
    missing,
    missing_to_start,
)
from forestall.records.problems.rules.states import (
    FINISHED,
    LIVE,
    MOVES,
    Part,
    Stage,
    State,
    done,
    move,
    moves_from,
    reached,
    signs,
    stage_of,
)
from forestall.records.problems.rules.words import Cheers, HypothesisStatus, Side, TaskStatus

ALL = frozenset(Part)
FULL = Facts(
    title="Burglary in Mill Road",
    place="Mill Road",
    theme="Burglary",
    owner=True,
    supervisor=True,
    aim="A fifth fewer by June",
    cheers={c: CheersAnswer(True, "seen") for c in Cheers},
    findings=1,
    duplicates_checked=True,
    sides=dict.fromkeys(Side, True),
    hypotheses=(HypothesisStatus.SUPPORTED, HypothesisStatus.OPEN),
    statement="Back doors are left open",
    responses=(ResponseFact("Alley gates", True, True, True),),
    plan_ready=True,
    plan_frozen=True,
    tasks=(TaskFact("Order gates", TaskStatus.DONE, False, False),),
    assessed=True,
    result=True,
    displacement_answer="None seen",
    learning="Ask residents first",
)


@pytest.mark.parametrize("state", list(State))
def test_nothing_is_missing_when_all_is_there(state: State) -> None:
    assert missing(state, FULL) == []


@pytest.mark.parametrize(
    ("state", "change", "words"),
    [
        (State.PROPOSED, {"title": "  "}, "title"),
        (State.PROPOSED, {"place": ""}, "where"),
        (State.PROPOSED, {"theme": ""}, "kind of crime"),
        (State.PROPOSED, {"owner": False}, "owner"),
        (State.SCANNING, {"supervisor": False}, "supervisor"),
        (State.SCANNING, {"aim": ""}, "aim"),
        (State.SCANNING, {"findings": 0}, "finding"),
        (State.SCANNING, {"duplicates_checked": False}, "similar problems"),
        (State.SCANNING, {"cheers": {}}, "CHEERS question on community"),
        (State.SCANNING, {"cheers": {c: CheersAnswer(True, "") for c in Cheers}}, "what shows harm"),
        (State.SCANNING, {"cheers": {c: CheersAnswer(False, "no") for c in Cheers}}, "on recurring is no"),
        (State.ANALYSIS, {"sides": {Side.VICTIM: True, Side.LOCATION: True}}, "offender side"),
        (State.ANALYSIS, {"hypotheses": ()}, "Add a hypothesis"),
        (State.ANALYSIS, {"hypotheses": (HypothesisStatus.OPEN,)}, "supported"),
        (State.ANALYSIS, {"statement": ""}, "problem statement"),
        (State.RESPONSE, {"plan_frozen": False}, "Start the response"),
        (State.RESPONSE, {"responses": (ResponseFact("X", False, True, True),)}, "hypothesis “X” addresses"),
        (State.RESPONSE, {"responses": (ResponseFact("X", True, False, True),)}, "how “X” should"),
        (State.RESPONSE, {"responses": (ResponseFact("X", True, True, False),)}, "who carries out “X”"),
        (State.RESPONSE, {"tasks": (TaskFact("T", TaskStatus.ACCEPTED, False, False),)}, "“T” is not done"),
        (State.RESPONSE, {"tasks": (TaskFact("T", TaskStatus.OFFERED, True, False),)}, "why it is late"),
        (State.ASSESSMENT, {"assessed": False}, "Compute the assessment"),
        (State.ASSESSMENT, {"result": False}, "Record the result"),
        (State.ASSESSMENT, {"displacement_answer": ""}, "moved"),
        (State.ASSESSMENT, {"learning": ""}, "learned"),
        (State.CLOSURE_REQUESTED, {"assessed": False}, "Compute the assessment"),
    ],
)
def test_each_gap_is_named_in_a_sentence(state: State, change: dict, words: str) -> None:
    sentences = missing(state, replace(FULL, **change))
    assert any(words in s for s in sentences), sentences
    assert all(s[0].isupper() and s.endswith(".") for s in sentences)


def test_an_override_stands_in_for_cheers() -> None:
    facts = replace(FULL, cheers={}, cheers_override="Ordered by the tasking meeting")
    assert missing(State.SCANNING, facts) == []


def test_a_late_task_that_is_explained_does_not_block() -> None:
    task = TaskFact("T", TaskStatus.ACCEPTED, late=True, explained=True)
    assert missing(State.RESPONSE, replace(FULL, tasks=(task,))) == []


def test_a_response_cannot_start_without_response_and_plan() -> None:
    found = missing_to_start(replace(FULL, responses=(), plan_ready=False))
    assert any("response" in s for s in found)
    assert any("evaluation plan" in s for s in found)
    assert missing_to_start(FULL) == []


@pytest.mark.parametrize("state", list(State))
def test_an_owner_alone_never_signs(state: State) -> None:
    for parts in (frozenset({Part.OWNER}), frozenset({Part.OWNER, Part.COORDINATOR})):
        assert not any(signs(m) for m in moves_from(state, parts))


def test_closure_is_agreed_by_someone_else() -> None:
    agreed = move(State.CLOSURE_REQUESTED, State.CLOSED)
    assert agreed is not None
    assert agreed not in moves_from(State.CLOSURE_REQUESTED, frozenset({Part.OWNER}))
    assert agreed in moves_from(State.CLOSURE_REQUESTED, frozenset({Part.SUPERVISOR}))


def test_going_back_needs_a_reason_and_going_on_a_full_gate() -> None:
    for m in MOVES:
        assert m.reason != m.gate, m


def test_no_way_round_a_stage() -> None:
    assert move(State.SCANNING, State.RESPONSE) is None
    assert move(State.ANALYSIS, State.ASSESSMENT) is None
    assert move(State.RESPONSE, State.CLOSED) is None
    assert {m.source for m in MOVES if m.target == State.CLOSED} == {
        State.CLOSURE_REQUESTED,
        State.MONITORING,
    }


def test_every_state_is_live_or_finished_and_can_be_left() -> None:
    assert set(State) == LIVE | FINISHED
    assert not LIVE & FINISHED
    stuck = {s for s in State if not any(moves_from(s, frozenset({part})) for part in Part)}
    assert stuck == {State.REJECTED, State.SUSPENDED}  # a suspended one resumes where it was


def test_stages_reached_and_done() -> None:
    assert stage_of(State.SUSPENDED, State.RESPONSE) == Stage.RESPONSE
    assert reached(State.RESPONSE, Stage.ANALYSIS)
    assert not reached(State.ANALYSIS, Stage.RESPONSE)
    assert done(State.RESPONSE, Stage.ANALYSIS)
    assert not done(State.RESPONSE, Stage.RESPONSE)
    assert done(State.CLOSED, Stage.ASSESSMENT)
    assert not done(State.CLOSURE_REQUESTED, Stage.ASSESSMENT)
