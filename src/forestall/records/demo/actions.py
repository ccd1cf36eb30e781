"""A make-believe region to learn on, and made-up people to sign in as. Everything is made through the actions."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from forestall.records.datasets import actions as datasets
from forestall.records.datasets import selectors as datasets_selectors
from forestall.records.demo.people import PEOPLE, SignIn
from forestall.records.organisations import actions, selectors
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import role_name

#: A name that no mail reaches.
DEMO_DOMAIN = "demo.example"


def make_region(*, seed: int = 1) -> None:
    """Generate the make-believe nation and make it the live release."""
    from forestall.evidence.synthetic import make_believe

    make_believe(store=datasets_selectors.store(), seed=seed)


@transaction.atomic
def build(*, by: User | str = "system", force: str | None = None) -> list[SignIn]:
    """Organisations for the live release's places, and people with roles in one of its forces.

    force: code of the force; the first of the release when not given. Run again, it adds what is missing and
    changes nothing else. Returns the sign-ins.
    """
    datasets.adopt_places(by=by)
    release = datasets_selectors.live_release()
    levels = _levels(force or release.forces[0])
    password = demo_password()
    made = []
    for who in PEOPLE:
        organisation = levels.get(who.level)
        if organisation is None:
            continue
        email = f"{who.name}@{DEMO_DOMAIN}"
        person = User.objects.filter(email=email).first() or actions.add_person(
            by=by, email=email, name=who.full_name, password=password, demo=True
        )
        _leave_other_places(by, person, organisation)
        held = selectors.memberships(person).filter(
            organisation=organisation, role=who.role, end__isnull=True
        )
        if not held.exists():
            actions.add_membership(by=by, person=person, organisation=organisation, role=who.role)
        made.append(SignIn(email, role_name(who.role), organisation.name, password))
    set_demo_passwords()
    return made


def _leave_other_places(by: User | str, person: User, organisation: Organisation) -> None:
    """Made-up people move to the records that are live: each works in one place."""
    for membership in (
        selectors.memberships(person).filter(end__isnull=True).exclude(organisation=organisation)
    ):
        actions.end_membership(by=by, membership=membership)


def set_demo_passwords() -> None:
    """Made-up people beside real records get a password of this machine's own, not the one all know.

    A mark in the data folder says which was set last: checking a password costs half a second of every start.
    """
    password = demo_password()
    mark = hashlib.sha256(password.encode()).hexdigest()
    kept = Path(settings.FORESTALL_DATA) / "demo-password-set"
    if kept.exists() and kept.read_text() == mark:
        return
    hashed = make_password(password)
    User.objects.filter(pk__in=[p.pk for p in selectors.demo_people()]).update(password=hashed)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(mark)


def sign_ins() -> list[SignIn]:
    """Who can be signed in as, for printing when the server starts."""
    password = demo_password()
    return [
        SignIn(person.email, role_name(m.role), m.organisation.name, password)
        for person in selectors.demo_people()
        for m in selectors.memberships(person).filter(end__isnull=True)[:1]
    ]


def demo_password() -> str:
    """The same everywhere with make-believe records on one's own machine; else a random one kept in the data
    folder."""
    if settings.FORESTALL_DEMO and datasets_selectors.live_is_make_believe():
        return str(settings.FORESTALL_DEMO_PASSWORD)
    path = Path(settings.FORESTALL_DATA) / "demo-password"
    if not path.exists() or not path.read_text().strip():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(9))
    return path.read_text().strip()


def is_at_home() -> bool:
    """Whether some made-up person holds a role in a force of the live records, or there is nobody to move."""
    codes = [f"f:{force}" for force in datasets_selectors.live_release().forces]
    people = selectors.demo_people()
    return not people.exists() or people.filter(memberships__organisation__place_code__in=codes).exists()


def _levels(force: str) -> dict[str, Organisation]:
    """One organisation of each level, around the force: the levels above it, and the first below it."""
    top = selectors.of_place(f"f:{force}")
    if top is None:
        return {}
    levels = {o.kind: o for o in selectors.ancestors(top)}
    neighbour = Organisation.objects.filter(kind="force").exclude(pk=top.pk).order_by("name").first()
    if neighbour:
        levels["other-force"] = neighbour
    at: Organisation | None = top
    for kind in ("district", "beat"):
        at = selectors.children(at).filter(kind=kind).order_by("name").first() if at else None
        if at:
            levels[kind] = at
    if "district" in levels:
        levels["council"] = _council(levels["district"])
    return levels


def _council(district: Organisation) -> Organisation:
    key = f"{district.key}-council"
    return selectors.organisation(key) or actions.create_organisation(
        by="system", name=f"{district.name} Council (made up)", kind="council", key=key[:100], parent=district
    )
