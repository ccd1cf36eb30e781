"""Killed at any step, an import loses nothing, doubles nothing and shows nothing half done."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import crash_stepping


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork.*")
def test_nothing_is_lost_doubled_or_half_visible(tmp_path: Path) -> None:
    results = crash_stepping.run(tmp_path)
    assert {name: r.faults for name, r in results.items() if r.faults} == {}
    assert sum(r.kills for r in results.values()) >= 80
    assert all(r.kills == len(r.steps) for r in results.values())
    assert sum(r.rows_lost + r.rows_doubled for r in results.values()) == 0
