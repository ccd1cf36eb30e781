"""A quality report as parts of a page and as rows of a CSV: whatever the report holds is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

#: key of a report -> what it is called, in the order shown. A key that is not here comes last, as it is.
LABELS = {
    "rows_read": "Rows read",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "exact_duplicates": "Exact duplicates (whole rows repeated)",
    "merged": "Merged (further rows of an incident already held)",
    "events": "Events",
    "added": "New since the release before",
    "updated": "Changed since the release before",
    "release_events": "Events in the release",
    "months": "Months present",
    "months_missing": "Months missing",
    "months_missing_by_force": "Months missing, by force",
    "forces": "Forces",
    "without_location": "Events without a location",
    "out_of_area": "Points outside the force's area",
    "category_changes": "Incidents whose category changed",
    "repeated_ids": "Repeated identifiers",
    "by_type": "Events by type",
    "by_force": "Events by force",
    "by_month": "Events by month",
    "repeated": "Repeats",
    "area_vintages": "Codes of small areas, 2011 and 2021",
    "without_identifier": "Events without an identifier (anti-social behaviour has none in open data)",
    "without_outcome": "Events without an outcome",
    "by_kind": "Rows by kind of file",
    "outcomes": "Outcomes",
    "step_changes": "Step changes common to the whole force",
    "notices": "To know",
    "files": "Files",
    "rejects": "Rejected rows (the first hundred; all are in the rejects file)",
    "make_believe": "Make-believe",
    "unchanged": "Nothing new in these files",
    "seconds": "Seconds",
    "release": "Release",
    "release_hash": "Hash of the release",
}
#: What a reader gets no use from.
HIDDEN = {"release_hash"}
#: Rows of a table on a page; files hold all.
MOST_ROWS = 200
#: A longer table is folded away.
FOLDED = 15


def label(key: str) -> str:
    return LABELS.get(key, key.replace("_", " ").capitalize())


def _ordered(report: dict[str, Any]) -> list[str]:
    order = {key: i for i, key in enumerate(LABELS)}
    return sorted((k for k in report if k not in HIDDEN), key=lambda k: (order.get(k, len(order)), k))


def sections(report: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Figures, lists and tables of a report, each with its label."""
    figures, lists, tables = [], [], []
    for key in _ordered(report):
        value = report[key]
        if isinstance(value, dict):
            if value:
                tables.append({"label": label(key), **_table_of_dict(value)})
        elif isinstance(value, list | tuple):
            if value and all(isinstance(v, dict) for v in value):
                tables.append({"label": label(key), **_table_of_rows(list(value))})
            elif len(value) > 6:
                lists.append({"label": label(key), "entries": [text(v) for v in value]})
            else:
                shown = ", ".join(text(v) for v in value) or "none"
                figures.append({"label": label(key), "value": shown})
        else:
            figures.append({"label": label(key), "value": text(value)})
    return {"figures": figures, "lists": lists, "tables": tables}


def text(value: Any) -> str:
    """A value in words: numbers with commas, yes and no, "not known" for nothing."""
    if value is None or value == "":
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1 or value == 0 else f"{value:.3g}"
    if isinstance(value, list | tuple):
        return ", ".join(text(v) for v in value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{k}: {text(v)}" for k, v in value.items()) or "none"
    return str(value)


def _name(key: Any) -> str:
    """A key of ours in words; a name from the records as it is."""
    words = str(key)
    return label(words) if "_" in words and words.islower() else words


def _table_of_dict(value: dict[str, Any]) -> dict[str, Any]:
    if all(isinstance(v, dict) for v in value.values()):
        rows = [{"": name, **row} for name, row in value.items()]
        return _table_of_rows(rows)
    return {
        "head": ["", "Value"],
        "rows": [[_name(k), text(v)] for k, v in list(value.items())[:MOST_ROWS]],
        "left_out": max(0, len(value) - MOST_ROWS),
        "folded": len(value) > FOLDED,
    }


def _table_of_rows(value: list[dict[str, Any]]) -> dict[str, Any]:
    names: list[str] = []
    for row in value:
        names += [n for n in row if n not in names]
    return {
        "head": [n.replace("_", " ").capitalize() for n in names],
        "rows": [[text(row.get(n)) for n in names] for row in value[:MOST_ROWS]],
        "left_out": max(0, len(value) - MOST_ROWS),
        "folded": len(value) > FOLDED,
    }


def rows(report: dict[str, Any]) -> Iterator[list[Any]]:
    """The whole report as rows: what, which, value."""
    yield ["what", "which", "value"]
    for key in sorted(report):
        value = report[key]
        if isinstance(value, dict):
            for name, inner in value.items():
                yield [key, name, inner if isinstance(inner, int | float | str) else text(inner)]
        elif isinstance(value, list | tuple):
            for i, inner in enumerate(value, start=1):
                yield [key, i, inner if isinstance(inner, int | float | str) else text(inner)]
        else:
            yield [key, "", "" if value is None else value]
