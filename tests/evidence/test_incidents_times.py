"""Dates and times of incidents: forms, clock changes, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from forestall.errors import ForestallError
from forestall.evidence.localtime import zone
from forestall.evidence.sources.incidents import times
from forestall.evidence.sources.incidents.times import check_form, parse

NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())


def one(text: str, form: str = "iso", zone_name: str = "Europe/London") -> tuple[str, str, int]:
    """(UTC, local, reason) of one text."""
    got = parse(pa.array([text]), form, zone_name, NOW)
    utc, local = (str(v.astype("datetime64[s]"))[:16] for v in (got.utc, got.local) for v in v)
    return utc, local, int(got.reason[0])


@pytest.mark.parametrize(
    ("text", "form", "utc", "local"),
    [
        ("2026-01-15 10:30", "iso", "2026-01-15T10:30", "2026-01-15T10:30"),
        ("2026-07-15T10:30:59", "iso", "2026-07-15T09:30", "2026-07-15T10:30"),
        ("2026-07-15 10:30:59.123456", "iso", "2026-07-15T09:30", "2026-07-15T10:30"),
        ("2026-07-01T00:30+01:00", "iso", "2026-06-30T23:30", "2026-07-01T00:30"),
        ("2026-06-30T23:30Z", "iso", "2026-06-30T23:30", "2026-07-01T00:30"),
        ("2026-06-30 23:30:00 +0000", "iso", "2026-06-30T23:30", "2026-07-01T00:30"),
        ("1970-01-01", "iso", "1969-12-31T23:00", "1970-01-01T00:00"),
        ("2024-02-29", "iso", "2024-02-29T00:00", "2024-02-29T00:00"),
        ("03/04/2026", "day-first", "2026-04-02T23:00", "2026-04-03T00:00"),
        ("3.4.2026 7:05", "day-first", "2026-04-03T06:05", "2026-04-03T07:05"),
        ("04/13/2026 11:05 PM", "%m/%d/%Y %I:%M %p", "2026-04-13T22:05", "2026-04-13T23:05"),
        ("04/13/2026 12:05 am", "%m/%d/%Y %I:%M %p", "2026-04-12T23:05", "2026-04-13T00:05"),
        ("13 Sep 26", "%d %b %y", "2026-09-12T23:00", "2026-09-13T00:00"),
        ("1 January 1999", "%d %B %Y", "1999-01-01T00:00", "1999-01-01T00:00"),
        ("45000", "excel", "2023-03-15T00:00", "2023-03-15T00:00"),
        ("45000.75", "excel", "2023-03-15T18:00", "2023-03-15T18:00"),
        ("61", "excel", "1900-03-01T00:00", "1900-03-01T00:00"),
    ],
)
def test_forms(text: str, form: str, utc: str, local: str) -> None:
    assert one(text, form) == (utc, local, 0)


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("31/04/2026", "day-first", times.NO_SUCH_DAY),
        ("29/02/2025", "day-first", times.NO_SUCH_DAY),
        ("00/01/2026", "day-first", times.NO_SUCH_DAY),
        ("04/13/2026", "day-first", times.NO_SUCH_DAY),
        ("05/06/26", "day-first", times.TWO_DIGITS),
        ("2026-13-01", "iso", times.NO_SUCH_DAY),
        ("2026-13", "iso", times.NO_SUCH_DAY),
        ("03/04/2026", "iso", times.NOT_A_DATE),
        ("45000", "iso", times.NOT_A_DATE),
        ("60", "excel", times.NOT_A_DATE),  # the day that never was
        ("2026", "iso", times.ONLY_YEAR),
        ("May 2026", "iso", times.NOT_A_DATE),
        ("c. 1990", "iso", times.NOT_A_DATE),
        ("unknown", "iso", times.NOT_A_DATE),
        ("2026-01-01 24:00:00", "iso", times.NO_SUCH_TIME),
        ("2026-01-01 23:59:60", "iso", times.NO_SUCH_TIME),
        ("2026-01-01 10:30+25:00", "iso", times.BAD_OFFSET),
        ("2026-03-29 01:30", "iso", times.NO_SUCH_HOUR),
        ("0001-01-01", "iso", times.OUT_OF_RANGE),
        ("9999-01-01", "iso", times.OUT_OF_RANGE),
        ("10000-01-01", "iso", times.OUT_OF_RANGE),
        ("-2026-01-01", "iso", times.NOT_A_DATE),
        ("2026-11-23", "iso", times.FUTURE),
        ("٢٠٢٦-٠١-٠١", "iso", times.NOT_A_DATE),
        ("2026-01-01 10:30 or so", "iso", times.NOT_A_DATE),
    ],
)
def test_refused(text: str, form: str, reason: int) -> None:
    assert one(text, form)[2] == reason
    assert times.REASONS[reason][0]
    assert times.REASONS[reason][1]


def test_the_hour_that_happens_twice_is_the_first_and_flagged() -> None:
    got = parse(pa.array(["2026-10-25 01:30", "2026-10-25 02:00", "2026-10-25"]), "iso", "Europe/London", NOW)
    assert got.twice.tolist() == [True, False, False]
    assert str(got.utc.astype("datetime64[s]")[0]) == "2026-10-25T00:30:00"
    assert got.reason.tolist() == [0, 0, 0]


def test_the_missing_hour_is_there_where_an_offset_is_given() -> None:
    assert one("2026-03-29T00:30Z") == ("2026-03-29T00:30", "2026-03-29T00:30", 0)
    assert one("2026-03-29T01:30Z") == ("2026-03-29T01:30", "2026-03-29T02:30", 0)


def test_precision_is_kept() -> None:
    got = parse(
        pa.array(["2026-05", "2026-05-03", "2026-05-03 00:00", "", None]), "iso", "Europe/London", NOW
    )
    assert got.whole_month.tolist() == [True, False, False, False, False]
    assert got.whole_day.tolist()[:3] == [False, True, False]
    assert got.empty.tolist() == [False, False, False, True, True]
    assert not got.reason.any()


@pytest.mark.parametrize("form", ["%d/%m", "%Q %Y", "%Y-%m-%d %Y", "plain", "%Y-%m-%d %"])
def test_forms_that_cannot_be_read_are_named(form: str) -> None:
    with pytest.raises(ForestallError):
        check_form(form)


def test_unknown_zone_is_named() -> None:
    with pytest.raises(ForestallError, match="Europe/Lond0n"):
        parse(pa.array(["2026-01-01"]), "iso", "Europe/Lond0n", NOW)


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "UTC", "Australia/Lord_Howe"])
def test_zones_agree_with_the_standard_library(name: str) -> None:
    rng = np.random.default_rng(11)
    clock, ours = ZoneInfo(name), zone(name, 1965, 2026)
    utc = rng.integers(-150_000_000, 1_790_000_000, 1500)
    near = ours.starts[1:][:, None] + np.array([-7200, -3600, -1801, -1, 0, 1, 1799, 1800, 3599, 3600, 7200])
    utc = np.concatenate([utc, near.ravel()])
    expected = [int(datetime.fromtimestamp(int(u), clock).utcoffset().total_seconds()) for u in utc]
    assert (ours.to_local(utc) - utc).tolist() == expected
    local = np.unique(np.concatenate([ours.to_local(utc), utc]))
    back, missing, twice = ours.to_utc(local)
    for i, wall in enumerate(local):
        naive = datetime(1970, 1, 1) + timedelta(seconds=int(wall))
        first, second = naive.replace(tzinfo=clock, fold=0), naive.replace(tzinfo=clock, fold=1)
        exists = first.astimezone(UTC).astimezone(clock).replace(tzinfo=None) == naive
        assert missing[i] == (not exists)
        if exists:
            assert twice[i] == (first.utcoffset() != second.utcoffset())
            assert back[i] == int(first.timestamp())
