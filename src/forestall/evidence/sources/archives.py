"""Folders, zips and zips of zips as a flat list of files, within limits that a hostile archive cannot pass."""

from __future__ import annotations

import gzip
import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from forestall.errors import ForestallError
from forestall.evidence.sources.protocol import Item

DEEPEST = 1  # a zip of monthly zips; no deeper
_AGAIN = "Download it again from where it was published."


@dataclass(frozen=True)
class Limits:
    """What an archive may hold. The whole of police.uk is about 10 GB unpacked, in some 8,000 files."""

    entries: int = 20_000
    one_file: int = 2_000_000_000
    all_files: int = 16_000_000_000
    ratio: int = 200  # unpacked to packed, looked at above `ratio_from` bytes
    ratio_from: int = 20_000_000


@dataclass
class _Budget:
    limits: Limits
    entries: int = 0
    size: int = 0
    keep: list[zipfile.ZipFile] = field(default_factory=list)

    def spend(self, name: str, entries: int, size: int) -> None:
        self.entries += entries
        self.size += size
        if self.entries > self.limits.entries:
            raise ForestallError(f"{name} holds more than {self.limits.entries:,} files.", _AGAIN)
        if self.size > self.limits.all_files:
            raise ForestallError(f"{name} would unpack to more than {self.limits.all_files:,} bytes.", _AGAIN)


def expand(path: Path, limits: Limits | None = None) -> list[Item]:
    """Every file in a folder, a zip (or a zip of zips), or the file itself, in name order.

    Raises ForestallError where there is no such path, or an archive is damaged, encrypted, out of the limits,
    or holds names that lead out of it. Hidden files and the extras that desktops add are left out.
    """
    path = Path(path)
    budget = _Budget(limits or Limits())
    if path.is_dir():
        return [
            item for file in _files(path) for item in _open(file, file.relative_to(path).as_posix(), budget)
        ]
    if not path.exists():
        raise ForestallError(f"There is no file or folder {path}.", "Check the path and its spelling.")
    if not path.is_file():
        raise ForestallError(f"{path} is not a file or a folder.", "Save it as a file first.")
    return list(_open(path, path.name, budget))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not _is_extra(inside.as_posix()):
            yield path


def _is_extra(name: str) -> bool:
    parts = name.split("/")
    return any(p.startswith(".") or p == "__MACOSX" for p in parts) or parts[-1] in (
        "Thumbs.db",
        "desktop.ini",
    )


def _open(path: Path, name: str, budget: _Budget) -> Iterator[Item]:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as problem:
        raise ForestallError(
            f"{name} cannot be read: {problem.strerror}.", "Check who may read it."
        ) from None
    if path.suffix.lower() == ".zip" or (start == b"PK\x03\x04" and not path.suffix):
        yield from _zip(path.open("rb"), name, budget, depth=0)
    elif path.suffix.lower() == ".gz":
        budget.spend(name, 1, size)
        yield Item(name.removesuffix(".gz"), size, lambda: _gunzip(path.open("rb"), name, budget.limits))
    else:
        if size > budget.limits.one_file * 4:
            raise ForestallError(f"{name} is larger than this can read at once.", "Split it by year.")
        yield Item(name, size, lambda: path.open("rb"))


def _zip(stream: IO[bytes], name: str, budget: _Budget, depth: int) -> Iterator[Item]:
    if depth > DEEPEST:
        raise ForestallError(f"{name}: zips are nested too deep.", "Unpack it and give the folder.")
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise ForestallError(f"{name} is not a whole zip archive ({problem}).", _AGAIN) from None
    budget.keep.append(archive)
    entries = [e for e in archive.infolist() if not e.is_dir()]
    budget.spend(name, len(entries), sum(e.file_size for e in entries))
    if any(e.filename == "[Content_Types].xml" for e in entries):
        raise ForestallError(f"{name} is an office document, not an archive.", "Save the sheet as CSV.")
    _check_entries(name, entries, budget.limits)
    for entry in sorted(entries, key=lambda e: e.filename):
        inside = f"{name}/{entry.filename}"
        if _is_extra(entry.filename):
            continue
        if entry.filename.lower().endswith(".zip"):
            yield from _zip(_unpacked(archive, entry, inside), inside, budget, depth + 1)
        elif entry.filename.lower().endswith(".gz"):
            opener = partial(_unpack_member, archive, entry, inside, budget.limits)
            yield Item(inside.removesuffix(".gz"), entry.file_size, opener)
        else:
            yield Item(inside, entry.file_size, partial(_member, archive, entry, inside))


def _check_entries(name: str, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    seen = set()
    end = -1
    for entry in sorted(entries, key=lambda e: e.header_offset):
        inside = entry.filename
        parts = inside.replace("\\", "/").split("/")
        if (
            inside.startswith(("/", "\\"))
            or ".." in parts
            or ":" in parts[0]
            or "\x00" in entry.orig_filename
        ):
            raise ForestallError(f"{name} holds a file whose name leads out of the archive.", _AGAIN)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ForestallError(f"{name}: {inside} is a link, not a file.", _AGAIN)
        if entry.flag_bits & 0x1:
            raise ForestallError(f"{name} is protected by a password.", "Unpack it and give the folder.")
        if inside in seen:
            raise ForestallError(f"{name} holds two files named {inside}.", _AGAIN)
        seen.add(inside)
        if entry.header_offset < end:
            raise ForestallError(f"{name}: its files overlap inside the archive.", _AGAIN)
        end = entry.header_offset + 30 + len(inside.encode()) + entry.compress_size
        if entry.file_size > limits.one_file:
            raise ForestallError(f"{name}: {inside} would unpack to {entry.file_size:,} bytes.", _AGAIN)
        if entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * max(
            entry.compress_size, 1
        ):
            raise ForestallError(
                f"{name}: {inside} unpacks to over {limits.ratio} times its packed size, as a hostile file does.",
                _AGAIN,
            )


class _Member(io.BufferedIOBase):
    """A zip member whose damage is told in plain words."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        self._stream, self._name = stream, name

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            return self._stream.read(-1 if size is None else size)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error) as problem:
            raise ForestallError(f"{self._name} is damaged inside its zip ({problem}).", _AGAIN) from None

    def close(self) -> None:
        self._stream.close()
        super().close()


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> BinaryIO:
    try:
        return _Member(archive.open(entry), name)  # type: ignore[return-value]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as problem:
        raise ForestallError(f"{name} cannot be unpacked ({problem}).", _AGAIN) from None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> IO[bytes]:
    """A zip within a zip, unpacked to a temporary file (in memory while small)."""
    out = tempfile.SpooledTemporaryFile(max_size=64_000_000)  # noqa: SIM115 (lives as long as its items)
    with _member(archive, entry, name) as stream:
        while block := stream.read(1 << 20):
            out.write(block)
    out.seek(0)
    return out


def _unpack_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limits: Limits) -> BinaryIO:
    return _gunzip(_member(archive, entry, name), name, limits)


def _gunzip(stream: IO[bytes], name: str, limits: Limits) -> BinaryIO:
    packed = stream.read()
    stream.close()
    most = min(limits.one_file, max(limits.ratio_from, limits.ratio * len(packed)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacking:
            data = unpacking.read(most + 1)
    except (OSError, EOFError, zlib.error) as problem:
        raise ForestallError(f"{name} is not a whole gzip file ({problem}).", _AGAIN) from None
    if len(data) > most:
        raise ForestallError(f"{name} unpacks to over {limits.ratio} times its packed size.", _AGAIN)
    return io.BytesIO(data)
