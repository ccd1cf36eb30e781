"""The published archives beside this checkout: what their README files count, the import counts too."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.shared import SHARED, needs_shared

from forestall.evidence import catalogue, forces
from forestall.evidence.importing import import_path
from forestall.evidence.places import load_places
from forestall.evidence.queries.counts import counts
from forestall.evidence.queries.listing import rows
from forestall.evidence.reports import ImportReport

pytestmark = [needs_shared, pytest.mark.shared, pytest.mark.slow]
LEICESTERSHIRE = SHARED / "police-uk-leicestershire" / "leicestershire-2019-12_2022-10.zip"
CITY = SHARED / "police-uk-city-of-london" / "city-of-london-2016-01_2017-06.zip"


@pytest.fixture(scope="module")
def leicestershire(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportReport]:
    store = tmp_path_factory.mktemp("leicestershire")
    return store, import_path(LEICESTERSHIRE, store=store)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportReport]:
    store = tmp_path_factory.mktemp("city")
    return store, import_path(CITY, store=store)


def test_leicestershire_is_accounted_for(leicestershire: tuple[Path, ImportReport]) -> None:
    report = leicestershire[1]
    assert (report.rows_read, report.accepted, report.rejected) == (301_838, 301_838, 0)
    assert (report.exact_duplicates, report.merged, report.events) == (0, 10, 301_828)
    assert (report.without_location, len(report.months), report.months_missing) == (7_463, 35, [])
    assert report.forces == ["leicestershire"]
    assert report.notices == []


def test_leicestershire_by_type(leicestershire: tuple[Path, ImportReport]) -> None:
    release = catalogue.live(leicestershire[0])
    found = {r["type"]: r["events"] for r in counts(release, ("type",)).rows()}
    assert found["Anti-social behaviour"] == 33_364
    assert (found["Burglary"], found["Robbery"], found["Possession of weapons"]) == (13_708, 2_233, 2_487)
    assert sum(found.values()) == 301_828
    asb = counts(release, ("month",), crime_types=["Anti-social behaviour"])
    by_month = {r["month"]: r["events"] for r in asb.rows()}
    assert (by_month["2020-03"], by_month["2020-04"]) == (1_063, 1_736)


def test_leicestershire_quality(leicestershire: tuple[Path, ImportReport]) -> None:
    quality = catalogue.live(leicestershire[0]).quality
    steps = {(s["crime_type"], s["month"]) for s in quality["step_changes"]}
    assert ("Anti-social behaviour", "2020-04") in steps
    assert ("Burglary", "2020-04") in steps  # people stayed at home
    assert len(steps) <= 8  # the lockdowns moved much at once; chance alone nothing
    assert 500 <= quality["out_of_area"]["events"] <= 700  # 636 by the polygon of the force
    assert "Wandsworth" in {d["district"] for d in quality["out_of_area"]["districts"]}
    assert quality["without_identifier"] == 33_364
    assert quality["area_vintages"]["new_in_2021"] == 0


def test_leicestershire_places(leicestershire: tuple[Path, ImportReport]) -> None:
    places = load_places(catalogue.live(leicestershire[0]))
    assert places.name("n:leicester-012") == "Leicester 012"
    assert [p.code for p in places.ancestors("n:leicester-012")] == [
        *("d:leicester", "f:leicestershire", "r:east-midlands", "nation:ew")
    ]
    own = {p.name for p in places.children("f:leicestershire")}
    assert own == {
        *("Blaby", "Charnwood", "Harborough", "Hinckley and Bosworth", "Leicester", "Melton"),
        *("North West Leicestershire", "Oadby and Wigston", "Rutland"),
    }
    assert places["d:wandsworth"].parent is None  # a stray point is not this force's crime
    middle = places["d:leicester"]
    assert middle.lon == pytest.approx(-1.13, abs=0.02)
    assert middle.lat == pytest.approx(52.63, abs=0.02)


def test_leicestershire_points_on_the_grid(leicestershire: tuple[Path, ImportReport]) -> None:
    table = pq.read_table(catalogue.live(leicestershire[0]).events_path, columns=["lon", "lat", "x", "y"])
    lon, lat, x, y = (table[c].drop_null().to_numpy() for c in ("lon", "lat", "x", "y"))
    assert len(x) == 301_828 - 7_463
    # At Leicester a degree is about 67.7 km east and 111.3 km north; the grid is turned by less than a degree.
    inner = (abs(lon + 1.13) < 0.2) & (abs(lat - 52.63) < 0.2)
    assert abs(x[inner] - 458_960 - (lon[inner] + 1.13) * 67_700).max() < 700
    assert abs(y[inner] - 303_930 - (lat[inner] - 52.63) * 111_300).max() < 700


def test_leicestershire_again_changes_nothing(leicestershire: tuple[Path, ImportReport]) -> None:
    store, first = leicestershire
    again = import_path(LEICESTERSHIRE, store=store)
    assert (again.unchanged, again.release, again.events) == (True, first.release, first.events)


def test_a_figure_leads_back_to_its_records(leicestershire: tuple[Path, ImportReport]) -> None:
    release = catalogue.live(leicestershire[0])
    page = rows(release, crime_types=["Robbery"], months=["2021-05"], limit=1000)
    assert page.total == len(page.rows) == counts(release, crime_types=["Robbery"], months=["2021-05"]).total
    assert {r["file"].rsplit("/", 1)[1] for r in page.rows} == {"2021-05-leicestershire-street.csv"}


def test_city_of_london_with_all_three_kinds(city: tuple[Path, ImportReport]) -> None:
    report = city[1]
    assert (report.rows_read, report.events, report.without_location) == (10_118, 10_118, 465)
    assert (report.outcomes["rows"], report.outcomes["exact_copies"]) == (9_136, 197)
    assert (report.outcomes["matched"], report.outcomes["unmatched"]) == (6_717, 1_159)
    assert report.by_kind["stops"] == {"files": 15, "rows": 1_638, "rejected": 0}
    stops = pq.read_table(catalogue.live(city[0]).folder / "stops.parquet")
    assert stops.num_rows == 1_638  # with the thirty identical ones
    quality = catalogue.live(city[0]).quality
    assert quality["other_files"]["stops"]["city-of-london"]["missing"] == ["2017-04", "2017-05", "2017-06"]
    assert quality["other_files"]["outcomes"]["city-of-london"]["missing"] == []
    assert quality["out_of_area"]["share"] == pytest.approx(0.05, abs=0.01)


def test_city_of_london_onto_leicestershire(city: tuple[Path, ImportReport], tmp_path: Path) -> None:
    store = city[0]
    months = ["2020-01", "2020-03"]
    with __import__("zipfile").ZipFile(LEICESTERSHIRE) as archive:
        for month in months:
            archive.extract(f"{month}/{month}-leicestershire-street.csv", tmp_path)
    report = import_path(tmp_path, store=store)
    assert report.forces == ["city-of-london", "leicestershire"]
    assert report.months_missing_by_force == {"leicestershire": ["2020-02"]}
    assert report.release_events == 10_118 + report.events
    release = catalogue.live(store)
    assert counts(release, ("force",), force="city-of-london").total == 10_118
    assert (release.folder / "outcomes.parquet").exists()
    assert forces.force_of_district("City of London") == "city-of-london"
