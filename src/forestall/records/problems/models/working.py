"""Reviews, notes, and what keeps pages quick and safe to send twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from forestall.records.problems.models.problem import Problem
from forestall.records.problems.rules.words import ReviewDecision


class Review(models.Model):
    """A look at how the problem stands; sets the date of the next."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="reviews")
    progress = models.TextField()
    decision = models.CharField(max_length=12, choices=ReviewDecision.pairs())
    next_on = models.DateField(null=True, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    retention = "as the problem's"

    class Meta:
        ordering = ("-made_at", "-id")


class Note(models.Model):
    """Something worth keeping that fits nowhere else."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    about = models.CharField(max_length=80, blank=True)  # what it gives the reason for
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    retention = "as the problem's"

    class Meta:
        ordering = ("-made_at", "-id")


class Submission(models.Model):
    """A form that was sent: sending it again goes to the same answer and does nothing."""

    token = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    location = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField()

    retention = "30 days"


class Computation(models.Model):
    """An answer of a release, kept because asking again would give the same bytes and take seconds."""

    kind = models.CharField(max_length=20)
    release = models.CharField(max_length=80)
    key = models.CharField(max_length=64)  # hash of the parameters and of the release
    answer = models.JSONField()
    computed_at = models.DateTimeField()

    retention = "while its release is kept"

    class Meta:
        constraints = [models.UniqueConstraint(fields=("kind", "release", "key"), name="computed_once")]
