"""Which organisations, who is in them, and what a person may do."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from forestall.records.organisations import rules
from forestall.records.organisations.models import Kind, Membership, Organisation, User
from forestall.records.organisations.permissions import Permission

__all__ = ["Kind", "holds", "may", "memberships", "organisation", "organisations", "person", "scope"]


def held(person: User) -> list[rules.Held]:
    """A person's roles, asked of the database once an object (so once a request)."""
    if not getattr(person, "is_authenticated", False) or not person.is_active:
        return []
    if not hasattr(person, "_held"):
        rows = Membership.objects.filter(person=person).values_list("organisation_id", "role", "start", "end")
        person._held = [rules.Held(*row) for row in rows]
    return person._held


def holds(person: User, permission: Permission | str) -> bool:
    """Whether the person has this permission anywhere."""
    return bool(rules.places_where(held(person), permission, timezone.localdate()))


def may(person: User, permission: Permission | str, of: Organisation) -> bool:
    """Whether the person may do this to something that belongs to this organisation."""
    return rules.may(held(person), permission, of.lineage, timezone.localdate())


def scope(person: User, permission: Permission | str, field: str = "organisation") -> Q:
    """A filter: rows whose organisation is one where the person has this permission, or below one.

    field: the path from the filtered model to its Organisation ("" for organisations themselves).
    """
    tops = rules.places_where(held(person), permission, timezone.localdate())
    prefix = f"{field}__" if field else ""
    q = Q(pk__in=[])
    for path in Organisation.objects.filter(pk__in=tops).values_list("path", flat=True):
        q |= Q(**{f"{prefix}path__startswith": path})
    return q


def organisations(
    person: User, permission: Permission | str, kinds: list[str] | None = None
) -> QuerySet[Organisation]:
    """Organisations where the person has this permission."""
    found = Organisation.objects.filter(scope(person, permission, ""))
    return found if kinds is None else found.filter(kind__in=kinds)


def organisation(key: str) -> Organisation | None:
    return Organisation.objects.filter(key=key).first()


def of_place(place_code: str) -> Organisation | None:
    """The organisation that answers for this place."""
    return Organisation.objects.filter(place_code=place_code).order_by("id").first()


def ancestors(of: Organisation) -> list[Organisation]:
    """From the top down to the organisation itself."""
    found = Organisation.objects.in_bulk(of.lineage)
    return [found[pk] for pk in of.lineage if pk in found]


def children(of: Organisation) -> QuerySet[Organisation]:
    today = timezone.localdate()
    return Organisation.objects.filter(
        Q(parents__parent=of, parents__start__lte=today)
        & (Q(parents__end__isnull=True) | Q(parents__end__gte=today))
    )


def home_organisation(person: User) -> Organisation | None:
    """The organisation shown beside the person's name: that of their first role in force."""
    current = rules.in_force(held(person), timezone.localdate())
    return Organisation.objects.filter(pk=current[0].organisation).first() if current else None


def memberships(person: User) -> QuerySet[Membership]:
    return Membership.objects.filter(person=person).select_related("organisation").order_by("-start", "id")


def members(of: Organisation, *, below: bool = False) -> QuerySet[User]:
    """People with a role in the organisation today (or in any below it)."""
    today = timezone.localdate()
    where = (
        Q(memberships__organisation__path__startswith=of.path) if below else Q(memberships__organisation=of)
    )
    now = Q(memberships__start__lte=today) & (
        Q(memberships__end__isnull=True) | Q(memberships__end__gte=today)
    )
    return User.objects.filter(where & now, is_active=True).distinct()


def person(key: str) -> User | None:
    return User.objects.filter(key=key).first()


def names_of(keys: set[str]) -> dict[str, str]:
    """Names of people by their keys, for showing the log to those who may see it."""
    people = [k for k in keys if len(k) == 36]
    return {str(u.key): u.name for u in User.objects.filter(key__in=people)}


def demo_people() -> QuerySet[User]:
    return User.objects.filter(is_demo=True, is_active=True).order_by("id")


def memberships_in(of: Organisation) -> QuerySet[Membership]:
    """Roles held in the organisation today, by name of person."""
    today = timezone.localdate()
    return (
        Membership.objects.filter(organisation=of, start__lte=today)
        .filter(Q(end__isnull=True) | Q(end__gte=today))
        .select_related("person", "organisation")
        .order_by("person__name", "id")
    )


def person_by_email(email: str) -> User | None:
    return User.objects.filter(email=email.strip().lower()).first()
