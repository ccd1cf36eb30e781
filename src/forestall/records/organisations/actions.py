"""Organisations, people and their roles: every change is one transaction with one event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from forestall.errors import ForestallError
from forestall.records.audit import actions as audit
from forestall.records.organisations.models import Kind, Membership, Organisation, Parent, User
from forestall.records.organisations.permissions import Role


@transaction.atomic
def create_organisation(
    *,
    by: User | str,
    name: str,
    kind: str,
    parent: Organisation | None = None,
    key: str = "",
    place_code: str = "",
    start: date | None = None,
) -> Organisation:
    """Add an organisation, under another one if given."""
    name = name.strip()
    if not name:
        raise ForestallError("The organisation has no name.", "Enter the name that people know it by.")
    if kind not in Kind.values:
        raise ForestallError(
            f"{kind!r} is not a kind of organisation.", f"Use one of: {', '.join(Kind.values)}."
        )
    key = key or _free_key(slugify(name) or kind)
    if Organisation.objects.filter(key=key).exists():
        raise ForestallError(f"There is an organisation with the key {key!r}.", "Give another key.")
    made = Organisation.objects.create(key=key, name=name, kind=kind, place_code=place_code)
    _set_path(made, parent)
    if parent is not None:
        Parent.objects.create(child=made, parent=parent, start=start or timezone.localdate())
    audit.record(
        by=by,
        action="organisation.created",
        object_kind="organisation",
        object_id=made.pk,
        organisation=made.key,
        details={"kind": kind, "parent": parent.key if parent else ""},
    )
    return made


@transaction.atomic
def move_organisation(
    *, by: User | str, organisation: Organisation, parent: Organisation, start: date | None = None
) -> None:
    """From today (or `start`) the organisation belongs to another parent; where it belonged before is kept."""
    if organisation.pk in parent.lineage:
        raise ForestallError(
            f"{parent.name} is part of {organisation.name}.", "Choose a parent that is not below it."
        )
    start = start or timezone.localdate()
    for row in Parent.objects.filter(child=organisation, end__isnull=True):
        if row.start >= start:
            row.delete()
        else:
            row.end = start - timezone.timedelta(days=1)
            row.save(update_fields=["end"])
    Parent.objects.create(child=organisation, parent=parent, start=start)
    before = organisation.path
    _set_path(organisation, parent)
    below = list(Organisation.objects.filter(path__startswith=before).exclude(pk=organisation.pk))
    for child in below:
        child.path = organisation.path + child.path.removeprefix(before)
    Organisation.objects.bulk_update(below, ["path"], batch_size=500)
    audit.record(
        by=by,
        action="organisation.moved",
        object_kind="organisation",
        object_id=organisation.pk,
        organisation=organisation.key,
        details={"parent": parent.key, "start": start.isoformat()},
    )


@transaction.atomic
def add_person(*, by: User | str, email: str, name: str, password: str = "", demo: bool = False) -> User:
    """Add a person. With no password they cannot sign in until one is set."""
    email, name = email.strip().lower(), name.strip()
    if "@" not in email or not name:
        raise ForestallError("A person needs a name and a work e-mail address.", "Enter both.")
    if User.objects.filter(email=email).exists():
        raise ForestallError(
            "Somebody with this e-mail address is already here.", "Give them a role instead."
        )
    if password and not demo:
        _check_password(password)
    person = User.objects.create(
        email=email, name=name, password=make_password(password or None), is_demo=demo
    )
    audit.record(by=by, action="person.added", object_kind="person", object_id=person.key)
    return person


@transaction.atomic
def add_membership(
    *,
    by: User | str,
    person: User,
    organisation: Organisation,
    role: str,
    start: date | None = None,
    end: date | None = None,
) -> Membership:
    """Give a person a role in an organisation."""
    if role not in list(Role):
        raise ForestallError(f"{role!r} is not a role.", f"Use one of: {', '.join(Role)}.")
    if Membership.objects.filter(
        person=person, organisation=organisation, role=role, end__isnull=True
    ).exists():
        raise ForestallError(
            "This person already holds this role there.", "End the one they hold, or choose another."
        )
    start = start or timezone.localdate()
    if end is not None and end < start:
        raise ForestallError(
            "The last day comes before the first.", "Enter a last day on or after the first."
        )
    made = Membership.objects.create(
        person=person, organisation=organisation, role=role, start=start, end=end
    )
    audit.record(
        by=by,
        action="membership.added",
        object_kind="person",
        object_id=person.key,
        organisation=organisation.key,
        details={"role": role, "start": start.isoformat(), "end": end.isoformat() if end else None},
    )
    return made


@transaction.atomic
def end_membership(*, by: User | str, membership: Membership, end: date | None = None) -> None:
    """The person's last day in this role is yesterday, or the day given: from now on it gives them nothing."""
    day = end or timezone.localdate() - timezone.timedelta(days=1)
    person, organisation = membership.person, membership.organisation
    if day < membership.start:
        membership.delete()  # begun and ended on one day: the log keeps it, and it stops at once
    else:
        membership.end = day
        membership.save(update_fields=["end"])
    audit.record(
        by=by,
        action="membership.ended",
        object_kind="person",
        object_id=person.key,
        organisation=organisation.key,
        details={"role": membership.role, "end": day.isoformat()},
    )


@transaction.atomic
def change_password(*, by: User, person: User, password: str) -> None:
    """Set a person's password."""
    _check_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(by=by, action="person.password_changed", object_kind="person", object_id=person.key)


@transaction.atomic
def adopt_places(*, by: User | str, places: Iterable[dict[str, str]]) -> int:
    """Make an organisation for each place that has none yet, keeping the hierarchy of the places.

    places: {"code", "name", "kind", "parent"} of nation, region, force, district and beat, in any order.
    Those that exist keep their name, which somebody may have changed. Returns how many were made.
    """
    levels = [Kind.NATION, Kind.REGION, Kind.FORCE, Kind.DISTRICT, Kind.BEAT]
    order = {level.value: i for i, level in enumerate(levels)}
    wanted = sorted((p for p in places if p["kind"] in order), key=lambda p: (order[p["kind"]], p["code"]))
    have = {o.place_code: o for o in Organisation.objects.exclude(place_code="")}
    keys = set(Organisation.objects.values_list("key", flat=True))
    made = 0
    links = []
    for place in wanted:
        if place["code"] in have:
            continue
        key = _unused(slugify(place["code"].replace(":", "-")) or place["kind"], keys)
        keys.add(key)
        parent = have.get(place.get("parent") or "")
        if parent is None and place["kind"] in (Kind.DISTRICT, Kind.BEAT):
            continue  # where stray points of a force lie: nobody in these records answers for it
        organisation = Organisation.objects.create(
            key=key, name=place["name"], kind=place["kind"], place_code=place["code"]
        )
        organisation.path = f"{parent.path if parent else '/'}{organisation.pk}/"
        have[place["code"]] = organisation
        if parent:
            links.append(Parent(child=organisation, parent=parent, start=date(1900, 1, 1)))
        made += 1
    new = [o for o in have.values() if o.path]
    Organisation.objects.bulk_update(new, ["path"], batch_size=500)
    Parent.objects.bulk_create(links, batch_size=500)
    if made:
        audit.record(
            by=by,
            action="organisation.adopted",
            object_kind="organisation",
            object_id="places",
            details={"made": made},
        )
    return made


def _set_path(organisation: Organisation, parent: Organisation | None) -> None:
    organisation.path = f"{parent.path if parent else '/'}{organisation.pk}/"
    organisation.save(update_fields=["path"])


def _free_key(base: str) -> str:
    return _unused(base, set(Organisation.objects.filter(key__startswith=base).values_list("key", flat=True)))


def _unused(base: str, taken: set[str]) -> str:
    key, n = base, 2
    while key in taken:
        key, n = f"{base}-{n}", n + 1
    return key


def _check_password(password: str, person: User | None = None) -> None:
    try:
        validate_password(password, person)
    except ValidationError as problem:
        raise ForestallError(" ".join(problem.messages), "Choose a longer or less common one.")
