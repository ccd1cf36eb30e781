"""Who did, saw, changed, shared what. Names by key, no foreign keys: the log outlives what it speaks of."""

from __future__ import annotations

from django.db import models


class Frozen(TypeError):
    """Somebody tried to change or remove an audit event."""


class AppendOnly(models.QuerySet):
    """Rows are added and read, nothing else."""

    def update(self, **kwargs: object) -> int:
        raise Frozen("Audit events are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Frozen("Audit events are never removed.")

    def bulk_update(self, objs: object, fields: object, batch_size: object = None) -> int:
        raise Frozen("Audit events are never changed.")


class AuditEvent(models.Model):
    """One thing that happened. Each event holds the hash of the one before it in its stream."""

    stream = models.CharField(max_length=100)  # organisation key, or "" for what belongs to none
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)  # a person's key, or "system"
    action = models.CharField(max_length=60)  # "problem.opened"
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    organisation = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)  # no personal data
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AppendOnly.as_manager()

    #: Kept for good: it is the proof of what was done with everything else.
    retention = "for good"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="audit_one_place_in_stream")
        ]
        indexes = [
            models.Index(fields=["object_kind", "object_id", "sequence"], name="audit_by_object"),
            models.Index(fields=["actor", "at"], name="audit_by_actor"),
            models.Index(fields=["at"], name="audit_by_time"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is not None:
            raise Frozen("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise Frozen("Audit events are never removed.")


class Head(models.Model):
    """The end of a stream. Locked while an event is added, so that two writers cannot take one place."""

    stream = models.CharField(max_length=100, primary_key=True)
    sequence = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    retention = "for good"

    def __str__(self) -> str:
        return f"{self.stream or 'all'} {self.sequence}"


class Versioned(models.Model):
    """A record that two people may edit: `actions.change` refuses to overwrite what the writer did not see."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True
