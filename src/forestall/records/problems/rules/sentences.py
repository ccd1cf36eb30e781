"""What an entry of the log says to a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forestall.records.problems.rules.states import State
from forestall.records.problems.rules.words import Result, ReviewDecision

FIELDS = {
    "aim": "the aim",
    "title": "the title",
    "tier": "the tier",
    "theme": "the kind of crime",
    "marking": "the marking",
    "events_statement": "the description of the events",
}
PLAIN = {
    "problem.opened": "Problem opened",
    "problem.cheers_answered": "CHEERS questions answered",
    "problem.duplicates_checked": "Checked for similar problems",
    "problem.statement_written": "Problem statement written",
    "problem.people_named": "Owner or supervisor named",
    "problem.signature_asked": "Supervisor asked to sign",
    "finding.attached": "Finding attached",
    "hypothesis.added": "Hypothesis added",
    "hypothesis.edited": "Hypothesis changed",
    "response.chosen": "Response chosen",
    "response.edited": "Response changed",
    "task.added": "Task added",
    "task.accepted": "Task accepted",
    "task.offered": "Task offered again",
    "task.done": "Task done",
    "task.declined": "Task declined",
    "task.cancelled": "Task cancelled",
    "cost.added": "Cost added",
    "cost.removed": "Cost removed",
    "note.added": "Note added",
    "participant.joined": "An organisation joined",
    "participant.left": "An organisation left",
    "plan.drafted": "Evaluation plan changed (draft)",
    "plan.frozen": "Response started; evaluation plan frozen",
    "plan.amended": "Amendment added to the frozen plan",
    "plan.another": "A further evaluation plan begun; the frozen one stays",
    "assessment.computed": "Assessment computed",
    "assessment.repeated": "Assessment computed again: the same bytes",
    "briefing.exported": "Briefing taken out",
}


def sentence(action: str, details: Mapping[str, Any], name: str = "") -> str:
    """The entry in words. `name`: what the part it is about is called."""
    if action == "problem.moved":
        return _moved(str(details.get("from", "")), str(details.get("to", "")))
    if action == "problem.edited":
        changed = [FIELDS[f] for f in details.get("fields", []) if f in FIELDS]
        return f"Changed {', '.join(changed)}" if changed else "Changed"
    if action == "side.written":
        return f"Triangle: {details.get('side', 'a')} side written"
    if action == "problem.result_recorded":
        result = details.get("result")
        return f"Result recorded: {Result(result).label.lower()}" if result else "Result changed"
    if action == "review.made":
        decision = details.get("decision")
        return f"Review: {ReviewDecision(decision).label.lower()}" if decision else "Review"
    words = PLAIN.get(action, action.replace(".", " ").replace("_", " ").capitalize())
    if action == "assessment.computed" and details.get("verdict"):
        words = f"{words}: {str(details['verdict']).replace('_', ' ')}"
    return f"{words}: {name}" if name and len(name) <= 200 else words


def _moved(source: str, target: str) -> str:
    known = list(State)
    if source not in known or target not in known:
        return "Moved"
    order = [State.SCANNING, State.ANALYSIS, State.RESPONSE, State.ASSESSMENT]
    if target == State.CLOSED:
        return "Closed"
    if target == State.MONITORING:
        return "Closed, with a later check that it stays away"
    if target == State.SUSPENDED:
        return "Put aside"
    if source == State.SUSPENDED:
        return "Taken up again"
    if target == State.CLOSURE_REQUESTED:
        return "Closure asked for"
    if source in (State.CLOSED, State.MONITORING):
        return "Opened again"
    if source in order and target in order and order.index(State(target)) < order.index(State(source)):
        return f"Went back from {State(source).label.lower()} to {State(target).label.lower()}"
    return f"Moved from {State(source).label.lower()} to {State(target).label.lower()}"
