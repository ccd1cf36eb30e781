"""An assessment as a page shows it: verdict, figures, chart. Never more than the Finding holds."""

from __future__ import annotations

from typing import Any

from forestall.web import charts

COLOURS = {
    "fewer": "green",
    "worse": "red",
    "no_evidence_of_change": "grey",
    "too_early": "yellow",
    "too_few": "yellow",
}
MOVED = {
    "displacement": "Some of it may have moved",
    "diffusion": "Benefits may have spread",
    "none_found": "No evidence that it moved",
    "not_testable": "Not testable",
}


def shown(kept: Any) -> dict[str, Any]:
    """The parts of the answer with their words; a part that the Finding has not is None."""
    finding = kept.finding
    answer = finding["answer"]
    moved = answer.get("displacement")
    return {
        "verdict": answer["verdict"],
        "colour": COLOURS.get(answer["verdict"]["key"], "grey"),
        "counts": answer.get("counts"),
        "rows": _rows(answer.get("counts") or {}),
        "effect": answer.get("effect"),
        "ratio": (answer.get("effect") or {}).get("ratio"),
        "change": (answer.get("effect") or {}).get("change"),
        "difference": (moved or {}).get("difference"),
        "displacement": moved,
        "two_figures": _two_figures(answer),
        "moved_title": MOVED.get((moved or {}).get("answer", ""), ""),
        "displacement_words": (moved or {}).get("why", ""),
        "chance_highs": answer.get("chance_highs"),
        "harm": answer.get("harm_avoided"),
        "cost": answer.get("cost_avoided"),
        "net": answer.get("net"),
        "editions": answer.get("editions") or {},
        "caveats": finding["caveats"],
        "months_missing": answer.get("months_missing") or [],
        "months_waiting": answer.get("months_waiting") or [],
        "method": finding["method"],
        "method_version": finding["method_version"],
        "release_hash": finding["release_hash"],
    }


def _rows(counts: dict[str, Any]) -> list[tuple[str, int, int]]:
    names = {
        "treated": "Treated area",
        "comparison": "Comparison area",
        "buffer": "Buffer",
        "buffer_comparison": "Comparison of the buffer",
    }
    return [(words, *counts[key]) for key, words in names.items() if counts.get(key)]


def _two_figures(answer: dict[str, Any]) -> str:
    """Why the ratio and the weighted displacement difference need not agree, where both are shown."""
    moved = answer.get("displacement") or {}
    if not (answer.get("effect") or {}).get("ratio") or not moved.get("difference"):
        return ""
    if moved.get("includes_buffer"):
        return (
            "The two figures ask different things: the rate ratio looks at the treated area alone; the weighted "
            "displacement difference takes the buffer in as well and sets both against a comparison of another "
            "size, so its interval is wider and can include nought (within chance) where the ratio's leaves 1 out."
        )
    return (
        "The two figures are built differently: the rate ratio compares shares, the weighted displacement "
        "difference compares counts with a comparison brought to the treated area's size, so one can be within "
        "chance where the other is not."
    )


def series_chart(kept: Any) -> charts.Chart | None:
    """Month by month: what happened, and what was to be expected from before and the comparison."""
    series = kept.finding["answer"].get("series")
    if not series:
        return None
    months = series["months"]
    expected = series.get("expected") or [None] * len(months)
    lower = series.get("lower") or [None] * len(months)
    upper = series.get("upper") or [None] * len(months)
    band = [(m, lo, hi) for m, lo, hi in zip(months, lower, upper, strict=True) if lo is not None]
    return charts.over_months(
        key="series",
        title="Treated area, month by month",
        unit="Events a month",
        source=f"police-recorded events of release {kept.release}.",
        series={
            "What happened": list(zip(months, series["observed"], strict=True)),
            "Expected without a change": list(zip(months, expected, strict=True)),
        },
        band=band,
        band_name="expected",
        marks={series["response_start"]: "response starts"},
        sentence=kept.finding["answer"]["verdict"]["sentence"],
    )
