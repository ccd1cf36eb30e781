"""Boundaries, populations and look-ups: what they give to the places of a release, and what they refuse."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import shapely
from tests.shared import SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.evidence.sources import boundaries, lookups, populations
from forestall.evidence.sources.archives import expand
from forestall.evidence.sources.protocol import Item, SourceRows

SQUARE = [[-1.2, 52.6], [-1.1, 52.6], [-1.1, 52.7], [-1.2, 52.7], [-1.2, 52.6]]
BOW_TIE = [[-1.2, 52.6], [-1.1, 52.7], [-1.1, 52.6], [-1.2, 52.7], [-1.2, 52.6]]


def item(text: str | bytes, name: str) -> Item:
    data = text.encode() if isinstance(text, str) else text
    return Item(name, len(data), lambda: io.BytesIO(data))


def feature(ring: object = None, shape: str = "Polygon", **properties: object) -> dict:
    geometry = {"type": shape, "coordinates": [SQUARE if ring is None else ring]}
    return {"type": "Feature", "properties": properties or {"LSOA21CD": "E01000009"}, "geometry": geometry}


def read_shapes(*features: object, **extra: object) -> SourceRows:
    text = json.dumps({"type": "FeatureCollection", **extra, "features": features})
    assert boundaries.sniff(item(text, "areas.geojson"), None)
    found = boundaries.read(item(text, "areas.geojson"), None)
    assert found.rows == found.places.num_rows + len(found.rejects)
    return found


@pytest.mark.parametrize(
    ("properties", "code", "name", "kind"),
    [
        (
            {"LSOA21CD": "E01000001", "LSOA21NM": "City of London 001A"},
            "E01000001",
            "City of London 001A",
            "small_area",
        ),
        ({"lsoa11_code": "E01000001", "lad_code": "E09000001"}, "E01000001", "E01000001", "small_area"),
        ({"LAD24CD": "E06000023", "LAD24NM": "Bristol, City of"}, "d:bristol", "Bristol", "district"),
        (
            {"pfa20_code": "E23000035", "pfa20_name": "Devon & Cornwall"},
            "f:devon-and-cornwall",
            None,
            "force",
        ),
        ({"MSOA11CD": "E02000001", "MSOA11NM": "Leicester 012"}, "n:leicester-012", "Leicester 012", "beat"),
        ({"RGN22NM": "EAST MIDLANDS"}, "r:east-midlands", "East Midlands", "region"),
        (
            {"code": "b:north", "name": "North", "kind": "beat", "parent": "d:leicester"},
            "b:north",
            "North",
            "beat",
        ),
    ],
)
def test_official_titles_are_known(properties: dict, code: str, name: str | None, kind: str) -> None:
    (place,) = read_shapes(feature(**properties)).places.to_pylist()
    assert (place["code"], place["kind"]) == (code, kind)
    assert name is None or place["name"] == name
    assert shapely.from_geojson(place["geometry"]).contains(shapely.Point(place["lon"], place["lat"]))


def test_small_areas_give_their_names() -> None:
    found = read_shapes(feature(LSOA11CD="E01013600", LSOA11NM="Leicester 003A"))
    assert found.area_names == {"E01013600": "Leicester 003A"}


def test_a_bow_tie_is_mended_and_named() -> None:
    found = read_shapes(feature(BOW_TIE))
    shape = shapely.from_geojson(found.places["geometry"][0].as_py())
    assert shape.is_valid
    assert shape.area == pytest.approx(0.005)
    assert any("1 shapes crossed" in n and "E01000009" in n for n in found.notices)


def test_heights_go_and_winding_does_not_matter() -> None:
    high = [[*p, 30.0] for p in reversed(SQUARE)]
    found = read_shapes(feature(high))
    assert shapely.from_geojson(found.places["geometry"][0].as_py()).area == pytest.approx(0.01)
    assert any("heights were left out of 1" in n for n in found.notices)


SCOTLAND = [[-4.3, 57.4], [-4.2, 57.4], [-4.2, 57.5], [-4.3, 57.4]]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (feature(SQUARE[:-1]), "not closed"),
        (feature([[y, x] for x, y in SQUARE]), "swapped"),
        (feature([[458700, 304500], [458800, 304500], [458800, 304600], [458700, 304500]]), "metres"),
        (feature(SCOTLAND), "outside England and Wales"),
        (feature([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]), "outside England"),
        (feature([[-1.2, 52.6], [-1.2, 52.6], [-1.2, 52.6], [-1.2, 52.6]]), "no area"),
        (feature([["-1.2", "52.6"]] * 4), "not a number"),
        (feature([[-1.2, None]] * 4), "not a number"),
        (feature([[-1.2]] * 4), "pair of numbers"),
        (feature("x"), "nested"),
        (feature([1, 2, 3]), "pair of numbers"),
        (feature(shape="Point"), "not a Polygon"),
        (feature(shape="GeometryCollection"), "not a Polygon"),
        ({**feature(), "geometry": None}, "no geometry"),
        ({**feature(), "type": None}, "not a feature"),
        (feature(colour="red"), "No property names the area"),
        (feature(LSOA21CD="S01000001"), "not in England or Wales"),
        (feature(LSOA21CD="E0GOOD"), "came before"),
        ("text", "not a feature"),
    ],
)
def test_features_that_are_no_area_are_refused_and_the_rest_kept(bad: object, said: str) -> None:
    found = read_shapes(feature(LSOA21CD="E0GOOD"), bad)
    (reject,) = found.rejects
    assert said in reject.reason
    assert reject.line == 2
    assert reject.next_step
    assert found.places["code"].to_pylist() == ["E0GOOD"]


def test_files_that_are_no_boundaries() -> None:
    for text in ("", "[1]", "{}", '{"type": "Topology"}', '{"type": "FeatureCollection"}', "[" * 100_000):
        with pytest.raises(ForestallError):
            boundaries.read(item(text, "x.geojson"), None)
    with pytest.raises(ForestallError, match="outside England"):
        read_shapes(feature(SCOTLAND))


def test_hostile_shapes_are_refused_quickly() -> None:
    parts = {"type": "MultiPolygon", "coordinates": [[SQUARE]] * 50_000}
    many = read_shapes(feature(LSOA21CD="E0GOOD"), {**feature(), "geometry": parts})
    assert "parts" in many.rejects[0].reason


def test_declared_grids_are_converted_and_wrong_ones_refused() -> None:
    grid = [[458700, 304500], [459700, 304500], [459700, 305500], [458700, 304500]]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    found = read_shapes(feature(grid), crs=crs)
    assert found.places["lon"][0].as_py() == pytest.approx(-1.13, abs=0.02)
    assert any("EPSG:27700" in n for n in found.notices)
    with pytest.raises(ForestallError, match="in degrees"):
        read_shapes(feature(), crs=crs)
    for name in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"):
        assert read_shapes(feature(), crs={"properties": {"name": name}}).places.num_rows == 1
    with pytest.raises(ForestallError, match="not known"):
        read_shapes(feature(), crs={"properties": {"name": "EPSG:99999"}})


def test_populations_with_year_and_thousands() -> None:
    text = 'LSOA21CD,LSOA21NM,Total\nE1,Ashby 001A,"1,563"\nE2,Ashby 001B,1379\nE2,Ashby 001B,3\n,Total,5\nE3,x,-4\n'
    assert populations.sniff(item(text, "mid-2022.csv"), None)
    found = populations.read(item(text, "pop/mid-2022-lsoa21.csv"), None)
    assert found.places["population"].to_pylist() == [1563, 1379]
    assert found.places["population_year"].to_pylist() == [2022, 2022]
    assert [(r.line, r.column) for r in found.rejects] == [(4, "LSOA21CD"), (5, "LSOA21CD"), (6, "Total")]
    assert found.rows == 5
    assert found.area_names["E1"] == "Ashby 001A"


def test_populations_of_an_unknown_year_say_so() -> None:
    found = populations.read(
        item("lad_code,lad_name,population\nE06000016,Leicester,368600\n", "p.csv"), None
    )
    assert found.places["code"].to_pylist() == ["d:leicester"]
    assert found.places["population_year"].null_count == 1
    assert any("which year" in n for n in found.notices)


def test_other_tables_are_not_taken_for_populations_or_look_ups() -> None:
    street = (
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type\n"
    )
    scores = "lsoa21_code,IMD_decile,IMD_rank,Crime_rank,Health_rank,Income_rank\nE1,1,2,3,4,5\n"
    own = "ref,from,to,e,n,kind\n"
    areas = "ref,date,LSOA code,MSOA code,type\n"
    for text in (street, scores, own, areas, ""):
        assert not populations.sniff(item(text, "x.csv"), None)
        assert not lookups.sniff(item(text, "x.csv"), None)


def test_a_mapping_that_fits_decides(tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text("start: change date\ntype: Burglary\narea: LSOA code\n")
    text = "LSOA code,MSOA code,change date,persons\nE1,E2,2026-01-01,3\n"
    for source in (populations, lookups):
        assert not source.sniff(item(text, "x.csv"), mapping)
        mapping_of_another = tmp_path / "none.yaml"
        assert source.sniff(item(text.replace("persons", "change"), "x.csv"), mapping_of_another) == (
            source is lookups
        )


def test_look_up_builds_the_hierarchy() -> None:
    text = (
        "Region name,Local authority code,Local authority name,MSOA Code,MSOA Name,LSOA Code,LSOA Name,Police_force\n"
        "NORTH EAST,E06000047,County Durham UA,E02004297,County Durham 001,E01020634,County Durham 001A,Durham\n"
        "NORTH EAST,E08000037,Gateshead,E02001682,Gateshead 001,E01008172,Gateshead 001A,\n"
        ",,,,,,,\n"
        "note only,,,,,,,\n"
    )
    assert lookups.sniff(item(text, "lookup.csv"), None)
    found = lookups.read(item(text, "lookup.csv"), None)
    parents = dict(zip(found.places["code"].to_pylist(), found.places["parent"].to_pylist(), strict=True))
    assert parents["E01020634"] == "n:county-durham-001"
    assert parents["n:county-durham-001"] == "d:county-durham"
    assert parents["d:county-durham"] == "f:durham"
    assert parents["f:durham"] == "r:north-east"
    assert parents["r:north-east"] == "nation:ew"
    assert parents["d:gateshead"] is None


def test_look_up_of_two_vintages() -> None:
    text = (
        "lsoa11_name,lsoa11_code,change_code,lsoa21_name,lsoa21_code,ltla22_name,ltla22_code\n"
        "Ash 001A,E1,U,Ash 001A,E1,Ash,L1\nAsh 001B,E2,S,Ash 001C,E3,Ash,L1\nAsh 001B,E2,S,Ash 001D,E4,Ash,L1\n"
        "Ash 002A,E5,X,Ash 002F,E6,Ash,L1\n"
    )
    found = lookups.read(item(text, "l.csv"), None)
    assert found.tables["area_vintages"].to_pylist()[1] == {"old": "E2", "new": "E3", "change": "S"}
    assert set(found.area_names) == {"E1", "E2", "E3", "E4", "E5", "E6"}
    assert any("1 pairs" in n for n in found.notices)


def test_list_of_own_places() -> None:
    text = (
        "Code,Name,Kind,Parent\nb:1,North beat,beat,d:leicester\nE1,Leicester 001A,small_area,b:1\n"
        "b:1,x,beat,\nz,z,moon,\n"
    )
    found = lookups.read(item(text, "beats.csv"), None)
    assert found.places["parent"].to_pylist() == ["d:leicester", "b:1"]
    assert [r.line for r in found.rejects] == [4, 5]


@needs_shared
@pytest.mark.slow
def test_real_files_of_areas() -> None:
    def read(source, name: str) -> SourceRows:
        (one,) = expand(SHARED / name)
        takers = [s for s in (boundaries, populations, lookups) if s.sniff(one, None)]
        assert takers == [source]
        found = source.read(one, None)
        assert found.rejects == []
        return found

    areas = read(boundaries, "boundaries/lsoa2011-leicestershire.geojson.gz")
    assert areas.places.num_rows == 611
    assert any("4 shapes" in n for n in areas.notices)
    assert read(boundaries, "boundaries/police-force-areas-2020-ew.geojson.gz").places.num_rows == 43
    people = read(populations, "geography/population-census2011-lsoa11.csv.gz")
    assert sum(people.places["population"].to_pylist()) == 56_075_912
    assert set(people.places["population_year"].to_pylist()) == {2011}
    csp = read(lookups, "geography/lookup-lad24-csp24-pfa24.csv")
    kinds = csp.places["kind"].to_pylist()
    assert (kinds.count("district"), kinds.count("force")) == (318, 43)
    assert csp.notices == []
    for name in ("imd2019-england-lsoa11", "imd2025-england-lsoa21"):
        (one,) = expand(SHARED / f"geography/{name}.csv.gz")
        assert not any(s.sniff(one, None) for s in (boundaries, populations, lookups))
