"""forestall tables and forestall mapping, as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forestall.cli.fetch import mapping
from forestall.cli.tables import tables
from forestall.errors import ForestallError


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORESTALL_DATA", str(tmp_path / "data"))


def run(*words: str) -> Result:
    done = CliRunner().invoke(tables, list(words))
    if isinstance(done.exception, ForestallError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def test_list_and_show_name_edition_source_and_what_is_missing() -> None:
    listed = run("list").output
    assert "cambridge-2026" in listed
    assert "too partial to use" in listed
    assert "no weight, counted beside" in listed
    shown = run("show", "--kind", "cost").output
    assert "2015/16 prices" in shown
    assert "Unverified" in shown
    assert "no value" in shown
    partial = run("show", "ons-2016-partial").output
    assert "Homicide" in partial
    assert "7,979" in partial
    said = json.loads(run("show", "cambridge-2026", "--json").output)
    assert said["values"]["Anti-social behaviour"] is None


def test_load_use_and_asb(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("crime_type,days\nBurglary,300\nFly tipping,4\n")
    loaded = run("load", str(path), "--edition", "board-2026", "--source", "our board").output
    assert "values for 1 of 14" in loaded
    assert "Fly tipping" in loaded
    assert "forestall tables use board-2026" in loaded
    run("use", "board-2026")
    assert "300.00" in run("show").output
    assert "1 days" in run("asb", "1").output
    assert "1 days each" in run("list").output
    run("asb", "none")
    with pytest.raises(ForestallError):
        run("asb", "some")
    with pytest.raises(ForestallError):
        run("use", "ons-2016-partial")
    with pytest.raises(ForestallError):
        run("load", str(tmp_path / "none.csv"), "--edition", "x")


def test_mapping_prints_one_to_start_from(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("ref;Date Occurred;Easting;Northing;Offence\n1;03/04/2026;458700;304500;Burglary\n")
    done = CliRunner().invoke(mapping, [str(path)])
    assert done.exit_code == 0, done.output
    assert "start: Date Occurred" in done.output
    assert "dates: day-first" in done.output
    assert "x: Easting" in done.output
