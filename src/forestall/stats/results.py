"""Shapes that answers share: an interval, an estimate, and how any answer becomes plain data."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Plain Python for JSON: arrays become lists, dataclasses objects, numbers that are not finite None."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = getattr(value, "to_dict", None)
        return own() if own else plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Answer:
    """A frozen answer; `to_dict()` for machines, `sentence()` (where it has one) for people."""

    def to_dict(self) -> dict[str, Any]:
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


@dataclass(frozen=True)
class Interval(Answer):
    """A lower and an upper limit (numbers, or arrays of one shape) at a stated level."""

    lower: Any
    upper: Any
    level: float = 0.95
    method: str = ""

    def __iter__(self) -> Any:
        """Unpacks as (lower, upper)."""
        return iter((self.lower, self.upper))

    def covers(self, value: float) -> Any:
        """Whether the value lies within the limits."""
        return (self.lower <= value) & (value <= self.upper)

    def sentence(self) -> str:
        return f"{self.level:.0%} interval {figure(self.lower)} to {figure(self.upper)}"


@dataclass(frozen=True)
class Estimate(Answer):
    """One number with its interval, how it was made and from how many."""

    value: float
    interval: Interval
    method: str
    n: int

    def sentence(self) -> str:
        return f"{figure(self.value)} ({self.interval.sentence()}; n = {self.n})"


def figure(value: float) -> str:
    """A number as a person would say it: three significant figures, thousands with commas."""
    if value is None or not math.isfinite(value):
        return "not known" if value is None or math.isnan(value) else "no limit"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
