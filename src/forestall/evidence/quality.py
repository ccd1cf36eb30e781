"""How good are the records: what is missing, misplaced or repeated, and where the recording itself changed.

Findings of quality say what to keep in mind; nothing here is corrected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence import forces, level_shifts, spans, tabular
from forestall.evidence.derived_places import district_of

if TYPE_CHECKING:
    import pyarrow as pa

FAR_KM = 60.0


def assess(events: pa.Table, area_names: Mapping[str, str]) -> dict[str, Any]:
    """The quality of the events of a release.

    events: table with EVENT_COLUMNS. area_names: small-area code -> name.
    Returns plain values, ready for JSON: months by force, counts by type and month, rows without location,
    points out of area, step changes common to a whole force, vintages of area codes.
    """
    force, force_names = tabular.sorted_codes(events["force"])
    month, month_names = tabular.sorted_codes(events["month"])
    kind, kinds = tabular.sorted_codes(events["crime_type"])
    no_place = np.isnan(events["lon"].to_numpy())
    cube = _count((force, len(force_names)), (kind, len(kinds)), (month, len(month_names)))
    found: dict[str, Any] = {
        "events": events.num_rows,
        "months": {f: _months(cube[i].sum(0), month_names) for i, f in enumerate(force_names)},
        "by_type": dict(zip(kinds, cube.sum((0, 2)).tolist(), strict=True)),
        "by_month": dict(zip(month_names, cube.sum((0, 1)).tolist(), strict=True)),
        "by_force": {
            f: {"events": int((force == i).sum()), "without_location": int((no_place & (force == i)).sum())}
            for i, f in enumerate(force_names)
        },
        "without_location": int(no_place.sum()),
        "without_identifier": events["crime_id"].null_count,
        "without_outcome": int((tabular.codes_and_names(events["outcome"])[0] < 0).sum()),
        "out_of_area": out_of_area(events, area_names),
        "step_changes": _steps(events, (force, force_names), (kind, kinds), (month, month_names)),
        "area_vintages": _vintages(events),
    }
    return found


def other_files(files: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Months of outcome and stop-and-search files by kind and force: those there, and those with crimes but none.

    files: the manifest's list. Only files named as police.uk names them say their month and force.
    """
    months: dict[tuple[str, str], set[str]] = {}
    for file in files:
        if file.get("month") and file.get("force"):
            months.setdefault((file["kind"], file["force"]), set()).add(file["month"])
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for (kind, force), present in sorted(months.items()):
        if kind != "street":
            crimes = months.get(("street", force), set())
            found.setdefault(kind, {})[force] = {
                "present": sorted(present),
                "missing": sorted({*crimes, *spans.missing_months(present)} - present),
            }
    return found


def out_of_area(events: pa.Table, area_names: Mapping[str, str]) -> dict[str, Any]:
    """Events recorded by one force at a point that another polices.

    By the district in the name of the small area where a force is known for it; otherwise a point counts as far
    out when it lies more than 60 km, and six times the usual distance, from the middle of the force's points.
    """
    force, force_names = tabular.sorted_codes(events["force"])
    area, areas = tabular.codes_and_names(events["area"])
    districts = [district_of(area_names.get(a, "")) or "" for a in areas]
    owner = [forces.force_of_district(d) if d else None for d in districts]
    index = {f: i for i, f in enumerate(force_names)}
    owner_code = np.array([-1 if o is None else index.get(o, len(index)) for o in owner] + [-1])[area]
    elsewhere = (owner_code >= 0) & (force >= 0) & (owner_code != force)
    # A force without an area of its own (British Transport Police) is out of area nowhere.
    homeless = np.array([not forces.force(f).region for f in force_names] + [True])[force]
    elsewhere &= ~homeless
    elsewhere |= (owner_code < 0) & _far(events, force, len(force_names))
    where = area[elsewhere & (area >= 0)]
    by_district: dict[str, int] = {}
    for code, n in zip(*np.unique(where, return_counts=True), strict=True):
        name = districts[code] or "unknown district"
        by_district[name] = by_district.get(name, 0) + int(n)
    top = sorted(by_district.items(), key=lambda d: (-d[1], d[0]))[:10]
    return {
        "events": int(elsewhere.sum()),
        "share": float(elsewhere.mean()) if len(elsewhere) else 0.0,
        "districts": [{"district": d, "events": n} for d, n in top],
        "method": "district of the small area against the force that polices it; where that is not known, over "
        f"{FAR_KM:.0f} km and six times the usual distance from the middle of the force's points",
    }


def _far(events: pa.Table, force: np.ndarray, forces_n: int) -> np.ndarray:
    x, y = (events[c].to_numpy() / 1000 for c in ("x", "y"))
    far = np.zeros(len(x), dtype=bool)
    for i in range(forces_n):
        mine = (force == i) & ~np.isnan(x)
        if mine.any():
            away = np.hypot(x[mine] - np.median(x[mine]), y[mine] - np.median(y[mine]))
            far[mine] = away > max(FAR_KM, 6 * float(np.median(away)))
    return far


def _months(counts: np.ndarray, names: list[str]) -> dict[str, Any]:
    present = [m for m, n in zip(names, counts, strict=True) if n]
    return {"present": present, "missing": spans.missing_months(present)}


def _steps(
    events: pa.Table,
    forces_: tuple[np.ndarray, list[str]],
    kind: tuple[np.ndarray, list[str]],
    month: tuple[np.ndarray, list[str]],
) -> list[dict[str, Any]]:
    """Months in which a type of crime moved over the whole of a force: more likely recording than a place."""
    kinds, months = kind[1], month[1]
    tests = len(forces_[1]) * len(kinds) * len(months)
    found = []
    for i, force in enumerate(forces_[1]):
        mine = forces_[0] == i
        block, blocks = _blocks(*tabular.codes_and_names(events["area"].filter(_arrow(mine))))
        cube = _count((kind[0][mine], len(kinds)), (block, blocks + 1), (month[0][mine], len(months)))
        # Events without an area count in the level, and in no area.
        own = [n for n, events_n in zip(months, cube.sum((0, 1)), strict=True) if events_n]
        if not own:
            continue
        # Every month from the first to the last in its place, so that a gap is not taken for a step.
        span = spans.span(own[0], own[-1])
        full = np.zeros((*cube.shape[:2], len(span)), dtype=cube.dtype)
        full[:, :, [span.index(n) for n in own]] = cube[:, :, [months.index(n) for n in own]]
        found += level_shifts.shifts(full, span, tests, kinds, force)
    return found


def _blocks(area: np.ndarray, areas: list[str]) -> tuple[np.ndarray, int]:
    """Small areas in blocks of about ten by code order, for single ones have too few events to tell a change."""
    order = np.argsort(np.argsort(np.array(areas, dtype=object))) if areas else np.zeros(0, dtype=int)
    blocks = max(len(areas) // 10, min(len(areas), 5))
    block_of = np.append(order * blocks // max(len(areas), 1) + 1, 0)
    return block_of[area].astype(np.int64), blocks


def _vintages(events: pa.Table) -> dict[str, Any]:
    """Codes of English and Welsh small areas first issued for 2021, beside the others."""
    area, areas = tabular.codes_and_names(events["area"])
    used = np.bincount(area[area >= 0], minlength=len(areas))
    lsoa = [(a, int(n)) for a, n in zip(areas, used, strict=True) if a[:3] in ("E01", "W01") and n]
    # The codes new in 2021 run on from those of 2011, which end at E01033768 and W01001958.
    newer = [n for a, n in lsoa if (a[0] == "E" and a > "E01033768") or (a[0] == "W" and a > "W01001958")]
    return {
        "small_areas": len(lsoa),
        "new_in_2021": len(newer),
        "events_with_new_codes": sum(newer),
        "note": "Most areas kept their code; both vintages meet through the look-up of area codes.",
    }


def _count(*parts: tuple[np.ndarray, int]) -> np.ndarray:
    """Events by several codes at once: an array with one axis for each."""
    shape = [n for _, n in parts]
    flat = np.zeros(len(parts[0][0]), dtype=np.int64)
    good = np.ones(len(flat), dtype=bool)
    for codes, n in parts:
        flat = flat * n + codes
        good &= codes >= 0
    return np.bincount(flat[good], minlength=int(np.prod(shape))).reshape(shape)


def _arrow(mask: np.ndarray):
    import pyarrow as pa

    return pa.array(mask)
