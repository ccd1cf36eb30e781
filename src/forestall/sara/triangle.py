"""The pieces of an analysis: where, when, what, who again, and against the rest of the force.

Each takes events as arrays and gives plain values. No key of a person or of premises ever leaves here: only
counts and shares do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from forestall.evidence.places import Places, to_degrees
from forestall.evidence.queries.events import Codes, Events
from forestall.evidence.schemas import CELL_METRES
from forestall.stats.effects import ratio_of_changes
from forestall.stats.series import paired_dispersion

#: A map of more squares says less and takes longer.
MOST_CELLS = 400
TOP = 10
#: Under so many events no share is given: it would swing with one event.
FEW = 20
KEYS = {
    "victim": ("victims", "victim"),
    "premises": ("premises", "location"),
    "offender": ("offenders", "offender"),
    "caller": ("callers", "victim"),
}
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}


def where(events: Events, places: Places) -> dict[str, Any]:
    """Squares for a map, top named locations and small areas with shares, and how few places bear half."""
    located = np.isfinite(events["lon"])
    cells, squares = _cells(events["x"][located], events["y"][located])
    locations = _tally(events.codes("location"))
    areas = _tally(events.codes("area"))
    half = int(np.searchsorted(np.cumsum(np.sort(locations[1])[::-1]), locations[1].sum() / 2) + 1)
    return {
        "events": events.n,
        "located": int(located.sum()),
        "without_location": int(events.n - located.sum()),
        "cells": cells,
        "cells_in_all": squares,
        "cell_metres": CELL_METRES,
        "top_locations": _top(*locations, events.n),
        "locations": len(locations[0]),
        "locations_with_half": half if len(locations[0]) else None,
        "top_areas": [row | {"name": places.name(row["code"])} for row in _top(*areas, events.n, key="code")],
    }


def when(events: Events, months: Sequence[str], sent: Sequence[str]) -> dict[str, Any]:
    """Events by month (None where none was sent), by season, and by hour of the week where times exist."""
    by_month = dict(zip(*_tally(events.codes("month")), strict=True))
    held = set(sent)
    counts = [int(by_month.get(m, 0)) if m in held else None for m in months]
    return {
        "months": list(months),
        "counts": counts,
        "seasons": _seasons(months, counts),
        "hours": _hours(events),
    }


def what(events: Events) -> dict[str, Any]:
    """Crime types and latest outcomes, with shares."""
    types = _tally(events.codes("crime_type"))
    outcome = events.codes("outcome")
    outcomes = _tally(outcome)
    known = int((outcome.codes >= 0).sum())
    return {
        "types": _top(*types, events.n, top=20),
        "outcomes": _top(*outcomes, known, top=20),
        "with_outcome": known,
        "without_outcome": events.n - known,
    }


def repeats(events: Events, held: Sequence[str]) -> dict[str, Any]:
    """For victims, premises, offenders and callers: how many come again, and what share of events they bear.

    held: the key columns that the release has values for. A column without any says what it would need.
    """
    out: dict[str, Any] = {}
    for column, (plural, side) in KEYS.items():
        codes = events.codes(column).codes
        codes = codes[codes >= 0]
        if column not in held or not len(codes):
            article = "an" if column[0] in "aeiou" else "a"
            out[plural] = {
                "side": side,
                "known": False,
                "needs": f"{article} {column} key in the records: police.uk files have none",
            }
            continue
        counts = np.sort(np.unique(codes, return_counts=True)[1])[::-1]
        again = counts[counts > 1]
        tenth = max(1, len(counts) // 10)
        out[plural] = {
            "side": side,
            "known": True,
            "events_with_key": len(codes),
            "distinct": len(counts),
            "repeat": len(again),
            "repeat_events": int(again.sum()),
            "share_of_events": float(again.sum() / len(codes)) if len(codes) >= FEW else None,
            "top_tenth_share": float(counts[:tenth].sum() / len(codes)) if len(codes) >= FEW else None,
            "most_for_one": int(counts[0]) if counts[0] > 2 else None,
        }
    return out


def change(
    inside: np.ndarray, outside: np.ndarray, months: Sequence[str], level: float = 0.95
) -> dict[str, Any]:
    """The latest year against the one before, here and in the rest of the force.

    inside, outside: counts by month (m,), for months that were sent. With under 24 months: halves.
    Returns counts, the ratio of changes with its interval, and a sentence.
    """
    span = min(12, len(months) // 2)
    if span < 3:
        return {"known": False, "needs": "at least 6 months of records"}
    if outside.sum() == 0:
        return {"known": False, "needs": "an area smaller than the whole force to set against the rest"}
    late, early = slice(-span, None), slice(-2 * span, -span)
    here = float(inside[early].sum()), float(inside[late].sum())
    rest = float(outside[early].sum()), float(outside[late].sum())
    spread = paired_dispersion(inside[-2 * span :], outside[-2 * span :])
    ratio = ratio_of_changes(here, rest, level=level, dispersion=spread)
    return {
        "known": True,
        "earlier": [months[-2 * span], months[-span - 1]],
        "later": [months[-span], months[-1]],
        "here": [int(v) for v in here],
        "rest_of_force": [int(v) for v in rest],
        "ratio": ratio.to_dict(),
        "sentence": _change_sentence(here, rest, ratio.interval, span),
    }


def _change_sentence(
    here: tuple[float, float],
    rest: tuple[float, float],
    interval: tuple[float | None, float | None],
    span: int,
) -> str:
    low, high = interval
    said = (
        f"{here[1]:,.0f} events here in the last {span} months, {here[0]:,.0f} in the {span} before; "
        f"{rest[1]:,.0f} and {rest[0]:,.0f} in the rest of the force"
    )
    if low is not None and low > 1:
        return f"{said}: this place has risen against the rest."
    if high is not None and high < 1:
        return f"{said}: this place has fallen against the rest."
    return f"{said}: no evidence that this place changed otherwise than the rest."


def _cells(x: np.ndarray, y: np.ndarray) -> tuple[list[dict[str, Any]], int]:
    """The squares with most events, and how many squares have any. A square takes in its west and south edge."""
    if not len(x):
        return [], 0
    key = np.column_stack([np.floor(x / CELL_METRES), np.floor(y / CELL_METRES)])
    squares, counts = np.unique(key, axis=0, return_counts=True)
    in_all = len(counts)
    order = np.argsort(-counts, kind="stable")[:MOST_CELLS]
    squares, counts = squares[order], counts[order]
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    rings = [
        np.column_stack(to_degrees(*((squares + corner) * CELL_METRES).T)).round(6) for corner in corners
    ]
    middle = np.column_stack(to_degrees(*((squares + 0.5) * CELL_METRES).T)).round(6)
    cells = [
        {
            "lon": float(middle[i, 0]),
            "lat": float(middle[i, 1]),
            "count": int(counts[i]),
            "geometry": {"type": "Polygon", "coordinates": [[r[i].tolist() for r in rings]]},
        }
        for i in range(len(counts))
    ]
    return cells, in_all


def _tally(codes: Codes) -> tuple[list[str], np.ndarray]:
    """Values that occur and how often, most first, ties by name."""
    counts = np.bincount(codes.codes[codes.codes >= 0], minlength=len(codes.names))
    names = [n for n, c in zip(codes.names, counts, strict=True) if c > 0]
    kept = counts[counts > 0]
    order = sorted(range(len(names)), key=lambda i: (-kept[i], names[i]))
    return [names[i] for i in order], kept[order]


def _top(
    names: Sequence[str], counts: np.ndarray, total: int, top: int = TOP, key: str = "name"
) -> list[dict[str, Any]]:
    return [
        {key: n, "count": int(c), "share": float(c / total) if total >= FEW else None}
        for n, c in zip(names[:top], counts[:top], strict=True)
    ]


def _seasons(months: Sequence[str], counts: Sequence[int | None]) -> dict[str, Any]:
    """Events a month in each season; only with every month of the year seen, and 24 months or more."""
    known = [(int(m[5:]), c) for m, c in zip(months, counts, strict=True) if c is not None]
    if len(known) < 24 or len({m for m, _ in known}) < 12:
        return {"known": False, "needs": "24 months or more with every month of the year"}
    mean = float(np.mean([c for _, c in known]))
    rates = {name: float(np.mean([c for m, c in known if m in inside])) for name, inside in SEASONS.items()}
    return {
        "known": True,
        "a_month": rates,
        "highest": max(rates, key=lambda k: rates[k]),
        "ratio": {k: v / mean for k, v in rates.items()} if mean > 0 else None,
    }


def _hours(events: Events) -> dict[str, Any]:
    start = events["start"]
    timed = ~np.isnat(start)
    if not timed.any():
        return {
            "known": False,
            "needs": "start times (and end times where the moment is unknown): police.uk files have months only",
        }
    from forestall.stats.timing import aoristic

    spread = aoristic(start[timed], events["end"][timed], "Europe/London", utc=True)
    weights = np.asarray(spread.weights)
    peak = np.unravel_index(int(weights.argmax()), weights.shape)
    return {
        "known": True,
        "weights": [[float(v) for v in row] for row in weights],
        "n": int(timed.sum()),
        "without_time": int((~timed).sum()),
        "point_events": int(spread.point_events),
        "spread_over_week": int(spread.spread_over_week),
        "peak": {"weekday": int(peak[0]), "hour": int(peak[1])},
        "busiest_quarter_share": float((np.sort(weights.ravel())[-42:].sum()) / max(weights.sum(), 1e-9)),
    }
