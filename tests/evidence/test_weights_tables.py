"""Harm and cost: the figures that come with Forestall, what is missing, and a user's own tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.shared import SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.evidence.editions import choose, editions, load_edition, read_edition
from forestall.evidence.weights import ASB, CRIME_TYPES, harm_of, harm_weights, unit_costs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tables"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_cambridge_weights_are_the_weighted_means_of_their_subgroups(folder: Path) -> None:
    weights = harm_weights(folder=folder)
    assert weights.edition.name == "cambridge-2026"
    assert set(weights) == set(CRIME_TYPES)
    assert round(weights["Burglary"], 2) == 244.68
    assert round(weights["Violence and sexual offences"], 2) == 194.21
    assert round(weights["Criminal damage and arson"], 2) == 11.18
    assert round(weights["Drugs"], 2) == 3.66
    assert weights["Robbery"] == 365
    assert "Second-hand" in weights.edition.caveat


@needs_shared
def test_cambridge_rows_are_those_of_the_source(folder: Path) -> None:
    with (SHARED / "reference" / "cambridge-chi-2026-by-offence-subgroup.csv").open() as file:
        source = {
            (r["police_uk_category"], r["offence_subgroup"]): (float(r["days"]), int(r["recorded_2024_25"]))
            for r in csv.DictReader(file)
        }
    ours = {(r.crime_type, r.subgroup): (r.value, r.recorded) for r in harm_weights(folder=folder).rows}
    assert {k: v for k, v in ours.items() if k[0] != ASB} == source


def test_asb_has_no_value_unless_set_and_is_counted_beside_the_harm(folder: Path) -> None:
    weights = harm_weights(folder=folder)
    assert weights[ASB] is None
    harm = harm_of({ASB: 40, "Robbery": 2, "Shoplifting": 0}, weights)
    assert (harm.value, harm.weighed, harm.without_weight) == (730.0, 2, {ASB: 40})
    assert not harm.complete
    with_days = harm_weights(asb_days=1, folder=folder)
    assert harm_of({ASB: 40, "Robbery": 2}, with_days).value == 770.0
    assert "local setting" in with_days.status[ASB]
    assert with_days.notes


def test_asb_setting_of_the_user_is_kept_and_can_be_undone(folder: Path) -> None:
    choose(asb_days=1.5, folder=folder)
    assert harm_weights(folder=folder)[ASB] == 1.5
    choose(asb_days=None, folder=folder)
    assert harm_weights(folder=folder)[ASB] is None
    with pytest.raises(ForestallError):
        choose(asb_days=-1, folder=folder)


def test_a_crime_type_that_the_table_does_not_know_is_counted_not_guessed(folder: Path) -> None:
    assert harm_of({"ARSON": 3}, harm_weights(folder=folder)).without_weight == {"ARSON": 3}


def test_unit_costs_missing_stay_missing(folder: Path) -> None:
    costs = unit_costs(folder=folder)
    known = {k: v for k, v in costs.items() if v is not None}
    assert set(known) == {"Robbery", "Vehicle crime", "Criminal damage and arson"}
    assert costs["Robbery"] == 11320
    assert costs["Criminal damage and arson"] == pytest.approx(1704.85, abs=0.01)
    assert costs["Burglary"] is None
    assert 0 not in costs.by_type.values()
    assert costs["Violence and sexual offences"] is None
    assert "34%" in costs.status["Violence and sexual offences"]
    assert "80%" in costs.status["Robbery"]
    assert costs.edition.prices == "2015/16"
    assert "Unverified" in costs.edition.caveat


def test_partial_editions_are_shown_and_refused(folder: Path) -> None:
    _, rows = read_edition("ons-2016-partial", folder=folder)
    assert next(r.value for r in rows if r.subgroup == "Homicide") == 7979
    for name in ("ons-2016-partial", "ons-later-partial"):
        with pytest.raises(ForestallError, match="too partial"):
            harm_weights(name, folder=folder)
        with pytest.raises(ForestallError):
            choose(edition=name, folder=folder)


def test_unknown_edition_and_wrong_kind_are_named(folder: Path) -> None:
    with pytest.raises(ForestallError, match="cambridge-2026"):
        harm_weights("cambrige", folder=folder)
    with pytest.raises(ForestallError, match="not of harm"):
        harm_weights("home-office-2018", folder=folder)
    with pytest.raises(ForestallError):
        harm_weights("cambridge-2026@3", folder=folder)


def test_a_force_own_mix(folder: Path) -> None:
    mix = {"Residential burglary": 1, "Non-residential burglary": 3}
    weights = harm_weights(mix=mix, folder=folder)
    assert weights["Burglary"] == (273.5 + 3 * 183.5) / 4
    assert weights["Robbery"] is None  # the mix says nothing about it
    with pytest.raises(ForestallError, match="Dwelling"):
        harm_weights(mix={"Dwelling": 1}, folder=folder)


def test_loaded_table_overrides_keeps_versions_and_names_its_edition(tmp_path: Path, folder: Path) -> None:
    first = write(tmp_path / "a.csv", 'Crime type,Days\nBurglary,100\nrobbery,\nDrugs,"1,000.5"\n')
    edition = load_edition(first, "cambridge-2026", kind="harm", source="our board", folder=folder)
    assert (edition.version, edition.own, edition.label) == (1, True, "cambridge-2026@1")
    weights = harm_weights(folder=folder)
    assert (weights["Burglary"], weights["Drugs"]) == (100, 1000.5)
    assert weights["Robbery"] is None
    assert weights["Shoplifting"] is None
    assert weights.edition.source == "our board"
    again = load_edition(first, "cambridge-2026", kind="harm", folder=folder)
    assert again.version == 1
    second = write(tmp_path / "b.csv", "crime_type,value\nBurglary,200\n")
    assert load_edition(second, "cambridge-2026", kind="harm", folder=folder).version == 2
    assert harm_weights(folder=folder)["Burglary"] == 200
    assert harm_weights("cambridge-2026@1", folder=folder)["Burglary"] == 100
    assert len({e.name for e in editions(folder=folder)}) == 4


def test_loaded_by_offence_code_needs_counts_to_be_averaged(tmp_path: Path, folder: Path) -> None:
    codes = write(tmp_path / "codes.csv", "offence code,weight\n28E,400\n30C,200\n44,5\n")
    load_edition(codes, "by-code", kind="harm", unit="points", folder=folder)
    weights = harm_weights("by-code", folder=folder)
    assert weights["Burglary"] is None  # nothing says how many of each
    counted = write(tmp_path / "counted.csv", "offence code,weight,count\n28E,400,3\n30C,200,1\n44,5,9\n")
    load_edition(counted, "by-code", kind="harm", unit="points", folder=folder)
    weights = harm_weights("by-code", folder=folder)
    assert (weights["Burglary"], weights["Bicycle theft"]) == (350, 5)
    with pytest.raises(ForestallError, match="in days"):
        harm_weights("by-code", asb_days=1, folder=folder)
    choose(asb_days=1, folder=folder)  # a standing setting in days does not reach a table in points
    assert harm_weights("by-code", folder=folder)[ASB] is None


def test_an_average_needs_three_quarters_of_the_offences(tmp_path: Path, folder: Path) -> None:
    text = "crime_type,subgroup,value,recorded\nBurglary,home,100,{}\nBurglary,other,,25\n"
    load_edition(write(tmp_path / "t.csv", text.format(75)), "t", kind="harm", folder=folder)
    assert harm_weights("t", folder=folder)["Burglary"] == 100
    load_edition(write(tmp_path / "t.csv", text.format(74)), "t", kind="harm", folder=folder)
    assert harm_weights("t", folder=folder)["Burglary"] is None


@pytest.mark.parametrize("cell", ["1_000", "١٢٣", "NaN", "inf", "-1", "1e400", "0x10", "1.2,5", "²", "x"])
def test_odd_numbers_are_refused_with_line_and_column(tmp_path: Path, folder: Path, cell: str) -> None:
    table = write(tmp_path / "t.csv", f'crime_type,value\nBurglary,1\nDrugs,"{cell}"\n')
    with pytest.raises(ForestallError, match=r"t\.csv, line 3, column value"):
        load_edition(table, "t", kind="harm", folder=folder)
    assert not folder.exists() or not list(folder.glob("t/v*"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column"),
        ("a,b\n1,2\n", "it has: a, b"),
        ("crime_type,value\n", "no rows"),
        ("offence_code,value\n999Z,1\n", "'999Z'"),
    ],
)
def test_tables_that_are_none_are_refused(tmp_path: Path, folder: Path, text: str, said: str) -> None:
    with pytest.raises(ForestallError, match=said):
        load_edition(write(tmp_path / "t.csv", text), "t", kind="harm", folder=folder)


@pytest.mark.parametrize("name", ["../x", "A", "", ".hidden", "a/b", "a..b"])
def test_edition_names_stay_inside_the_folder(tmp_path: Path, folder: Path, name: str) -> None:
    table = write(tmp_path / "t.csv", "crime_type,value\nBurglary,1\n")
    with pytest.raises(ForestallError):
        load_edition(table, name, kind="harm", folder=folder)
    with pytest.raises(ForestallError):
        harm_weights(name, folder=folder) if name else read_edition(name, folder=folder)


def test_weights_travel_as_plain_values(folder: Path) -> None:
    said = harm_weights(asb_days=1, folder=folder).to_dict()
    assert said["edition"] == "cambridge-2026"
    assert said["values"]["Shoplifting"] == 1
    assert len(said["hash"]) == 64
    assert said["notes"]


def test_a_damaged_choice_is_told(folder: Path) -> None:
    folder.mkdir()
    for text in ("{", "[1]"):
        (folder / "chosen.json").write_text(text)
        with pytest.raises(ForestallError, match="cannot be read"):
            harm_weights(folder=folder)
