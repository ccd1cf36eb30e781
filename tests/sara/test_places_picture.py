"""What a place is like: totals add up from beat to nation, missing months stay missing, changes are honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from forestall.errors import ForestallError
from forestall.evidence import catalogue
from forestall.evidence.catalogue import Release
from forestall.evidence.queries import events
from forestall.sara import places
from forestall.sara.places import Change, PlacePicture

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(make_believe_store: Path) -> Release:
    return catalogue.live(make_believe_store)


def picture(release: Release, kind: str) -> PlacePicture:
    code = next(p["code"] for p in places.place_list(release) if p["kind"] == kind)
    return places.place_picture(release, code)


@pytest.mark.parametrize("kind", ["nation", "region", "force", "district"])
def test_parts_add_up(release: Release, kind: str) -> None:
    found = picture(release, kind)
    inside = sum(p.events for p in found.parts)
    if kind in ("nation", "region"):
        # a part with months of its own missing may count months that the whole leaves out
        assert inside >= found.total
    else:
        assert inside + found.unplaced == found.total


def test_figures_are_those_of_the_events_themselves(release: Release) -> None:
    found = picture(release, "force")
    counted = events.load(release, ["month"], force=found.code.removeprefix("f:"), months=list(found.months))
    assert found.total == counted.n
    assert sum(n for _, n, _ in found.by_type) == counted.n
    held = dict(found.by_month)
    assert sum(held[m] or 0 for m in found.months) == counted.n


def test_a_part_has_the_figures_of_its_own_page(release: Release) -> None:
    district = picture(release, "district")
    part = district.parts[0]
    alone = places.place_picture(release, part.code)
    assert (part.events, part.harm, part.change) == (alone.total, pytest.approx(alone.harm), alone.change)


def test_squares_hold_every_located_event_of_a_beat(release: Release) -> None:
    beat = picture(release, "beat")
    assert 0 < sum(n for _, _, n in beat.cells) <= beat.total
    assert list(beat.cells) == sorted(beat.cells, key=lambda c: -c[2])
    west, east = min(c[0] for c in beat.cells), max(c[0] for c in beat.cells)
    assert west <= beat.lon <= east


def test_a_month_missing_for_one_force_is_missing_for_it_and_above_and_nowhere_else(release: Release) -> None:
    force, [gap, *_] = next(iter(release.manifest["months_missing_by_force"].items()))
    assert dict(places.place_picture(release, f"f:{force}").by_month)[gap] is None
    assert dict(picture(release, "nation").by_month)[gap] is None
    other = next(f for f in release.forces if f != force)
    assert dict(places.place_picture(release, f"f:{other}").by_month)[gap]


def test_every_level_has_its_line_of_ancestors(release: Release) -> None:
    beat = picture(release, "beat")
    assert [kind for _, _, kind in beat.ancestors] == ["nation", "region", "force", "district"]


def test_anti_social_behaviour_is_counted_beside_the_harm(release: Release) -> None:
    found = picture(release, "force")
    assert "Anti-social behaviour" in dict(found.without_weight)


@pytest.mark.parametrize("code", ["", "nowhere", "X01000001", "../x"])
def test_unknown_and_too_small_places_are_refused(release: Release, code: str) -> None:
    with pytest.raises(ForestallError):
        places.place_picture(release, code)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (1.1, 1.5, "up"),
        (0.5, 0.9, "down"),
        (0.9, 1.2, "no evidence of change"),
        (1.0, 1.2, "no evidence of change"),
        (None, None, "not enough months to compare"),
    ],
)
def test_words_never_claim_more_than_the_interval(
    lower: float | None, upper: float | None, words: str
) -> None:
    assert Change(1, 1, 12, 12, 1.0 if lower else None, lower, upper).words == words


def test_totals_count_every_event(release: Release) -> None:
    found = places.totals(release)
    assert sum(found["by_month"].values()) == sum(found["by_type"].values()) == release.manifest["rows"]
