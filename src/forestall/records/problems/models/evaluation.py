"""The evaluation plan, frozen before the response starts, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from forestall.errors import ForestallError
from forestall.records.audit.models import Versioned
from forestall.records.problems.models.problem import Problem


class FrozenError(ForestallError):
    """A frozen plan, or what was added to one, was about to be changed."""

    def __init__(self) -> None:
        super().__init__(
            "The evaluation plan was frozen when the response started, and cannot be changed.",
            "Add an amendment: it stands beside the plan for ever.",
        )


class PlanQuerySet(models.QuerySet):
    """Refuses the bulk ways round `save`."""

    def update(self, **values: object) -> int:
        if self.filter(frozen_at__isnull=False).exists():
            raise FrozenError
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(frozen_at__isnull=False).exists():
            raise FrozenError
        return super().delete()


class EvaluationPlan(Versioned):
    """Outcome, areas, periods and smallest effect, decided beforehand. A draft until frozen; then fixed.

    The database itself refuses to change or delete a frozen row (a trigger, see the migrations), and so
    do `save`, `delete` and the bulk forms of both.
    """

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField(default=1)
    draft = models.JSONField(default=dict)  # what the pages have gathered so far
    plan = models.JSONField(null=True, blank=True)  # the frozen plan as plain values
    sha256 = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PlanQuerySet.as_manager()

    retention = "for good: the proof that it came first"

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=("problem", "number"), name="plans_are_numbered"),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, frozen_by__isnull=True, sha256="")
                | (Q(frozen_at__isnull=False, frozen_by__isnull=False) & ~Q(sha256="")),
                name="frozen_at_with_by_and_hash",
            ),
        ]

    @property
    def frozen(self) -> bool:
        return self.frozen_at is not None

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk and type(self).objects.filter(pk=self.pk, frozen_at__isnull=False).exists():
            raise FrozenError
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        if self.frozen:
            raise FrozenError
        return super().delete(*args, **kwargs)


class Amendment(models.Model):
    """Something said about a frozen plan afterwards. Never changed, never removed."""

    plan = models.ForeignKey(EvaluationPlan, on_delete=models.PROTECT, related_name="amendments")
    text = models.TextField()
    reason = models.TextField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    retention = "for good"

    class Meta:
        ordering = ("id",)

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk:
            raise FrozenError
        super().save(*args, **kwargs)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise FrozenError


class Assessment(models.Model):
    """One computed answer to a frozen plan at one release, kept by value."""

    plan = models.ForeignKey(EvaluationPlan, on_delete=models.PROTECT, related_name="assessments")
    finding = models.JSONField()
    sha256 = models.CharField(max_length=64)
    release = models.CharField(max_length=80)
    verdict = models.CharField(max_length=40)
    computed_at = models.DateTimeField()
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    retention = "for good"

    class Meta:
        ordering = ("-computed_at", "-id")
