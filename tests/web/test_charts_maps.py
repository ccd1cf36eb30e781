"""Charts and maps: what is drawn, what stands beside it, and that names cannot break out of it."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import RequestFactory

from forestall.web import charts, maps
from forestall.web.maps import Map, Shape, point, square

EVIL = '<script>alert("1")</script>&'
SQUARE = {"type": "Polygon", "coordinates": [[[0, 52], [0.1, 52], [0.1, 52.1], [0, 52.1], [0, 52]]]}


def line(**more: Any) -> charts.Chart:
    return charts.over_months(
        key="k",
        title="Burglary",
        unit="Events",
        source="release r1",
        series={"Here": [("2024-01", 3), ("2024-02", None), ("2024-03", 5)]},
        **more,
    )


def test_a_chart_says_what_it_is() -> None:
    chart = line(sentence="It rose.")
    svg = ElementTree.fromstring(str(chart.svg))
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Burglary. It rose."
    assert chart.period == "January 2024 to March 2024"
    assert chart.head == ("Month", "Here")
    assert chart.rows == (("January 2024", 3), ("February 2024", None), ("March 2024", 5))


def test_a_drawing_has_no_styles_or_scripts_of_its_own() -> None:
    svg = str(line(band=[("2024-01", 1, 4), ("2024-03", 2, 6)], marks={"2024-03": EVIL}).svg)
    assert "style=" not in svg
    assert "<script" not in svg
    ElementTree.fromstring(svg)


def test_band_and_marks_stand_in_the_table() -> None:
    chart = line(band=[("2024-01", 1, 4)])
    assert chart.head[-2:] == ("expected, lower", "expected, upper")
    assert chart.rows[0] == ("January 2024", 3, 1, 4)
    assert chart.rows[1] == ("February 2024", None, None, None)


def test_bars_and_weeks_are_drawn() -> None:
    bars = charts.bars(
        key="b",
        title=EVIL,
        unit="Events",
        period="2024",
        source="r1",
        values=[(EVIL, 3), ("Robbery", 1)],
        intervals={"Robbery": (0.2, 2.0)},
    )
    assert "<script" not in str(bars.svg)
    assert bars.rows[1] == ("Robbery", 1, 0.2, 2.0)
    week = charts.week(
        key="w",
        title="Hours",
        unit="Events",
        period="2024",
        source="r1",
        values=[[1.0] * 24 for _ in range(7)],
    )
    assert len(week.rows) == 7
    assert len(week.head) == 25
    ElementTree.fromstring(str(week.svg))


def test_an_empty_chart_is_still_a_picture() -> None:
    chart = charts.over_months(key="k", title="None", unit="Events", source="r1", series={"Here": []})
    assert chart.period == "no months"
    ElementTree.fromstring(str(chart.svg))


def test_csv_is_asked_for_by_key_and_runs_no_formula() -> None:
    chart = charts.bars(
        key="b", title="T", unit="Events", period="2024", source="r1", values=[("=cmd()", 3), ("-x", None)]
    )
    ask = RequestFactory().get
    assert charts.requested_csv(ask("/?csv=other"), [chart, None]) is None
    assert charts.requested_csv(ask("/"), [chart]) is None
    text = charts.requested_csv(ask("/?csv=b"), [None, chart]).content.decode("utf-8-sig")
    assert "'=cmd(),3" in text
    assert "'-x,\r\n" in text


def a_map(*shapes: Shape) -> Map:
    return Map("m", "Where", "Events", "2024", "r1", ("Place", "Events"), (("A", 1),), shapes)


def test_a_map_draws_every_shape_and_escapes_names() -> None:
    found = a_map(
        Shape("outline", EVIL, SQUARE),
        Shape("point", EVIL, point(0.05, 52.05), 4),
        Shape("point", "B", point(0.02, 52.02), 1),
    )
    svg = ElementTree.fromstring(str(found.svg))
    space = "{http://www.w3.org/2000/svg}"
    assert len(svg.findall(f"{space}path")) == 1
    big, small = (float(c.get("r")) for c in svg.findall(f"{space}circle"))
    assert big == pytest.approx(2 * small)  # four times the value, twice the radius
    assert "<script" not in str(found.svg)


def test_north_is_up_and_east_is_right() -> None:
    svg = ElementTree.fromstring(
        str(a_map(Shape("point", "SW", point(0, 52)), Shape("point", "NE", point(1, 53))).svg)
    )
    south_west, north_east = svg.findall("{http://www.w3.org/2000/svg}circle")
    assert float(north_east.get("cx")) > float(south_west.get("cx"))
    assert float(north_east.get("cy")) < float(south_west.get("cy"))


def test_a_square_of_the_grid_is_250_metres_wide() -> None:
    ring = square(-1.1, 52.6)["coordinates"][0]
    wide = (ring[1][0] - ring[0][0]) * 111_320 * 0.6074  # cosine of 52.6 degrees
    tall = (ring[2][1] - ring[1][1]) * 111_320
    assert (round(wide), round(tall)) == (250, 250)


def test_darker_squares_hold_more() -> None:
    found = a_map(Shape("cell", "a", square(0, 52), 10), Shape("cell", "b", square(0.01, 52), 5))
    first, second = (f["properties"]["opacity"] for f in found.data["features"])
    assert first > second > 0


def test_treated_comparison_and_buffer_are_told_apart_without_colour() -> None:
    found = a_map(*(Shape(kind, kind, SQUARE) for kind in ("treated", "comparison", "buffer")))
    assert [kind for kind, _ in found.legend] == ["treated", "comparison", "buffer"]
    assert len({maps.STYLES[k].get("dash") for k in ("treated", "comparison", "buffer")}) == 3


def test_a_map_of_nothing_draws_nothing() -> None:
    assert str(a_map().svg) == ""
