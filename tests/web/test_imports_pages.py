"""The pages of imports and releases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

HEAD = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
FORCE = "Leicestershire Police,Leicestershire Police"
GOOD = f",2024-01,{FORCE},-1.13,52.63,On or near High Street,E01013649,Leicester 012A,Drugs,,"
BAD = f",2024-13,{FORCE},-1.13,52.63,<script>alert(1)</script>,E01013649,Leicester 012A,Drugs,,"

pytestmark = pytest.mark.django_db


def send(client: Client, capture: Any, *rows: str, name: str = "2024-01-leicestershire-street.csv") -> Any:
    file = SimpleUploadedFile(name, "\n".join([HEAD, *rows, ""]).encode())
    with capture(execute=True):
        return client.post("/imports/", {"files": [file]})


@pytest.fixture
def imported(signed_in: Client, data_folder: Path, django_capture_on_commit_callbacks: Any) -> Any:
    answer = send(signed_in, django_capture_on_commit_callbacks, GOOD, GOOD, BAD)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"]


def test_report_of_an_import(signed_in: Client, imported: str) -> None:
    page = signed_in.get(imported).content.decode()
    assert "Quality report" in page
    assert "Rows read" in page
    assert "<script>alert" not in page
    report = json.loads(signed_in.get(f"{imported}report.json").content)
    assert report["rows_read"] == report["accepted"] + report["rejected"] + report["exact_duplicates"] == 3
    assert signed_in.get(f"{imported}report.csv").content.decode("utf-8-sig").startswith("what,which,value")


def test_rejects_come_as_a_file_that_can_be_mended(signed_in: Client, imported: str) -> None:
    page = signed_in.get(imported).content.decode()
    address = next(part for part in page.split('"') if part.endswith("rejects.csv"))
    file = signed_in.get(address)
    assert file["Content-Type"].startswith("text/csv")
    assert "2024-13" in file.content.decode()
    assert signed_in.get(address.replace("rejects.csv", "manifest.json")).status_code == 404


def test_progress_loads_the_page_anew_when_it_has_ended(signed_in: Client, imported: str) -> None:
    assert signed_in.get(f"{imported}progress/")["HX-Refresh"] == "true"


def test_running_import_refreshes_without_scripts(signed_in: Client, imported: str) -> None:
    from forestall.records.datasets.models import ImportJob

    ImportJob.objects.update(state="running", finished_at=None, progress=0.4, step="Merging")
    page = signed_in.get(imported).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'value="40"' in page
    assert "hx-get" in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose one or more files"),
        ({"files": [SimpleUploadedFile("a.exe", b"x")]}, "not a kind of file"),
    ],
)
def test_refused_uploads_say_why(signed_in: Client, data_folder: Path, data: Any, says: str) -> None:
    answer = signed_in.post("/imports/", data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "There is a problem" in page


def test_a_body_beyond_the_limit_is_not_read(signed_in: Client, settings: Any) -> None:
    settings.FORESTALL_UPLOAD_MEGABYTES = 1
    file = SimpleUploadedFile("big.csv", b"x" * 3_000_000)
    answer = signed_in.post("/imports/", {"files": [file]})
    assert answer.status_code == 413
    assert "1 MB" in answer.content.decode()


def test_a_failed_import_says_what_to_do(
    signed_in: Client, data_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in.post("/imports/", {"files": [SimpleUploadedFile("x.zip", b"nothing")]})
    page = signed_in.get(answer["Location"]).content.decode()
    assert "Nothing was imported" in page


def test_releases_are_listed_compared_and_chosen(
    signed_in: Client, imported: str, django_capture_on_commit_callbacks: Any
) -> None:
    from forestall.records.datasets import selectors

    first = selectors.live_release().id
    send(
        signed_in,
        django_capture_on_commit_callbacks,
        GOOD.replace("2024-01", "2024-02"),
        name="2024-02-x-street.csv",
    )
    second = selectors.live_release().id
    assert first != second
    page = signed_in.get("/releases/").content.decode()
    assert first in page
    assert second in page
    compared = signed_in.get(f"/releases/compare/?older={first}&newer={second}").content.decode()
    assert "February 2024" in compared
    assert signed_in.get(f"/releases/compare/?older={first}").status_code == 400
    assert signed_in.get(f"/releases/{first}/make-live/").status_code == 405
    signed_in.post(f"/releases/{first}/make-live/")
    assert selectors.live_release().id == first
    assert "cannot be brought back" in signed_in.get(f"/releases/{second}/remove/").content.decode()
    assert len(selectors.releases()) == 2  # asking removes nothing
    signed_in.post(f"/releases/{second}/remove/")
    assert [r.id for r in selectors.releases()] == [first]


@pytest.mark.parametrize("address", ["/releases/../x/", "/releases/nothing/", "/releases/nothing/remove/"])
def test_unknown_releases_are_not_found(signed_in: Client, data_folder: Path, address: str) -> None:
    assert signed_in.get(address).status_code in (404,)


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        ("reader", "/imports/", 403),
        ("reader", "/releases/", 200),
        ("partner", "/releases/", 403),
        ("data-steward", "/imports/", 200),
        ("administrator", "/imports/", 403),
    ],
)
def test_who_may_look(
    add_person: Any, client_for: Any, data_folder: Path, role: str, address: str, status: int
) -> None:
    assert client_for(add_person(role)).get(address).status_code == status


def test_a_reader_cannot_choose_the_release(add_person: Any, client_for: Any, imported: str) -> None:
    from forestall.records.datasets import selectors

    live = selectors.live_release().id
    reader = client_for(add_person("reader"))
    assert reader.post(f"/releases/{live}/make-live/").status_code == 403
    assert reader.post(f"/releases/{live}/remove/").status_code == 403
    assert reader.get(imported).status_code == 403
