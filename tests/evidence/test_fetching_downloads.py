"""Bringing files over a network: resumed, checked, refused in plain words. Against a server on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from forestall.cli.fetch import _SOURCE
from forestall.cli.fetch import fetch as fetch_command
from forestall.errors import ForestallError
from forestall.evidence.downloads import NotThereError, download
from forestall.evidence.fetching import PUBLIC_SOURCE, fetch

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context\n"
)

NAME = "Leicestershire Police"


@dataclass
class Site:
    """What the server holds, and how it misbehaves. Each fault is used up once."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    ranges: bool = True
    etag: str = '"one"'


class Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        site = self.site
        wanted = self.headers.get("Range")
        site.asked.append((self.path, wanted))
        fault = site.faults.pop(0) if site.faults else ""
        data = site.files.get(self.path.lstrip("/"))
        if fault.isdigit() or data is None:
            self.send_response(int(fault) if fault.isdigit() else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        unchanged = self.headers.get("If-Range") in (None, site.etag)
        if wanted and site.ranges and unchanged:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        body = data[start:]
        length = len(body) + (7 if fault == "long" else 0)
        if fault != "no length":
            self.send_header("Content-Length", str(length))
        self.send_header("ETag", site.etag)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "drop" else body)
        self.close_connection = True


@pytest.fixture
def site() -> Iterator[Site]:
    here = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"site": here}))
    here.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    server.server_close()
    thread.join()


def archive(months: list[str], *forces: str, rows: int = 2) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for month in months:
            for force in forces:
                row = f",{month},{NAME},{NAME},-1.13,52.63,On or near High Street,E01000001,Leicester 001A,Drugs,,\n"
                opened.writestr(f"{month}/{month}-{force}-street.csv", HEADER + row * rows)
                opened.writestr(f"{month}/{month}-{force}-outcomes.csv", "Crime ID,Month,Outcome type\n")
    return out.getvalue()


DATA = bytes(range(256)) * 2000


def bring(site: Site, path: Path, **how: object):
    return download(f"{site.url}/a.zip", path, **{"pause": 0, **how})


def test_a_file_comes_whole_with_its_checksum(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    got = bring(site, tmp_path / "a.zip")
    assert got.path.read_bytes() == DATA
    assert (got.size, got.resumed) == (len(DATA), 0)
    assert got.sha256 == hashlib.sha256(DATA).hexdigest()
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_a_drop_in_the_middle_is_gone_on_from(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    site.faults = ["drop", "drop"]
    assert bring(site, tmp_path / "a.zip", tries=1).path.read_bytes() == DATA
    assert [r for _, r in site.asked] == [None, f"bytes={len(DATA) // 2}-", f"bytes={len(DATA) * 3 // 4}-"]


def test_a_later_call_goes_on_where_an_earlier_one_stopped(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    site.faults = ["drop", "503", "503"]
    with pytest.raises(ForestallError, match="503"):
        bring(site, tmp_path / "a.zip", tries=2)
    assert (tmp_path / "a.zip.part").stat().st_size == len(DATA) // 2
    got = bring(site, tmp_path / "a.zip")
    assert got.path.read_bytes() == DATA
    assert got.resumed == len(DATA) // 2
    assert site.asked[-1][1] == f"bytes={len(DATA) // 2}-"


def test_a_file_that_changed_meanwhile_is_begun_again(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    site.faults = ["drop", "503"]
    with pytest.raises(ForestallError):
        bring(site, tmp_path / "a.zip", tries=1)
    site.files["a.zip"], site.etag = DATA[::-1], '"two"'
    assert bring(site, tmp_path / "a.zip").path.read_bytes() == DATA[::-1]


def test_a_server_without_ranges_sends_it_again(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"], site.ranges = DATA, False
    site.faults = ["drop"]
    assert bring(site, tmp_path / "a.zip").path.read_bytes() == DATA


def test_the_part_of_another_file_is_not_built_upon(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    (tmp_path / "a.zip.part").write_bytes(b"something else")
    (tmp_path / "a.zip.part.json").write_text(
        json.dumps({"url": "http://other", "size": 99, "validator": "x"})
    )
    assert bring(site, tmp_path / "a.zip").path.read_bytes() == DATA


def test_a_part_longer_than_the_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    (tmp_path / "a.zip.part").write_bytes(DATA + b"more")
    note = {"url": f"{site.url}/a.zip", "size": 1, "validator": site.etag}
    (tmp_path / "a.zip.part.json").write_text(json.dumps(note))
    site.faults = ["416"]
    assert bring(site, tmp_path / "a.zip").path.read_bytes() == DATA


def test_a_wrong_length_is_never_taken_for_the_file(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    site.faults = ["long", "long", "long"]
    site.ranges = False
    with pytest.raises(ForestallError, match=rf"{len(DATA):,} of {len(DATA) + 7:,} bytes"):
        bring(site, tmp_path / "a.zip", tries=1)
    assert not (tmp_path / "a.zip").exists()


def test_without_a_length_the_end_is_the_end(site: Site, tmp_path: Path) -> None:
    site.files["a.zip"] = DATA
    site.faults = ["no length"]
    assert bring(site, tmp_path / "a.zip").size == len(DATA)


def test_refusals_are_told_and_not_repeated(site: Site, tmp_path: Path) -> None:
    with pytest.raises(NotThereError, match="404"):
        bring(site, tmp_path / "a.zip")
    site.files["a.zip"] = DATA
    site.faults = ["403"]
    with pytest.raises(ForestallError, match="403") as caught:
        bring(site, tmp_path / "a.zip")
    assert "proxy" in caught.value.next_step
    assert len(site.asked) == 2


def test_no_network_is_told_with_a_way_round(site: Site, tmp_path: Path) -> None:
    with pytest.raises(ForestallError, match="could not be downloaded") as caught:
        download("http://127.0.0.1:9/a.zip", tmp_path / "a.zip", tries=2, pause=0)
    assert "forestall import" in caught.value.next_step
    for url in ("file:///etc/passwd", "ftp://x/a.zip", "a.zip"):
        with pytest.raises(ForestallError, match="not a web address"):
            download(url, tmp_path / "a.zip", pause=0)


def get(site: Site, folder: Path, first: str, last: str, **how: object):
    return fetch("Leicestershire Police", first, last, folder, source=site.url, pause=0, tries=1, **how)


def test_one_force_of_one_archive(site: Site, tmp_path: Path) -> None:
    site.files["2020-03.zip"] = archive(["2020-01", "2020-02", "2020-03"], "leicestershire", "kent")
    done = get(site, tmp_path, "2020-02", "2020-03")
    assert done.months == ["2020-02", "2020-03"]
    assert done.months_missing == []
    found = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*") if p.is_file())
    assert found == [
        "2020-02/2020-02-leicestershire-outcomes.csv",
        "2020-02/2020-02-leicestershire-street.csv",
        "2020-03/2020-03-leicestershire-outcomes.csv",
        "2020-03/2020-03-leicestershire-street.csv",
        "fetched.json",
    ]
    account = json.loads((tmp_path / "fetched.json").read_text())["archives"]
    assert account[0]["sha256"] == hashlib.sha256(site.files["2020-03.zip"]).hexdigest()
    assert account[0]["bytes"] == len(site.files["2020-03.zip"])


def test_what_is_there_is_not_brought_again(site: Site, tmp_path: Path) -> None:
    site.files["2020-03.zip"] = archive(["2020-02", "2020-03"], "leicestershire")
    get(site, tmp_path, "2020-02", "2020-03", keep=True)
    assert (tmp_path / "archive-2020-03.zip").exists()
    asked = len(site.asked)
    again = get(site, tmp_path, "2020-02", "2020-03")
    assert again.already_there == ["2020-02", "2020-03"] == again.months
    assert len(site.asked) == asked


def test_a_kept_archive_serves_another_force_unless_it_changed(site: Site, tmp_path: Path) -> None:
    site.files["2020-03.zip"] = archive(["2020-03"], "leicestershire", "kent", "essex")
    get(site, tmp_path, "2020-03", "2020-03", keep=True)
    asked = len(site.asked)
    assert fetch("kent", "2020-03", "2020-03", tmp_path, source=site.url, keep=True).months == ["2020-03"]
    assert len(site.asked) == asked
    kept = tmp_path / "archive-2020-03.zip"
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    assert fetch("essex", "2020-03", "2020-03", tmp_path, source=site.url).months == ["2020-03"]
    assert len(site.asked) == asked + 1


def test_older_archives_fill_what_the_newest_lacks(site: Site, tmp_path: Path) -> None:
    site.files["2020-03.zip"] = archive(["2020-03"], "leicestershire")
    site.files["2020-02.zip"] = archive(["2020-02"], "kent")
    site.files["2020-01.zip"] = archive(["2020-01"], "leicestershire")
    done = get(site, tmp_path, "2020-01", "2020-04")
    assert done.months == ["2020-01", "2020-03"]
    assert done.months_missing == ["2020-02", "2020-04"]
    assert len(done.archives) == 3


def test_nothing_at_all_is_an_error(site: Site, tmp_path: Path) -> None:
    with pytest.raises(NotThereError):
        get(site, tmp_path, "2020-01", "2020-02")
    site.files["2020-01.zip"] = archive(["2020-01"], "kent")
    with pytest.raises(ForestallError):
        get(site, tmp_path, "2020-01", "2020-01")


@pytest.mark.parametrize("harm", ["cut", "page", "flip"])
def test_a_damaged_archive_leaves_no_half_file(site: Site, tmp_path: Path, harm: str) -> None:
    good = archive(["2020-01"], "leicestershire", rows=5000)
    flipped = bytearray(good)
    flipped[200] ^= 0xFF
    site.files["2020-01.zip"] = {"cut": good[:-40], "page": b"<html>sign in</html>", "flip": bytes(flipped)}[
        harm
    ]
    with pytest.raises(ForestallError, match="not a whole zip"):
        get(site, tmp_path, "2020-01", "2020-01")
    assert not list(tmp_path.rglob("*street*"))
    site.files["2020-01.zip"] = good
    assert get(site, tmp_path, "2020-01", "2020-01").months == ["2020-01"]


@pytest.mark.parametrize(
    ("force", "first", "last", "said"),
    [
        ("Ruritania", "2020-01", "2020-02", "Ruritania"),
        ("kent", "2020-1", "2020-02", "not a month"),
        ("kent", "2020-01", "2020-13", "not a month"),
        ("kent", "2020-03", "2020-02", "is after"),
    ],
)
def test_what_was_asked_is_checked_first(
    tmp_path: Path, force: str, first: str, last: str, said: str
) -> None:
    with pytest.raises(ForestallError, match=said):
        fetch(force, first, last, tmp_path, source="http://127.0.0.1:9", pause=0, tries=1)


def test_the_command_says_what_came(site: Site, tmp_path: Path) -> None:
    site.files["x/2020-01.zip"] = archive(["2020-01"], "leicestershire")
    ask = ["leicestershire", "--from", "2020-01", "--to", "2020-01", "--to-folder", str(tmp_path)]
    ask += ["--source", site.url + "/x/{month}.zip"]
    plain = CliRunner().invoke(fetch_command, ask)
    assert plain.exit_code == 0, plain.output
    assert f"forestall import {tmp_path}" in plain.output
    said = json.loads(CliRunner().invoke(fetch_command, [*ask, "--json"]).output)
    assert said["months"] == said["already_there"] == ["2020-01"]
    assert _SOURCE == PUBLIC_SOURCE


def test_what_was_fetched_can_be_imported(site: Site, tmp_path: Path) -> None:
    from forestall.evidence.importing import import_path

    site.files["2020-02.zip"] = archive(["2020-01", "2020-02"], "leicestershire", "kent")
    done = get(site, tmp_path / "files", "2020-01", "2020-02")
    report = import_path(done.folder, store=tmp_path / "store")
    assert report.events == 4
    assert report.months == ["2020-01", "2020-02"]
    assert report.forces == ["leicestershire"]
