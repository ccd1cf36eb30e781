"""`python -m django add_person`: the first administrator of a server that has nobody yet."""

from __future__ import annotations

from argparse import ArgumentParser
from getpass import getpass

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from forestall.errors import ForestallError
from forestall.records.organisations import actions, selectors
from forestall.records.organisations.models import Organisation, User
from forestall.records.organisations.permissions import Role


class Command(BaseCommand):
    help = "Add a person with a role in an organisation, making the organisation if there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", default=Role.ADMINISTRATOR.value, choices=[r.value for r in Role])
        parser.add_argument("--organisation", required=True, help="Key of the organisation.")
        parser.add_argument("--kind", default="force", help="Kind, when the organisation has to be made.")

    def handle(self, *args: object, **options: str) -> None:
        password = getpass("Password (at least 12 characters): ")
        try:
            person, organisation = self._add(options, password)
        except ForestallError as problem:
            raise CommandError(str(problem))
        self.stdout.write(f"{person.email} is {options['role']} of {organisation.name}.")

    @transaction.atomic
    def _add(self, options: dict[str, str], password: str) -> tuple[User, Organisation]:
        organisation = selectors.organisation(options["organisation"]) or actions.create_organisation(
            by="system",
            name=options["organisation"].replace("-", " ").title(),
            kind=options["kind"],
            key=options["organisation"],
        )
        person = actions.add_person(
            by="system", email=options["email"], name=options["name"], password=password
        )
        actions.add_membership(by="system", person=person, organisation=organisation, role=options["role"])
        return person, organisation
