"""What the quality report says, and the places and metres that an import works out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests import police_uk_files as made

from forestall.evidence import catalogue, derived_places, grid, quality, spans, tabular
from forestall.evidence.importing import import_path
from forestall.evidence.places import load_places
from forestall.evidence.queries.counts import counts
from forestall.evidence.queries.listing import rows
from forestall.evidence.schemas import EVENT_COLUMNS

MONTHS = spans.span("2021-01", "2022-06")


def events(**columns: list) -> pa.Table:
    return tabular.conform(pa.table(columns), EVENT_COLUMNS)


def steady(per_area: int, jump: dict[tuple[int, str], int]) -> pa.Table:
    """Each of 200 areas with some burglaries every month; `jump` adds to an area in a month."""
    rng = np.random.default_rng(5)
    area, month = [], []
    for a in range(200):
        for m in MONTHS:
            n = int(rng.poisson(per_area)) + jump.get((a, m), 0)
            area += [f"E0100{1000 + a}"] * n
            month += [m] * n
    n = len(area)
    return events(
        area=area, month=month, force=["kent"] * n, crime_type=["Burglary"] * n, crime_id=[None] * n
    )


def test_a_step_over_the_whole_force_is_told() -> None:
    more = {(a, m): 3 for a in range(200) for m in MONTHS if m >= "2021-12"}
    found = quality.assess(steady(3, more), {})["step_changes"]
    assert [(s["month"], s["crime_type"], s["kind"]) for s in found] == [("2021-12", "Burglary", "level")]
    assert found[0]["share_of_areas"] > 0.9
    assert found[0]["ratio"] == pytest.approx(2, abs=0.1)


def test_a_rise_in_one_place_is_no_step_of_the_force() -> None:
    assert quality.assess(steady(3, {(7, "2022-02"): 700}), {})["step_changes"] == []


def test_no_step_in_a_steady_force_or_across_a_gap() -> None:
    table = steady(3, {})
    assert quality.assess(table, {})["step_changes"] == []
    month, names = tabular.codes_and_names(table["month"])
    gap = table.filter(pa.array(np.array([n != "2022-02" for n in names])[month]))
    assert quality.assess(gap, {})["months"]["kent"]["missing"] == ["2022-02"]
    assert quality.assess(gap, {})["step_changes"] == []


def test_out_of_area_by_the_force_that_polices_the_district() -> None:
    names = {"E1": "Leicester 001A", "E2": "Wandsworth 002B", "E3": "Nowhere 001A"}
    table = events(
        area=["E1", "E1", "E2", "E3", None, "E2"],
        force=["leicestershire"] * 5 + ["btp"],
        month=["2022-01"] * 6,
        crime_type=["Burglary"] * 6,
        x=[458_000.0, 458_000.0, 527_000.0, 458_000.0, None, 527_000.0],
        y=[304_000.0, 304_000.0, 174_000.0, 304_000.0, None, 174_000.0],
    )
    found = quality.out_of_area(table, names)
    assert found["events"] == 1  # the force of the railways is at home everywhere
    assert found["districts"] == [{"district": "Wandsworth", "events": 1}]


def test_far_points_where_no_district_is_known() -> None:
    n = 50
    table = events(
        force=["gotham"] * n, month=["2022-01"] * n, crime_type=["Drugs"] * n, area=[None] * n,
        x=[450_000.0] * (n - 1) + [600_000.0], y=[300_000.0] * n,
    )  # fmt: skip
    assert quality.out_of_area(table, {})["events"] == 1


def test_codes_new_in_2021_are_counted() -> None:
    table = events(area=["E01013609", "E01035000", "W01002000"], force=["kent"] * 3, month=["2022-01"] * 3,
                   crime_type=["Drugs"] * 3)  # fmt: skip
    found = quality.assess(table, {})["area_vintages"]
    assert (found["small_areas"], found["new_in_2021"], found["events_with_new_codes"]) == (3, 2, 2)


def test_places_come_from_the_names_of_areas(tmp_path: Path) -> None:
    made.write(
        made.street_path(tmp_path / "in", "2022-01"),
        [
            made.crime(1, lon="-1.10", lat="52.60"),
            made.crime(2, lon="-1.20", lat="52.60"),
            made.crime(3, area="E01013610", area_name="Leicester 012B", lon="-1.30", lat="52.70"),
            made.crime(4, area="E01004500", area_name="Wandsworth 001A", lon="-0.20", lat="51.40"),
            made.nowhere(made.crime(5)),
        ],
    )
    import_path(tmp_path / "in", store=tmp_path / "s")
    release = catalogue.live(tmp_path / "s")
    places = load_places(release)
    assert [p.code for p in places.ancestors("E01013609")] == [
        *("n:leicester-012", "d:leicester", "f:leicestershire", "r:east-midlands", "nation:ew")
    ]
    assert (places["E01013609"].lon, places["n:leicester-012"].lon) == pytest.approx((-1.15, -1.2))
    assert places["d:wandsworth"].parent is None
    by_beat = {r["beat"]: r["events"] for r in counts(release, ("beat",)).rows()}
    assert by_beat == {"n:leicester-012": 3, "n:wandsworth-001": 1, "": 1}
    matrix = counts(release, ("district", "month")).matrix()
    assert matrix.row("d:leicester").tolist() == [3]
    assert rows(release, areas=["E01013609"], limit=1).total == 2
    assert rows(release, offset=99).rows == ()


@pytest.mark.parametrize(
    ("name", "district"),
    [("Leicester 012A", "Leicester"), ("Anytown 001", "Anytown"), ("No number", None), ("", None)],
)
def test_the_district_in_a_name(name: str, district: str | None) -> None:
    assert derived_places.district_of(name) == district


def test_metres_of_a_known_point() -> None:
    # Ordnance Survey's worked example: Caister water tower, 52.6580 N 1.7161 E in WGS84, TG 51409 13177.
    x, y = grid.to_metres(np.array([1.716073973, np.nan]), np.array([52.658007833, 52.0]))
    assert (x[0], y[0]) == pytest.approx((651_409.8, 313_177.3), abs=5)
    assert np.isnan(x[1])
    lon, lat = grid.to_degrees(x, y)
    assert (lon[0], lat[0]) == pytest.approx((1.716074, 52.658008), abs=2e-5)


def test_months_in_a_row() -> None:
    assert spans.span("2021-11", "2022-02") == ["2021-11", "2021-12", "2022-01", "2022-02"]
    assert spans.missing_months(["2022-02", "2021-11"]) == ["2021-12", "2022-01"]
    assert spans.missing_months([]) == []


def test_counts_agree_with_and_without_the_kept_cells(tmp_path: Path) -> None:
    for month in ("2022-01", "2022-02"):
        made.write(made.street_path(tmp_path / "in", month), made.some_month(month, 60, 2))
    import_path(tmp_path / "in", store=tmp_path / "s")
    release = catalogue.live(tmp_path / "s")
    by, only = ("area", "month", "type"), {"months": ["2022-02"], "crime_types": ["Burglary"]}
    quick = [list(counts(release, by).rows()), list(counts(release, by, **only).rows())]
    (release.folder / "cells.parquet").unlink()
    assert quick == [list(counts(release, by).rows()), list(counts(release, by, **only).rows())]
    assert sum(r["events"] for r in quick[0]) == 120
