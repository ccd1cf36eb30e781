"""Places, from the nation down to a beat: how much, of what, how harmful, rising or falling, where."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from forestall.errors import ForestallError
from forestall.records.datasets import selectors
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.permissions import Permission
from forestall.web import charts, errors
from forestall.web.gates import needs
from forestall.web.maps import Map, Shape, point, square
from forestall.web.modules import HomePart, parts
from forestall.web.navigation import Item

navigation = [Item("Places", "places", 40, Permission.EVIDENCE_VIEW)]

KIND_NAMES = {
    "nation": ("Nation", "Nations"),
    "region": ("Region", "Regions"),
    "force": ("Force", "Forces"),
    "district": ("District", "Districts"),
    "beat": ("Beat", "Beats"),
}
#: What stands in for beats where no boundaries of beats were imported.
DERIVED = ("Neighbourhood area", "Neighbourhood areas (from the names of small areas; not the force's beats)")
TAGS = {"up": "red", "down": "green"}
SOURCE = "police-recorded events of release {}"


def home_parts(request: HttpRequest) -> list[HomePart]:
    """On the first page: the reader's own area."""
    if not organisations.holds(request.user, Permission.EVIDENCE_VIEW):
        return []
    code = _own_place(request)
    if code is None:
        return []
    picture = selectors.place_picture(code)
    context = {"picture": picture, "change": _change(picture.change)}
    return [HomePart(picture.name, "places/home.html", context, order=50)]


def _own_place(request: HttpRequest) -> str | None:
    """The reader's own place or the nearest above it that the records know; else the top."""
    if not selectors.has_live():
        return None
    listed = selectors.place_list()
    codes = {p["code"] for p in listed}
    own = organisations.home_organisation(request.user)
    lineage = reversed(organisations.ancestors(own)) if own else []
    found = next((o.place_code for o in lineage if o.place_code in codes), None)
    return found or (listed[0]["code"] if listed else None)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def places(request: HttpRequest) -> HttpResponse:
    """The reader's own place if they have one, else the top of the hierarchy."""
    code = _own_place(request)
    if code is None:
        may_import = organisations.holds(request.user, Permission.EVIDENCE_IMPORT)
        return render(request, "places/none.html", {"may_import": may_import})
    return redirect("place", code=code)


@needs(Permission.EVIDENCE_VIEW)
@require_GET
def place(request: HttpRequest, code: str) -> HttpResponse:
    try:
        picture = selectors.place_picture(code)
    except ForestallError as problem:
        return errors.user_error(request, problem, status=404)
    figures = [_months(picture), _types(picture), _map(picture)]
    file = charts.requested_csv(request, figures)
    if file is not None:
        return file
    context = {
        "picture": picture,
        "kind": _kind_name(picture.kind, code)[0],
        "trail": [{"text": name, "href": reverse("place", args=[c])} for c, name, _ in picture.ancestors]
        + [{"text": picture.name}],
        "months_chart": figures[0],
        "types_chart": figures[1],
        "map": figures[2],
        "change": _change(picture.change),
        "types": [{"name": n, "events": v, "change": _change(c)} for n, v, c in picture.by_type],
        "parts_title": _kind_name(picture.parts[0].kind, picture.parts[0].code)[1] if picture.parts else "",
        "children": [
            {
                "code": p.code,
                "name": p.name,
                "events": p.events,
                "harm": round(p.harm),
                "change": _change(p.change),
            }
            for p in picture.parts
        ],
        "elsewhere": _elsewhere(picture),
        "uncounted": sum(n for _, n in picture.without_weight),
        "more": parts("place_parts", request, {"code": code, "name": picture.name, "kind": picture.kind}),
    }
    return render(request, "places/place.html", context)


def _elsewhere(picture: Any) -> int:
    """Events of a force that lie in districts of other forces, or in none."""
    if picture.kind != "force" or not picture.parts:
        return 0
    return picture.total - sum(p.events for p in picture.parts) - picture.unplaced


def _kind_name(kind: str, code: str) -> tuple[str, str]:
    """What a place is called, one and many. Places from names of small areas are not called beats."""
    derived = kind == "beat" and code.startswith("n:") and not code.startswith("n:mb-")
    return DERIVED if derived else KIND_NAMES[kind]


def _change(change: Any) -> dict[str, Any]:
    """A change in words, with its figures."""
    words = change.words
    detail = ""
    if change.ratio is not None and change.upper is not None and change.upper != float("inf"):
        low, high = _signed(change.lower), _signed(change.upper)
        detail = f"{_signed(change.ratio)} ({low} to {high})"
    return {"words": words, "detail": detail, "colour": TAGS.get(words, "grey")}


def _signed(ratio: float) -> str:
    """1.03 -> "+3%"."""
    whole = round(100 * (ratio - 1))
    return f"{whole:+d}%".replace("-", "−") if whole else "0%"


def _source(picture: Any) -> str:
    made_up = " (make-believe)" if picture.make_believe else ""
    return SOURCE.format(picture.release) + made_up + "."


def _period(picture: Any) -> str:
    name = charts.month_name
    return f"{name(picture.months[0])} to {name(picture.months[-1])}" if picture.months else "no months"


def _months(picture: Any) -> charts.Chart:
    missing = [m for m, n in picture.by_month if n is None]
    return charts.over_months(
        key="months",
        title="Events by month",
        unit="Events a month",
        source=_source(picture),
        series={"Events": picture.by_month},
        caveat=_gaps(picture, missing),
    )


def _gaps(picture: Any, missing: list[str]) -> str:
    """Which months are missing, and for whom: never zero."""
    if not missing:
        return ""
    incomplete = dict(picture.months_incomplete)
    named = [
        charts.month_name(m) + (f" ({', '.join(incomplete[m])})" if m in incomplete else "") for m in missing
    ]
    return f"Missing, not zero: {'; '.join(named)}."


def _types(picture: Any) -> charts.Chart:
    return charts.bars(
        key="types",
        title="Events by type",
        unit="Events",
        period=_period(picture),
        source=_source(picture),
        name="Type",
        values=[(name, n) for name, n, _ in picture.by_type],
    )


def _map(picture: Any) -> Map | None:
    shapes = []
    if picture.outline:
        shapes.append(Shape("outline", picture.name, picture.outline))
    if picture.cells:
        what, head = "Events by square of 250 metres", ("Longitude", "Latitude", "Events")
        rows = tuple(picture.cells)
        shapes += [
            Shape("cell", f"{n} events", square(lon, lat), n, f"square around {lat:.4f}, {lon:.4f}")
            for lon, lat, n in picture.cells
        ]
    else:
        located = [p for p in picture.parts if p.lon is not None]
        what, head = "Events by place", ("Place", "Events")
        rows = tuple((p.name, p.events) for p in picture.parts)
        shapes += [
            Shape(
                "point",
                p.name,
                point(p.lon, p.lat),
                p.events,
                f"{p.events:,} events",
                reverse("place", args=[p.code]),
            )
            for p in located
        ]
    if len(shapes) <= bool(picture.outline):
        return None
    most = f"The {len(picture.cells)} busiest squares. " if len(picture.cells) >= picture.most_cells else ""
    caveat = (
        most + "Open police data move each event to a nearby map point: squares near the edge may be off."
    )
    return Map(
        key="map",
        title=what,
        unit="Events; darker means more" if picture.cells else "Events; circles are in proportion",
        period=_period(picture),
        source=_source(picture),
        head=head,
        rows=rows,
        shapes=tuple(shapes),
        caveat=(most if picture.make_believe else caveat) if picture.cells else "",
    )


urlpatterns = [
    path("places/", places, name="places"),
    path("places/<str:code>/", place, name="place"),
]
