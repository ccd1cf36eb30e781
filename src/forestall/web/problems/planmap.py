"""Maps of a plan: treated, comparison and buffer areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forestall.records.problems.selectors import areas
from forestall.web.ground import with_ground
from forestall.web.maps import Map, Shape, point

#: Up to so many areas are named in a sentence; more are counted.
MOST_NAMED = 3
PLURALS = {"small_area": "small areas", "beat": "beats", "district": "districts"}
KINDS = ("buffer", "comparison", "treated")  # the treated area is drawn last, on top


def _codes(area: Mapping[str, Any] | None) -> list[str]:
    return list((area or {}).get("areas") or ())


def _shapes(kind: str, area: Mapping[str, Any] | None, known: Mapping[str, Any]) -> list[Shape]:
    found = []
    if area and area.get("geometry"):
        found.append(Shape(kind, area.get("name") or kind, area["geometry"]))
    for code in _codes(area):
        place = known.get(code)
        if place and place["geometry"]:
            found.append(Shape(kind, place["name"], place["geometry"]))
        elif place and place["lon"] is not None:
            found.append(Shape(kind, place["name"], point(place["lon"], place["lat"])))
    return found


def _map(key: str, title: str, shapes: Sequence[Shape], period: str) -> Map | None:
    if not shapes:
        return None
    drawn = Map(
        key=key,
        title=title,
        unit="Areas of the plan",
        period=period,
        source="the evaluation plan and the live release.",
        head=("What", "Area"),
        rows=tuple((s.kind, s.name) for s in shapes),
        shapes=tuple(shapes),
    )
    return with_ground(drawn)


def plan_map(draft: Mapping[str, Any], key: str = "plan") -> Map | None:
    """Every area of a plan."""
    codes = [c for kind in KINDS for c in _codes(draft.get(kind))]
    known = areas.described(codes)
    shapes = [s for kind in KINDS for s in _shapes(kind, draft.get(kind), known)]
    start = draft.get("response_start") or ""
    return _map(key, "Areas of the plan", shapes, f"response starts {start}" if start else "no date yet")


def options_map(draft: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> Map | None:
    """The treated area and the first comparison proposed."""
    first = options[0]["area"] if options else None
    return plan_map({**draft, "comparison": first, "buffer": None}, key="options")


def drawing_map(problem: Any, draft: Mapping[str, Any]) -> Map | None:
    """What to draw on: the treated area so far, else the problem's place."""
    treated = draft.get("treated") or {
        "areas": problem.place.get("areas") or [],
        "geometry": problem.place.get("geometry"),
        "name": problem.place_name,
    }
    if not treated.get("geometry") and not treated.get("areas") and problem.place.get("lon") is not None:
        treated = {**treated, "geometry": point(problem.place["lon"], problem.place["lat"])}
    return plan_map({"treated": treated}, key="draw")


def in_few_words(area: Mapping[str, Any] | None) -> str:
    """An area of many pieces for a sentence: "17 small areas of Fernmere and Brinefold Staithe"; up to three
    pieces by name."""
    codes = _codes(area)
    known = areas.described(codes)
    drawn = [(area or {}).get("name") or "a drawn area"] if (area or {}).get("geometry") else []
    names = [known[c]["name"] if c in known else c for c in codes]
    if len(names) <= MOST_NAMED:
        return ", ".join([*names, *drawn])
    kinds = {known[c]["kind"] for c in codes if c in known}
    what = PLURALS.get(kinds.pop(), "areas") if len(kinds) == 1 else "areas"
    above = _districts(known)
    where = f" of {' and '.join(above)}" if 0 < len(above) <= MOST_NAMED else ""
    return ", ".join([f"{len(names)} {what}{where}", *drawn])


def _districts(known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Names of the districts that these places lie in."""
    found: set[str] = set()
    at = list(known.values())
    for _ in range(2):  # small area, beat, district
        above = areas.described(sorted({p["parent"] for p in at if p["parent"]}))
        found |= {p["name"] for p in above.values() if p["kind"] == "district"}
        at = [p for p in above.values() if p["kind"] != "district"]
    return sorted(found)


def area_names(draft: Mapping[str, Any]) -> dict[str, list[str]]:
    """Names of the areas of a plan, by what they are in it."""
    found: dict[str, list[str]] = {}
    known = areas.described([c for kind in KINDS for c in _codes(draft.get(kind))])
    for kind in KINDS:
        area = draft.get(kind) or {}
        names = [known[c]["name"] if c in known else c for c in _codes(area)]
        if area.get("geometry"):
            names.append(area.get("name") or "Drawn area")
        found[kind] = names
    return found
