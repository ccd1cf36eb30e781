"""Marking a list of candidates against the truth."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.synthetic_nation import nation

from forestall.evidence.synthetic.interventions import PLANNED
from forestall.evidence.synthetic.plants import PLANTS
from forestall.evidence.synthetic.truth import matches, score, score_candidates


def candidate(
    problem, north: float = 0.0, crime_type: str | None = "own", geometry: dict | None = None
) -> dict:
    lat = problem.lat + north / 111_320
    return {
        "lens": "any",
        "place": {"lon": problem.lon, "lat": lat, "geometry": geometry},
        "crime_type": problem.crime_type if crime_type == "own" else crime_type,
    }


def test_a_perfect_list_scores_full_marks() -> None:
    truth = nation().region.truth
    marks = score([candidate(p) for p in truth.problems], truth)
    assert (marks.planted, marks.found, marks.true, marks.false) == (20, 20, 20, 0)
    assert marks.recall == 1
    assert marks.false_share == 0
    assert marks.missed == ()


def test_type_and_distance_both_count() -> None:
    p = nation().region.truth.problems[0]
    near, far = p.radius + 390, p.radius + 415
    for north, crime_type, expected in [
        (near, "own", True),
        (-near, "own", True),
        (far, "own", False),
        (0, "Drugs", False),
        (0, None, True),
    ]:
        c = candidate(p, north, crime_type)
        assert matches(c["place"], c["crime_type"], p) is expected


def test_a_geometry_counts_by_its_edge_unless_it_is_a_whole_force() -> None:
    region = nation().region
    p = region.truth.problems[0]
    places = {q["code"]: q for q in region.places.to_pylist()}
    beat, force = places[p.beat], places[f"f:{p.force}"]
    far = {"lon": p.lon + 0.2, "lat": p.lat}
    assert not matches(far, p.crime_type, p)
    assert matches({**far, "geometry": json.loads(beat["geometry"])}, p.crime_type, p)
    assert not matches({**far, "geometry": json.loads(force["geometry"])}, p.crime_type, p)


def test_false_and_missed_are_named_and_only_the_top_counts() -> None:
    truth = nation().region.truth
    first, second, *_ = truth.problems
    listed = [candidate(first), candidate(first, 20_000), candidate(first, 30), candidate(second)]
    marks = score_candidates(listed, truth, top=3)
    assert (marks.candidates, marks.true, marks.false, marks.found) == (3, 2, 1, 1)
    assert marks.false_at == (1,)
    assert second.id in marks.missed
    assert marks.false_share == pytest.approx(1 / 3)


def test_no_candidates_find_nothing() -> None:
    marks = score([], nation().region.truth)
    assert (marks.found, marks.recall, marks.false_share) == (0, 0, 0)


def test_planted_problems_do_not_touch() -> None:
    """Each lies outside the reach of the others, so that one find is one problem."""
    for seed in range(1, 6):
        truth = nation(seed).region.truth
        for p in truth.problems:
            for q in truth.problems:
                if p.id < q.id and p.crime_type == q.crime_type:
                    assert not matches(candidate(q)["place"], q.crime_type, p)


def test_truth_is_plain_json() -> None:
    text = json.dumps(nation().region.truth.to_dict())
    assert json.loads(text)["problems"][0]["id"] == "P01"


def test_the_reference_page_names_what_is_planted() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/make-believe-region.md").read_text("utf-8")
    for p in PLANTS:
        row = next(line for line in page.splitlines() if line.startswith(f"| {p.id} |"))
        assert row.split(" | ")[1:2] == [p.name]
        assert f"| {p.kind} | {p.crime_type} | {p.monthly:g} | {p.radius:g} |" in row
    for planned in PLANNED:
        row = next(line for line in page.splitlines() if line.startswith(f"| {planned.id} |"))
        assert planned.name in row
        assert (f"{100 * planned.effect:+.0f} %" if planned.effect else "none") in row
