"""The commands about records: what they print, and that errors are one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import police_uk_files as made

from forestall.cli import data, main, releases
from forestall.errors import ForestallError
from forestall.evidence import forces


def call(command, *args: object) -> str:
    result = CliRunner().invoke(command, [str(a) for a in args], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def store(tmp_path: Path) -> Path:
    for month in ("2022-01", "2022-03"):
        rows = made.some_month(month, 40, 1)
        made.write(made.street_path(tmp_path / "in", month), [*rows, made.crime(1, month, kind="Witchcraft")])
    call(data.import_, tmp_path / "in", "--store", tmp_path / "s", "--rejects", tmp_path / "bad.csv")
    return tmp_path / "s"


def test_import_prints_one_object(store: Path, tmp_path: Path) -> None:
    report = json.loads(call(data.import_, tmp_path / "in", "--store", store, "--json"))
    assert (report["rows_read"], report["accepted"], report["rejected"], report["events"]) == (82, 80, 2, 80)
    assert report["months"] == ["2022-01", "2022-03"]
    assert report["months_missing"] == ["2022-02"]
    assert report["unchanged"] is True
    wanted = {"line": 42, "column": "Crime type", "value": "Witchcraft"}
    assert wanted.items() <= report["rejects"][0].items()
    assert {
        "exact_duplicates",
        "merged",
        "without_location",
        "release",
        "files",
        "by_kind",
        "seconds",
    } <= set(report)


def test_import_says_it_in_words(tmp_path: Path, store: Path) -> None:
    text = call(data.import_, tmp_path / "in", "--store", tmp_path / "t")
    assert "Read 82 rows: 80 accepted, 2 refused, 0 exact duplicates." in text
    assert "MISSING (not zero): 2022-02" in text
    assert "line 42, Crime type: The crime type is not known." in text
    assert (tmp_path / "bad.csv").read_text().count("Witchcraft") == 4  # in its cell and as the value, twice
    assert "Nothing new" in call(data.import_, tmp_path / "in", "--store", store)


def test_releases_and_release(store: Path, tmp_path: Path) -> None:
    first = json.loads(call(releases.releases, "--store", store, "--json"))["live"]
    made.write(made.street_path(tmp_path / "in", "2022-02"), made.some_month("2022-02", 10, 1))
    call(data.import_, tmp_path / "in", "--store", store)
    listed = json.loads(call(releases.releases, "--store", store, "--json"))
    assert [r["live"] for r in listed["releases"]] == [True, False]
    assert listed["releases"][0]["parent"] == first
    compared = json.loads(call(releases.release, "compare", first, "--store", store, "--json"))
    assert (compared["events"], compared["months_added"]) == ([80, 90], ["2022-02"])
    assert "Events: 80 then 90." in call(releases.release, "compare", first, "--store", store)
    assert "80 events" in call(releases.release, "rollback", first, "--store", store)
    assert json.loads(call(releases.release, "show", "--store", store, "--json"))["id"] == first
    assert "months missing: 2022-02" in call(releases.release, "show", "--store", store)
    call(releases.release, "remove", listed["live"], "--store", store)
    assert len(call(releases.releases, "--store", store).splitlines()) == 1


def test_quality_and_counts(store: Path) -> None:
    quality = json.loads(call(releases.quality, "--store", store, "--json"))
    assert quality["months"]["leicestershire"]["missing"] == ["2022-02"]
    assert "leicestershire: 2 months, 2022-01 to 2022-03; MISSING: 2022-02" in call(
        releases.quality, "--store", store
    )
    found = json.loads(call(data.counts, "--by", "district,type", "--store", store, "--json"))
    assert found["total"] == 80 == sum(c["events"] for c in found["counts"])
    assert {c["district"] for c in found["counts"]} == {"d:leicester", ""}  # "": no location
    text = call(data.counts, "--by", "month", "--force", "Leicestershire Police", "--csv", "--store", store)
    assert text == "month,events\n2022-01,40\n2022-03,40\n"
    one = call(data.counts, "--by", "outcome", "--month", "2022-01", "--type", "Burglary", "--store", store)
    assert one.startswith("outcome\tevents\nUnder investigation\t")


def test_errors_are_said_with_a_next_step(store: Path, tmp_path: Path) -> None:
    for command, args in [
        (data.counts, ["--by", "moon", "--store", store]),
        (data.import_, [tmp_path / "gone", "--store", store]),
        (releases.release, ["show", "nope", "--store", store]),
        (releases.quality, ["--store", tmp_path / "none"]),
    ]:
        with pytest.raises(ForestallError) as problem:
            CliRunner().invoke(command, [str(a) for a in args], catch_exceptions=False)
        assert problem.value.next_step


def test_help_names_the_commands() -> None:
    text = CliRunner().invoke(main.cli, ["--help"]).output
    assert all(name in text for name in ("import", "releases", "release", "quality", "counts"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *[(n, "devon-and-cornwall") for n in ("Devon & Cornwall Police", "Devon and Cornwall", "E23000035")],
        *[(n, "city-of-london") for n in ("City of London Police", "London, City of", "city-of-london")],
        *[(n, "metropolitan") for n in ("Metropolitan Police Service", "Met Police", "metropolitan")],
        *[(n, "south-wales") for n in ("Heddlu De Cymru", "South Wales Police")],
        ("Heddlu Gogledd Cymru", "north-wales"),
        ("Dyfed Powys Police", "dyfed-powys"),
        ("Hampshire and Isle of Wight Constabulary", "hampshire"),
        ("British Transport Police", "btp"),
        ("Gotham City Police", "gotham-city"),
    ],
)
def test_one_code_for_each_force(name: str, code: str) -> None:
    assert forces.resolve(name) == code
    assert forces.resolve(name.upper()) == code


def test_the_table_of_forces() -> None:
    everyone = forces.all_forces()
    assert len(everyone) == 44
    assert len({f.code for f in everyone}) == len({f.name for f in everyone}) == 44
    assert all(f.ons_code and f.region for f in everyone if f.code != "btp")
    assert all(forces.resolve(n) == f.code for f in everyone for n in (f.code, f.name, f.title))
    assert forces.force("gotham-city").name == "Gotham City"
    assert forces.force_of_district("Bristol, City of") == "avon-and-somerset"
    assert forces.force_of_district("Nowhere") is None
