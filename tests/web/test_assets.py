"""What set-up fetches is pinned by hash and by no address; what it builds carries nothing of gov.uk's own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "src" / "forestall" / "web" / "static" / "vendor"


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    text = (ROOT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    missing = [name for name, entry in packages.items() if name and "integrity" not in entry]
    assert missing == []
    for entry in packages.values():
        entry.pop("funding", None)  # where to send money, of the packages themselves
    assert "resolved" not in text
    assert "http" not in json.dumps(packages)


def test_the_lock_file_agrees_with_the_packages_asked_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"].startswith(version.lstrip("^").split(".")[0])
    assert locked["node_modules/htmx.org"]["version"].startswith("2.")


@pytest.mark.skipif(not VENDOR.is_dir(), reason="the assets are not built here: make assets")
class TestBuilt:
    def test_no_font_or_crest_of_gov_uk(self) -> None:
        style = (VENDOR / "forestall.css").read_text()
        for word in ("GDS Transport", "@font-face"):
            assert word not in style, word
        for address in re.findall(r"url\([^)]*\)", style):
            assert "crest" not in address, address
            assert "crown" not in address, address
        assert not [p for p in VENDOR.rglob("*") if "crest" in p.name or "crown" in p.name]

    def test_everything_that_the_stylesheet_names_is_there(self) -> None:
        for name in re.findall(r"url\(\"?(\./[^)\"]+)", (VENDOR / "forestall.css").read_text()):
            assert (VENDOR / name).is_file(), name

    def test_nothing_points_elsewhere(self) -> None:
        """Source maps would be asked for and not be there."""
        for script in VENDOR.glob("*.js"):
            assert "sourceMappingURL" not in script.read_text(encoding="utf-8")[-300:], script.name
