"""Made-up people, one for each kind of work."""

from __future__ import annotations

from dataclasses import dataclass

from forestall.records.organisations.permissions import Role


@dataclass(frozen=True)
class Person:
    name: str  # the part of the e-mail address before the sign
    full_name: str
    role: Role
    level: str  # where: kind of organisation around the demo force


@dataclass(frozen=True)
class SignIn:
    """What to type to try the pages."""

    email: str
    role: str
    organisation: str
    password: str


PEOPLE = (
    Person("analyst", "Ade Analyst (made up)", Role.ANALYST, "force"),
    Person("sergeant", "Sam Sergeant (made up)", Role.SERGEANT, "district"),
    Person("officer", "Ola Officer (made up)", Role.OFFICER, "beat"),
    Person("commander", "Cai Commander (made up)", Role.COMMANDER, "force"),
    Person("partner", "Pat Partner (made up)", Role.PARTNER, "council"),
    Person("nation", "Noor Nation (made up)", Role.READER, "nation"),
    Person("neighbour", "Nia Neighbour (made up)", Role.ANALYST, "other-force"),
    Person("administrator", "Ash Administrator (made up)", Role.ADMINISTRATOR, "nation"),
    Person("auditor", "Avi Auditor (made up)", Role.AUDITOR, "nation"),
)
