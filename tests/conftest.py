"""What tests of every area share: settings for tests, a small hierarchy of organisations, people, pages."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Before Django reads its settings: records of tests never land in the checkout.
os.environ.setdefault("FORESTALL_DATA", tempfile.mkdtemp(prefix="forestall-tests-"))
os.environ.setdefault("FORESTALL_SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs an event loop

pytest_plugins = ["tests.web.browser"]


@pytest.fixture(autouse=True)
def _fast_and_apart(request: pytest.FixtureRequest) -> Iterator[None]:
    """Cheap password hashes; tasks run at once; wrong sign-ins of one test do not lock out the next."""
    if "django_db_setup" not in request.fixturenames and "db" not in request.fixturenames:
        yield
        return
    from django.core.cache import cache

    settings = request.getfixturevalue("settings")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    cache.clear()
    yield


@pytest.fixture
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder of the test's own, with no records in it yet."""
    settings.FORESTALL_DATA = tmp_path
    settings.FORESTALL_STORE = tmp_path / "store"
    settings.FORESTALL_UPLOADS = tmp_path / "uploads"
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path


@pytest.fixture
def organisations(db: None) -> dict[str, Any]:
    """A nation, a region, two forces, a district and a beat in the first, and its council."""
    from forestall.records.organisations import actions

    made: dict[str, Any] = {}
    for key, name, kind, parent in (
        ("nation", "Testland", "nation", None),
        ("region", "North", "region", "nation"),
        ("force", "Aldshire", "force", "region"),
        ("other-force", "Brinshire", "force", "region"),
        ("district", "Aldham", "district", "force"),
        ("beat", "Aldham Centre", "beat", "district"),
        ("council", "Aldham Council", "council", "district"),
    ):
        made[key] = actions.create_organisation(
            by="system", name=name, kind=kind, key=key, parent=made[parent] if parent else None
        )
    return made


@pytest.fixture
def add_person(organisations: dict[str, Any]) -> Callable[..., Any]:
    """add_person("analyst", "force") -> a person with that role there. Several calls make several people."""
    from forestall.records.organisations import actions

    count = 0

    def add(role: str | None = "analyst", where: str = "force", name: str = "") -> Any:
        nonlocal count
        count += 1
        person = actions.add_person(
            by="system",
            email=f"person{count}@example.org",
            name=name or f"Person {count}",
            password="correct horse",
            demo=True,
        )
        if role:
            actions.add_membership(by="system", person=person, organisation=organisations[where], role=role)
        return person

    return add


@pytest.fixture
def person(add_person: Callable[..., Any]) -> Any:
    """An analyst of the first force."""
    return add_person("analyst", "force", "Alex Analyst")


@pytest.fixture
def signed_in(client: Any, person: Any) -> Any:
    """A client signed in as `person`."""
    client.force_login(person)
    return client


@pytest.fixture
def client_for(db: None) -> Callable[[Any], Any]:
    """client_for(person) -> a client signed in as that person."""
    from django.test import Client

    def make(who: Any) -> Any:
        client = Client()
        client.force_login(who)
        return client

    return make


@pytest.fixture(scope="session")
def make_believe_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The make-believe nation, made once a run (about two seconds). Read it; never write to it."""
    from forestall.evidence.synthetic import make_believe

    store = tmp_path_factory.mktemp("make-believe") / "store"
    make_believe(store=store, seed=1)
    return store


@pytest.fixture
def make_believe(make_believe_store: Path, data_folder: Path, settings: Any) -> Path:
    """The live release is the make-believe nation. Read only: other tests read the same store."""
    settings.FORESTALL_STORE = make_believe_store
    return make_believe_store


@pytest.fixture
def demo(make_believe: Path, db: None) -> dict[str, Any]:
    """The make-believe nation with its organisations and made-up people: {"analyst": User, ...}."""
    from forestall.records.demo import actions
    from forestall.records.organisations import selectors

    actions.build()
    return {person.email.partition("@")[0]: person for person in selectors.demo_people()}
