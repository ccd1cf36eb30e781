"""The work behind `forestall trend`: months from a file, then an expected path or a control chart."""

from __future__ import annotations

import calendar
from pathlib import Path
from typing import Any

import numpy as np

from forestall.errors import ForestallError


def run(
    file: Path,
    date: str,
    count: str | None,
    comparison: str | None,
    start: str | None,
    errors: str,
    level: float,
) -> dict[str, Any]:
    """Months, observed, expected, lower, upper, outside, and with a start the change of level."""
    from forestall.stats.series import control_chart, expected_path, interrupted_series

    if comparison and not count:
        raise ForestallError("A comparison needs counts.", "Name the column of counts with --count.")
    months, seen, other = read_months(file, date, count, comparison)
    days = np.array([calendar.monthrange(int(m[:4]), int(m[5:]))[1] for m in months], dtype=float)
    out: dict[str, Any] = {"months": months, "observed": _plain(seen), "start": start, "level": level}
    if start is None:
        chart = control_chart(seen, exposure=days)
        outside = chart.above | chart.below
        return out | {
            "expected": _plain(chart.centre),
            "lower": _plain(chart.lower),
            "upper": _plain(chart.upper),
            "outside": [m for m, o in zip(months, outside, strict=True) if o],
            "dispersion": chart.dispersion,
            "change": None,
            "method": chart.method,
            "caveats": [
                "Season and trend are not allowed for: give --from to compare with the months before."
            ],
            "sentence": f"{int(outside.sum())} of {int(np.isfinite(seen).sum())} months lie outside the limits.",
        }
    before = np.array([m < start for m in months])
    if before.all() or not before.any():
        raise ForestallError(
            f"The change in {start} lies outside the months held ({months[0]} to {months[-1]}).",
            "Give a month between them.",
        )
    path = expected_path(
        seen, before, other, month_of_year=np.array([int(m[5:]) for m in months]), days=days, level=level
    )
    outside = ~before & np.isfinite(seen) & ((seen < path.lower) | (seen > path.upper))
    caveats = list(path.caveats)
    change, words = None, "Too few months for a change of level."
    if other is not None:
        change, words = _against(seen, other, before, level)
    else:
        sides = int(before.sum()), int((~before).sum())
        if min(sides) >= 4:
            season = 12.0 if min(sides) >= 12 else None
            found = interrupted_series(
                seen,
                int(before.sum()),
                season,
                slope_change=min(sides) >= 12,
                exposure=days,
                errors=errors,
                level=level,
            )
            caveats += found.caveats
            caveats.append("Without a comparison, whatever else changed then is in the figure too.")
            change = found.step.to_dict()
            words = _words(change, "at the start")
    return out | {
        "expected": _plain(path.expected),
        "lower": _plain(path.lower),
        "upper": _plain(path.upper),
        "outside": [m for m, o in zip(months, outside, strict=True) if o],
        "dispersion": path.dispersion,
        "change": change,
        "method": path.method,
        "caveats": caveats,
        "sentence": words,
    }


def _against(
    seen: np.ndarray, other: np.ndarray, before: np.ndarray, level: float
) -> tuple[dict[str, Any], str]:
    from forestall.stats.effects import ratio_of_changes
    from forestall.stats.series import allow_for_few_months, paired_dispersion

    use = np.isfinite(seen) & np.isfinite(other)
    pairs = [(float(v[use & before].sum()), float(v[use & ~before].sum())) for v in (seen, other)]
    found = paired_dispersion(seen[use & before], other[use & before])
    spread = allow_for_few_months(found, int((use & before).sum()))
    change = ratio_of_changes(pairs[0], pairs[1], level=level, dispersion=spread).to_dict()
    return change, _words(change, "against the comparison")


def _words(change: dict[str, Any], where: str) -> str:
    low, high = change["interval"]
    if change["estimate"] is None or low is None:
        return "Too few events for a change of level."
    span = f"{low:.2f} to {high:.2f}" if high is not None else f"{low:.2f} or more"
    said = f"The level changed by a factor of {change['estimate']:.2f} {where} ({change['level']:.0%} interval {span})"
    if low <= 1 and (high is None or high >= 1):
        return said + ": no evidence of change."
    return said + "."


def read_months(
    file: Path, date: str, count: str | None, comparison: str | None
) -> tuple[list[str], np.ndarray, np.ndarray | None]:
    """Every month from first to last. With counts, a month without a row is missing (NaN); with one row an
    event, a month without a row had none."""
    from forestall.cli.tabular import floats, read_table
    from forestall.evidence.spans import span

    table = read_table(file, [c for c in (date, count, comparison) if c])
    labels = [_month(v, i, date) for i, v in enumerate(table[date].to_pylist())]
    months = span(min(labels), max(labels))
    if len(months) > 1200:
        raise ForestallError(f"The dates span {len(months)} months.", "Check the column for wrong years.")
    at = {m: i for i, m in enumerate(months)}
    rows = np.array([at[m] for m in labels])
    if count is None:
        return months, np.bincount(rows, minlength=len(months)).astype(float), None

    def total(column: str) -> np.ndarray:
        values = floats(table, column)
        out = np.full(len(months), np.nan)
        good = np.isfinite(values)
        out[np.unique(rows[good])] = 0.0
        np.add.at(out, rows[good], values[good])
        if (out < 0).any():
            raise ForestallError(f"Column {column} has counts below nought.", "Mend those rows.")
        return out

    return months, total(count), total(comparison) if comparison else None


def _month(value: Any, row: int, column: str) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value or "").strip()
    if "/" in text[:3] and len(text) >= 10:  # British day/month/year
        text = f"{text[6:10]}-{text[3:5]}-{text[:2]}"
    if (
        len(text) >= 7
        and text[:4].isdigit()
        and text[4] == "-"
        and text[5:7].isdigit()
        and 1 <= int(text[5:7]) <= 12
    ):
        return text[:7]
    raise ForestallError(
        f"Column {column}, row {row + 2} holds {text[:40]!r}, which is not a date or a month.",
        "Write 2024-03 or 2024-03-31.",
    )


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]
