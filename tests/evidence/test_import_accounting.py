"""Every row accounted for; the same content again changes nothing."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests import police_uk_files as made

from forestall.evidence import catalogue
from forestall.evidence.importing import import_path, import_paths
from forestall.evidence.queries.events import load
from forestall.evidence.reports import ImportReport


def held(store: Path, *columns: str) -> list[tuple]:
    columns = columns or ("crime_id", "month", "crime_type", "outcome")
    table = pq.read_table(catalogue.live(store).events_path, columns=list(columns))
    return list(zip(*(table[c].to_pylist() for c in columns), strict=True))


def identities(report: ImportReport) -> None:
    assert report.rows_read == report.accepted + report.rejected + report.exact_duplicates
    assert report.events == report.accepted - report.merged


def run(store: Path, path: Path) -> ImportReport:
    report = import_path(path, store=store)
    identities(report)
    return report


def test_repeats_with_and_without_an_identifier(tmp_path: Path) -> None:
    rows = [
        made.crime(1),
        made.crime(1),  # an exact copy
        made.crime(1, outcome="Local resolution"),  # a further row
        *[made.asb()] * 3,  # three incidents at one point
        made.nowhere(made.crime(2)),
    ]
    report = run(tmp_path / "s", made.write(made.street_path(tmp_path, "2022-01"), rows))
    assert (report.rows_read, report.exact_duplicates, report.merged, report.events) == (7, 1, 1, 5)
    assert report.without_location == 1
    assert (made.crime_id(1), "2022-01", "Burglary", "Local resolution") in held(tmp_path / "s")


def test_a_copy_that_differs_in_a_column_not_kept_is_no_exact_copy(tmp_path: Path) -> None:
    rows = [made.crime(1), made.crime(1, context="x")]
    report = run(tmp_path / "s", made.write(made.street_path(tmp_path, "2022-01"), rows))
    assert (report.exact_duplicates, report.merged) == (0, 1)


def test_one_crime_in_two_months_keeps_the_first_and_the_latest_word(tmp_path: Path) -> None:
    made.write(
        made.street_path(tmp_path / "in", "2022-02"), [made.crime(1, "2022-02", outcome="Local resolution")]
    )
    made.write(
        made.street_path(tmp_path / "in", "2022-01"), [made.crime(1, "2022-01", outcome="Offender fined")]
    )
    report = run(tmp_path / "s", tmp_path / "in")
    assert (report.merged, report.events) == (1, 1)
    assert held(tmp_path / "s") == [(made.crime_id(1), "2022-01", "Burglary", "Local resolution")]


def test_an_open_case_does_not_hide_a_settled_one_of_the_same_month(tmp_path: Path) -> None:
    rows = [made.crime(1, outcome="Offender fined"), made.crime(1, outcome="Under investigation")]
    run(tmp_path / "s", made.write(made.street_path(tmp_path, "2022-01"), rows))
    assert held(tmp_path / "s", "outcome") == [("Offender fined",)]


def test_a_missing_month_is_missing_and_an_empty_file_does_not_fill_it(tmp_path: Path) -> None:
    for month in ("2022-01", "2022-04"):
        made.write(made.street_path(tmp_path / "in", month), [made.asb(month)])
    made.write(made.street_path(tmp_path / "in", "2022-02"), [])
    report = run(tmp_path / "s", tmp_path / "in")
    assert report.months == ["2022-01", "2022-04"]
    assert report.months_missing == ["2022-02", "2022-03"]
    assert any("stays missing, not zero" in n for n in report.notices)


def test_two_hundred_equal_incidents_stay_two_hundred(tmp_path: Path) -> None:
    path = made.write(made.street_path(tmp_path, "2022-01"), [made.asb()] * 200)
    first = run(tmp_path / "s", path)
    again = run(tmp_path / "s", path)
    assert (first.events, again.events, again.release_events) == (200, 200, 200)
    assert (again.unchanged, again.release) == (True, first.release)


def test_content_again_under_another_name_in_another_order_changes_nothing(tmp_path: Path) -> None:
    rows = made.some_month("2022-01", 60, 1) + [made.asb()] * 3
    first = run(tmp_path / "s", made.write(made.street_path(tmp_path, "2022-01"), rows))
    other = made.write(tmp_path / "again" / "any-name.csv", rows[::-1], end="\r\n")
    again = run(tmp_path / "s", other)
    assert (again.unchanged, again.release, again.added, again.updated) == (True, first.release, 0, 0)


def test_a_file_with_one_more_of_the_same_adds_one(tmp_path: Path) -> None:
    run(tmp_path / "s", made.write(tmp_path / "a.csv", [made.asb()] * 3))
    report = run(tmp_path / "s", made.write(tmp_path / "b.csv", [made.asb()] * 4))
    assert (report.added, report.release_events) == (1, 4)


def test_the_same_month_in_two_files_of_one_import_counts_once(tmp_path: Path) -> None:
    rows = made.some_month("2022-01", 50, 1)
    one, two = made.write(tmp_path / "a.csv", rows), made.write(tmp_path / "b.csv", rows[::-1])
    report = import_paths([one, two], store=tmp_path / "s")
    identities(report)
    assert (report.rows_read, report.events) == (100, 50)
    assert report.exact_duplicates == sum(bool(r[0]) for r in rows)
    assert report.merged == sum(not r[0] for r in rows)


def test_the_very_same_file_twice_in_one_import_counts_once(tmp_path: Path) -> None:
    path = made.write(tmp_path / "a.csv", [made.asb()] * 3 + [made.crime(1)])
    report = import_paths([path, path], store=tmp_path / "s")
    identities(report)
    assert report.events == 4


def test_a_later_publication_brings_outcomes_up_to_date(tmp_path: Path) -> None:
    old = made.write(tmp_path / "old.csv", [made.crime(1), made.crime(2), made.asb()])
    new = made.write(
        tmp_path / "new.csv",
        [made.crime(1, outcome="Local resolution"), made.crime(2, kind="Robbery"), made.asb()],
    )
    run(tmp_path / "s", old)
    report = run(tmp_path / "s", new)
    assert (report.added, report.updated, report.category_changes, report.unchanged) == (0, 2, 1, False)
    now = {(r[0], r[2], r[3]) for r in held(tmp_path / "s") if r[0]}
    assert now == {
        (made.crime_id(1), "Burglary", "Local resolution"),
        (made.crime_id(2), "Robbery", "Under investigation"),
    }
    back = run(tmp_path / "s", old)  # the older file again: what is held is the later word
    assert back.unchanged


def test_outcomes_reach_crimes_whichever_comes_first(tmp_path: Path) -> None:
    street = made.write(made.street_path(tmp_path, "2022-01"), [made.crime(n) for n in (1, 2)] + [made.asb()])
    rows = [
        made.outcome(1, "2022-02", "Suspect charged"),
        made.outcome(1, "2022-03", "Offender fined"),
        made.outcome(1, "2022-03", "Offender fined"),
        made.outcome(9, "2022-02", "Local resolution"),
    ]
    outcomes = made.write(made.street_path(tmp_path, "2022-03", kind="outcomes"), rows, made.OUTCOMES)
    for name, order in (("a", [street, outcomes]), ("b", [outcomes, street])):
        for path in order:
            report = run(tmp_path / name, path)
        assert (made.crime_id(1), "2022-01", "Burglary", "Offender fined") in held(tmp_path / name)
        assert (report.outcomes["matched"], report.outcomes["unmatched"]) == (1, 1)
        assert run(tmp_path / name, street).unchanged
        assert run(tmp_path / name, outcomes).unchanged
    assert run(tmp_path / "a", outcomes).outcomes | {"held": 0} == {
        "rows": 4, "accepted": 3, "rejected": 0, "exact_copies": 1, "held": 0, "matched": 1, "unmatched": 1,
    }  # fmt: skip


def test_stop_and_search_is_no_crime_and_identical_searches_are_kept(tmp_path: Path) -> None:
    row = ["Person search", "2022-07-01T00:30:00+01:00", *[""] * 9, "Stolen goods", "Arrest", "", ""]
    path = made.write(made.street_path(tmp_path, "2022-07", kind="stop-and-search"), [row, row], made.STOPS)
    made.write(made.street_path(tmp_path, "2022-07"), [made.asb("2022-07")])
    report = run(tmp_path / "s", tmp_path / "2022-07")
    assert (report.rows_read, report.events, report.by_kind["stops"]["rows"]) == (1, 1, 2)
    stops = pq.read_table(catalogue.live(tmp_path / "s").folder / "stops.parquet")
    assert stops["month"].to_pylist() == ["2022-07"] * 2  # the local month, though it is June in UTC
    assert stops["force"].to_pylist() == ["leicestershire"] * 2
    assert run(tmp_path / "s", path).unchanged


def test_real_records_are_never_mixed_with_make_believe(tmp_path: Path) -> None:
    from forestall.evidence import store

    path = made.write(tmp_path / "a.csv", [made.crime(1)])
    made_up = pq.read_table(run_release(tmp_path / "x", path).events_path)
    store.publish(tmp_path / "s", events=made_up, places=None, files=[], quality={}, make_believe=True)
    report = run(tmp_path / "s", made.write(tmp_path / "b.csv", [made.crime(2)]))
    live = catalogue.live(tmp_path / "s")
    assert (report.release_events, live.make_believe) == (1, False)
    assert any("make-believe" in n for n in report.notices)


def run_release(store: Path, path: Path) -> catalogue.Release:
    run(store, path)
    return catalogue.live(store)


ROW = st.tuples(
    st.sampled_from(["2022-01", "2022-02"]),
    st.one_of(st.none(), st.integers(0, 4)),
    st.sampled_from(["Under investigation", "Local resolution", ""]),
    st.sampled_from([("-1.1332", "52.6347"), ("-1.1400", "52.6300"), ("0", "0"), ("", "")]),
)


def line(row: tuple) -> list[str]:
    month, n, outcome, (lon, lat) = row
    full = made.asb(month) if n is None else made.crime(n, month, outcome=outcome)
    return [*full[:4], lon, lat, *full[6:]]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=3))
def test_any_files_are_accounted_for_and_import_once(files: list[list[tuple]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = [made.write(folder / f"{i}.csv", [line(r) for r in rows]) for i, rows in enumerate(files)]
        whole = import_paths(paths, store=folder / "s")
        identities(whole)
        assert whole.rejected == sum(r[3] == ("0", "0") for rows in files for r in rows)
        sound = [[r for r in rows if r[3] != ("0", "0")] for rows in files]
        crimes = {r[1] for rows in sound for r in rows if r[1] is not None}
        most: Counter = Counter()
        for rows in sound:
            most |= Counter((r[0], r[3]) for r in rows if r[1] is None)
        assert whole.events == len(crimes) + most.total()
        if not whole.release:
            return
        assert load(catalogue.live(folder / "s"), ["month"]).n == whole.events
        again = import_paths(paths[::-1], store=folder / "s")
        assert (again.unchanged, again.release) == (True, whole.release)
        for path in paths:
            last = import_path(path, store=folder / "t")
        assert last.release_events == whole.events


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_trace_back_to_file_and_line(tmp_path: Path, end: str) -> None:
    from forestall.evidence.queries.listing import rows

    lines = [made.crime(1), made.crime(2, location="On or near A, B"), made.asb()]
    run(tmp_path / "s", made.write(made.street_path(tmp_path, "2022-01"), lines, end=end))
    page = rows(catalogue.live(tmp_path / "s"), crime_types=["Burglary"], offset=1, limit=5)
    assert page.total == 2
    assert [(r["crime_id"], r["file"], r["line"]) for r in page.rows] == [
        (made.crime_id(2), "2022-01-leicestershire-street.csv", 3)
    ]
