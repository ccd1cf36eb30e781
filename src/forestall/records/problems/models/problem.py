"""One problem, its findings and who takes part."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from forestall.records.audit.models import Versioned
from forestall.records.problems.rules.states import FINISHED, State
from forestall.records.problems.rules.words import Marking, Referral, Result, Tier


class ReferenceCounter(models.Model):
    """The last number given out for a force and a year; its row is the lock."""

    prefix = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    retention = "for good: numbers are never given twice"

    class Meta:
        constraints = [models.UniqueConstraint(fields=("prefix", "year"), name="one_counter_a_year")]


class Problem(Versioned):
    """A recurring cluster of similar incidents of concern, with one owner."""

    reference = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=160)
    tier = models.CharField(max_length=24, choices=Tier.pairs(), default=Tier.LOCAL)
    crime_types = models.JSONField(default=list)
    theme = models.CharField(max_length=80)  # the first crime type, or the behaviour in words
    force = models.CharField(max_length=60, db_index=True)  # force code as in the records
    #: {name, lon, lat, geometry, areas: [codes]}
    place = models.JSONField(default=dict)
    place_name = models.CharField(max_length=160)
    lead_organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="problems_led"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems_owned",
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems_supervised",
    )
    marking = models.CharField(max_length=24, choices=Marking.pairs(), default=Marking.OFFICIAL)
    referral = models.CharField(max_length=40, choices=Referral.pairs(), default=Referral.ANALYST_SCAN)
    state = models.CharField(max_length=20, choices=[(s.value, s.label) for s in State], db_index=True)
    state_before = models.CharField(max_length=20, blank=True)  # where a suspended problem stood
    state_since = models.DateTimeField()
    signature_asked_at = models.DateTimeField(null=True, blank=True)
    suspended_until = models.DateField(null=True, blank=True)

    aim = models.TextField(blank=True)
    cheers = models.JSONField(default=dict)  # element -> {passed: true|false|null, text}
    cheers_override = models.TextField(blank=True)
    events_statement = models.TextField(blank=True)
    duplicates_checked_at = models.DateTimeField(null=True, blank=True)
    statement = models.TextField(blank=True)

    result = models.CharField(max_length=20, choices=Result.pairs(), blank=True)
    displacement_answer = models.TextField(blank=True)
    learning = models.TextField(blank=True)
    sustain_check_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    #: Size at opening, for the register: events and harm in the period of the first finding.
    events = models.PositiveIntegerField(null=True, blank=True)
    harm = models.FloatField(null=True, blank=True)

    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="problems_opened"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="problems_closed",
    )

    retention = "seven years after closing; then the texts are scrubbed and figures kept"

    class Meta:
        ordering = ("-opened_at", "-id")
        indexes = [models.Index(fields=("lead_organisation", "state"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True)
                | Q(supervisor__isnull=True)
                | ~Q(owner=models.F("supervisor")),
                name="owner_is_never_supervisor",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="closed_at_with_closed_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def live(self) -> bool:
        return State(self.state) not in FINISHED


class Participant(models.Model):
    """An organisation that takes part in a problem led by another."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="participants")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    contact = models.CharField(max_length=160, blank=True)
    added_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    retention = "as the problem's"

    class Meta:
        ordering = ("added_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("problem", "organisation"), condition=Q(left_at__isnull=True), name="takes_part_once"
            )
        ]


class ProblemFinding(models.Model):
    """A Finding kept by value. `sha256` is its hash: the record shows if a byte was changed."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="findings")
    finding = models.JSONField()
    sha256 = models.CharField(max_length=64)
    why = models.TextField(blank=True)
    attached_at = models.DateTimeField()
    attached_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    retention = "as the problem's"

    class Meta:
        ordering = ("attached_at", "id")
