"""near-repeat, aoristic, hot-spots, concentration, clusters on a person's own file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tests.shared import SHARED, needs_shared

from forestall.cli.main import cli
from forestall.errors import ForestallError


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def as_json(*arguments: object) -> dict:
    return json.loads(run(*arguments, "--json"))


@pytest.fixture
def incidents(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    lines = ["id,east,north,when,until,home"]
    for k in range(400):
        x, y = rng.uniform(450_000, 454_000, 2)
        if k % 4 == 0:
            x, y = 451_000 + rng.normal(0, 100), 452_000 + rng.normal(0, 100)
        day = np.datetime64("2024-01-01T00:00") + np.timedelta64(int(rng.integers(0, 200 * 1440)), "m")
        until = "" if k % 5 == 0 else str(day + np.timedelta64(int(rng.integers(1, 900)), "m"))
        lines.append(f"{k},{x:.1f},{y:.1f},{day},{until},h{rng.integers(0, 150)}")
    path = tmp_path / "incidents.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


NEAR = ("--x", "east", "--y", "north", "--date", "when")


def test_near_repeat_has_the_agreed_shape(incidents: Path) -> None:
    answer = as_json(
        "near-repeat", incidents, *NEAR, "--space", "0,1,100,200", "--time", "0,8,15", "--permutations", 19
    )
    assert answer["space"] == [0, 1, 100, 200]
    assert answer["time"] == [0, 8, 15]
    for name in ("observed", "expected", "ratio", "p"):
        assert np.array(answer[name], dtype=float).shape == (3, 2)
    assert answer["tail"].startswith("upper")
    assert "first" in answer["originator"]
    assert answer["n"] == 400
    page = run(
        "near-repeat", incidents, *NEAR, "--permutations", 9, "--chains", "200,14", "--as-of", "2024-05-01"
    )
    assert "Observed / expected" in page
    assert "on alert" in page


def test_same_seed_same_bytes(incidents: Path) -> None:
    call = ("near-repeat", incidents, *NEAR, "--permutations", 19, "--seed", 4, "--json")
    assert run(*call) == run(*call)


def test_aoristic_has_the_agreed_shape(incidents: Path) -> None:
    answer = as_json(
        "aoristic", incidents, "--start", "when", "--end", "until", "--timezone", "Europe/London"
    )
    weights = np.array(answer["weights"])
    assert weights.shape == (7, 24)
    assert weights.sum() == pytest.approx(answer["n"]) == 400
    assert answer["point_events"] == 80
    assert answer["spread_over_week"] == 0
    assert "likeliest hour" in run("aoristic", incidents, "--start", "when")


def test_hot_spots_find_the_planted_one(incidents: Path) -> None:
    for null in ("exact", "analytic"):
        answer = as_json("hot-spots", incidents, "--x", "east", "--y", "north", "--null", null)
        top = answer["places"][0]
        assert np.hypot(top["x"] - 451_000, top["y"] - 452_000) < 250
        assert answer["n"] == 400
        assert sum(c["count"] for c in answer["cells"]) == 400
    assert "places" in run("hot-spots", incidents, "--x", "east", "--y", "north")
    density = as_json(
        "hot-spots", incidents, "--x", "east", "--y", "north", "--method", "density", "--cell", 100
    )
    peak = density["cells"][0]
    assert np.hypot(peak["x"] - 451_000, peak["y"] - 452_000) < 250


def test_concentration(incidents: Path, tmp_path: Path) -> None:
    answer = as_json("concentration", incidents, "--key", "home", "--places", 150)
    assert answer["events"] == 400
    assert answer["gini_interval"]["lower"] < answer["gini"] < answer["gini_interval"]["upper"]
    counts = tmp_path / "counts.csv"
    counts.write_text("place,n\na,3\nb,1\n", encoding="utf-8")
    assert as_json("concentration", counts, "--count", "n")["gini"] == pytest.approx(0.25)
    assert "Half of" in run("concentration", incidents, "--key", "home")


def test_parquet_gz_bom_latin_and_british_dates_read_alike(incidents: Path, tmp_path: Path) -> None:
    import pyarrow.csv
    import pyarrow.parquet

    want = as_json("near-repeat", incidents, *NEAR, "--permutations", 0)["observed"]
    text = incidents.read_text(encoding="utf-8")
    parquet = tmp_path / "a.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(incidents), parquet)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    marked = tmp_path / "b.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    latin = tmp_path / "c.csv"
    latin.write_bytes(text.replace("h1\n", "café\n").encode("cp1252"))
    british = tmp_path / "d.csv"
    rows = [line.split(",") for line in text.splitlines()]
    for row in rows[1:]:
        day = np.datetime64(row[3]).item()
        row[3] = day.strftime("%d/%m/%Y %H:%M")
    british.write_text("\n".join(",".join(r) for r in rows), encoding="utf-8")
    for path in (parquet, packed, marked, latin, british):
        assert as_json("near-repeat", path, *NEAR, "--permutations", 0)["observed"] == want, path.name


def test_rows_without_place_or_date_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,d\n1,1,2024-01-02\n,1,2024-01-02\n2,2,\n3,3,2024-01-09\n", encoding="utf-8")
    answer = as_json("near-repeat", path, "--x", "x", "--y", "y", "--date", "d", "--permutations", 0)
    assert (answer["n"], answer["left_out"]) == (2, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y,d\n1,2,2024-01\n3,4,2024-02\n", "month only"),
        ("x,y,d\n" + "".join(f"{k},1,2024-{k:02d}-01\n" for k in range(1, 13)), "first of a month"),
        ("x,y,d\n-1.21,52.61,2024-01-02\n-1.22,52.62,2024-01-03\n", "degrees"),
        ("x,y,d\n", "no rows"),
        ("", "is empty"),
        ("x,z,d\n1,2,2024-01-01\n", "no column 'y'"),
        ("x,y,d\n1,2,2024-01-02\n3,oops,2024-01-02\n", "Column y, row 3 holds 'oops'"),
        ("x,y,d\n1,2,2024-01-02\n3,4,soon\n", "row 3 holds 'soon'"),
        ("x,y,d\n1,2,02/01/2024\n3,4,13/13/2024\n", "row 3 holds '13/13/2024'"),
        ("x,y,d\n,,\n", "No row"),
        ("x,y,d\n1,2\n3,4,5,6\n", "cannot be read as CSV"),
    ],
)
def test_refusals_name_the_column_and_row(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ForestallError, match=said) as caught:
        run("near-repeat", path, "--x", "x", "--y", "y", "--date", "d")
    assert caught.value.next_step


def test_other_refusals(incidents: Path, tmp_path: Path) -> None:
    with pytest.raises(ForestallError, match="no file"):
        run("hot-spots", tmp_path / "none.csv", "--x", "a", "--y", "b")
    with pytest.raises(ForestallError, match="folder"):
        run("hot-spots", tmp_path, "--x", "a", "--y", "b")
    with pytest.raises(ForestallError, match="grid of"):
        run("hot-spots", incidents, "--x", "east", "--y", "north", "--cell", 0.1)
    with pytest.raises(ForestallError, match="--key"):
        run("concentration", incidents)
    bad = tmp_path / "a.parquet"
    bad.write_bytes(b"nonsense")
    with pytest.raises(ForestallError, match="not a Parquet"):
        run("concentration", bad, "--key", "a")
    days = tmp_path / "days.csv"
    days.write_text("s\n2024-01-01\n2024-01-02\n", encoding="utf-8")
    with pytest.raises(ForestallError, match="time of day"):
        run("aoristic", days, "--start", "s")
    zoned = tmp_path / "zoned.csv"
    zoned.write_text("s\n2024-07-01T22:30:00Z\n", encoding="utf-8")
    with pytest.raises(ForestallError, match="offset"):
        run("aoristic", zoned, "--start", "s")
    assert (
        np.array(as_json("aoristic", zoned, "--start", "s", "--timezone", "Europe/London")["weights"])[0, 23]
        == 1
    )


@needs_shared
def test_published_files_from_the_command_line() -> None:
    folder = SHARED / "incidents"
    answer = as_json(
        "near-repeat", folder / "chicago-arson-2016.csv", "--x", "x", "--y", "y", "--date", "date",
        "--space", "0,1,200,400,600", "--time", "0,1,2,3", "--metric", "manhattan", "--permutations", 99,
    )  # fmt: skip
    assert answer["n"] == 522
    assert answer["observed"][3] == [6, 0, 0]
    week = as_json(
        "aoristic", folder / "dc-burglary-2016-h1.csv", "--start", "StartDateTime", "--end", "EndDateTime"
    )
    assert week["weights"][0][0] == pytest.approx(6.032, abs=0.0005)
    assert week["weights"][6][23] == pytest.approx(5.065, abs=0.0005)


def test_clusters_of_events_and_of_areas(incidents: Path, tmp_path: Path) -> None:
    call = ("clusters", incidents, *NEAR, "--replicas", 19, "--p-method", "monte carlo")
    answer = as_json(*call)
    assert answer["model"] == "space-time permutation"
    assert answer["n"] == 400
    assert 0 < answer["clusters"][0]["p"] <= 1
    assert "strongest cluster" in run(*call)
    areas = tmp_path / "areas.csv"
    lines = ["e,n,crimes,people"]
    for k in range(36):
        lines.append(f"{400_000 + k % 6 * 1000},{300_000 + k // 6 * 1000},{60 if k == 14 else 10},1000")
    areas.write_text("\n".join(lines), encoding="utf-8")
    answer = as_json(
        "clusters",
        areas,
        "--x",
        "e",
        "--y",
        "n",
        "--count",
        "crimes",
        "--expected",
        "people",
        "--radii",
        "500,1500",
    )
    top = answer["clusters"][0]
    assert (top["x"], top["y"], top["events"]) == (402_000, 302_000, 60)
    assert top["p"] < 0.001
    with pytest.raises(ForestallError, match="--date"):
        run("clusters", areas, "--x", "e", "--y", "n")
