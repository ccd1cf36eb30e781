"""Imports that people asked for. The records themselves are releases, kept outside the database."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Not imported"


class ImportJob(models.Model):
    """One upload on its way to a release, and what came of it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports")
    at = models.DateTimeField(default=timezone.now)
    organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, null=True, related_name="imports"
    )
    #: [{"name": as uploaded, "stored": generated name, "size": bytes}]; the mapping file has "mapping": true.
    files = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    progress = models.FloatField(default=0)  # 0 to 1
    step = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict)  # ImportReport.to_dict()
    release = models.CharField(max_length=100, blank=True)
    what = models.TextField(blank=True)  # when it failed: what could not be used, and what to do
    next_step = models.TextField(blank=True)

    retention = "two years; uploaded files go once the import has ended"

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="import_finished_when_ended",
            )
        ]

    def __str__(self) -> str:
        return f"import {self.key}"

    @property
    def ended(self) -> bool:
        return self.state in (State.DONE, State.FAILED)

    @property
    def names(self) -> list[str]:
        return [f["name"] for f in self.files]
