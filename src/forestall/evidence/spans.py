"""Months in a row: "2019-12", "2020-01", ..."""

from __future__ import annotations

from collections.abc import Iterable


def month_number(month: str) -> int:
    """Months since year 0: consecutive months differ by one."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_name(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def span(first: str, last: str) -> list[str]:
    """Every month from first to last, both included."""
    return [month_name(n) for n in range(month_number(first), month_number(last) + 1)]


def missing_months(present: Iterable[str]) -> list[str]:
    """Months between the first and the last present that are not there."""
    have = sorted(set(present))
    return [m for m in span(have[0], have[-1]) if m not in set(have)] if have else []
