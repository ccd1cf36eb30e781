"""The triangle and the hypotheses."""

from __future__ import annotations

from django.db import models

from forestall.records.audit.models import Versioned
from forestall.records.problems.models.problem import Problem
from forestall.records.problems.rules.words import HypothesisStatus, Side


class TriangleSide(Versioned):
    """What is known of one side, and who can control it."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="sides")
    side = models.CharField(max_length=10, choices=Side.pairs())
    text = models.TextField(blank=True)
    controllers = models.TextField(blank=True)
    not_applicable = models.TextField(blank=True)  # the reason, where the side does not apply

    retention = "as the problem's"

    class Meta:
        constraints = [models.UniqueConstraint(fields=("problem", "side"), name="one_note_a_side")]


class Hypothesis(Versioned):
    """A stated cause, with what speaks for and against it."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="hypotheses")
    statement = models.TextField()
    speaks_for = models.TextField(blank=True)
    speaks_against = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=HypothesisStatus.pairs(), default=HypothesisStatus.OPEN)
    added_at = models.DateTimeField()

    retention = "as the problem's"

    class Meta:
        ordering = ("id",)
