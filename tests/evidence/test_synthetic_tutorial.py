"""The tutorial can be followed: its commands exist, its options are known, its figures are those of the region."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from tests.synthetic_nation import nation

from forestall.cli.main import COMMANDS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "tutorial" / "first-hour.md"
LINES = re.findall(r"^    (forestall .+)$|`(forestall [^`]+)`", PAGE.read_text("utf-8"), re.MULTILINE)
CALLS = [a or b for a, b in LINES]


@pytest.mark.parametrize("call", CALLS)
def test_every_command_and_option_exists(call: str) -> None:
    words = shlex.split(call.split(" > ")[0])[1:]
    assert words[0] in COMMANDS
    module, function, _ = COMMANDS[words[0]]
    command = getattr(importlib.import_module(f"forestall.cli.{module}"), function)
    known = {option for parameter in command.params for option in parameter.opts}
    assert {w for w in words if w.startswith("--")} <= known


def test_there_are_commands_to_check() -> None:
    assert len(CALLS) >= 8


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8")):
        assert (PAGE.parent / target).exists(), target


def test_what_really_happened_is_what_was_planted() -> None:
    page = PAGE.read_text("utf-8")
    one, two, three, _ = nation(1).region.truth.interventions
    assert f"{100 * one.effect:.0f} %, nothing moved" in page
    assert f"{100 * two.effect:.0f} %, and {two.moved} of {two.prevented} prevented moved nearby" in page
    assert three.effect == 0
    assert three.force == one.force == "mb-northmarsh"
    assert sum(p.force == "mb-northmarsh" for p in nation(1).region.truth.problems) == 6
    assert f"{two.events_after} thefts after" in page


def test_the_false_candidate_has_the_residents_said() -> None:
    data = nation(1)
    here = (data["force"] == "mb-northmarsh") & (data["location"] == "On or near Spindrift Terrace")
    areas, counts = np.unique(data["area"][here].astype(str), return_counts=True)
    residents = {p["code"]: p["population"] for p in data.region.places.to_pylist()}
    assert 2_817 in [residents[a] for a in areas[np.argsort(-counts)][:3]]
    assert "2,817\nresidents" in PAGE.read_text("utf-8")
