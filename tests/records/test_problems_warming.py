"""A release that becomes live by an import or a way back has its scan ready."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.records.test_datasets_imports import start, upload  # noqa: F401

from forestall.records.datasets import actions, selectors
from forestall.records.problems import warming

pytestmark = pytest.mark.django_db


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    monkeypatch.setattr(
        warming.scans, "scan", lambda force, rank_by: found.append((selectors.live_release().id, force))
    )
    return found


def test_an_import_and_a_way_back_are_scanned_ahead(
    start: Any,  # noqa: F811
    person: Any,
    scanned: list,
    django_capture_on_commit_callbacks: Any,
) -> None:
    first = start(upload("2024-01")).release
    assert scanned == [(first, "leicestershire"), (first, None)]
    second = start(upload("2024-02")).release
    assert scanned[2:] == [(second, "leicestershire"), (second, None)]
    start(upload("2024-02"))
    assert len(scanned) == 4  # nothing new, nothing to do
    with django_capture_on_commit_callbacks(execute=True):
        actions.make_live(by=person, release_id=first)
    assert scanned[4:] == [(first, "leicestershire"), (first, None)]


def test_a_release_that_is_not_live_any_more_is_left_alone(
    scanned: list, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warming.scan_ahead.func("gone")
    monkeypatch.setattr(warming.datasets, "live_or_none", lambda: SimpleNamespace(id="newer", forces=["f"]))
    warming.scan_ahead.func("older")
    assert scanned == []
