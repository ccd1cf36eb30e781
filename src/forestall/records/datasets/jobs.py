"""Imports run here, in the worker, not in the web server."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from django.utils import timezone
from django_tasks import task

from forestall.errors import ForestallError
from forestall.records.datasets import actions, selectors
from forestall.records.datasets.models import ImportJob, State

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
        actions.fail_import(job=job, what=problem.what, next_step=problem.next_step)
    except Exception:
        log.exception("import %s", key)
        actions.fail_import(
            job=job,
            what="The import stopped because of a fault in Forestall, not in your files.",
            next_step="Nothing was changed. Tell whoever runs this server; the details are in its log.",
        )
    else:
        actions.finish_import(job=job, report=report)
        actions.adopt_places(by="system")


def _import(job: ImportJob) -> dict:
    from forestall.evidence import importing

    folder = actions.folder_of(job)
    records = [folder / f["stored"] for f in job.files if f["stored"].startswith("records/")]
    mappings = [folder / f["stored"] for f in job.files if f["stored"].startswith("mapping/")]
    path: Path = records[0] if len(records) == 1 else folder / "records"
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

    report = importing.import_path(
        path, store=selectors.store(), mapping=mappings[0] if mappings else None, progress=progress
    )
    job.refresh_from_db()
    return report.to_dict()
