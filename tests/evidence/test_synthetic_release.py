"""The make-believe nation as a release, by function and by command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from forestall.cli.main import cli
from forestall.errors import ForestallError
from forestall.evidence import catalogue
from forestall.evidence.queries.events import load
from forestall.evidence.store import publish
from forestall.evidence.synthetic import generate, publish_region


def test_a_release_says_make_believe_and_holds_every_event(tmp_path: Path) -> None:
    region = generate(2, small=True, scale=0.3)
    release = publish_region(region, store=tmp_path)
    assert catalogue.live(tmp_path).id == release.id
    assert release.make_believe
    assert release.manifest["rows"] == region.events.num_rows
    assert release.manifest["has_times"]
    assert set(release.manifest["has_keys"]) == {"victim", "offender", "caller", "premises"}
    events = load(release, ["crime_type", "x", "start", "file", "line"])
    assert events.n == region.events.num_rows
    assert events["x"].sum() == pytest.approx(sum(region.events.column("x").to_pylist()))
    quality = release.quality
    assert quality["make_believe"] is True
    assert quality["events"] == sum(quality["by_type"].values()) == region.events.num_rows
    assert quality["out_of_area"]["events"] == quality["without_location"] == 0
    assert "not recorded by anyone" in quality["notices"][0]


def test_the_same_region_again_has_the_same_hash(tmp_path: Path) -> None:
    first = publish_region(generate(2, small=True, scale=0.2), store=tmp_path / "a")
    second = publish_region(generate(2, small=True, scale=0.2), store=tmp_path / "b")
    assert first.hash == second.hash


def test_made_again_nothing_changes_and_another_seed_is_another_release(tmp_path: Path) -> None:
    first = publish_region(generate(2, small=True, scale=0.2), store=tmp_path)
    assert publish_region(generate(2, small=True, scale=0.2), store=tmp_path).id == first.id
    assert len(catalogue.releases(tmp_path)) == 1
    other = publish_region(generate(3, small=True, scale=0.2), store=tmp_path)
    assert other.id != first.id
    assert other.manifest["parent"] == first.id


def test_never_put_over_real_records(tmp_path: Path) -> None:
    region = generate(2, small=True, scale=0.2)
    real = publish(tmp_path, events=region.events, places=region.places, files=region.files, quality={})
    with pytest.raises(ForestallError, match="holds real records"):
        publish_region(region, store=tmp_path)
    assert catalogue.live(tmp_path).id == real.id


@pytest.mark.slow
def test_the_command_makes_the_nation_and_keeps_the_truth(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    run = CliRunner().invoke(
        cli,
        ["make-believe", "--store", str(tmp_path / "store"), "--seed", "3", "--truth", str(truth), "--json"],
    )
    assert run.exit_code == 0, run.output
    said = json.loads(run.output)
    release = catalogue.live(tmp_path / "store")
    assert said["release"] == release.id
    assert said["make_believe"] is True
    assert release.manifest["rows"] == said["events"]
    assert release.months_missing == ["2024-02"]
    planted = json.loads(truth.read_text())
    assert planted["seed"] == 3
    assert len(planted["problems"]) == said["problems_planted"] == 20
    assert len(planted["interventions"]) == 4
    said = CliRunner().invoke(cli, ["quality", "--store", str(tmp_path / "store")])
    assert "mb-gannetshire: 35 months, 2023-01 to 2025-12; MISSING: 2024-02" in said.output


def test_a_truth_file_that_cannot_be_written_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        cli,
        ["make-believe", "--store", str(tmp_path / "s"), "--truth", str(tmp_path / "none" / "t.json")],
        standalone_mode=False,
    )
    assert isinstance(run.exception, ForestallError)
    assert "Cannot write the truth" in run.exception.what
    assert not catalogue.has_live(tmp_path / "s")
