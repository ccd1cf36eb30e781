"""Which releases there are, and which one is live.

A store is a folder:

    CURRENT                     id of the live release (replaced in one rename)
    releases/<id>/manifest.json what is in it, with a hash of each file
    releases/<id>/events.parquet  places.parquet  quality.json  rejects.csv

A release is never edited. A reader takes one `Release` and keeps to it for its whole answer.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError


def default_data_folder() -> Path:
    """Where records, releases and settings live: FORESTALL_DATA, or ./forestall-data."""
    return Path(os.environ.get("FORESTALL_DATA", "forestall-data"))


def default_store() -> Path:
    return default_data_folder() / "store"


@dataclass(frozen=True)
class Release:
    """One immutable version of the event store."""

    id: str
    folder: Path
    manifest: dict[str, Any] = field(repr=False, compare=False)

    @property
    def hash(self) -> str:
        """SHA-256 over the content of its events and places; equal content gives an equal hash."""
        return str(self.manifest["hash"])

    @property
    def events_path(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def places_path(self) -> Path:
        return self.folder / "places.parquet"

    @property
    def months(self) -> list[str]:
        """Months present, oldest first. A month that is missing is not here, and is never zero."""
        return list(self.manifest["months"])

    @property
    def months_missing(self) -> list[str]:
        return list(self.manifest["months_missing"])

    @property
    def forces(self) -> list[str]:
        return list(self.manifest["forces"])

    @property
    def make_believe(self) -> bool:
        """True when the events were generated, not recorded. Every page that shows them says so."""
        return bool(self.manifest.get("make_believe", False))

    @cached_property
    def quality(self) -> dict[str, Any]:
        path = self.folder / "quality.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def releases(store: Path) -> list[Release]:
    """Every release in the store, newest first."""
    folder = Path(store) / "releases"
    found = [p for p in folder.iterdir() if (p / "manifest.json").exists()] if folder.is_dir() else []
    return sorted((_read(p) for p in found), key=lambda r: r.manifest["created"], reverse=True)


def release(store: Path, release_id: str) -> Release:
    """The release with this id."""
    folder = Path(store) / "releases" / release_id
    if "/" in release_id or "\\" in release_id or not (folder / "manifest.json").exists():
        raise ForestallError(
            f"There is no release {release_id!r} in this store.", "List them with: forestall releases"
        )
    return _read(folder)


def live(store: Path) -> Release:
    """The release that readers get now."""
    pointer = Path(store) / "CURRENT"
    if not pointer.exists():
        raise ForestallError(
            "There are no records in this store yet.",
            "Import some with: forestall import PATH. Or practise first with: forestall make-believe",
        )
    return release(store, pointer.read_text(encoding="utf-8").strip())


def has_live(store: Path) -> bool:
    return (Path(store) / "CURRENT").exists()


def _read(folder: Path) -> Release:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Release(id=folder.name, folder=folder, manifest=manifest)
