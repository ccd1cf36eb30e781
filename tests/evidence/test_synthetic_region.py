"""The make-believe nation holds together: places, points, times, keys, and the way back to a line."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
import shapely
from tests.synthetic_nation import nation

from forestall.errors import ForestallError
from forestall.evidence.schemas import EVENT_COLUMNS, PLACE_COLUMNS, PLACE_KINDS
from forestall.evidence.synthetic import generate
from forestall.evidence.synthetic.batches import batch
from forestall.evidence.synthetic.profiles import INDEX
from forestall.evidence.synthetic.times import clock, draw, to_utc


def shapes(kind: str) -> tuple[list[str], np.ndarray]:
    places = nation().region.places.to_pylist()
    of_kind = [p for p in places if p["kind"] == kind]
    return [p["code"] for p in of_kind], shapely.from_geojson([p["geometry"] for p in of_kind])


def test_columns_are_those_of_the_store() -> None:
    region = nation().region
    assert region.events.column_names == list(EVENT_COLUMNS)
    assert region.places.column_names == list(PLACE_COLUMNS)
    assert 150_000 < region.events.num_rows < 220_000


def test_same_seed_same_bytes_other_seed_others() -> None:
    def content(seed: int) -> bytes:
        region = generate(seed, small=True)
        sink = pa.BufferOutputStream()
        for table in (region.events, region.places):
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
        words = json.dumps([region.files, region.truth.to_dict()]).encode()
        return sink.getvalue().to_pybytes() + words

    assert content(4) == content(4)
    assert content(4) != content(5)


def test_everything_says_make_believe() -> None:
    region = nation().region
    assert set(nation()["source"]) == {"make-believe"}
    assert region.truth.to_dict()["make_believe"] is True
    large = [p for p in region.places.to_pylist() if p["kind"] in ("force", "region", "nation")]
    assert len(large) == 4 + 2 + 1
    assert all("make-believe" in p["name"].lower() for p in large)
    assert all(f.startswith("mb-") for f in set(nation()["force"]))


def test_places_form_one_tree() -> None:
    places = {p["code"]: p for p in nation().region.places.to_pylist()}
    assert len(places) == nation().region.places.num_rows
    for place in places.values():
        if place["kind"] == "nation":
            assert place["parent"] is None
            continue
        parent = places[place["parent"]]
        assert PLACE_KINDS.index(parent["kind"]) == PLACE_KINDS.index(place["kind"]) + 1
    for parent in places.values():
        children = [p["population"] for p in places.values() if p["parent"] == parent["code"]]
        assert not children or sum(children) == parent["population"]
    names = [p["name"] for p in places.values()]
    assert len(set(names)) == len(names)


def test_beats_and_districts_have_the_sizes_said() -> None:
    places = nation().region.places.to_pylist()

    def children(kind: str) -> set[int]:
        return {
            sum(p["parent"] == parent["code"] for p in places) for parent in places if parent["kind"] == kind
        }

    assert children("force") <= {2, 3}
    assert children("district") <= {4, 5, 6}
    assert children("beat") <= {6, 7, 8}


@pytest.mark.parametrize("kind", ["small_area", "beat", "district", "force", "region"])
def test_places_tile_the_nation_without_overlap(kind: str) -> None:
    _, polygons = shapes(kind)
    assert shapely.is_valid(polygons).all()
    whole = shapes("nation")[1][0]
    total = shapely.area(polygons).sum()
    assert total == pytest.approx(shapely.area(whole), rel=1e-9)
    assert shapely.area(shapely.union_all(polygons)) == pytest.approx(total, rel=1e-9)


def test_every_event_lies_in_its_area_and_every_area_has_its_label_point() -> None:
    codes, polygons = shapes("small_area")
    number = {c: i for i, c in enumerate(codes)}
    data = nation()
    where = np.array([number[a] for a in data["area"]])
    points = np.unique(np.column_stack([data["lon"], data["lat"], where]), axis=0)
    inside = shapely.contains_xy(polygons[points[:, 2].astype(int)], points[:, 0], points[:, 1])
    assert inside.all()
    for place in data.region.places.to_pylist():
        assert shapely.contains_xy(shapely.from_geojson(place["geometry"]), place["lon"], place["lat"])


def test_metres_and_degrees_are_the_same_points() -> None:
    from pyproj import Transformer

    data = nation()
    x, y = Transformer.from_crs(4326, 27700, always_xy=True).transform(data["lon"][:5000], data["lat"][:5000])
    assert np.abs(x - data["x"][:5000]).max() < 0.1
    assert np.abs(y - data["y"][:5000]).max() < 0.1


def test_the_nation_lies_out_at_sea() -> None:
    data = nation()
    # Spurn Head, the nearest land, is at about easting 540,000.
    assert data["x"].min() > 575_000
    assert 0.7 < data["lon"].min() < data["lon"].max() < 1.3


def test_clock_agrees_with_the_time_zone_tables() -> None:
    london = ZoneInfo("Europe/London")
    utc = np.arange(
        np.datetime64("2023-01-01"), np.datetime64("2026-01-10"), np.timedelta64(3600, "s"), "datetime64[s]"
    )
    seconds = utc.astype(np.int64)
    from datetime import UTC, datetime

    offsets = [
        datetime.fromtimestamp(int(s), UTC).astimezone(london).utcoffset().total_seconds() for s in seconds
    ]
    local = clock(seconds)
    assert (local - seconds == np.array(offsets)).all()
    back = to_utc(local)
    # Only the hour that comes twice, once a year, is taken for its first coming.
    assert np.count_nonzero(back != seconds) == 3
    assert (seconds[back != seconds] - back[back != seconds] == 3600).all()


def test_weekday_hour_and_month_are_local_to_the_start() -> None:
    data = nation(small=True)
    local = clock(data["start"].astype("datetime64[s]").astype(np.int64)).astype("datetime64[s]")
    assert (data["month"] == local.astype("datetime64[M]").astype(str)).all()
    days = local.astype("datetime64[D]").astype(np.int64)
    assert (data["weekday"] == (days + 3) % 7).all()
    assert (data["hour"] == local.astype(np.int64) % 86_400 // 3_600).all()


def test_only_what_is_found_later_has_an_interval() -> None:
    data = nation(small=True)
    has_end = ~np.isnat(data["end"])
    assert set(data["crime_type"][has_end]) == {"Burglary", "Vehicle crime", "Bicycle theft"}
    assert 0.8 < has_end[data.of("Burglary")].mean() < 1
    length = (data["end"] - data["start"])[has_end].astype("timedelta64[s]").astype(np.int64) / 3600
    assert length.min() > 0
    assert 3 < np.median(length) < 14
    assert length.max() <= 24 * 6


def test_lines_lead_back_to_one_event_each() -> None:
    region = nation().region
    file, line = nation()["file"], nation()["line"]
    assert len(np.unique(file.astype(np.int64) * 10**6 + line)) == region.events.num_rows
    assert np.bincount(file).tolist() == [f["rows"] for f in region.files]
    assert line.min() == 2
    for number in (0, 40, len(region.files) - 1):
        chosen = file == number
        assert set(nation()["month"][chosen]) == {region.files[number]["month"]}
        assert set(nation()["force"][chosen]) == {region.files[number]["force"]}
    assert len({f["sha256"] for f in region.files}) == len(region.files)


def test_a_month_that_was_never_sent_is_missing_not_zero() -> None:
    region = nation().region
    assert region.truth.missing == (("mb-gannetshire", "2024-02"),)
    sent = {(f["force"], f["month"]) for f in region.files}
    assert len(sent) == 4 * 36 - 1
    assert ("mb-gannetshire", "2024-02") not in sent
    assert min(f["rows"] for f in region.files) > 500


def test_identifiers_and_keys() -> None:
    region = nation().region
    ids = region.events.column("crime_id")
    asb = nation().of("Anti-social behaviour")
    assert ids.null_count == asb.sum()
    assert len(set(ids.drop_null().to_pylist())) == region.events.num_rows - ids.null_count
    for column, prefix in (
        ("victim", "mb-v-"),
        ("caller", "mb-k-"),
        ("offender", "mb-o-"),
        ("premises", "mb-p-"),
    ):
        keys = region.events.column(column).drop_null()
        assert 0 < len(keys) < region.events.num_rows
        assert all(k.startswith(prefix) and len(k) == len(prefix) + 8 for k in keys.unique().to_pylist())


def test_outcomes_follow_from_the_type() -> None:
    data = nation()
    outcome = data["outcome"].astype(object)
    asb = data.of("Anti-social behaviour")
    assert all(o is None for o in outcome[asb])
    assert not any(o is None for o in outcome[~asb])
    named = np.array([k is not None for k in data["offender"]])
    assert not any(named & (outcome == "Investigation complete; no suspect identified"))
    assert 0.03 < named.mean() < 0.15
    under = outcome == "Under investigation"
    assert set(data["month"][under]) == {"2025-11", "2025-12"}


def test_small_and_scale_and_months() -> None:
    few = generate(1, months=24, scale=0.2, small=True)
    assert few.truth.months[-1] == "2024-12"
    assert 4_000 < few.events.num_rows < 15_000
    assert {f["force"] for f in few.files} == {"mb-northmarsh"}


@pytest.mark.parametrize("given", [{"seed": -1}, {"months": 23}, {"scale": 0.0}, {"months": 121}])
def test_refuses_what_it_cannot_make(given: dict) -> None:
    with pytest.raises(ForestallError, match="Give a seed"):
        generate(**given)


def test_an_interval_holds_the_true_time() -> None:
    calendar = np.array([(2023 + k // 12, k % 12 + 1) for k in range(36)])
    rng = np.random.default_rng(3)
    events = batch(INDEX["Burglary"], rng.integers(0, 36, 20_000), np.zeros(20_000))
    true, begin, finish = draw(rng, events, calendar)
    unknown = finish >= 0
    assert 0.85 < unknown.mean() < 0.95
    assert (begin <= true).all()
    assert (true <= finish)[unknown].all()
    # Where in its interval the true time lies is even, so that spreading it evenly is right on average.
    share = (true - begin)[unknown] / (finish - begin)[unknown]
    inner = (true - begin)[unknown] < 86_400 * 5
    assert abs(share[inner].mean() - 0.5) < 0.02


def test_burglary_hours_come_back_from_the_intervals() -> None:
    """Spreading each interval evenly over its hours brings back the day and night of the profile, blurred."""
    data = nation(small=True)
    chosen = data.of("Burglary") & ~np.isnat(data["end"])
    begin = data["start"][chosen].astype("datetime64[s]").astype(np.int64)
    finish = data["end"][chosen].astype("datetime64[s]").astype(np.int64)
    steps = (np.arange(48) + 0.5) / 48
    at = clock((begin[:, None] + (finish - begin)[:, None] * steps).astype(np.int64).ravel())
    spread = np.bincount(at // 3600 % 24, minlength=24) / len(at)
    day = spread[10:16].mean()
    assert day > 1.3 * spread[1:6].mean()
