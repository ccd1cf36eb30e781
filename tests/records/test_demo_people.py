"""Made-up people: one password on make-believe records, one of the machine's own beside real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from forestall.records.demo import actions
from forestall.records.organisations import selectors
from forestall.records.organisations.models import User

pytestmark = pytest.mark.django_db

HEAD = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
ROW = ",2024-01,Leicestershire Police,Leicestershire Police,-1.13,52.63,High Street,E01013649,Leicester 012A,Drugs,,"


def test_everybody_knows_the_make_believe_password(demo: dict[str, Any]) -> None:
    assert all(person.check_password("make-believe") for person in demo.values())
    assert {s.email for s in actions.sign_ins()} == {p.email for p in demo.values()}


def test_building_twice_adds_nothing(demo: dict[str, Any]) -> None:
    people = User.objects.count()
    signed = actions.sign_ins()
    actions.build()
    assert User.objects.count() == people
    assert actions.sign_ins() == signed


def test_beside_real_records_the_known_password_stops_and_people_move(
    demo: dict[str, Any],
    data_folder: Path,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from forestall.records.datasets import actions as datasets

    settings.FORESTALL_STORE = data_folder / "store"  # a store of its own: the shared one is read only
    file = SimpleUploadedFile("2024-01-leicestershire-street.csv", f"{HEAD}\n{ROW}\n".encode())
    with django_capture_on_commit_callbacks(execute=True):
        datasets.start_import(by=demo["analyst"], files=[file])
    assert not actions.is_at_home()
    actions.build()
    assert actions.is_at_home()
    analyst = User.objects.get(pk=demo["analyst"].pk)
    assert not analyst.check_password("make-believe")
    assert analyst.check_password(actions.demo_password())
    assert selectors.home_organisation(analyst).place_code == "f:leicestershire"
    assert (data_folder / "demo-password").stat().st_mode & 0o077 == 0
