"""File operations that survive a power cut, each announced before it is done.

Every change that a store makes on disk goes through these few functions, so that a test can stop the process
before any one of them (`watch`) and look at what is left.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from forestall.errors import ForestallError

#: Called with the name of the step just before it is done. Tests put their own here.
_watcher: Callable[[str], None] | None = None


def watch(watcher: Callable[[str], None] | None) -> None:
    """Have `watcher(step)` called before each file operation from now on; None to stop."""
    global _watcher
    _watcher = watcher


def step(name: str) -> None:
    """Announce a step that is not one of the operations below (reading a file, for one)."""
    if _watcher is not None:
        _watcher(name)


def make_folder(path: Path) -> None:
    step(f"make folder {path.name}")
    path.mkdir(parents=True, exist_ok=True)
    sync_folder(path.parent)


def write_file(path: Path, write: Callable[[Path], None]) -> str:
    """Have `write(path)` make the file, put it safely on the disk, and give its SHA-256."""
    step(f"write {path.name}")
    write(path)
    step(f"sync {path.name}")
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_text(path: Path, text: str) -> str:
    return write_file(path, lambda p: _write_text(p, text))


def replace_text(path: Path, text: str) -> None:
    """Put new text in a file in one rename: a reader sees the old text or the new, never a part."""
    beside = path.with_name(path.name + ".next")
    write_text(beside, text)
    move(beside, path)


def move(old: Path, new: Path) -> None:
    """Rename within one file system, and make the rename last."""
    step(f"rename {old.name} to {new.name}")
    old.replace(new)
    sync_folder(new.parent)
    if old.parent != new.parent:
        sync_folder(old.parent)


def delete_file(path: Path) -> None:
    step(f"delete {path.name}")
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def delete_folder(path: Path) -> None:
    step(f"delete folder {path.name}")
    shutil.rmtree(path, ignore_errors=True)


def sync_folder(path: Path) -> None:
    """Make renames and new names in a folder last."""
    step(f"sync folder {path.name}")
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, or say at once who holds it. A killed holder leaves no lock."""
    with path.open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.seek(0)
            holder = stream.read(40).strip() or "unknown"
            raise ForestallError(
                f"Another import is writing to {path.parent} (process {holder}).",
                "Wait until it has finished, then run this again.",
            ) from None
        stream.seek(0)
        stream.truncate()
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Say "no room" or "not allowed" in plain words."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise ForestallError(
                f"There is no room left on the disk that holds {folder}. Nothing was changed.",
                "Free some space, or choose another place with --store, and run this again.",
            ) from None
        if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ForestallError(
                f"{folder} cannot be written to: {problem.strerror}. Nothing was changed.",
                "Choose another place with --store, or have write access given.",
            ) from None
        raise


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
