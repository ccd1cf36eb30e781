"""What lies under a map: outlines of the right fineness near by, or squares of events where there are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from forestall.evidence.catalogue import Release
from forestall.evidence.places import load_places
from forestall.evidence.synthetic import make_believe
from forestall.sara import ground as grounds
from forestall.sara.ground import Ground, across, ground

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make_believe(store=tmp_path_factory.mktemp("ground") / "store")


def _around(release: Release, code: str, degrees: float) -> tuple[float, float, float, float]:
    place = load_places(release)[code]
    assert place.lon is not None
    assert place.lat is not None
    return (place.lon - degrees, place.lat - degrees, place.lon + degrees, place.lat + degrees)


def test_near_by_beats_are_drawn_and_far_off_only_forces(release: Release) -> None:
    near = ground(release, _around(release, "f:mb-brinefold", 0.02))
    far = ground(release, _around(release, "f:mb-brinefold", 2.0))
    assert {o.kind for o in near.outlines} == {"beat", "district"}
    assert {o.kind for o in far.outlines} == {"force"}
    assert len(near.outlines) < 20, "only what is in sight"
    assert not near.squares


def test_names_are_those_nearest_the_middle(release: Release) -> None:
    places = load_places(release)
    beat = places.of_kind("beat")[0]
    assert ground(release, _around(release, beat.code, 0.02)).names[0][0] == beat.name


def test_what_a_page_carries_stays_small(release: Release) -> None:
    box = _around(release, "f:mb-brinefold", 0.3)
    assert len(json.dumps([o.geometry for o in ground(release, box).outlines])) < 60_000


def test_without_boundaries_squares_show_where_events_are(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grounds, "_outlines", lambda *_: [])
    found: Ground = grounds.ground.__wrapped__(release, _around(release, "f:mb-brinefold", 0.03), None)
    assert found.square_metres == 250
    assert [len(s["coordinates"]) for s in found.squares] == sorted(
        len(s["coordinates"]) for s in found.squares
    )
    elsewhere = grounds.ground.__wrapped__(release, (-9.0, 50.0, -8.9, 50.1), None)
    assert not elsewhere.squares
    assert elsewhere.square_metres is None


def test_how_wide_a_box_is() -> None:
    assert across((0.0, 52.0, 1.0, 52.1)) == pytest.approx(68.5, abs=0.3)


def test_a_release_without_places_has_no_ground(release: Release, tmp_path: Path) -> None:
    assert ground(replace(release, folder=Path(tmp_path)), (0.0, 50.0, 3.0, 53.0)) == Ground()
