"""Bring records in, choose the release that everybody reads, remove old ones."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from forestall.records.audit import actions as audit
from forestall.records.datasets import selectors, uploads
from forestall.records.datasets.jobs import run_import
from forestall.records.datasets.models import ImportJob, State
from forestall.records.datasets.signals import release_live
from forestall.records.organisations import actions as organisations
from forestall.records.organisations.models import Organisation, User


def start_import(
    *,
    by: User,
    files: Sequence[uploads.Upload],
    mapping: uploads.Upload | None = None,
    organisation: Organisation | None = None,
) -> ImportJob:
    """Keep the uploaded files apart under generated names, and queue their import."""
    uploads.check(files, mapping)
    job = ImportJob(by=by, organisation=organisation, step="Waiting for its turn")
    folder = uploads.folder_of(job)
    try:
        job.files = uploads.keep(folder, files, mapping)
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
    release_live.send(sender=ImportJob, release=release_id)


def remove_release(*, by: User, release_id: str) -> None:
    """Delete a release that is not live, for good. Findings made from it keep their figures."""
    from forestall.evidence import importing

    importing.remove(selectors.store(), release_id)
    audit.record(by=by, action="release.removed", object_kind="release", object_id=release_id)


def adopt_places(*, by: User | str) -> int:
    """Make an organisation for each nation, region, force, district and beat of the live release."""
    return organisations.adopt_places(by=by, places=selectors.place_list())
