"""Charts drawn on the server: title, unit, period, source, and the same numbers as a table and a CSV.

A view makes a `Chart` with one of the makers below and puts it in its context; the template has

    {% include "parts/figure.html" with chart=chart %}

and the view begins with `file = requested_csv(request, [chart, ...])`, returned when it is not None.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from forestall.web.templatetags.forestall import month as month_name

#: Colours that differ in lightness as well, for readers who do not tell hues apart; text on white passes AA.
BLUE, ORANGE, GREY, LIGHT = "#1d70b8", "#b65a00", "#505a5f", "#d2e2f1"
FONT = "Helvetica Neue, Arial, Liberation Sans, sans-serif"
VERSION = "6.1"  # of Vega-Lite
WIDTH = 640

Number = float | int | None


@dataclass(frozen=True)
class Chart:
    """A drawing with all that a reader needs to trust it. `rows` hold the numbers that are drawn."""

    key: str  # id in the page, and the name of its CSV
    title: str
    unit: str
    period: str
    source: str
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    spec: dict[str, Any] = field(repr=False)
    sentence: str = ""  # what it shows, for who cannot see it
    caveat: str = ""

    @property
    def svg(self) -> SafeString:
        return mark_safe(draw(json.dumps(self.spec), f"{self.title}. {self.sentence}".strip()))  # noqa: S308


@lru_cache(maxsize=256)
def draw(spec: str, label: str) -> str:
    """A Vega-Lite specification (JSON) as SVG that is one image to a screen reader."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(spec, vl_version=VERSION)
    svg = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" focusable="false" ', 1)


def warm() -> None:
    """Draw once, so that the first reader does not wait for the drawing engine to start."""
    draw(json.dumps({"data": {"values": []}, "mark": "bar", "encoding": {}}), "")


def _spec(height: int, layers: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "width": WIDTH - 60,
        "height": height,
        "layer": layers,
        "background": "white",
        "config": {
            "font": FONT,
            "axis": {
                "labelFontSize": 13,
                "titleFontSize": 13,
                "labelColor": "#0b0c0c",
                "gridColor": "#dee0e2",
            },
            "legend": {"labelFontSize": 13, "title": None, "orient": "top", "labelLimit": 300},
            "view": {"stroke": None},
        },
        **more,
    }


def over_months(
    *,
    key: str,
    title: str,
    unit: str,
    source: str,
    series: dict[str, Sequence[tuple[str, Number]]],
    band: Sequence[tuple[str, Number, Number]] = (),
    band_name: str = "expected",
    marks: dict[str, str] | None = None,
    sentence: str = "",
    caveat: str = "",
) -> Chart:
    """Lines over months ("2022-10"). A missing month is a gap, never zero.

    series: name -> (month, value). band: (month, lower, upper) shaded behind. marks: month -> words, each an
    upright line ("response starts").
    """
    months = sorted({m for points in series.values() for m, _ in points} | {m for m, _, _ in band})
    layers: list[dict[str, Any]] = []
    x = _month_axis(months)
    if band:
        values = [{"m": m, "lo": lo, "hi": hi, "s": band_name} for m, lo, hi in band if lo is not None]
        layers.append(
            {
                "data": {"values": values},
                "mark": {"type": "area", "color": LIGHT},
                "encoding": {"x": x, "y": {"field": "lo", "type": "quantitative"}, "y2": {"field": "hi"}},
            }
        )
    points = [{"m": m, "v": v, "s": name} for name, line in series.items() for m, v in line]
    colour = {
        "field": "s",
        "type": "nominal",
        "scale": {"domain": list(series), "range": [BLUE, ORANGE, GREY, "#00703c"][: max(1, len(series))]},
        "legend": None if len(series) == 1 else {},
    }
    layers.append(
        {
            "data": {"values": points},
            "mark": {"type": "line", "invalid": "break-paths-show-path-domains", "point": {"size": 30}},
            "encoding": {
                "x": x,
                "y": {"field": "v", "type": "quantitative", "title": unit, "scale": {"zero": True}},
                "color": colour,
                "strokeDash": {"field": "s", "type": "nominal", "sort": list(series), "legend": None},
            },
        }
    )
    for at, words in sorted((marks or {}).items()):
        rule = {"data": {"values": [{"m": at, "t": words}]}, "encoding": {"x": x}}
        layers.append({**rule, "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#0b0c0c"}})
        text = {"type": "text", "align": "left", "dx": 4, "y": 8, "fontSize": 12}
        layers.append({**rule, "mark": text, "encoding": {"x": x, "text": {"field": "t"}}})
    held = {name: dict(line) for name, line in series.items()}
    shaded = {m: (lo, hi) for m, lo, hi in band}
    head = ["Month", *series, *([f"{band_name}, lower", f"{band_name}, upper"] if band else [])]
    rows = [
        (
            month_name(m),
            *(held[name].get(m) for name in series),
            *(shaded.get(m, (None, None)) if band else ()),
        )
        for m in months
    ]
    period = f"{month_name(months[0])} to {month_name(months[-1])}" if months else "no months"
    return Chart(
        key, title, unit, period, source, tuple(head), tuple(rows), _spec(240, layers), sentence, caveat
    )


def _month_axis(months: list[str]) -> dict[str, Any]:
    """Every month has its place; every sixth has its name."""
    every = 1 if len(months) <= 8 else 3 if len(months) <= 24 else 6
    return {
        "field": "m",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": months},
        "axis": {"values": months[::every], "labelAngle": 0, "grid": False},
    }


def bars(
    *,
    key: str,
    title: str,
    unit: str,
    period: str,
    source: str,
    values: Sequence[tuple[str, Number]],
    name: str = "",
    intervals: dict[str, tuple[float, float]] | None = None,
    sentence: str = "",
    caveat: str = "",
) -> Chart:
    """Lying bars, one a name, in the order given. intervals: name -> (lower, upper), drawn as whiskers."""
    order = [n for n, _ in values]
    y = {
        "field": "n",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": 240, "ticks": False},
    }
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"n": n, "v": v} for n, v in values]},
            "mark": {"type": "bar", "color": BLUE},
            "encoding": {"y": y, "x": {"field": "v", "type": "quantitative", "title": unit}},
        }
    ]
    if intervals:
        whiskers = [{"n": n, "lo": lo, "hi": hi} for n, (lo, hi) in intervals.items()]
        layers.append(
            {
                "data": {"values": whiskers},
                "mark": {"type": "rule", "color": "#0b0c0c"},
                "encoding": {"y": y, "x": {"field": "lo", "type": "quantitative"}, "x2": {"field": "hi"}},
            }
        )
    head = [name or "Name", unit, *(["Lower", "Upper"] if intervals else [])]
    rows = [(n, v, *((intervals or {}).get(n, (None, None)) if intervals else ())) for n, v in values]
    spec = _spec(max(60, 26 * len(values)), layers)
    spec["width"] = 360
    return Chart(key, title, unit, period, source, tuple(head), tuple(rows), spec, sentence, caveat)


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def week(
    *,
    key: str,
    title: str,
    unit: str,
    period: str,
    source: str,
    values: Sequence[Sequence[float]],
    sentence: str = "",
    caveat: str = "",
) -> Chart:
    """Hours by weekdays: `values` is 7 rows (Monday first) of 24."""
    cells = [{"d": day, "h": hour, "v": values[d][hour]} for d, day in enumerate(DAYS) for hour in range(24)]
    layers = [
        {
            "data": {"values": cells},
            "mark": {"type": "rect"},
            "encoding": {
                "x": {
                    "field": "h",
                    "type": "ordinal",
                    "title": "Hour beginning",
                    "axis": {"labelAngle": 0, "values": list(range(0, 24, 3))},
                },
                "y": {"field": "d", "type": "ordinal", "sort": list(DAYS), "title": None},
                "color": {
                    "field": "v",
                    "type": "quantitative",
                    "scale": {"range": ["#f3f6fa", "#0b3a67"]},
                    "legend": {"title": unit, "orient": "top", "gradientLength": 200},
                },
            },
        }
    ]
    rows = [(day, *(round(float(v), 1) for v in values[d])) for d, day in enumerate(DAYS)]
    head = ("Day", *(f"{h:02d}" for h in range(24)))
    return Chart(key, title, unit, period, source, head, tuple(rows), _spec(200, layers), sentence, caveat)


def requested_csv(request: HttpRequest, figures: Iterable[Any]) -> HttpResponse | None:
    """The CSV of the figure that `?csv=KEY` asks for, or None."""
    wanted = request.GET.get("csv")
    for figure in figures:
        if figure is not None and figure.key == wanted:
            return csv_of(figure)
    return None


def csv_of(figure: Any) -> HttpResponse:
    """The numbers of a chart or map, with what they are above them."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{figure.key}.csv"'
    out = csv.writer(answer)
    for name in ("title", "unit", "period", "source", "caveat"):
        if getattr(figure, name):
            out.writerow([f"# {name}: {getattr(figure, name)}"])
    out.writerow(figure.head)
    for row in figure.rows:
        out.writerow(["" if cell is None else _safe(cell) for cell in row])
    return answer


def _safe(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made plain."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
