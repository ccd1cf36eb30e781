"""Any file of incidents, read with a mapping: every row an event or a refusal that can be mended."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shared import SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.evidence.keys import code, hash_columns, salt
from forestall.evidence.reports import write_rejects
from forestall.evidence.schemas import EVENT_COLUMNS
from forestall.evidence.sources.archives import expand
from forestall.evidence.sources.incidents import reading
from forestall.evidence.sources.incidents.mapping import make_mapping, read_mapping
from forestall.evidence.sources.incidents.starter import starter_for
from forestall.evidence.sources.protocol import Item, SourceRows
from forestall.evidence.sources.text_table import read_text

NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
HEADER = "ref,from,to,e,n,kind"
MAPPING = {"id": "ref", "start": "from", "end": "to", "x": "e", "y": "n", "type": "kind", "force": "Kent"}
GOOD = "R1,2026-01-05 21:30,2026-01-06 07:00,458700,304500,Burglary"


def read(text: str | bytes, **said: object) -> SourceRows:
    data = text.encode() if isinstance(text, str) else text
    table = read_text(Item("own.csv", len(data), lambda: io.BytesIO(data)))
    return reading.read_table(table, make_mapping({**MAPPING, **said}, table.header), NOW)


def rows(*lines: str, **said: object) -> SourceRows:
    found = read("\n".join([HEADER, *lines]) + "\n", **said)
    assert found.rows == len(found.events) + len(found.rejects)
    return found


def test_an_incident_becomes_an_event() -> None:
    found = rows(GOOD)
    (event,) = found.events.to_pylist()
    assert event["crime_id"] == "R1"
    assert event["force"] == "kent"
    assert event["month"] == "2026-01"
    assert event["crime_type"] == "Burglary"
    assert event["start"] == datetime(2026, 1, 5, 21, 30)
    assert event["end"] == datetime(2026, 1, 6, 7, 0)
    assert (event["weekday"], event["hour"], event["line"]) == (0, 21, 2)
    assert (event["x"], event["y"]) == (458700, 304500)
    assert event["lon"] == pytest.approx(-1.135, abs=0.005)
    assert event["lat"] == pytest.approx(52.635, abs=0.005)
    assert set(found.events.column_names) - {"rest"} <= set(EVENT_COLUMNS)
    assert (found.kind, found.force, found.month) == ("incidents", "kent", "2026-01")


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("R,2026-03-29 01:30,,,,Burglary", "from", "clocks went forward"),
        ("R,,,,,Burglary", "from", "Empty"),
        ("R,31/12/2025,,,,Burglary", "from", "declared form"),
        ("R,2026,,,,Burglary", "from", "Only a year"),
        ("R,2026-11-23,,,,Burglary", "from", "future"),
        ("R,2026-01-05 21:30,2026-01-05 21:29,,,Burglary", "to", "before start"),
        ("R,2026-01-05 21:30,soon,,,Burglary", "to", "declared form"),
        ("R,2026-01-05,,458700,,Burglary", "e", "the other is not"),
        ("R,2026-01-05,,0,0,Burglary", "e", "0"),
        ("R,2026-01-05,,-1.13,52.63,Burglary", "e", "Degrees in columns of grid metres"),
        ("R,2026-01-05,,458700,1e400,Burglary", "n", "plain number"),
        ("R,2026-01-05,,458700,NaN,Burglary", "n", "plain number"),
        ('R,2026-01-05,,"458,700",304500,Burglary', "e", "plain number"),
        ("R,2026-01-05,,4587000,304500,Burglary", "e", "United Kingdom"),
        ("R,2026-01-05,,,,", "kind", "type is empty"),
        ("1.23E+05,2026-01-05,,,,Burglary", "ref", "spreadsheet"),
        ("R,2026-01-05,,,", "", "5 cells"),
        ("Total,3", "", "2 cells"),
        ("R,2026-01-05,,,,Burg\x00lary", "", "NUL"),
    ],
)
def test_refused_with_line_column_reason_and_next_step(line: str, column: str, said: str) -> None:
    found = rows(GOOD, line, GOOD.replace("R1", "R2"))
    (reject,) = found.rejects
    assert (reject.file, reject.line, reject.column) == ("own.csv", 3, column)
    assert said in reject.reason
    assert reject.next_step
    assert reject.header == tuple(HEADER.split(","))
    assert found.events.num_rows == 2
    assert found.events["line"].to_pylist() == [2, 4]


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        ("52.63", "-1.13", "swapped"),
        ("458700", "304500", "Grid metres in columns of degrees"),
        ("0", "0", "both coordinates are 0"),
        ("-1.1", "90.0001", "No such"),
        ("181", "52", "No such"),
        ("-73.9", "40.7", "not in the United Kingdom"),
    ],
)
def test_degrees_that_are_none(lon: str, lat: str, said: str) -> None:
    where = {"x": None, "y": None, "lon": "e", "lat": "n"}
    found = rows(f"R,2026-01-05,,{lon},{lat},Burglary", **where)
    assert said.lower() in found.rejects[0].reason.lower()
    assert rows("R,2026-01-05,,-1.13,52.63,Burglary", **where).events["x"][0].as_py() == pytest.approx(
        458_900, abs=500
    )


def test_no_location_is_kept_and_counts() -> None:
    (event,) = rows("R,2026-01-05 10:00,,,,Burglary").events.to_pylist()
    assert event["lon"] is event["x"] is None


def test_elsewhere_only_when_said() -> None:
    where = {"x": None, "y": None, "lon": "e", "lat": "n", "region": "anywhere"}
    found = rows("R,2026-01-05 10:00,,-73.9,40.7,Burglary", **where)
    (event,) = found.events.to_pylist()
    assert (event["lon"], event["x"]) == (-73.9, None)
    assert any("outside the British National Grid" in n for n in found.notices)


def test_a_date_is_some_time_in_its_day_and_a_month_is_a_month() -> None:
    found = rows(
        "A,2026-07-05,,,,Burglary", "B,2026-07,,,,Burglary", "C,2026-07-05 09:00,2026-07-06,,,Burglary"
    )
    day, month, span = found.events.to_pylist()
    assert (day["start"], day["end"]) == (datetime(2026, 7, 4, 23), datetime(2026, 7, 5, 23))
    assert (day["weekday"], day["hour"]) == (6, None)
    assert (month["month"], month["start"], month["weekday"]) == ("2026-07", None, None)
    assert span["end"] == datetime(2026, 7, 6, 23)  # the end of the 6th, in summer time


def test_local_month_weekday_and_hour() -> None:
    (event,) = rows("A,2026-07-01T00:30+01:00,,,,Burglary").events.to_pylist()
    assert (event["month"], event["weekday"], event["hour"]) == ("2026-07", 2, 0)
    assert event["start"] == datetime(2026, 6, 30, 23, 30)


def test_times_that_happened_twice_are_kept_and_counted() -> None:
    found = rows(GOOD, "A,2026-10-25 01:30,,,,Burglary")
    assert found.events["start"][1].as_py() == datetime(2026, 10, 25, 0, 30)
    assert any("1 start times happened twice" in n and "lines 3" in n for n in found.notices)


def test_many_midnights_are_remarked_on() -> None:
    found = rows(*[f"A{i},2026-01-{i % 28 + 1:02d} 00:00,,,,Burglary" for i in range(30)])
    assert any("exactly 00:00" in n for n in found.notices)


def test_date_and_time_in_two_columns_day_first() -> None:
    text = "ref,day,time,kind\nA,03/04/2026,22:15,Burglary\nB,04/13/2026,10:00,Burglary\nC,05/04/2026,,Burglary\n"
    said = {"start": ["day", "time"], "end": None, "x": None, "y": None, "dates": "day-first"}
    found = read(text, **said)
    assert found.events["start"].to_pylist() == [datetime(2026, 4, 3, 21, 15), datetime(2026, 4, 4, 23)]
    assert found.rejects[0].line == 3
    assert found.rejects[0].column == "day"


def test_types_are_translated_kept_or_refused() -> None:
    lines = [f"{i},2026-01-05,,,,{t}" for i, t in enumerate(["BURG DWELL", "drugs", "Arson", "Fly tipping"])]
    kept = rows(*lines)
    assert kept.events["crime_type"].to_pylist() == ["BURG DWELL", "Drugs", "Arson", "Fly tipping"]
    assert any("3 types are not police.uk" in n for n in kept.notices)
    types = {"burg dwell": "burglary", "ARSON": "Criminal damage and arson"}
    strict = rows(*lines, types=types)
    assert strict.events["crime_type"].to_pylist() == ["Burglary", "Drugs", "Criminal damage and arson"]
    assert strict.rejects[0].column == "kind"
    lenient = rows(*lines, types={**types, "*": "Other crime"})
    assert lenient.events["crime_type"].to_pylist()[-1] == "Other crime"
    assert rows(*lines, types={**types, "*": "keep"}).events["crime_type"][3].as_py() == "Fly tipping"


def test_constants_and_forces() -> None:
    found = rows(GOOD, type={"constant": "Fly tipping"}, force={"constant": "Heddlu Gwent"})
    (event,) = found.events.to_pylist()
    assert (event["crime_type"], event["force"]) == ("Fly tipping", "gwent")
    column = read(f"{HEADER},pf\n{GOOD},Devon & Cornwall Police\n{GOOD},\n", force="pf")
    assert column.events["force"].to_pylist() == ["devon-and-cornwall"]
    assert column.rejects[0].column == "pf"
    none = rows(GOOD, force=None)
    assert none.events["force"].to_pylist() == ["not-stated"]
    assert any("names no force" in n for n in none.notices)


def test_odd_files_are_read_and_told() -> None:
    semicolons = GOOD.replace(",", ";")
    for data in (
        f"\ufeff{HEADER}\r\n{GOOD}\r\n".encode(),
        f"{HEADER}\n{GOOD}".encode(),
        f"{HEADER}\r{GOOD}\r".encode(),
        f"{HEADER}\n{GOOD}\n".encode("utf-16"),
        f"{HEADER.replace(',', ';')}\n{semicolons}\n".encode(),
        f"sep=;\n{HEADER.replace(',', ';')}\n{semicolons}\n".encode(),
        f"Ref , FROM,To,E,N,Kind\n\u00a0R1 ,{GOOD[3:]}\u00a0\n".encode(),
        f"{HEADER}\n\n{GOOD}\n\n".encode(),
    ):
        found = read(data)
        assert found.events.num_rows == 1, data
        assert found.events["crime_id"].to_pylist() == ["R1"], data
    assert read(f"{HEADER}\n\n{GOOD}\n".encode()).events["line"].to_pylist() == [3]


def test_quoted_line_ends_keep_line_numbers_right() -> None:
    text = f'{HEADER},where\n{GOOD},"1 High St\nLeicester"\n{GOOD.replace("R1", "R2")},x\n'
    found = read(text, location="where")
    assert found.events["line"].to_pylist() == [2, 4]
    assert found.events["location"][0].as_py() == "1 High St\nLeicester"


def test_old_windows_text_and_broken_bytes() -> None:
    found = read(f"{HEADER},where\n{GOOD},Café £1\n".encode("cp1252"), location="where")
    assert found.events["location"].to_pylist() == ["Café £1"]
    broken = f"{HEADER},where\n{GOOD},Caf\xe9\n".encode() + b"R2,2026-01-05,,,,Burglary,\xff\x81\n"
    found = read(broken, location="where")
    assert [r.line for r in found.rejects] == [3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (f'{HEADER}\n"R1,2026-01-05,,,,Burglary\n{GOOD}\n', "line 2"),
        ("a,a,from\n1,2,3\n", "two columns"),
        ("PK\x03\x04", "zip"),
        ("<html><body>sign in</body></html>", "web page"),
    ],
)
def test_whole_files_refused(text: str, said: str) -> None:
    with pytest.raises(ForestallError, match=said):
        read(text)


def test_header_only_is_no_rows() -> None:
    found = rows()
    assert (found.rows, found.events.num_rows) == (0, 0)


def test_rejects_can_be_mended_and_read_again(tmp_path: Path) -> None:
    found = rows(GOOD, '=R2,2026-13-05,,,,"Burglary"', "R3,2026-01-05,,,")
    (path,) = write_rejects(found.rejects, tmp_path / "rejects.csv")
    mended = list(csv.reader(path.open(encoding="utf-8", newline="")))
    mended[1][1] = "2026-01-05"
    mended[2][5] = "Burglary"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(mended)
    again = read(path.read_bytes())
    assert again.rejects == []
    assert again.events["crime_id"].to_pylist() == ["=R2", "R3"]


def test_words_for_empty() -> None:
    found = rows("R,2026-01-05 10:00,NULL,n/a,N/A,Burglary", empty=["NULL", "N/A"])
    (event,) = found.events.to_pylist()
    assert event["end"] is event["x"] is None


def test_copies_can_be_told_from_further_rows_of_an_identifier() -> None:
    found = rows(GOOD, GOOD, GOOD.replace("458700", "458701"), GOOD.replace("R1", "R2"))
    rest = found.events["rest"].to_pylist()
    assert rest[0] == rest[1] != rest[2]
    assert rest[3] == ""


def test_parquet_of_any_types(tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    table = pa.table(
        {
            "ref": pa.array([7, 8, 9]),
            "from": pa.array([datetime(2026, 7, 1, 9), datetime(2026, 7, 2, 9), None], pa.timestamp("us")),
            "to": pa.array([None, datetime(2026, 7, 2, 10), None], pa.timestamp("ns", "UTC")),
            "e": pa.array([458700.5, float("nan"), 1.0]),
            "n": pa.array([304500.25, float("nan"), 2.0]),
            "kind": pa.array(["Burglary", "Drugs", "Drugs"]).dictionary_encode(),
        }
    )
    pq.write_table(table, path)
    mapping = tmp_path / "m.json"
    mapping.write_text('{"columns": ' + str(MAPPING).replace("'", '"') + "}")
    (item,) = expand(path)
    assert reading.sniff(item, mapping)
    found = reading.read(item, mapping)
    assert found.events["crime_id"].to_pylist() == ["7", "8"]
    assert found.events["start"].to_pylist() == [datetime(2026, 7, 1, 8), datetime(2026, 7, 2, 8)]
    assert found.events["end"].to_pylist() == [None, datetime(2026, 7, 2, 10)]
    assert found.events["x"].to_pylist() == [458700.5, None]
    assert found.rejects[0].line == 4
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ForestallError, match="Parquet"):
        reading.read(expand(path)[0], mapping)


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"start": "when"}, "'when' for start.*"),
        ({"start": None}, "start of an incident"),
        ({"type": None}, "type of an incident"),
        ({"type": "Burglry"}, "'Burglry' for type"),
        ({"x": None}, "not its partner"),
        ({"lon": "e", "lat": "n"}, "both x, y and lon, lat"),
        ({"colour": "ref"}, "'colour'"),
        ({"crs": "EPSG:999999"}, "reference system"),
        ({"dates": "%d %Q"}, "%Q"),
        ({"keys": "plain"}, "hash or pseudonymous"),
        ({"region": "mars"}, "anywhere"),
        ({"types": ["Burglary"]}, "pairs"),
        ({"easting": "e"}, "twice"),
        ({"id": ["ref", "to"]}, "one column"),
    ],
)
def test_mappings_that_do_not_fit_say_why(said: dict, match: str) -> None:
    with pytest.raises(ForestallError, match=match):
        make_mapping({**MAPPING, **said}, HEADER.split(","))


def test_a_missing_column_lists_those_there() -> None:
    with pytest.raises(ForestallError) as caught:
        make_mapping({**MAPPING, "id": "refno"}, HEADER.split(","))
    assert "ref, from, to, e, n, kind" in caught.value.next_step


@pytest.mark.parametrize("text", ["[1, 2]", "{", "a: [", "- x", "\x00", ""])
def test_mappings_that_are_no_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(ForestallError):
        read_mapping(path, HEADER.split(","))
    with pytest.raises(ForestallError):
        read_mapping(tmp_path / "none.yaml", HEADER.split(","))


def test_without_a_mapping_one_is_offered_that_works(tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    path.write_text(
        "Crime Ref,Offence Type,Committed From,Committed To,Easting,Northing,Victim URN\n"
        "1,Burglary,03/04/2026 10:00,03/04/2026 11:00,458700,304500,V1\n"
    )
    (item,) = expand(path)
    with pytest.raises(ForestallError) as caught:
        reading.read(item, None)
    text = starter_for(path)
    assert text in caught.value.next_step
    mapping = tmp_path / "m.yaml"
    mapping.write_text(text)
    (event,) = reading.read(item, mapping).events.to_pylist()
    assert (event["crime_id"], event["victim"], event["crime_type"]) == ("1", "V1", "Burglary")
    assert event["start"] == datetime(2026, 4, 3, 9)
    assert event["x"] == 458700


KEYED = (
    f"{HEADER},who\n{GOOD},Ann Smith\n{GOOD.replace('R1', 'R2')},Bob O'Brien\n{GOOD.replace('R1', 'R3')},\n"
)


def test_keys_become_codes_of_the_store(tmp_path: Path) -> None:
    found = read(KEYED, victim="who")
    assert found.keys_to_hash == ("victim",)
    coded = hash_columns(found.events, found.keys_to_hash, tmp_path)["victim"].to_pylist()
    again = hash_columns(found.events, found.keys_to_hash, tmp_path)["victim"].to_pylist()
    elsewhere = hash_columns(found.events, found.keys_to_hash, tmp_path / "other")["victim"].to_pylist()
    assert coded == again != elsewhere
    assert coded[0] == code("Ann Smith", salt(tmp_path))
    assert coded[2] is None
    assert len({c for c in coded if c}) == 2
    assert "Smith" not in str(coded)
    assert (tmp_path / "key-salt").stat().st_mode & 0o077 == 0


def test_pseudonymous_keys_stay_unless_they_look_like_names() -> None:
    named = read(KEYED, victim="who", keys="pseudonymous")
    assert named.keys_to_hash == ("victim",)
    assert any("look like names" in n for n in named.notices)
    assert not any("Smith" in n for n in named.notices)
    codes = read(
        KEYED.replace("Ann Smith", "P-001").replace("Bob O'Brien", "P-002"), victim="who", keys="pseudonymous"
    )
    assert codes.keys_to_hash == ()
    assert codes.events["victim"].to_pylist() == ["P-001", "P-002", None]


def test_a_damaged_salt_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "key-salt").write_text("not hex")
    with pytest.raises(ForestallError, match="secret"):
        salt(tmp_path)


def test_the_quick_and_the_careful_way_agree() -> None:
    rng = np.random.default_rng(3)
    pool = [
        "",
        "2026-01-05",
        "2026-02-30",
        "x",
        "458700",
        "304500",
        "Burglary",
        "0",
        "-1",
        "2026-01-05 10:00",
        "Ünlü",
    ]
    lines = [",".join(rng.choice(pool, 6)) for _ in range(300)] + [GOOD] * 20
    text = "\n".join([HEADER, *lines]) + "\n"
    quick = read(text)
    careful = read(text.replace("\n", "\n\n", 1))  # an empty line sends it the careful way
    drop = ["line", "rest"]
    assert quick.events.drop_columns(drop).to_pylist() == careful.events.drop_columns(drop).to_pylist()
    assert [(r.line + 1, r.column, r.reason, r.cells) for r in quick.rejects] == [
        (r.line, r.column, r.reason, r.cells) for r in careful.rejects
    ]
    assert quick.rows == 320 == len(quick.rejects) + len(quick.events)


@needs_shared
def test_files_of_three_american_cities(tmp_path: Path) -> None:
    def load(name: str, text: str) -> SourceRows:
        mapping = tmp_path / "m.yaml"
        mapping.write_text(text + "region: anywhere\n")
        (item,) = expand(SHARED / "incidents" / name)
        return reading.read(item, mapping)

    chicago = load(
        "chicago-arson-2016.csv",
        "start: date\nx: x\ny: y\ncrs: EPSG:26971\ntype: Criminal damage and arson\ntimezone: America/Chicago\n",
    )
    assert (chicago.rows, len(chicago.rejects)) == (522, 0)
    assert all(-88 < v < -87.4 for v in chicago.events["lon"].to_pylist())
    capital = load(
        "dc-burglary-2016-h1.csv",
        "start: StartDateTime\nend: EndDateTime\nx: X\ny: Y\ncrs: 2248\ntype: Burglary\n"
        "timezone: America/New_York\n",
    )
    assert (capital.rows, len(capital.rejects)) == (1025, 0)
    assert capital.events["end"].null_count == 37
    assert all(38.7 < v < 39.1 for v in capital.events["lat"].to_pylist())
    york = load(
        "nyc-vehicle-theft-2014-2017.csv.gz",
        "id: uid\nstart: date_start\nend: date_end\nlon: longitude\nlat: latitude\ntype: Vehicle crime\n"
        "timezone: America/New_York\n",
    )
    assert york.rows == 35_746 == york.events.num_rows + len(york.rejects)
    assert york.events["end"].null_count == 2852
