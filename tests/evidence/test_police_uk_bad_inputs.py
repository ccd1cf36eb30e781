"""What is wrong with a file is said by file, line and column; what can be put right is, and is told."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests import police_uk_files as made

from forestall.errors import ForestallError
from forestall.evidence import catalogue
from forestall.evidence.importing import import_path
from forestall.evidence.reports import write_rejects
from forestall.evidence.sources import archives
from forestall.evidence.sources.police_uk import bulk

GOOD = [made.crime(1), made.asb(), made.crime(2, "2022-01", kind="Robbery")]
NAME = "2022-01-leicestershire-street.csv"


def run(folder: Path, data: bytes | str | list[list[str]], name: str = NAME):
    path = folder / name
    if isinstance(data, list):
        data = made.text(data)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    report = import_path(path, store=folder / "s")
    assert report.rows_read == report.accepted + report.rejected + report.exact_duplicates
    assert report.events == report.accepted - report.merged
    return report


def said(report) -> str:
    return " | ".join(report.notices)


def values(folder: Path, column: str) -> list:
    return pq.read_table(catalogue.live(folder / "s").events_path)[column].to_pylist()


def refused(folder: Path, data: bytes | str, match: str, name: str = NAME) -> ForestallError:
    """The whole file is refused, and what was live before stays so."""
    run(folder, GOOD, "before.csv")
    before = catalogue.live(folder / "s")
    with pytest.raises(ForestallError, match=match) as problem:
        run(folder, data, name)
    assert catalogue.live(folder / "s") == before
    assert len(catalogue.releases(folder / "s")) == 1
    assert problem.value.next_step
    return problem.value


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (gzip.compress(b"Crime ID,Month", mtime=0), "gzip"),
        (b"<!DOCTYPE html><html><title>Sign in</title>", "web page"),
        (b"PK\x03\x04 and so on", "Excel workbook"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"\xff\xfe" + made.text(GOOD).encode("utf-16-le")[:-1], "cut off"),
        (made.text(GOOD).replace("Month", "Crime ID", 1).encode(), "two columns named 'Crime ID'"),
        (made.text(GOOD).replace("Crime type", "Sort", 1).encode(), "lacks the column 'Crime type'"),
    ],
)
def test_a_file_that_is_something_else_is_refused_whole(tmp_path: Path, data: bytes, match: str) -> None:
    refused(tmp_path, data, match)


def test_a_header_alone_is_no_rows_and_a_warning(tmp_path: Path) -> None:
    report = run(tmp_path, [])
    assert (report.rows_read, report.release) == (0, "")
    assert "stays missing, not zero" in said(report)


@pytest.mark.parametrize(
    ("encode", "notice"),
    [
        (lambda t: b"\xef\xbb\xbf" + t.encode(), "byte-order mark"),
        (lambda t: t.encode("utf-16"), "UTF-16"),
        (lambda t: t.encode("utf-16-le"), "UTF-16-LE"),
        (lambda t: t.encode("utf-16-be"), "UTF-16-BE"),
        (lambda t: t.encode("cp1252"), "Windows-1252"),
        (lambda t: t.encode(), ""),
    ],
)
def test_encodings_are_told_apart(tmp_path: Path, encode, notice: str) -> None:
    rows = [*GOOD, made.crime(3, location="On or near St John’s £ Café")]
    report = run(tmp_path, encode(made.text(rows)))
    assert (report.events, report.rejected) == (4, 0)
    assert notice in said(report)
    assert "On or near St John’s £ Café" in values(tmp_path, "location")
    assert report.months == ["2022-01"]


def test_one_bad_byte_refuses_one_row(tmp_path: Path) -> None:
    data = made.text([made.crime(n) for n in range(200)]).encode().split(b"\n")
    data[150] = data[150].replace(b"High Street", b"High \xff Street")
    report = run(tmp_path, b"\n".join(data))
    assert (report.accepted, report.rejected, report.rejects[0].line) == (199, 1, 151)
    assert "not text" in report.rejects[0].reason


def test_a_nul_byte_refuses_its_row(tmp_path: Path) -> None:
    report = run(tmp_path, made.text([made.crime(1, location="High\x00Street"), *GOOD[1:]]))
    assert (report.rejected, report.rejects[0].line) == (1, 2)
    assert "NUL" in report.rejects[0].reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_of_all_kinds(tmp_path: Path, end: str, last: bool) -> None:
    text = made.text(GOOD).replace("\n", end)
    report = run(tmp_path, text if last else text.removesuffix(end))
    assert (report.events, report.rejected) == (3, 0)


def test_mixed_line_ends(tmp_path: Path) -> None:
    head, *lines = made.text(GOOD).splitlines()
    report = run(tmp_path, head + "\r\n" + "\n".join(lines[:2]) + "\r" + lines[2] + "\n\n")
    assert (report.events, report.rejected) == (3, 0)
    assert "line ends are mixed" in said(report)


def test_quoted_line_ends_commas_and_quotes(tmp_path: Path) -> None:
    places = ["On or near A, B", 'On or near "The Bell"', "On or\nnear C"]
    report = run(
        tmp_path, [made.crime(n, location=p) for n, p in enumerate(places)] + [made.crime(9, area="bad!")]
    )
    assert set(values(tmp_path, "location")) == set(places)
    assert [(r.line, r.column) for r in report.rejects] == [
        (6, "LSOA code")
    ]  # the lines of the file, not the rows


def test_a_quote_never_closed_names_its_line(tmp_path: Path) -> None:
    lines = made.text([made.crime(n) for n in range(300)]).split("\n")
    lines[1] = lines[1].replace("On or", '"On or')
    refused(tmp_path, "\n".join(lines), "line 2 is never closed")
    lines[200] = lines[200].replace("On or near High Street", '"On or near A, B"')
    refused(tmp_path / ".", "\n".join(lines), "line 2 is never closed")


def test_too_few_and_too_many_cells(tmp_path: Path) -> None:
    lines = made.text(GOOD).split("\n")
    lines[1] += ",more"
    lines[2] = ",".join(lines[2].split(",")[:5])
    report = run(tmp_path, "\n".join(lines))
    assert [(r.line, r.reason[:19]) for r in report.rejects] == [
        (2, "The row has 13 cell"),
        (3, "The row has 5 cells"),
    ]
    assert report.events == 1


@pytest.mark.parametrize("footer", ["Total rows: 3", "Page 1 of 3", "Total,3", "Source: police.uk"])
def test_footers_are_refused_as_rows(tmp_path: Path, footer: str) -> None:
    report = run(tmp_path, made.text(GOOD) + footer + "\n")
    assert (report.events, report.rejected, report.rejects[0].line) == (3, 1, 5)
    assert "total or a note" in report.rejects[0].next_step


def test_a_file_cut_in_the_middle_is_refused(tmp_path: Path) -> None:
    data = made.text(GOOD)
    refused(tmp_path, data[: len(data) - 90], "looks cut off")


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("Crime ID", " crime_id ", 1).replace("Month", "MONTH\u00a0", 1),
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: "sep=;\n" + t.replace(",", ";"),
        lambda t: "\n".join(",".join(reversed(line.split(","))) for line in t.splitlines()),
        lambda t: "\n".join(line + (",Extra" if i == 0 else ",1") for i, line in enumerate(t.splitlines())),
        lambda t: "\n".join('"' + line.replace(",", '","') + '"' for line in t.splitlines()),
    ],
)
def test_other_headers_and_separators(tmp_path: Path, change) -> None:
    report = run(tmp_path, change(made.text(GOOD)))
    assert (report.events, report.rejected) == (3, 0)
    assert sorted(filter(None, values(tmp_path, "crime_id"))) == sorted(made.crime_id(n) for n in (1, 2))


def test_extra_columns_are_listed(tmp_path: Path) -> None:
    text = "\n".join(
        line + (",Beat" if i == 0 else ",7") for i, line in enumerate(made.text(GOOD).splitlines())
    )
    assert "columns not used: Beat" in said(run(tmp_path, text))


def test_spaces_of_all_kinds_at_the_ends(tmp_path: Path) -> None:
    row = [f" {cell}\u00a0" if cell else cell for cell in made.crime(1)]
    run(tmp_path, [row])
    assert values(tmp_path, "crime_id") == [made.crime_id(1)]
    assert values(tmp_path, "area") == ["E01013609"]


def test_a_giant_cell_refuses_its_row(tmp_path: Path) -> None:
    report = run(tmp_path, [made.crime(1, location="x" * 2_000_000), *GOOD[1:]])
    assert (report.rejected, report.events) == (1, 2)
    assert len(report.rejects[0].value) <= 200


@pytest.mark.parametrize(
    "month", ["2022-13", "2022-00", "Jan 2022", "2022", "01/2022", "2999-01", "", "2022-1", "٢٠٢٢-٠١"]
)
def test_months_that_are_none(tmp_path: Path, month: str) -> None:
    report = run(tmp_path, [made.crime(1, month), *GOOD[1:]])
    assert [(r.line, r.column, r.value) for r in report.rejects] == [(2, "Month", month)]


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("52.6347", "-1.1332", "swapped"),
        ("0", "0", "sea off Africa"),
        ("-1.1", "90.0001", "not in the United Kingdom"),
        ("181", "52", "not in the United Kingdom"),
        ("458759.3", "304458.0", "British National Grid"),
        ("-1.1", "", "other is not"),
        ("", "52.1", "other is not"),
        *[
            (bad, "52.6", "not a plain number")
            for bad in ("NaN", "inf", "1e400", "1_000", "١٢٣", "１２", "²", "0x10", "1,1", "--1", "1.2.3")
        ],
    ],
)
def test_coordinates_that_are_none(tmp_path: Path, lon: str, lat: str, reason: str) -> None:
    report = run(tmp_path, [made.crime(1, lon=lon, lat=lat), *GOOD[1:]])
    assert [r.line for r in report.rejects] == [2]
    assert reason in report.rejects[0].reason
    assert report.rejects[0].next_step
    assert all(v == v and abs(v) < 100 for v in values(tmp_path, "lon"))


@pytest.mark.parametrize("identifier", ["1.23E+05", "1E+15"])
def test_identifiers_that_a_spreadsheet_rounded(tmp_path: Path, identifier: str) -> None:
    report = run(tmp_path, [[identifier, *made.crime(1)[1:]], *GOOD[1:]])
    assert (report.rejects[0].column, report.rejected) == ("Crime ID", 1)


def test_codes_stay_text(tmp_path: Path) -> None:
    run(tmp_path, [["007", *made.crime(1, area="0070")[1:]]])
    assert (values(tmp_path, "crime_id"), values(tmp_path, "area")) == (["007"], ["0070"])


def test_unknown_words(tmp_path: Path) -> None:
    rows = [
        made.crime(1, kind="Witchcraft"),
        made.crime(2, outcome="Burnt"),
        made.crime(3, kind="Violent crime"),
    ]
    report = run(tmp_path, rows)
    assert [(r.column, r.value) for r in report.rejects] == [("Crime type", "Witchcraft")]
    assert "outcome 'Burnt' is not known; left empty in 1 rows" in said(report)
    assert "older name or spelling: Violent crime" in said(report)
    assert sorted(values(tmp_path, "crime_type")) == ["Burglary", "Violence and sexual offences"]


@pytest.mark.parametrize(
    "name", ["Leicestershire Constabulary", "LEICESTERSHIRE", "leicestershire police", "E23000021"]
)
def test_names_of_one_force(tmp_path: Path, name: str) -> None:
    assert run(tmp_path, [made.crime(1, force=name), made.asb()]).forces == ["leicestershire"]


def test_an_unknown_force_is_kept_and_named(tmp_path: Path) -> None:
    report = run(tmp_path, [made.crime(1, force="Gotham Police")])
    assert report.forces == ["gotham"]
    assert "Gotham Police" in said(report)


def test_a_file_named_for_another_month(tmp_path: Path) -> None:
    report = run(tmp_path, [made.crime(1, "2021-12")])
    assert "is named for 2022-01 and holds 2021-12; the rows are believed" in said(report)
    assert report.months == ["2021-12"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "Llŷn 🦊 Ŵ",
        "O'Brien",
        "Null",
        "None",
        "N/A",
        "Test",
        "a\u202eb",
        "\u200bx",
    ],
)
def test_odd_texts_are_kept_exactly(tmp_path: Path, text: str) -> None:
    run(tmp_path, [made.crime(1, location=text)])
    assert values(tmp_path, "location") == [text]


def test_rejects_are_mended_and_imported_again(tmp_path: Path) -> None:
    rows = [
        made.crime(1),
        made.crime(2, kind="Witchcraft", location="=cmd()"),
        made.crime(3, lon="52.6", lat="-1.1"),
    ]
    report = run(tmp_path, rows)
    (out,) = write_rejects(report.rejects, tmp_path / "rejects.csv")
    text = out.read_text()
    assert "'=cmd()" in text  # no spreadsheet will run it
    assert ",52.6,-1.1," in text  # and numbers are numbers
    out.write_text(text.replace("Witchcraft", "Robbery", 1).replace("52.6,-1.1", "-1.1,52.6", 1))
    again = import_path(out, store=tmp_path / "s")
    assert (again.accepted, again.rejected, again.added, again.release_events) == (2, 0, 2, 3)
    assert "=cmd()" in values(tmp_path, "location")
    assert (catalogue.releases(tmp_path / "s")[1].folder / "rejects.csv").exists()


def test_quick_and_careful_reading_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*made.some_month("2022-01", 80, 3), made.crime(5, location="On or near A, B", context="x")]
    path = made.write(tmp_path / NAME, rows, end="\r\n")
    quick = import_path(path, store=tmp_path / "quick")
    monkeypatch.setattr(bulk, "read", lambda *a: None)
    careful = import_path(path, store=tmp_path / "careful")
    assert quick.release_hash == careful.release_hash


# Archives


def zipped(**members: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


MEMBER = "2022-01/2022-01-leicestershire-street.csv"


def test_zips_and_zips_of_zips(tmp_path: Path) -> None:
    inner = zipped(**{MEMBER: made.text(GOOD), "__MACOSX/._x.csv": b"\x00", "readme.txt.md": "x"})
    assert run(tmp_path, inner, "a.zip").events == 3
    assert run(tmp_path, zipped(**{"2022.zip": inner}), "b.zip").unchanged
    with pytest.raises(ForestallError, match="too deep"):
        run(tmp_path, zipped(**{"x.zip": zipped(**{"y.zip": inner})}), "c.zip")


def test_a_gzipped_csv_by_its_ending(tmp_path: Path) -> None:
    assert run(tmp_path, gzip.compress(made.text(GOOD).encode()), NAME + ".gz").events == 3


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:/evil.csv", "..\\evil.csv"]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), made.text(GOOD))
    refused(tmp_path, out.getvalue(), "leads out", "a.zip")


def test_damaged_archives(tmp_path: Path) -> None:
    whole = zipped(**{MEMBER: made.text(GOOD * 50)})
    refused(tmp_path, whole[: len(whole) // 2], "not a whole zip", "a.zip")
    wrong = bytearray(whole)
    wrong[100] ^= 0xFF
    refused(tmp_path, bytes(wrong), "damaged inside its zip|cannot be unpacked", "a.zip")
    locked = bytearray(whole)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = locked.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        locked[at] |= 1
    refused(tmp_path, bytes(locked), "password", "a.zip")


def test_the_same_name_twice_and_links(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", "2")
    refused(tmp_path, out.getvalue(), "two files named", "a.zip")
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    refused(tmp_path, out.getvalue(), "is a link", "a.zip")


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        (archives.Limits(entries=1), "more than 1 files"),
        (archives.Limits(one_file=1000), "would unpack to"),
        (archives.Limits(all_files=1000), "would unpack to"),
        (archives.Limits(ratio=5, ratio_from=1000), "times its packed size"),
    ],
)
def test_bombs(tmp_path: Path, limits: archives.Limits, match: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(a=b"0" * 100_000, b=b"0"))
    with pytest.raises(ForestallError, match=match):
        archives.expand(path, limits)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"0" * 100_000))
    if limits.ratio == 5:
        with pytest.raises(ForestallError, match=match):
            archives.expand(packed, limits)[0].read()


def test_overlapping_entries(tmp_path: Path) -> None:
    data = bytearray(zipped(a=b"0" * 5000, b=b"1" * 5000))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = (0).to_bytes(4, "little")
    refused(tmp_path, bytes(data), "overlap", "a.zip")


def test_an_office_document_is_no_archive(tmp_path: Path) -> None:
    refused(tmp_path, zipped(**{"[Content_Types].xml": "<x/>"}), "office document", "a.zip")


def test_one_bad_file_of_a_folder_stops_it_all(tmp_path: Path) -> None:
    made.write(made.street_path(tmp_path / "in", "2022-01"), GOOD)
    made.write(made.street_path(tmp_path / "in", "2022-02"), GOOD).write_bytes(b"<html>")
    with pytest.raises(ForestallError, match=r"2022-02.* web page"):
        import_path(tmp_path / "in", store=tmp_path / "s")
    assert catalogue.releases(tmp_path / "s") == []


def test_other_files_of_a_folder_are_left_out(tmp_path: Path) -> None:
    made.write(made.street_path(tmp_path / "in", "2022-01"), GOOD)
    (tmp_path / "in" / "README.md").write_text("notes")
    (tmp_path / "in" / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "in" / ".DS_Store").write_bytes(b"x")
    report = import_path(tmp_path / "in", store=tmp_path / "s")
    assert report.events == 3
    assert "other.csv is of no kind that is known here" in said(report)


def test_no_such_path(tmp_path: Path) -> None:
    with pytest.raises(ForestallError, match="no file or folder"):
        import_path(tmp_path / "gone.zip", store=tmp_path / "s")
