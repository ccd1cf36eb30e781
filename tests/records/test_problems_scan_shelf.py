"""A scan that is kept is not shown any more once the weights behind it have changed."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from forestall.records.problems.selectors import scans

pytestmark = pytest.mark.django_db


@dataclass
class Values(dict):
    """Stands in for a table of weights."""

    edition: SimpleNamespace
    held: dict

    def __post_init__(self) -> None:
        self.update(self.held)


def test_other_weights_are_another_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    weight = {"value": 2.0}
    release = SimpleNamespace(id="r", hash="h", forces=["f"])
    monkeypatch.setattr(scans.datasets, "live_release", lambda: release)
    monkeypatch.setattr(
        scans.datasets,
        "values_in_use",
        lambda: (Values(SimpleNamespace(label="mine"), {"Burglary": weight["value"]}),),
    )

    def look(release, **parameters):
        asked.append(parameters)
        return SimpleNamespace(to_dict=lambda: {"asked": len(asked)})

    monkeypatch.setattr("forestall.sara.scanning.scan.scan", look)
    assert scans.scan("f", "harm") == {"asked": 1}
    assert scans.scan("f", "harm") == {"asked": 1}
    weight["value"] = 3.0
    assert scans.scan("f", "harm") == {"asked": 2}
    assert scans.scan("f", "count") == {"asked": 3}
