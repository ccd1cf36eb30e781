"""Imports run here, in the worker, not in the web server."""

from __future__ import annotations

import logging
import shutil
import time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from forestall.errors import ForestallError
from forestall.records.audit import actions as audit
from forestall.records.datasets import selectors, uploads
from forestall.records.datasets.models import ImportJob, State
from forestall.records.datasets.signals import release_live
from forestall.records.organisations import actions as organisations

log = logging.getLogger("forestall.imports")

#: Seconds between two writes of the progress row: pages ask once a second.
EVERY = 0.5


@task()
def run_import(key: str) -> None:
    """Import the files of one job. Whatever goes wrong ends as words on the job's page."""
    taken = ImportJob.objects.filter(key=key, state=State.WAITING).update(
        state=State.RUNNING, started_at=timezone.now(), heartbeat_at=timezone.now(), step="Reading the files"
    )
    if not taken:
        return  # another worker has it, or it has ended
    job = ImportJob.objects.get(key=key)
    try:
        report = _import(job)
    except ForestallError as problem:
        fail_import(job=job, what=problem.what, next_step=problem.next_step)
    except Exception:
        log.exception("import %s", key)
        fail_import(
            job=job,
            what="The import stopped because of a fault in Forestall, not in your files.",
            next_step="Nothing was changed. Tell whoever runs this server; the details are in its log.",
        )
    else:
        finish_import(job=job, report=report)
        organisations.adopt_places(by=audit.SYSTEM, places=selectors.place_list())
        if not report.get("unchanged"):
            release_live.send(sender=ImportJob, release=str(report.get("release", "")))


def _import(job: ImportJob) -> dict[str, Any]:
    from forestall.evidence import importing

    folder = uploads.folder_of(job)
    records = [folder / f["stored"] for f in job.files if f["stored"].startswith("records/")]
    mappings = [folder / f["stored"] for f in job.files if f["stored"].startswith("mapping/")]
    last = 0.0

    def progress(step: str, share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < EVERY and share < 1:
            return
        last = now
        ImportJob.objects.filter(pk=job.pk).update(
            step=step[:200], progress=min(max(float(share), 0.0), 1.0), heartbeat_at=timezone.now()
        )

    report = importing.import_paths(
        records, store=selectors.store(), mapping=mappings[0] if mappings else None, progress=progress
    )
    job.refresh_from_db()
    return report.to_dict()


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
    folder = uploads.folder_of(job)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
