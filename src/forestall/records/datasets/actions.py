"""Bring records in, choose the release that everybody reads, remove old ones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from forestall.errors import ForestallError
from forestall.records.audit import actions as audit
from forestall.records.datasets import selectors
from forestall.records.datasets.models import ImportJob, State
from forestall.records.organisations import actions as organisations
from forestall.records.organisations.models import Organisation, User

#: What an upload may be.
RECORD_ENDINGS = (".zip", ".csv", ".parquet", ".geojson", ".json")
MAPPING_ENDINGS = (".toml", ".yaml", ".yml", ".json")


class Upload(Protocol):
    """A file as a form hands it over."""

    name: str
    size: int

    def chunks(self) -> Iterator[bytes]: ...


def start_import(
    *,
    by: User,
    files: Sequence[Upload],
    mapping: Upload | None = None,
    organisation: Organisation | None = None,
) -> ImportJob:
    """Keep the uploaded files apart under generated names, and queue their import."""
    _check(files, mapping)
    job = ImportJob(by=by, organisation=organisation, step="Waiting for its turn")
    folder = folder_of(job)
    try:
        job.files = _keep(folder, files, mapping)
        with transaction.atomic():
            job.save()
            audit.record(
                by=by,
                action="import.asked",
                object_kind="import",
                object_id=job.key,
                organisation=organisation.key if organisation else "",
                details={"files": len(files), "bytes": sum(f["size"] for f in job.files)},
            )
            _queue(job)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    job.refresh_from_db()
    return job


def _queue(job: ImportJob) -> None:
    from forestall.records.datasets.jobs import run_import

    transaction.on_commit(lambda: run_import.enqueue(str(job.key)))


def resume_interrupted() -> int:
    """Queue again what a stopped server left half-way: importing the same files twice changes nothing."""
    left = list(ImportJob.objects.filter(state__in=[State.RUNNING, State.WAITING]))
    for job in left:
        with transaction.atomic():
            ImportJob.objects.filter(pk=job.pk).update(
                state=State.WAITING, progress=0, step="Waiting: the server was started again"
            )
            audit.record(by=audit.SYSTEM, action="import.resumed", object_kind="import", object_id=job.key)
            _queue(job)
    return len(left)


@transaction.atomic
def finish_import(*, job: ImportJob, report: dict[str, Any]) -> None:
    """The import is a release now."""
    job.state, job.progress, job.step = State.DONE, 1.0, "Done"
    job.report, job.release = report, str(report.get("release", ""))
    job.finished_at = timezone.now()
    job.save()
    figures = {k: report[k] for k in ("rows_read", "accepted", "rejected", "events") if k in report}
    _finished(job, "import.finished", {"release": job.release, **figures})


@transaction.atomic
def fail_import(*, job: ImportJob, what: str, next_step: str) -> None:
    """Nothing was imported: say what could not be used, and what to do."""
    job.state, job.what, job.next_step = State.FAILED, what, next_step
    job.finished_at = timezone.now()
    job.save()
    _finished(job, "import.failed", {})


def _finished(job: ImportJob, action: str, details: dict[str, Any]) -> None:
    audit.record(
        by=audit.SYSTEM,
        action=action,
        object_kind="import",
        object_id=job.key,
        organisation=job.organisation.key if job.organisation else "",
        details=details,
    )
    folder = folder_of(job)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def import_now(
    *, by: User | str, path: Path, mapping: Path | None = None, progress: Any = None
) -> dict[str, Any]:
    """Import a file or folder of this machine at once (the command line's way in, logged like the other)."""
    from forestall.evidence import importing

    report = importing.import_path(
        path, store=selectors.store(), mapping=mapping, progress=progress
    ).to_dict()
    figures = {k: report[k] for k in ("rows_read", "accepted", "rejected", "events") if k in report}
    audit.record(
        by=by,
        action="import.finished",
        object_kind="release",
        object_id=report.get("release", ""),
        details=figures,
    )
    return report


def make_live(*, by: User, release_id: str) -> None:
    """Everybody reads this release from now on. The one before it stays, and can be returned to."""
    from forestall.evidence import importing

    before = selectors.live_or_none()
    importing.roll_back(selectors.store(), release_id)
    audit.record(
        by=by,
        action="release.made_live",
        object_kind="release",
        object_id=release_id,
        details={"before": before.id if before else ""},
    )


def remove_release(*, by: User, release_id: str) -> None:
    """Delete a release that is not live, for good. Findings made from it keep their figures."""
    from forestall.evidence import importing

    importing.remove(selectors.store(), release_id)
    audit.record(by=by, action="release.removed", object_kind="release", object_id=release_id)


def adopt_places(*, by: User | str) -> int:
    """Make an organisation for each nation, region, force, district and beat of the live release."""
    return organisations.adopt_places(by=by, places=selectors.place_list())


def folder_of(job: ImportJob) -> Path:
    """Where the job's files wait."""
    return Path(settings.FORESTALL_UPLOADS) / str(job.key)


def _check(files: Sequence[Upload], mapping: Upload | None) -> None:
    if not files:
        raise ForestallError("No file was chosen.", "Choose one or more files to import.")
    for upload, endings in [
        *((f, RECORD_ENDINGS) for f in files),
        *([(mapping, MAPPING_ENDINGS)] if mapping else []),
    ]:
        if not upload.name.lower().endswith(endings):
            raise ForestallError(
                f"{PurePosixPath(upload.name).name!r} is not a kind of file that can be read here.",
                f"Use {', '.join(endings)}.",
            )
        if upload.size == 0:
            raise ForestallError(f"{upload.name!r} is empty.", "Check the file and choose it again.")
    most = settings.FORESTALL_UPLOAD_MEGABYTES
    total = sum(f.size for f in files)
    if total > most * 1_000_000:
        raise ForestallError(
            f"These files weigh {total / 1e6:,.0f} MB; an upload here may weigh {most} MB.",
            "Upload them in parts, or have them imported on the server: forestall import PATH.",
        )


def _keep(folder: Path, files: Sequence[Upload], mapping: Upload | None) -> list[dict[str, Any]]:
    """Write the files where nothing is served from. Names keep their meaning (month, force), not their path."""
    (folder / "records").mkdir(parents=True, mode=0o700)
    kept: list[dict[str, Any]] = []
    taken: set[str] = set()
    for upload, place in [*((f, "records") for f in files), *([(mapping, "mapping")] if mapping else [])]:
        (folder / place).mkdir(exist_ok=True)
        name = _unused(safe_name(upload.name), taken)
        taken.add(name)
        size = _write(folder / place / name, upload.chunks())
        kept.append(
            {
                "name": PurePosixPath(upload.name.replace("\\", "/")).name[:200],
                "stored": f"{place}/{name}",
                "size": size,
            }
        )
    return kept


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    with path.open("xb") as out:
        return sum(out.write(chunk) for chunk in chunks)


def safe_name(name: str) -> str:
    """A file name without folders or signs that a shell or a page could stumble over."""
    last = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, ending = last.rpartition(".")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-.")[:100] or "file"
    return f"{stem}{dot}{re.sub(r'[^a-z0-9]', '', ending.lower())[:10]}"


def _unused(name: str, taken: set[str]) -> str:
    stem, _, ending = name.rpartition(".")
    n = 2
    while name in taken:
        name, n = f"{stem}_{n}.{ending}", n + 1
    return name
