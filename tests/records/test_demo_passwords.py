"""Beside real records the made-up people's password is this machine's own, and every start can tell it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from forestall.records.demo import actions


@pytest.fixture
def real(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(actions.datasets_selectors, "live_is_make_believe", lambda: False)
    return data_folder / "demo-password"


def test_a_later_start_tells_the_same_password_and_only_the_owner_reads_it(real: Path) -> None:
    first = actions.demo_password()
    assert len(first) >= 12
    assert actions.demo_password() == first
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_a_start_that_was_cut_short_leaves_no_empty_password(real: Path) -> None:
    real.touch()
    assert len(actions.demo_password()) >= 12
