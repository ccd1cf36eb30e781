"""Where a problem stands and who may move it where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    PROPOSED = "proposed"
    REJECTED = "rejected"
    SCANNING = "scanning"
    ANALYSIS = "analysis"
    RESPONSE = "response"
    ASSESSMENT = "assessment"
    CLOSURE_REQUESTED = "closure_requested"
    CLOSED = "closed"
    MONITORING = "monitoring"
    SUSPENDED = "suspended"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class Stage(StrEnum):
    """The four steps of SARA."""

    SCANNING = "scanning"
    ANALYSIS = "analysis"
    RESPONSE = "response"
    ASSESSMENT = "assessment"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Part(StrEnum):
    """What a person is to one problem."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"  # may act for a supervisor who is away; never for the owner


STAGES = tuple(Stage)
LIVE = frozenset(
    {
        State.PROPOSED,
        State.SCANNING,
        State.ANALYSIS,
        State.RESPONSE,
        State.ASSESSMENT,
        State.CLOSURE_REQUESTED,
        State.SUSPENDED,
    }
)
FINISHED = frozenset({State.REJECTED, State.CLOSED, State.MONITORING})


@dataclass(frozen=True)
class Move:
    """One way from a state to another."""

    source: State
    target: State
    label: str  # the words on the button
    by: frozenset[Part]
    reason: bool = False  # a reason must be given
    gate: bool = False  # nothing may be missing at the gate of the source


_SIGN = frozenset({Part.SUPERVISOR, Part.COORDINATOR})
_OWNER = frozenset({Part.OWNER, Part.COORDINATOR})
_EITHER = frozenset(Part)

MOVES: tuple[Move, ...] = (
    Move(State.PROPOSED, State.SCANNING, "Accept as a problem", _SIGN, gate=True),
    Move(State.PROPOSED, State.REJECTED, "Reject: not a problem", _SIGN, reason=True),
    Move(State.SCANNING, State.ANALYSIS, "Sign scanning and move to analysis", _SIGN, gate=True),
    Move(State.SCANNING, State.REJECTED, "Reject: not a problem", _SIGN, reason=True),
    Move(State.ANALYSIS, State.RESPONSE, "Sign analysis and move to response", _SIGN, gate=True),
    Move(State.ANALYSIS, State.SCANNING, "Go back to scanning", _EITHER, reason=True),
    Move(State.RESPONSE, State.ASSESSMENT, "Move to assessment", _EITHER, gate=True),
    Move(State.RESPONSE, State.ANALYSIS, "Go back to analysis", _EITHER, reason=True),
    Move(State.ASSESSMENT, State.RESPONSE, "Go back to response", _SIGN, reason=True),
    Move(State.ASSESSMENT, State.CLOSURE_REQUESTED, "Ask for closure", _OWNER, gate=True),
    Move(State.CLOSURE_REQUESTED, State.CLOSED, "Agree closure", _SIGN, gate=True),
    Move(State.CLOSURE_REQUESTED, State.ASSESSMENT, "Refuse closure", _SIGN, reason=True),
    Move(State.CLOSED, State.SCANNING, "Open again: it came back", _EITHER, reason=True),
    Move(State.MONITORING, State.SCANNING, "Open again: it came back", _EITHER, reason=True),
    Move(State.MONITORING, State.CLOSED, "End the watch: it stayed away", _EITHER, reason=True),
)


def move(source: State, target: State) -> Move | None:
    """The move between two states, or None where there is none."""
    return next((m for m in MOVES if (m.source, m.target) == (source, target)), None)


def moves_from(state: State, parts: frozenset[Part]) -> tuple[Move, ...]:
    """The moves open to a person who is these parts to the problem.

    The owner never signs their own work: whoever owns the problem cannot use a move that needs a
    supervisor's signature, even when they are a coordinator too.
    """
    return tuple(m for m in MOVES if m.source == state and may_make(m, parts))


def may_make(m: Move, parts: frozenset[Part]) -> bool:
    """Whether a person who is these parts to the problem may make the move."""
    if Part.OWNER in parts and Part.OWNER not in m.by:
        return False
    return bool(parts & m.by)


def signs(m: Move) -> bool:
    """True where the move is a signature: the owner cannot make it."""
    return Part.OWNER not in m.by


def stage_of(state: State, before: State | None = None) -> Stage | None:
    """The step of SARA that a state belongs to; `before` is what a suspended problem was."""
    if state == State.SUSPENDED and before is not None:
        return stage_of(before)
    if state in (State.PROPOSED, State.SCANNING):
        return Stage.SCANNING
    if state in (State.CLOSURE_REQUESTED, State.ASSESSMENT):
        return Stage.ASSESSMENT
    return {State.ANALYSIS: Stage.ANALYSIS, State.RESPONSE: Stage.RESPONSE}.get(state)


def reached(state: State, stage: Stage, before: State | None = None) -> bool:
    """Whether the problem has come as far as this stage."""
    if state in (State.CLOSED, State.MONITORING):
        return True
    current = stage_of(state, before)
    return current is not None and STAGES.index(current) >= STAGES.index(stage)


def done(state: State, stage: Stage, before: State | None = None) -> bool:
    """Whether the stage has been signed off."""
    if state in (State.CLOSED, State.MONITORING):
        return True
    current = stage_of(state, before)
    return current is not None and STAGES.index(current) > STAGES.index(stage)
