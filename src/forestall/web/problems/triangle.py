"""The analysis of a problem as charts, a map and sentences."""

from __future__ import annotations

from typing import Any

from forestall.web import charts
from forestall.web.ground import with_ground
from forestall.web.maps import Map, Shape, point


def figures(answer: dict[str, Any], found: Any) -> dict[str, Any]:
    """What can be drawn, by name: where, months, week, types."""
    parts = answer["parts"]
    source = f"police-recorded events of release {answer['release']}."
    when, what = parts["when"]["answer"], parts["what"]["answer"]
    months = when["months"]
    period = f"{charts.month_name(months[0])} to {charts.month_name(months[-1])}" if months else "no months"
    drawn: dict[str, Any] = {
        "where": _where(parts["where"], found, period, source),
        "months": charts.over_months(
            key="months",
            title="When: month by month",
            unit="Events a month",
            source=source,
            series={"Events": list(zip(months, when["counts"], strict=True))},
            caveat=" ".join(parts["when"]["caveats"]),
        ),
    }
    if when["hours"]["known"]:
        hours = when["hours"]
        peak = f"{charts.DAYS[hours['peak']['weekday']]}, {hours['peak']['hour']:02d}:00"
        drawn["week"] = charts.week(
            key="week",
            title="When: hour by weekday",
            unit="Events",
            period=period,
            source=source,
            values=hours["weights"],
            sentence=f"Most in the hour of {peak}. Events of unknown moment are spread over their span.",
        )
    if len(what["types"]) > 1:
        drawn["types"] = charts.bars(
            key="types",
            title="What: crime types",
            unit="Events",
            period=period,
            source=source,
            values=[(t["name"], t["count"]) for t in what["types"]],
            name="Type",
        )
    if what["outcomes"]:
        drawn["outcomes"] = charts.bars(
            key="outcomes",
            title="What: latest outcomes",
            unit="Events",
            period=period,
            source=source,
            values=[(t["name"], t["count"]) for t in what["outcomes"][:8]],
            name="Outcome",
            caveat=f"{what['without_outcome']:,} events have no outcome in the records.",
        )
    return {name: figure for name, figure in drawn.items() if figure is not None}


def _where(part: dict[str, Any], found: Any, period: str, source: str) -> Map | None:
    where = part["answer"]
    shapes = []
    geometry = found.place.get("geometry")
    if geometry and geometry["type"] != "Point":
        shapes.append(Shape("outline", found.place_name, geometry))
    shapes += [
        Shape("cell", f"{c['count']} events", point(c["lon"], c["lat"]), c["count"]) for c in where["cells"]
    ]
    if not where["cells"]:
        return None
    drawn = Map(
        key="where",
        title="Where: events by square of 250 metres",
        unit="Events; the area of a circle is in proportion",
        period=period,
        source=source,
        head=("Longitude", "Latitude", "Events"),
        rows=tuple((c["lon"], c["lat"], c["count"]) for c in where["cells"]),
        shapes=tuple(shapes),
        caveat=" ".join(part["caveats"]),
    )
    return with_ground(drawn, found.force or None, least_km=1.2)


def sentences(answer: dict[str, Any]) -> dict[str, list[str]]:
    """What the records say, under where, when, repeats and change."""
    parts = {name: f["answer"] for name, f in answer["parts"].items()}
    return {
        "where": _concentration(parts["where"]),
        "when": _timing(parts["when"]),
        "repeats": [_again(name, row) for name, row in parts["repeats"].items()],
        "change": [parts["change"].get("sentence") or f"Not known: it needs {parts['change']['needs']}."],
    }


def _concentration(where: dict[str, Any]) -> list[str]:
    half = where.get("locations_with_half")
    said = []
    if half and where["locations"] > 1:
        said.append(f"{half:,} of {where['locations']:,} named locations bear half of the events.")
    return said


def _timing(when: dict[str, Any]) -> list[str]:
    said = []
    seasons, hours = when["seasons"], when["hours"]
    if seasons["known"]:
        rates = ", ".join(f"{name} {rate:.1f}" for name, rate in seasons["a_month"].items())
        said.append(f"Highest in {seasons['highest']}. Events a month: {rates}.")
    else:
        said.append(f"Season not known: it needs {seasons['needs']}.")
    if hours["known"]:
        said.append(
            f"The busiest quarter of the week's hours holds {hours['busiest_quarter_share']:.0%} of the events."
        )
    else:
        said.append(f"Hours not known: they need {hours['needs']}.")
    return said


def _again(name: str, row: dict[str, Any]) -> str:
    if not row["known"]:
        return f"{name.capitalize()}: not known. It needs {row['needs']}."
    share = "" if row["share_of_events"] is None else f", {row['share_of_events']:.0%} of events"
    return (
        f"{name.capitalize()}: {row['distinct']:,} in {row['events_with_key']:,} events; {row['repeat']:,} come "
        f"again, with {row['repeat_events']:,} events{share}."
    )
