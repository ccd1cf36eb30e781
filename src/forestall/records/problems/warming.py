"""Scan a release as soon as it is live, in the worker, so that its first reader does not wait."""

from __future__ import annotations

import logging

from django.db import transaction
from django_tasks import task

from forestall.errors import ForestallError
from forestall.records.datasets import selectors as datasets
from forestall.records.problems.selectors import scans

log = logging.getLogger("forestall.warming")

#: Forces scanned ahead; the scan of any other is made when it is asked for.
MOST_FORCES = 4


def on_release(*, release: str, **_named: object) -> None:
    """Hear of a release that is live now: queue its scan, once what made it live is committed."""
    transaction.on_commit(lambda: scan_ahead.enqueue(release))


@task(priority=-50)  # imports go first
def scan_ahead(release: str) -> None:
    """Scan the first forces of a release, and all of it; nothing when another is live by now."""
    try:
        live = datasets.live_or_none()
        if live is None or live.id != release:
            return
        for force in [*live.forces[:MOST_FORCES], None]:
            scans.scan(force, "harm")
    except ForestallError as problem:
        log.info("No scan ahead of the first reader: %s", problem.what)
