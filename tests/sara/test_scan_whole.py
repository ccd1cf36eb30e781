"""The scan from release to ranked list: found, ranked, merged, repeatable, and free of people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release, live
from forestall.evidence.synthetic.region import generate, publish_region
from forestall.sara.findings import Finding, canonical
from forestall.sara.scanning.calibrate import mark, table
from forestall.sara.scanning.candidates import overlaps
from forestall.sara.scanning.ranking import merge, rank
from forestall.sara.scanning.scan import scan
from forestall.sara.scanning.sightings import Sighting, trend

ISSUE_KEYS = (
    "rank lens place crime_type period events expected excess interval harm cost share_of_force "
    "months_persistent trend why"
).split()


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory):
    region = generate(1)
    return region, publish_region(region, store=tmp_path_factory.mktemp("scan"))


@pytest.fixture(scope="module")
def one_force(tmp_path_factory: pytest.TempPathFactory):
    """The first force alone: quicker, for what does not need the nation."""
    return publish_region(generate(1, small=True), store=tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def result(nation):
    return scan(nation[1])


@pytest.mark.slow
def test_planted_problems_are_found_and_few_candidates_are_false(nation, result) -> None:
    marked = mark(nation[0], result, 30)
    assert marked.score.recall >= 0.9, marked.score.missed
    assert marked.score.false_share <= 0.1, marked.score.false_at
    assert marked.steps_found == marked.steps_planted == 1
    assert "| all | 20 |" in table([marked])


@pytest.mark.slow
def test_the_recording_change_is_not_ranked(result) -> None:
    stepped = {(c.force, c.crime_type) for c in result.recording_changes}
    assert ("mb-tidecombe", "Public order") in stepped
    assert not any(
        c.lens == "emerging_place" and (c.force, c.crime_type) in stepped for c in result.candidates
    )


@pytest.mark.slow
def test_each_candidate_has_what_the_list_promises(result) -> None:
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert [c["rank"] for c in plain["candidates"]] == list(range(1, len(plain["candidates"]) + 1))
    for c in plain["candidates"]:
        assert set(ISSUE_KEYS) <= set(c)
        assert {"name", "lon", "lat", "geometry"} <= set(c["place"])
        assert c["place"]["geometry"]["type"] in ("Polygon", "MultiPolygon")
        low, high = c["interval"]
        assert low <= c["excess"] <= high
        assert 0 < c["share_of_force"] <= 1
        assert c["why"].endswith(".")
        # A shrunken excess claims no more than the plain difference.
        assert c["excess"] <= c["events"] - c["expected"] + 0.01
    assert len({c["id"] for c in plain["candidates"]}) == len(plain["candidates"])
    weighed = [c["harm"] for c in plain["candidates"] if c["ranked_on"] == "harm"]
    assert weighed == sorted(weighed, reverse=True)


@pytest.mark.slow
def test_the_same_release_gives_the_same_bytes(nation, result) -> None:
    again = scan(nation[1])
    assert canonical(again.to_dict()) == canonical(result.to_dict())
    first = result.candidates[0]
    finding = first.finding(nation[1])
    assert finding.hash == again.candidates[0].finding(nation[1]).hash
    assert Finding.from_dict(json.loads(json.dumps(finding.to_dict()))).hash == finding.hash
    assert finding.release_hash == nation[1].hash


@pytest.mark.slow
def test_no_key_of_a_person_or_premises_leaves_the_scan(nation, result) -> None:
    text = json.dumps(result.to_dict())
    for column in ("victim", "offender", "caller", "premises"):
        values = set(nation[0].events.column(column).combine_chunks().unique().to_pylist()) - {None}
        assert values
        assert not [v for v in values if len(v) > 4 and v in text]


@pytest.mark.slow
def test_anti_social_behaviour_stays_in_the_list(nation, result) -> None:
    asb = [c for c in result.candidates if c.crime_type == "Anti-social behaviour"]
    assert asb
    assert all(c.harm is None and c.ranked_on == "count" for c in asb)
    weighed = scan(nation[1], asb_days=1.0, crime_types=["Anti-social behaviour"])
    same = next(c for c in weighed.candidates if c.id == asb[0].id)
    assert same.harm == pytest.approx(same.excess, abs=0.1)
    assert same.ranked_on == "harm"


@pytest.mark.slow
def test_choices_of_ranking_type_force_and_length(one_force) -> None:
    by_count = scan(one_force, rank_by="count", top=4, force="mb-northmarsh")
    excess = [c.excess for c in by_count.candidates]
    assert excess == sorted(excess, reverse=True)
    assert len(excess) == 4 < by_count.found
    robbery = scan(one_force, crime_types=["Robbery"])
    assert {c.crime_type for c in robbery.candidates} == {"Robbery"}
    heavy = scan(one_force, weights={"Robbery": 10_000.0}, lenses=["persistent_hot_spot"])
    assert {c.crime_type for c in heavy.candidates if c.harm is not None} == {"Robbery"}
    assert heavy.weights["harm"]["edition"] == "given by the user"


@pytest.mark.slow
def test_choosing_a_type_does_not_change_what_is_said_of_it(one_force) -> None:
    alone = {c.id: c for c in scan(one_force, crime_types=["Robbery"], top=None).candidates}
    for c in scan(one_force, top=None).candidates:
        if c.crime_type == "Robbery":
            assert (alone[c.id].excess, alone[c.id].expected) == (c.excess, c.expected)


@pytest.mark.slow
def test_a_live_problem_is_recognised(one_force) -> None:
    first = scan(one_force, lenses=["persistent_hot_spot"]).candidates[0]
    problem = {"id": "P-1", "geometry": first.place["geometry"], "crime_types": [first.crime_type]}
    marked = scan(one_force, lenses=["persistent_hot_spot"], live_problems=[problem])
    assert [c.live_problem for c in marked.candidates].count("P-1") == 1
    assert marked.candidates[0].live_problem == "P-1"
    assert not overlaps(first, first.place["geometry"], ["Bicycle theft"])
    far = {"type": "Point", "coordinates": [-3.0, 55.0]}
    assert not overlaps(first, far, [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"force": "nowhere"},
        {"crime_types": ["Piracy"]},
        {"lenses": ["crystal_ball"]},
        {"rank_by": "luck"},
        {"top": 0},
    ],
)
def test_a_wrong_choice_says_what_there_is(one_force, wrong: dict) -> None:
    with pytest.raises(ForestallError) as problem:
        scan(one_force, **wrong)
    assert problem.value.next_step


@pytest.mark.slow
def test_the_command_prints_one_object_and_a_page(one_force) -> None:
    from forestall.cli.main import cli

    store = str(one_force.folder.parents[1])
    run = CliRunner().invoke(cli, ["scan", "--store", store, "--top", "5", "--json"])
    assert run.exit_code == 0, run.output
    assert len(json.loads(run.stdout)["candidates"]) == 5
    page = CliRunner().invoke(cli, ["scan", "--store", store, "--top", "5", "--rank-by", "cost"]).stdout
    assert page.startswith("MAKE-BELIEVE")
    assert "ranked by preventable cost" in page


def sighting(
    lens: str, members: range, excess: float, place: str | None = None, crime_type: int = 0
) -> Sighting:
    ids = np.array(members)
    return Sighting(lens, crime_type, ids, ids, 0, 11, len(ids), 1.0, excess, 0.0, 2 * excess, "x", place)


def test_overlapping_sightings_become_one_and_a_spot_speaks_for_them() -> None:
    spot, area, other = (
        sighting("persistent_hot_spot", range(40), 30.0),
        sighting("area_rate", range(60), 45.0, "n:1"),
        sighting("persistent_hot_spot", range(100, 130), 20.0),
    )
    groups = merge(0, [area, other, spot])
    assert [len(g.sightings) for g in groups] == [2, 1]
    assert groups[0].main is spot
    # A spot that holds little of the area's excess does not speak for it.
    small = sighting("risky_point", range(40), 9.0)
    assert merge(0, [area, small])[0].main is area
    # Another crime type is another problem.
    assert len(merge(0, [spot, sighting("area_rate", range(60), 45.0, "n:1", crime_type=1)])) == 2


def test_types_without_weight_take_the_place_that_their_count_gives() -> None:
    groups = merge(
        0,
        [
            sighting("a", range(k * 100, k * 100 + 50), e, crime_type=k)
            for k, e in enumerate((50, 40, 30, 20))
        ],
    )
    types = ["light", "none", "heavy", "none"]
    order = rank(groups, types, {"light": 1.0, "heavy": 100.0})
    assert [(types[groups.index(g)], on) for g, on in order] == [
        ("heavy", "weight"),
        ("none", "count"),
        ("light", "weight"),
        ("none", "count"),
    ]
    assert [g.main.excess for g, _ in rank(groups, types, None)] == [50, 40, 30, 20]


def test_trend_compares_whole_years_and_holds_back_on_few() -> None:
    days = np.full(24, 30.0)
    rising = trend(np.repeat([10, 20], 12), days)
    assert rising["direction"] == "rising"
    assert rising["monthly_change"] == pytest.approx(2 ** (1 / 12) - 1, abs=1e-4)
    season = np.tile(10 + 5 * np.cos(np.arange(12) * np.pi / 6), 2).round()
    assert trend(season, days)["direction"] == "no clear change"
    assert trend(np.r_[np.zeros(20), 2, 3, 1, 2], days)["monthly_change"] is None
    assert trend(np.array([5, 6, 7]), days[:3])["direction"] == "not known"


def test_a_release_without_months_is_refused(tmp_path: Path) -> None:
    empty = Release("r", tmp_path, {"hash": "0", "months": [], "months_missing": [], "forces": []})
    with pytest.raises(ForestallError, match="no months"):
        scan(empty)


@pytest.mark.slow
@pytest.mark.shared
def test_leicestershire_reads_as_an_analyst_would_expect(tmp_path: Path) -> None:
    from tests.shared import SHARED

    from forestall.evidence.importing import import_path

    archive = SHARED / "police-uk-leicestershire" / "leicestershire-2019-12_2022-10.zip"
    if not archive.exists():
        pytest.skip("the real data is not beside this checkout")
    import_path(archive, store=tmp_path)
    found = scan(live(tmp_path))
    # The centre of Leicester first; the lockdown's anti-social behaviour a change of the whole force, no place.
    assert "Leicester 041" in found.candidates[0].place["name"]
    steps = {(c.crime_type, c.month) for c in found.recording_changes}
    assert ("Anti-social behaviour", "2020-04") in steps
    assert any("2022-07" in note for note in found.notes)
    assert {n["lens"] for n in found.not_run} >= {"repeat_victims", "near_repeat", "hours_of_week"}
    lockdown = scan(
        live(tmp_path), crime_types=["Anti-social behaviour"], lenses=["emerging_place"], top=None
    )
    assert all(c.period["from"] >= "2022-01" for c in lockdown.candidates)
