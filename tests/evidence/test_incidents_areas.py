"""Own incidents with points and no area code: the boundaries say where they count, whenever they come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forestall.evidence import catalogue
from forestall.evidence.importing import import_path, import_paths
from forestall.evidence.queries.counts import counts

#: Two small areas side by side; points in each, one in neither, one nowhere.
ROWS = [
    "2026-01-05 21:30,-1.15,52.65,Burglary",
    "2026-01-05 21:30,-1.15,52.65,Burglary",
    "2026-01-06 21:30,-1.05,52.65,Drugs",
    "2026-01-07 21:30,-1.55,52.65,Drugs",
    "2026-01-08 21:30,,,Drugs",
]
MAPPING = "start: from\nlon: lon\nlat: lat\ntype: kind\nforce: leicestershire\n"


def _square(code: str, name: str, kind: str, west: float, east: float) -> dict:
    ring = [[west, 52.6], [east, 52.6], [east, 52.7], [west, 52.7], [west, 52.6]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "kind": kind},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def _collection(path: Path, *features: dict) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "own.csv").write_text("from,lon,lat,kind\n" + "\n".join(ROWS) + "\n")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    return {
        "own": tmp_path / "own.csv",
        "mapping": tmp_path / "mapping.yaml",
        "areas": _collection(
            tmp_path / "areas.geojson",
            _square("E01000001", "Leicester 001A", "small_area", -1.2, -1.1),
            _square("E01000002", "Leicester 002A", "small_area", -1.1, -1.0),
        ),
        "beats": _collection(tmp_path / "beats.geojson", _square("n:west", "West", "beat", -1.2, -1.1)),
    }


def _by(store: Path, level: str) -> dict[str, int]:
    return {r[level]: r["events"] for r in counts(catalogue.live(store), (level,)).rows()}


EXPECTED = {"n:leicester-001": 2, "n:leicester-002": 1, "": 2}


@pytest.mark.parametrize("order", ["boundaries first", "incidents first", "together"])
def test_the_same_counts_in_whatever_order_files_come(
    files: dict[str, Path], tmp_path: Path, order: str
) -> None:
    store = tmp_path / "store"
    own, areas = files["own"], files["areas"]
    steps = {
        "boundaries first": [[areas], [own]],
        "incidents first": [[own], [areas]],
        "together": [[own, areas]],
    }
    for step in steps[order]:
        report = import_paths(step, store=store, mapping=files["mapping"])
    assert (report.areas_assigned, report.outside_areas) == (3, 1)
    assert any("1 incidents lie outside" in n for n in report.notices)
    assert _by(store, "beat") == EXPECTED
    assert _by(store, "district") == {"d:leicester": 3, "": 2}


def test_the_same_rows_again_are_not_doubled(files: dict[str, Path], tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_path(files["own"], store=store, mapping=files["mapping"])
    import_path(files["areas"], store=store)
    again = import_path(files["own"], store=store, mapping=files["mapping"])
    assert again.unchanged
    # Another file with the same rows and one more: only that one is new, and it is located too.
    more = tmp_path / "more.csv"
    more.write_text(files["own"].read_text() + "2026-01-09 10:00,-1.06,52.66,Robbery\n")
    report = import_path(more, store=store, mapping=files["mapping"])
    assert (report.added, report.areas_assigned, report.release_events) == (1, 1, 6)
    assert _by(store, "beat") == {**EXPECTED, "n:leicester-002": 2}


def test_beats_where_no_small_areas_are_and_small_areas_when_they_come(
    files: dict[str, Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    import_path(files["beats"], store=store)
    report = import_path(files["own"], store=store, mapping=files["mapping"])
    assert (report.areas_assigned, report.outside_areas) == (2, 2)
    assert _by(store, "beat") == {"n:west": 2, "": 3}
    report = import_path(files["areas"], store=store)
    assert (report.areas_assigned, report.outside_areas) == (3, 1)
    assert _by(store, "beat") == EXPECTED
