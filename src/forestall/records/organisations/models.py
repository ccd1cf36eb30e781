"""One Organisation for nation, region, force, district, beat, council, charity; people; what they may do."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from forestall.records.audit.models import Versioned


class Kind(models.TextChoices):
    """What an organisation is. The first five are levels of place; the rest are partner bodies."""

    NATION = "nation", "Nation"
    REGION = "region", "Region"
    FORCE = "force", "Police force"
    DISTRICT = "district", "District"
    BEAT = "beat", "Beat"
    COUNCIL = "council", "Council"
    HOUSING = "housing", "Housing body"
    HEALTH = "health", "Health body"
    FIRE = "fire", "Fire and rescue"
    PROBATION = "probation", "Probation"
    SCHOOL = "school", "School or college"
    BUSINESS = "business", "Business"
    CHARITY = "charity", "Charity"
    OTHER = "other", "Other body"


def today() -> object:
    return timezone.localdate()


class Organisation(Versioned):
    """A body that owns records. `path` is its line of parents today ("/1/4/9/"), kept by the actions, so that
    "this and all below it" is one indexed comparison at any size."""

    key = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    place_code = models.CharField(max_length=100, blank=True, db_index=True)  # the place that it answers for
    path = models.CharField(max_length=200, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now)

    retention = "for good: an organisation is not a person"

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def lineage(self) -> list[int]:
        """Ids from the top down to this organisation."""
        return [int(part) for part in self.path.split("/") if part]


class Parent(models.Model):
    """`child` belonged to `parent` between two days. Figures of past years add up as things stood then."""

    child = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parents")
    parent = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="children")
    start = models.DateField(default=today)
    end = models.DateField(null=True, blank=True)

    retention = "for good"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(child=F("parent")), name="parent_is_another"),
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="parent_ends_after_start"
            ),
            models.UniqueConstraint(fields=["child"], condition=Q(end__isnull=True), name="parent_one_now"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} in {self.parent_id}"


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in. A name to be called by and a work e-mail; nothing else about the person."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)  # made up: belongs to a make-believe region
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    retention = "while a member of anything, and six years after; then name and e-mail are scrubbed"

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Membership(models.Model):
    """A person holds a role in an organisation between two days."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30)  # permissions.Role
    start = models.DateField(default=today)
    end = models.DateField(null=True, blank=True)

    retention = "as the person's"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="membership_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["person", "organisation", "role"],
                condition=Q(end__isnull=True),
                name="membership_once_now",
            ),
        ]
        ordering = ["start", "id"]

    def __str__(self) -> str:
        return f"{self.role} in {self.organisation_id}"
