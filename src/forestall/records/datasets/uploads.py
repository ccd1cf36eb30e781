"""Uploaded files: kept under generated folders where nothing is served from, until their import has ended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.conf import settings

from forestall.errors import ForestallError
from forestall.records.datasets.models import ImportJob

#: What an upload may be.
RECORD_ENDINGS = (".zip", ".csv", ".parquet", ".geojson", ".json")
MAPPING_ENDINGS = (".yaml", ".yml", ".json")


class Upload(Protocol):
    """A file as a form hands it over."""

    name: str
    size: int

    def chunks(self) -> Iterator[bytes]: ...


def folder_of(job: ImportJob) -> Path:
    """Where the job's files wait."""
    return Path(settings.FORESTALL_UPLOADS) / str(job.key)


def check(files: Sequence[Upload], mapping: Upload | None) -> None:
    if not files:
        raise ForestallError("No file was chosen.", "Choose one or more files to import.")
    for upload, endings in [
        *((f, RECORD_ENDINGS) for f in files),
        *([(mapping, MAPPING_ENDINGS)] if mapping else []),
    ]:
        if not upload.name.lower().endswith(endings):
            raise ForestallError(
                f"{PurePosixPath(upload.name).name!r} is not a kind of file that can be read here.",
                f"Use {', '.join(endings)}.",
            )
        if upload.size == 0:
            raise ForestallError(f"{upload.name!r} is empty.", "Check the file and choose it again.")
    most = settings.FORESTALL_UPLOAD_MEGABYTES
    total = sum(f.size for f in files)
    if total > most * 1_000_000:
        raise ForestallError(
            f"These files weigh {total / 1e6:,.0f} MB; an upload here may weigh {most} MB.",
            "Upload them in parts, or have them imported on the server: forestall import PATH.",
        )


def keep(folder: Path, files: Sequence[Upload], mapping: Upload | None) -> list[dict[str, Any]]:
    """Write the files where nothing is served from. Names keep their meaning (month, force), not their path."""
    (folder / "records").mkdir(parents=True, mode=0o700)
    kept: list[dict[str, Any]] = []
    taken: set[str] = set()
    for upload, place in [*((f, "records") for f in files), *([(mapping, "mapping")] if mapping else [])]:
        (folder / place).mkdir(exist_ok=True)
        name = _unused(safe_name(upload.name), taken)
        taken.add(name)
        size = _write(folder / place / name, upload.chunks())
        kept.append(
            {
                "name": PurePosixPath(upload.name.replace("\\", "/")).name[:200],
                "stored": f"{place}/{name}",
                "size": size,
            }
        )
    return kept


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    with path.open("xb") as out:
        return sum(out.write(chunk) for chunk in chunks)


def safe_name(name: str) -> str:
    """A file name without folders or signs that a shell or a page could stumble over."""
    last = PurePosixPath(name.replace("\\", "/")).name
    stem, dot, ending = last.rpartition(".")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-.")[:100] or "file"
    return f"{stem}{dot}{re.sub(r'[^a-z0-9]', '', ending.lower())[:10]}"


def _unused(name: str, taken: set[str]) -> str:
    stem, _, ending = name.rpartition(".")
    n = 2
    while name in taken:
        name, n = f"{stem}_{n}.{ending}", n + 1
    return name
