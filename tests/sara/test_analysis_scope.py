"""Scope, areas drawn and picked, and which events lie inside."""

from __future__ import annotations

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.evidence.queries.inside import load_inside, points_inside, small_areas
from forestall.sara.scope import Area, Scope, months_between, months_sent

METRES = [[[458000, 304000], [459000, 304000], [459000, 305000], [458000, 304000]]]
SQUARE = {"type": "Polygon", "coordinates": [[[0, 50], [1, 50], [1, 51], [0, 51], [0, 50]]]}


def test_points_inside_counts_the_edge_and_never_the_unlocated() -> None:
    lon = np.array([0.5, 0.5, 0.0, 1.5, np.nan])
    lat = np.array([50.5, 50.5, 50.0, 50.5, 50.5])
    assert points_inside(lon, lat, SQUARE).tolist() == [True, True, True, False, False]
    assert not points_inside(lon[3:], lat[3:], SQUARE).any()


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Point", "coordinates": [0, 50]}, "is a Point"),
        ({"type": "Polygon", "coordinates": []}, "no points"),
        ({"type": "Polygon", "coordinates": METRES}, "not longitude"),
        ({}, "without a type"),
    ],
)  # fmt: skip
def test_what_is_not_a_polygon_is_refused(geometry: dict, words: str) -> None:
    with pytest.raises(ForestallError, match=words):
        Area(geometry=geometry)


def test_a_crossed_polygon_is_mended() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 50], [1, 51], [1, 50], [0, 51], [0, 50]]]}
    assert points_inside(np.array([0.2, 0.5]), np.array([50.5, 50.9]), bow).tolist() == [True, False]


def test_scope_round_trip_and_refusals() -> None:
    scope = Scope("a", ("x",), SQUARE, ("Burglary",), ("2024-01",))
    assert Scope.from_dict(scope.to_dict()) == scope
    with pytest.raises(ForestallError, match="not a month"):
        Scope("a", months=("January",))
    assert months_between("2023-11", "2024-02") == ("2023-11", "2023-12", "2024-01", "2024-02")


def test_by_code_by_shape_and_by_both(region_release) -> None:
    release, truth = region_release
    planted = truth.interventions[0]
    drawn = load_inside(
        release, ["month"], force=planted.force, crime_types=[planted.crime_type], geometry=planted.geometry
    )
    assert drawn.n == planted.events_before + planted.events_after
    coded = load_inside(
        release, ["lon"], force=planted.force, crime_types=[planted.crime_type], areas=planted.areas
    )
    both = load_inside(
        release,
        ["lon"],
        force=planted.force,
        crime_types=[planted.crime_type],
        areas=planted.areas,
        geometry=planted.geometry,
    )
    assert max(drawn.n, coded.n) <= both.n <= drawn.n + coded.n


def test_a_beat_stands_for_its_small_areas(region_release) -> None:
    release, truth = region_release
    beat = truth.problems[0].beat
    parts = small_areas(release, [beat])
    assert len(parts) > 1
    assert load_inside(release, ["month"], areas=[beat]).n == load_inside(release, ["month"], areas=parts).n
    with pytest.raises(ForestallError, match="no force 'nowhere'"):
        Scope("nowhere").load(release, ["month"])


def test_a_month_never_sent_is_not_there(region_release) -> None:
    release, truth = region_release
    force, month = truth.missing[0]
    assert month not in months_sent(release, force)
    assert month in months_sent(release, truth.interventions[0].force)
