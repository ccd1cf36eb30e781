"""What a new problem starts with: its reference, its title, and the answers that records can give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from forestall.records.problems.rules.words import Cheers


def force_prefix(force: str) -> str:
    """Four letters for a force code: the first of one word, two of each of two. Not unique by itself; numbers
    run within a prefix, so references are."""
    words = re.findall(r"[a-z0-9]+", force.lower()) or ["none"]
    letters = words[0][:4] if len(words) == 1 else words[0][:2] + words[-1][:2]
    return letters.upper()


def reference(prefix: str, year: int, number: int) -> str:
    """LEIC-2026-0007."""
    return f"{prefix}-{year}-{number:04d}"


def title_of(crime_type: str, place: str) -> str:
    """A first title: kind of crime and place. Its owner makes it better."""
    return f"{crime_type}: {place}"[:160]


def scanning_answers(candidate: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The CHEERS answers that records can give. Community, and what people expect, only people can answer."""
    events = candidate.get("events")
    kind = candidate["crime_type"]
    place = candidate["place"]["name"]
    period = period_words(candidate.get("period"))
    answers: dict[str, dict[str, Any]] = {}
    if candidate.get("harm"):
        answers[Cheers.HARM] = {
            "passed": True,
            "text": f"{candidate['harm']:,.0f} days of harm in the harm index {period}".strip() + ".",
        }
    if events:
        answers[Cheers.EVENTS] = {
            "passed": events > 1,
            "text": f"{events:,} recorded events {period}".strip() + ".",
        }
    months = candidate.get("months_persistent")
    if months:
        answers[Cheers.RECURRING] = {
            "passed": True,
            "text": f"More than expected in {months} month{'s' if months != 1 else ''} of the period.",
        }
    answers[Cheers.SIMILARITY] = {"passed": True, "text": f"All are {kind.lower()}, in or near {place}."}
    return answers


def period_words(period: Any) -> str:
    """A period as a candidate gives it (text, pair or mapping of months) in words."""
    if not period:
        return ""
    if isinstance(period, str):
        return f"in {period}"
    if isinstance(period, Mapping):
        first = period.get("from") or period.get("first") or period.get("start")
        last = period.get("to") or period.get("last") or period.get("end")
    else:
        first, last = period[0], period[-1]
    return f"from {first} to {last}"
