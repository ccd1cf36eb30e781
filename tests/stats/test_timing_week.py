"""Aoristic weights: hand-sized cases, the published 168 cells, clock changes, laws, refusals."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shared import SHARED, needs_shared
from tests.stats.reference_points import needs_bench, points, reference

from forestall.errors import ForestallError
from forestall.stats.timing import aoristic


def at(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[s]")


def plainly(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """One event at a time, one hour at a time: slow and sure."""
    week = np.zeros(168)
    for s, e in zip(start.astype(int).tolist(), end.astype(int).tolist(), strict=True):
        if e <= s:
            week[(s // 3600 + 72) % 168] += 1
        elif e - s >= 168 * 3600:
            week += 1 / 168
        else:
            now = s
            while now < e:
                stop = min(e, (now // 3600 + 1) * 3600)
                week[(now // 3600 + 72) % 168] += (stop - now) / (e - s)
                now = stop
    return week


def test_by_hand() -> None:
    """Monday 1 January 2024, 22:30 to 01:00 next day: 30, 60, 60 of 150 minutes."""
    answer = aoristic(at("2024-01-01T22:30"), at("2024-01-02T01:00"))
    assert answer.weights[0, 22] == pytest.approx(0.2)
    assert answer.weights[0, 23] == pytest.approx(0.4)
    assert answer.weights[1, 0] == pytest.approx(0.4)
    assert answer.weights.sum() == pytest.approx(1)


def test_monday_first_and_round_the_week() -> None:
    """Sunday 23:00 to Monday 01:00 goes half to the last hour and half to the first."""
    answer = aoristic(at("2024-01-07T23:00"), at("2024-01-08T01:00"))
    assert answer.weights[6, 23] == answer.weights[0, 0] == pytest.approx(0.5)


def test_no_end_no_length_and_wrong_way_round_count_at_the_start() -> None:
    start = at("2024-01-02T10:59:59", "2024-01-02T10:00", "2024-01-02T10:30")
    end = at("NaT", "2024-01-02T10:00", "2024-01-02T09:00")
    answer = aoristic(start, end)
    assert answer.weights[1, 10] == 3
    assert (answer.point_events, answer.reversed) == (3, 1)
    assert aoristic(start).weights[1, 10] == 3


def test_a_week_or_longer_is_even() -> None:
    answer = aoristic(at("2024-01-01T05:00", "2024-01-01T05:00"), at("2024-01-08T05:00", "2024-02-08T05:00"))
    np.testing.assert_allclose(answer.weights, 2 / 168)
    assert answer.spread_over_week == 2
    nearly = aoristic(at("2024-01-01T05:00"), at("2024-01-08T04:59"))
    assert nearly.spread_over_week == 0
    assert nearly.weights[0, 4] < nearly.weights[0, 5]


def test_end_on_the_hour_gives_nothing_to_that_hour() -> None:
    answer = aoristic(at("2024-01-01T05:00"), at("2024-01-01T06:00"))
    assert answer.weights[0, 5] == 1
    assert answer.weights[0, 6] == 0


def test_the_night_that_loses_an_hour() -> None:
    """31 March 2024, midnight to four by the clock is three hours; the hour from one does not exist."""
    answer = aoristic(at("2024-03-31T00:00"), at("2024-03-31T04:00"), "Europe/London")
    np.testing.assert_allclose(answer.weights[6, :4], [1 / 3, 0, 1 / 3, 1 / 3])


def test_the_night_that_gains_an_hour() -> None:
    """27 October 2024, midnight to three by the clock is four hours; the hour from one comes twice."""
    answer = aoristic(at("2024-10-27T00:00"), at("2024-10-27T03:00"), "Europe/London")
    np.testing.assert_allclose(answer.weights[6, :3], [1 / 4, 2 / 4, 1 / 4])


def test_utc_becomes_local() -> None:
    answer = aoristic(at("2024-07-01T22:30"), at("2024-07-02T00:30"), "Europe/London", utc=True)
    np.testing.assert_allclose(
        [answer.weights[0, 23], answer.weights[1, 0], answer.weights[1, 1]], [0.25, 0.5, 0.25]
    )
    with pytest.raises(ForestallError, match="zone"):
        aoristic(at("2024-07-01T22:30"), None, utc=True)


def test_a_zone_changes_nothing_far_from_a_clock_change() -> None:
    start, end = at("2024-01-10T22:00", "2024-07-10T01:20"), at("2024-01-11T03:00", "2024-07-13T01:20")
    np.testing.assert_allclose(
        aoristic(start, end, "Europe/London").weights, aoristic(start, end).weights, atol=1e-12
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1_700_000_000, 1_730_000_000), st.integers(-4000, 900_000)),
        min_size=1,
        max_size=30,
    )
)
def test_sum_order_and_splitting(events: list[tuple[int, int]]) -> None:
    start = np.array([s for s, _ in events], dtype="datetime64[s]")
    end = start + np.array([d for _, d in events], dtype="timedelta64[s]")
    for zone in (None, "Europe/London"):
        whole = aoristic(start, end, zone)
        if zone is None:
            np.testing.assert_allclose(whole.weights.ravel(), plainly(start, end), atol=1e-9)
        assert whole.weights.sum() == pytest.approx(len(events))
        assert (whole.weights >= 0).all()
        np.testing.assert_allclose(aoristic(start[::-1], end[::-1], zone).weights, whole.weights, atol=1e-9)
        cut = len(events) // 2
        parts = (
            aoristic(start[:cut], end[:cut], zone).weights + aoristic(start[cut:], end[cut:], zone).weights
        )
        np.testing.assert_allclose(parts, whole.weights, atol=1e-9)
    # A week later changes no hour of the week.
    week = np.timedelta64(7, "D")
    np.testing.assert_allclose(
        aoristic(start + week, end + week).weights, aoristic(start, end).weights, atol=1e-9
    )


def test_rows_without_a_start_are_counted() -> None:
    answer = aoristic(at("NaT", "2024-01-01T05:00"), at("2024-01-01T05:00", "NaT"))
    assert (answer.n, answer.without_start) == (1, 1)
    assert aoristic(at()).weights.sum() == 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: aoristic(np.array(["2024-01-01"], dtype="datetime64[D]")), "time of day"),
        (lambda: aoristic(["yesterday"]), "not dates"),
        (lambda: aoristic(at("2024-01-01T05:00"), at("NaT", "NaT")), "rows"),
        (lambda: aoristic(at("2024-01-01T05:00"), None, "Europe/Londres"), "time zone"),
    ],
)
def test_refusals(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError, match=said):
        call()


@needs_shared
def test_the_published_table_of_168_cells() -> None:
    folder = SHARED / "incidents"
    with (folder / "dc-burglary-2016-h1.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (folder / "dc-burglary-2016-h1.aoristic-summary.csv").open(encoding="utf-8") as file:
        table = np.array([[float(v) for v in row[1:]] for row in list(csv.reader(file))[1:]]).T
    answer = aoristic(at(*(r["StartDateTime"] for r in rows)), at(*(r["EndDateTime"] or "NaT" for r in rows)))
    assert np.abs(answer.weights - table).max() < 0.0005 + 1e-9
    assert answer.weights.sum() == pytest.approx(1025)
    assert answer.point_events == 37


@needs_bench
def test_reference_sums() -> None:
    data = points(10_000)
    want = reference("t7_aoristic")["oracle_10k"]["result"]["week168_monday0"]
    answer = aoristic(data["t"], data["t_to"])
    np.testing.assert_allclose(answer.weights.ravel(), want, atol=1e-8)
