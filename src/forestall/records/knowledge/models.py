"""What is known to work, kept so that coordinators can correct and add to it."""

from __future__ import annotations

from django.db import models

from forestall.records.audit.models import Versioned
from forestall.records.knowledge.rules import Confidence, Cost, Effect, Focus


class Intervention(Versioned):
    """A known way to prevent crime, with what reviews found."""

    key = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    focus = models.CharField(max_length=20, choices=Focus.pairs())
    effect = models.CharField(max_length=30, choices=Effect.pairs())
    #: EMMIE quality ratings, 0 to 4 or null: effect, mechanism, moderator, implementation, economics.
    quality = models.JSONField(default=dict)
    what = models.TextField(blank=True)
    mechanism = models.TextField(blank=True)
    note = models.TextField(blank=True)
    sides = models.JSONField(default=list)
    techniques = models.JSONField(default=list)  # numbers, 1 to 25
    crime_types = models.JSONField(default=list)  # ["any"] fits every kind
    cost = models.CharField(max_length=10, choices=Cost.pairs(), default=Cost.MEDIUM)
    confidence = models.CharField(max_length=12, choices=Confidence.pairs())
    source = models.TextField(blank=True)
    edition = models.CharField(max_length=20, blank=True)
    #: Set when a person changed the entry: loading the shipped file leaves it alone from then on.
    edited_at = models.DateTimeField(null=True, blank=True)

    retention = "for good"

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Technique(models.Model):
    """One of the 25 techniques of situational prevention."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    group = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    examples = models.TextField(blank=True)

    retention = "for good"

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
