"""Imports as jobs; releases chosen, compared and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forestall.errors import ForestallError
from forestall.records.audit.models import AuditEvent
from forestall.records.datasets import actions, selectors, uploads
from forestall.records.datasets.models import ImportJob, State
from forestall.records.organisations.models import Organisation

HEAD = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)


def street(month: str, rows: int = 3, force: str = "Leicestershire Police") -> bytes:
    """A small file of the police.uk make."""
    lines = [
        f"{n:064x},{month},{force},{force},-1.13{n % 10},52.63{n % 10},On or near High Street,E01013649,"
        f"Leicester 012A,Burglary,Under investigation,"
        for n in range(hash_of(month), hash_of(month) + rows)
    ]
    return "\n".join([HEAD, *lines, ""]).encode()


def hash_of(month: str) -> int:
    return int(month.replace("-", "")) * 1000


def upload(month: str, rows: int = 3, name: str = "") -> SimpleUploadedFile:
    return SimpleUploadedFile(name or f"{month}-leicestershire-street.csv", street(month, rows))


@pytest.fixture
def start(person: Any, data_folder: Path, django_capture_on_commit_callbacks: Any) -> Any:
    """start(files) -> the job after its task has run."""

    def run(*files: Any, mapping: Any = None) -> ImportJob:
        with django_capture_on_commit_callbacks(execute=True):
            job = actions.start_import(by=person, files=list(files), mapping=mapping)
        job.refresh_from_db()
        return job

    return run


@pytest.mark.django_db
def test_upload_becomes_the_live_release(start: Any, person: Any) -> None:
    job = start(upload("2024-01"), upload("2024-02", 4))
    assert job.state == State.DONE, job.what
    assert job.report["rows_read"] == 7
    assert job.report["events"] == 7
    assert selectors.live_release().id == job.release
    assert selectors.live_release().months == ["2024-01", "2024-02"]
    assert not uploads.folder_of(job).exists()
    actions_logged = list(AuditEvent.objects.values_list("action", flat=True))
    assert actions_logged.count("import.asked") == actions_logged.count("import.finished") == 1


@pytest.mark.django_db
def test_import_makes_the_organisations_of_its_places(start: Any) -> None:
    start(upload("2024-01"))
    assert Organisation.objects.filter(place_code="f:leicestershire", kind="force").exists()
    beat = Organisation.objects.get(kind="beat", place_code="n:leicester-012")
    assert len(beat.lineage) >= 4


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_says_so_and_changes_nothing(start: Any) -> None:
    job = start(SimpleUploadedFile("broken.zip", b"PK\x03\x04 not a zip at all"))
    assert job.state == State.FAILED
    assert job.what
    assert job.next_step
    assert "Traceback" not in job.what
    assert not selectors.has_live()
    assert not uploads.folder_of(job).exists()


@pytest.mark.django_db
def test_a_fault_of_ours_ends_as_words(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from forestall.evidence import importing

    def burst(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("inner secret")

    monkeypatch.setattr(importing, "import_paths", burst)
    job = start(upload("2024-01"))
    assert job.state == State.FAILED
    assert "inner secret" not in job.what + job.next_step


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "says"),
    [
        (SimpleUploadedFile("virus.exe", b"MZ"), "not a kind of file"),
        (SimpleUploadedFile("empty.csv", b""), "empty"),
    ],
)
def test_refused_before_anything_is_kept(start: Any, data_folder: Path, file: Any, says: str) -> None:
    with pytest.raises(ForestallError) as caught:
        start(file)
    assert says in caught.value.what
    assert ImportJob.objects.count() == 0
    assert not list(data_folder.glob("uploads/*"))


@pytest.mark.django_db
def test_too_large_is_refused(start: Any, settings: Any) -> None:
    settings.FORESTALL_UPLOAD_MEGABYTES = 0
    with pytest.raises(ForestallError, match="may weigh 0 MB"):
        start(upload("2024-01"))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\2024-01-leicestershire-street.CSV", "2024-01-leicestershire-street.csv"),
        ("na;me $(x).csv", "na-me-x.csv"),
        ("...csv", "file.csv"),
        ("\u202egnp.csv", "gnp.csv"),
    ],
)
def test_names_lose_what_is_dangerous_and_keep_what_they_say(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept


@pytest.mark.django_db
def test_an_interrupted_import_starts_again(
    start: Any, person: Any, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = actions.start_import(by=person, files=[upload("2024-01")])  # queued, never run
    ImportJob.objects.filter(pk=job.pk).update(state=State.RUNNING, progress=0.4)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.resume_interrupted() == 1
    job.refresh_from_db()
    assert job.state == State.DONE, job.what


@pytest.mark.django_db
def test_releases_rolled_back_compared_and_removed(start: Any, person: Any) -> None:
    first = start(upload("2024-01")).release
    second = start(upload("2024-02", 5)).release
    assert [r.id for r in selectors.releases()] == [second, first]
    difference = selectors.compare(first, second)
    assert {row["name"]: row["change"] for row in difference["by_month"]} == {"2024-01": 0, "2024-02": 5}
    actions.make_live(by=person, release_id=first)
    assert selectors.live_release().id == first
    with pytest.raises(ForestallError):
        actions.remove_release(by=person, release_id=first)  # live
    actions.remove_release(by=person, release_id=second)
    assert [r.id for r in selectors.releases()] == [first]
    assert {"release.made_live", "release.removed"} <= set(
        AuditEvent.objects.values_list("action", flat=True)
    )


@pytest.mark.django_db
def test_imports_of_another_force_are_not_listed(start: Any, add_person: Any, person: Any) -> None:
    from forestall.records.organisations import selectors as organisations

    job = start(upload("2024-01"))
    ImportJob.objects.filter(pk=job.pk).update(organisation=organisations.organisation("force"))
    stranger = add_person("analyst", "other-force")
    assert selectors.import_job(person, str(job.key)) is not None
    assert selectors.import_job(stranger, str(job.key)) is None
