"""Places: how they nest, which one a point is in, grid and degrees, and codes of two vintages."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pyarrow as pa
import pytest
import shapely
from tests.shared import SHARED, needs_shared

from forestall.evidence.labelled import LabelledMatrix
from forestall.evidence.places import (
    Places,
    assign,
    convert,
    group_map,
    meeting_units,
    places_of,
    to_degrees,
    to_grid,
)


@pytest.fixture
def places() -> Places:
    square = json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]})
    rows = [
        ("nation:ew", "England and Wales", "nation", None, None, None),
        ("f:a", "Ashire", "force", "nation:ew", None, None),
        ("d:1", "One", "district", "f:a", None, None),
        ("d:2", "Two", "district", "f:a", 900.0, None),
        ("E2", "One 001B", "small_area", "d:1", 200.0, None),
        ("E1", "One 001A", "small_area", "d:1", 100.0, square),
        ("E3", None, "small_area", "d:2", None, None),
        ("lost", "Lost", "small_area", "d:9", 5.0, None),
    ]
    names = ("code", "name", "kind", "parent", "population", "geometry")
    return places_of(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))


def test_up_and_down_the_hierarchy(places: Places) -> None:
    assert [p.code for p in places.children("d:1")] == ["E1", "E2"]
    assert [p.code for p in places.ancestors("E1")] == ["d:1", "f:a", "nation:ew"]
    assert places.ancestors("lost") == []
    assert [p.code for p in places.of_kind("district")] == ["d:1", "d:2"]
    assert places.ancestor("E1", "force").name == "Ashire"
    assert places.ancestor("f:a", "district") is None
    assert [p.code for p in places.descendants("f:a")] == ["E1", "E2", "E3"]
    assert places.name("E3") == "E3"
    assert places.name("nowhere") == "nowhere"
    with pytest.raises(KeyError):
        places.of_kind("ward")


def test_population_adds_up_only_when_every_part_is_known(places: Places) -> None:
    assert places.population("d:1") == 300
    assert places.population("d:2") == 900  # its own figure, though E3 has none
    assert places.population("f:a") is None
    assert places.population("nowhere") is None


def test_population_counts_each_area_once_where_two_vintages_are_held() -> None:
    # A unchanged; B split into P and Q; C and D merged into M; X and Y irregular. Figures of 2011 only.
    codes = ["d", "A", "B", "P", "Q", "C", "D", "M", "X", "Y"]
    old = [None, 1.0, 2.0, None, None, 4.0, 8.0, None, 16.0, None]
    new = [None, 1.0, None, 3.0, 5.0, None, None, 7.0, None, 9.0]
    units = meeting_units(["A", "B", "B", "C", "D", "X"], ["A", "P", "Q", "M", "M", "Y"], [*"USSMMX"])

    def total(figures: list[float | None], units) -> float | None:
        table = pa.table(
            {
                "code": codes,
                "kind": ["district"] + ["small_area"] * 9,
                "parent": [None] + ["d"] * 9,
                "population": figures,
                "population_year": pa.array([2011] * 10),
            }
        )
        held = places_of(table)
        return Places(held.by_code, held.shapes, units).population("d")

    assert total(old, units) == 31
    assert total(new, units) == 25
    assert total(old, None) is None
    assert total([None, 1.0, None, 3.0, None, 4.0, 8.0, None, 16.0, None], units) is None
    held = places_of(
        pa.table({"code": ["a"], "kind": ["beat"], "population": [5.0], "population_year": [2011]})
    )
    assert held.population_years("a") == (2011,)


def test_parents_group_a_matrix(places: Places) -> None:
    parents = places.parents_of_kind("force")
    matrix = LabelledMatrix(np.array([[1], [2], [4], [8]]), ("E1", "E2", "E3", "lost"), ("2020-01",))
    assert matrix.group_rows(parents).values.tolist() == [[7]]
    assert matrix.ungrouped(parents) == ("lost",)


def test_a_circle_of_parents_ends() -> None:
    loop = places_of(pa.table({"code": ["a", "b"], "kind": ["beat", "beat"], "parent": ["b", "a"]}))
    assert [p.code for p in loop.ancestors("a")] == ["b"]
    assert loop.descendants("a") == []


def test_geometry_and_polygons(places: Places) -> None:
    assert places.geometry("E1")["type"] == "Polygon"
    assert places.geometry("E2") is None
    codes, shapes = places.polygons("small_area")
    assert codes == ["E1"]
    assert shapes[0].area == 1.0


def test_points_on_a_shared_edge_are_counted_once() -> None:
    left, right = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    x = np.array([0.5, 1.0, 1.5, 1.0, 3.0, np.nan, 0.5, 0.0])
    y = np.array([0.5, 0.5, 0.5, 1.0, 0.5, 0.5, np.nan, 0.0])
    assert assign(x, y, [left, right]).tolist() == [0, 0, 1, 0, -1, -1, -1, 0]
    assert assign(x, y, []).tolist() == [-1] * 8
    assert assign(np.array([]), np.array([]), [left]).tolist() == []


def test_assign_agrees_with_one_by_one() -> None:
    rng = np.random.default_rng(4)
    shapes = [shapely.Point(*rng.uniform(0, 10, 2)).buffer(rng.uniform(0.2, 2)) for _ in range(30)]
    shapes.append(shapely.box(2, 2, 8, 8).difference(shapely.box(4, 4, 6, 6)))
    x, y = rng.uniform(-1, 11, (2, 500))
    expected = [
        next((i for i, s in enumerate(shapes) if s.intersects(shapely.Point(px, py))), -1)
        for px, py in zip(x, y, strict=True)
    ]
    assert assign(x, y, shapes).tolist() == expected


def test_grid_and_degrees_at_known_points() -> None:
    # Ordnance Survey, A guide to coordinate systems in Great Britain: the Caister water tower,
    # E 651409.903 N 313177.270 on the grid; about 52.65798 N 1.71605 E in WGS84.
    lon, lat = to_degrees(np.array([651409.903]), np.array([313177.270]))
    assert lon[0] == pytest.approx(1.71605, abs=5e-5)
    assert lat[0] == pytest.approx(52.65798, abs=5e-5)
    x, y = to_grid(lon, lat)
    assert x[0] == pytest.approx(651409.903, abs=0.15)
    assert y[0] == pytest.approx(313177.270, abs=0.15)


def test_the_grid_ends_where_it_ends() -> None:
    x, y = to_grid(np.array([-73.9, 0.0, np.nan, -1.1]), np.array([40.7, 0.0, 52.0, 52.6]))
    assert np.isnan(x[:3]).all()
    assert np.isnan(y[:3]).all()
    assert np.isfinite(x[3])
    lon, _ = to_degrees(np.array([5e6, np.inf]), np.array([0.0, 1.0]))
    assert np.isnan(lon).all()


def test_other_reference_systems() -> None:
    lon, lat = convert(np.array([1298750.68335]), np.array([451803.558259]), "EPSG:2248", "EPSG:4326")
    assert lon[0] == pytest.approx(-77.05, abs=0.02)
    assert lat[0] == pytest.approx(38.91, abs=0.02)


def test_two_vintages_meet() -> None:
    rows = [("A", "A", "U"), ("B", "B1", "S"), ("B", "B2", "S"), ("C", "CD", "M"), ("D", "CD", "M")]
    rows += [("E", "EF", "X"), ("F", "EF", "X"), ("F", "F2", "X")]
    units = meeting_units(*zip(*rows, strict=True))
    assert units.unit["A"] == "A"
    assert units.unit["B"] == units.unit["B1"] == units.unit["B2"] == "B"
    assert units.unit["C"] == units.unit["D"] == units.unit["CD"] == "CD"
    assert units.irregular == ("E", "EF", "F", "F2")
    brought, unmatched = units.bring(["A", "B2", "B", "C", "F2", "Z"])
    assert brought == ["A", "B", "B", "CD", "F2", "Z"]
    assert unmatched == ("F2", "Z")
    without_codes = meeting_units(*[column[:5] for column in zip(*rows, strict=True)][:2], [None] * 5)
    assert without_codes.unit == {k: v for k, v in units.unit.items() if k not in units.irregular}


def test_a_pair_both_split_and_merged_is_irregular() -> None:
    units = meeting_units(["A", "A", "B"], ["P", "Q", "Q"], [None] * 3)
    assert set(units.irregular) == {"A", "B", "P", "Q"}
    assert units.bring(["P", "B"])[1] == ("B", "P")


def test_group_map_reaches_codes_of_the_other_vintage(places: Places) -> None:
    units = meeting_units(["E1", "E1"], ["N1", "N2"], ["S", "S"])
    found = group_map(places, "district", units)
    assert found["N1"] == found["N2"] == found["E1"] == "d:1"


@needs_shared
def test_national_look_up_of_vintages() -> None:
    with gzip.open(SHARED / "geography" / "lookup-lsoa11-lsoa21-lad22.csv.gz", "rt") as file:
        rows = [line.split(",") for line in file.read().splitlines()[1:] if not line.startswith('"')]
    units = meeting_units([r[1] for r in rows], [r[4] for r in rows], [r[2] for r in rows])
    split = [r for r in rows if r[2] == "S"]
    assert all(units.unit[r[4]] == r[1] for r in split)
    merged = [r for r in rows if r[2] == "M"]
    assert all(units.unit[r[1]] == r[4] for r in merged)
    assert len(units.irregular) == 12


@needs_shared
def test_points_of_a_real_boundary_file() -> None:
    with gzip.open(SHARED / "boundaries" / "lsoa2011-leicestershire.geojson.gz", "rt") as file:
        shapes = [
            shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in json.load(file)["features"]
        ]
    inside = shapely.get_coordinates([s.representative_point() for s in shapes])
    assert assign(inside[:, 0], inside[:, 1], shapes).tolist() == list(range(len(shapes)))
