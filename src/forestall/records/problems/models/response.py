"""What is done about a problem, by whom, by when, and what it costs."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from forestall.records.audit.models import Versioned
from forestall.records.problems.models.analysis import Hypothesis
from forestall.records.problems.models.problem import Problem
from forestall.records.problems.rules.words import ResponseStatus, Side, TaskStatus


class Response(Versioned):
    """One thing chosen for this problem, aimed at a cause."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="responses")
    title = models.CharField(max_length=160)
    intervention = models.ForeignKey(
        "knowledge.Intervention", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    evidence_note = models.TextField(blank=True)  # what was found, or that nothing was
    hypothesis = models.ForeignKey(
        Hypothesis, null=True, blank=True, on_delete=models.PROTECT, related_name="responses"
    )
    side = models.CharField(max_length=10, choices=Side.pairs())
    technique = models.ForeignKey(
        "knowledge.Technique", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mechanism = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agency = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    start_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=ResponseStatus.pairs(), default=ResponseStatus.PLANNED)
    added_at = models.DateTimeField()

    retention = "as the problem's"

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.title


class Task(Versioned):
    """One thing that one organisation does by a date."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="tasks")
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks_owned"
    )
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(db_index=True)
    status = models.CharField(max_length=10, choices=TaskStatus.pairs(), default=TaskStatus.ACCEPTED)
    evidence = models.TextField(blank=True)  # what shows that it was done
    reason = models.TextField(blank=True)  # why declined, cancelled or late
    done_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField()

    retention = "as the problem's"

    class Meta:
        ordering = ("due_on", "id")

    def __str__(self) -> str:
        return self.title


class CostLine(models.Model):
    """What a response costs one partner."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="costs")
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.SET_NULL, related_name="costs"
    )
    payer = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=160)
    quantity = models.DecimalField(max_digits=10, decimal_places=2, default=1)
    unit_cost = models.DecimalField(max_digits=12, decimal_places=2)
    actual = models.BooleanField(default=False)  # paid, not only planned
    added_at = models.DateTimeField()

    retention = "as the problem's"

    class Meta:
        ordering = ("id",)

    @property
    def total(self) -> object:
        return self.quantity * self.unit_cost
