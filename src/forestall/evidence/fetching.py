"""Bring one force's months from police.uk's archives into a folder, ready to import.

An archive is one zip a month of publication; it holds that month and earlier ones of every force. So the
newest archive is taken first, and older ones only for the months that are still missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError
from forestall.evidence import forces
from forestall.evidence.downloads import Downloaded, NotThereError, download
from forestall.evidence.sources.archives import Limits
from forestall.evidence.spans import span

PUBLIC_SOURCE = "https://data.police.uk/data/archive/{month}.zip"
KINDS = ("street", "outcomes", "stop-and-search")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_MOST_MONTHS = 240
Progress = Callable[[str, float], None]


@dataclass
class Fetched:
    """What was brought. months: those with a street file; a month that no archive has is missing, never empty."""

    force: str
    folder: Path
    months: list[str] = field(default_factory=list)
    months_missing: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    archives: list[dict[str, Any]] = field(default_factory=list)
    already_there: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "folder": str(self.folder)}


def fetch(
    force: str,
    first: str,
    last: str,
    folder: Path,
    *,
    source: str = PUBLIC_SOURCE,
    keep: bool = False,
    tries: int = 4,
    pause: float = 1.0,
    progress: Progress | None = None,
) -> Fetched:
    """Bring the months of one force into `folder`/YYYY-MM/YYYY-MM-force-kind.csv.

    force: any name of it. first, last: months, "2022-10", both included. source: address of the archives, with
    {month} where the month goes (put at the end otherwise). keep: leave the archives in the folder too.
    tries, pause: see `download`.
    Returns what was brought; every archive's address, size and SHA-256 also go to `folder`/fetched.json.
    A month brought before is not brought again. Raises ForestallError when nothing could be brought, or a
    download or an archive is damaged; whole files that came stay, and a second call goes on from there.
    """
    code, months = _force(force), _months(first, last)
    done = Fetched(code, folder)
    done.already_there = [m for m in months if _target(folder, m, code, "street").exists()]
    missing = [m for m in months if m not in done.already_there]
    refused: NotThereError | None = None
    while missing:
        month = missing[-1]
        try:
            archive = _bring(_address(source, month), folder, month, tries, pause, progress)
        except NotThereError as problem:
            refused = problem
            done.months_missing.append(missing.pop())
            continue
        brought = _unpack(archive, code, missing, folder, progress)
        done.files += brought
        got = {m for m in missing if _target(folder, m, code, "street").exists()}
        done.months_missing += [month] if month not in got else []
        missing = [m for m in missing if m not in got and m != month]
        done.archives.append(_record(folder, archive))
        if not keep:
            archive.path.unlink(missing_ok=True)
    done.months = sorted(m for m in months if _target(folder, m, code, "street").exists())
    done.months_missing.sort()
    if not done.months:
        raise refused or ForestallError(
            f"The archives hold no months of {forces.force(code).name} from {first} to {last}.",
            "Check the force and the months; forces are sometimes missing from police.uk for a while.",
        )
    return done


def _force(name: str) -> str:
    code = forces.resolve(name)
    if not forces.is_known(code):
        known = ", ".join(sorted(f.code for f in forces.all_forces()))
        raise ForestallError(f"{name!r} is not a force that police.uk publishes.", f"Give one of: {known}.")
    return code


def _months(first: str, last: str) -> list[str]:
    for month in (first, last):
        if not _MONTH.fullmatch(month):
            raise ForestallError(f"{month!r} is not a month.", "Write it as 2022-10.")
    if first > last:
        raise ForestallError(f"{first} is after {last}.", "Give the earlier month as --from.")
    months = span(first, last)
    if len(months) > _MOST_MONTHS:
        raise ForestallError(f"That is {len(months)} months.", f"Ask for at most {_MOST_MONTHS} at a time.")
    return months


def _address(source: str, month: str) -> str:
    if "{month}" in source:
        return source.replace("{month}", month)
    return f"{source.rstrip('/')}/{month}.zip"


def _target(folder: Path, month: str, force: str, kind: str) -> Path:
    return folder / month / f"{month}-{force}-{kind}.csv"


def _unpack(
    archive: Downloaded, force: str, months: list[str], folder: Path, progress: Progress | None
) -> list[str]:
    """Write the force's files of these months, each whole or not at all; their names."""
    wanted = re.compile(rf"(?:^|/)(\d{{4}}-\d{{2}})-{re.escape(force)}-({'|'.join(KINDS)})\.csv$")
    limits = Limits()
    written = []
    try:
        with zipfile.ZipFile(archive.path) as opened:
            # The street file goes last: it is the sign that a month is all there.
            found = sorted(
                (
                    (m[1], m[2], e)
                    for e in opened.infolist()
                    if (m := wanted.search(e.filename)) and m[1] in months
                ),
                key=lambda f: (f[0], f[1] == "street"),
            )
            for n, (month, kind, entry) in enumerate(found, start=1):
                if entry.file_size > limits.one_file:
                    raise zipfile.BadZipFile(f"{entry.filename} would unpack to {entry.file_size:,} bytes")
                target = _target(folder, month, force, kind)
                _write(opened, entry, target)
                written.append(target.relative_to(folder).as_posix())
                if progress is not None:
                    progress(f"Unpacking {target.name}", n / len(found))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        archive.path.unlink(missing_ok=True)
        raise ForestallError(
            f"What came from {archive.url} is not a whole zip archive ({problem}).",
            "A proxy may have answered in its place, or the file is damaged there. Run the same command again.",
        ) from None
    except OSError as problem:
        raise ForestallError(
            f"The files cannot be written to {folder}: {problem.strerror}.",
            "Check the free space and the rights there.",
        ) from problem
    return written


def _write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """One member, its checksum tested on the way, in place by one rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with opened.open(entry) as stream, part.open("wb") as out:
            while block := stream.read(1 << 20):
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _bring(
    url: str, folder: Path, month: str, tries: int, pause: float, progress: Progress | None
) -> Downloaded:
    """An archive kept from an earlier call, if it is still what came then; otherwise by the network."""
    path = folder / f"archive-{month}.zip"
    for line in _account(folder):
        if path.exists() and line.get("url") == url and line.get("bytes") == path.stat().st_size:
            with path.open("rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() == line.get("sha256"):
                    return Downloaded(path, url, line["bytes"], line["sha256"], line["bytes"])
    return download(url, path, tries=tries, pause=pause, progress=progress)


def _account(folder: Path) -> list[dict[str, Any]]:
    """What came from where, as the folder says."""
    try:
        held = json.loads((folder / "fetched.json").read_text(encoding="utf-8"))["archives"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [line for line in held if isinstance(line, dict)] if isinstance(held, list) else []


def _record(folder: Path, archive: Downloaded) -> dict[str, Any]:
    """Add an archive to the folder's account."""
    line = {
        "url": archive.url,
        "bytes": archive.size,
        "sha256": archive.sha256,
        "resumed_from": archive.resumed,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    part = folder / ".fetched.json.part"
    part.write_text(json.dumps({"archives": [*_account(folder), line]}, indent=1), encoding="utf-8")
    part.replace(folder / "fetched.json")
    return line
