"""One file over the network, as far as it came, and on from there: sizes checked, SHA-256 recorded.

What has come lies in `<name>.part` with `<name>.part.json` (address, validator, full size) beside it, so a
later call goes on where this one stopped; a file that changed at its source in between is begun again.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError

Progress = Callable[[str, float], None]
_BLOCK = 1 << 20
_TIMEOUT = 60
_AGENT = "forestall"
#: Answers that may be better a moment later.
_PASSING = (408, 429, 500, 502, 503, 504)
_BY_HAND = "Or download the file with a browser on another machine and import it: forestall import FILE"


class NotThereError(ForestallError):
    """The address answers, and has no such file."""


@dataclass(frozen=True)
class Downloaded:
    """A whole file. resumed: bytes that an earlier attempt had brought."""

    path: Path
    url: str
    size: int
    sha256: str
    resumed: int


def download(
    url: str, path: Path, *, tries: int = 4, pause: float = 1.0, progress: Progress | None = None
) -> Downloaded:
    """Bring one file, going on where an earlier attempt stopped.

    tries: attempts that bring nothing new before giving up; an attempt that brings some does not count.
    pause: seconds before the second, growing from there. Raises NotThereError for 404 and 410, and
    ForestallError for no network, refusals, a wrong length, or a full disk. What came so far is kept.
    """
    _check(url)
    part = path.with_name(path.name + ".part")
    note = path.with_name(path.name + ".part.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    known = _known(note, url)
    if not known:
        part.unlink(missing_ok=True)
    before = part.stat().st_size if part.exists() else 0
    failed, last = 0, ""
    while True:
        start = part.stat().st_size if part.exists() else 0
        try:
            size = _attempt(url, part, note, progress)
            break
        except (
            TimeoutError,
            ConnectionError,
            http.client.HTTPException,
            urllib.error.URLError,
            _Short,
        ) as problem:
            last = _reason(problem)
        came = (part.stat().st_size if part.exists() else 0) > start
        failed = 0 if came else failed + 1
        if failed >= tries:
            raise ForestallError(
                f"{url} could not be downloaded: {last}.",
                "Check the network and its proxy, then run the same command: it goes on from where it stopped. "
                + _BY_HAND,
            )
        if pause:
            time.sleep(pause * 2 ** max(failed - 1, 0))
    with part.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        os.fsync(stream.fileno())
    part.replace(path)
    note.unlink(missing_ok=True)
    return Downloaded(path, url, size, sha256, before)


class _Short(Exception):
    """The connection ended before the whole file had come."""


def _check(url: str) -> None:
    if not url.lower().startswith(("http://", "https://")):
        raise ForestallError(
            f"{url!r} is not a web address.", "Give one that starts with https:// or http://."
        )


def _known(note: Path, url: str) -> dict[str, Any]:
    """What is known of the part that lies there; empty when it is of another file."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) and said.get("url") == url else {}


def _attempt(url: str, part: Path, note: Path, progress: Progress | None) -> int:
    """Bring what is missing; the full size when all is there."""
    known = _known(note, url)
    have = part.stat().st_size if part.exists() else 0
    if have and known.get("size") == have:
        return have
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT, "Accept-Encoding": "identity"})  # noqa: S310 (checked)
    if have and known.get("validator"):
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", known["validator"])
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 (checked)
            return _receive(answer, url, part, note, have, progress)
    except urllib.error.HTTPError as problem:
        _refused(problem, url, part)
        raise _Short(f"the server answers {problem.code}") from None


def _receive(answer: Any, url: str, part: Path, note: Path, have: int, progress: Progress | None) -> int:
    go_on = answer.status == 206 and _starts_at(answer, have)
    if not go_on:
        have = 0
    length = answer.headers.get("Content-Length")
    size = have + int(length) if length and length.isdigit() else None
    etag = answer.headers.get("ETag") or ""
    validator = etag if etag and not etag.startswith("W/") else answer.headers.get("Last-Modified") or ""
    try:
        if not go_on:
            part.write_bytes(b"")
        note.write_text(json.dumps({"url": url, "validator": validator, "size": size}), encoding="utf-8")
        with part.open("ab") as out:
            while block := _read(answer):
                out.write(block)
                have += len(block)
                if progress is not None:
                    progress(f"Downloading {part.name.removesuffix('.part')}", have / size if size else 0.0)
    except OSError as problem:
        if isinstance(problem, ConnectionError | TimeoutError):
            raise
        raise ForestallError(
            f"{part.name} cannot be written: {problem.strerror}.",
            "Make room, then run the same command again.",
        ) from problem
    if size is not None and have < size:
        raise _Short(f"the connection ended after {have:,} of {size:,} bytes")
    if size is not None and have > size:
        part.unlink(missing_ok=True)
        raise ForestallError(
            f"{url} sent {have:,} bytes where it announced {size:,}.", "Try again later. " + _BY_HAND
        )
    if size is None:
        note.write_text(json.dumps({"url": url, "validator": validator, "size": have}), encoding="utf-8")
    return have


def _read(answer: Any) -> bytes:
    try:
        return answer.read1(_BLOCK)
    except http.client.IncompleteRead as problem:
        return problem.partial


def _starts_at(answer: Any, have: int) -> bool:
    """True when the part that the server sends begins where ours ends."""
    said = answer.headers.get("Content-Range", "")
    return said.startswith(f"bytes {have}-")


def _refused(problem: urllib.error.HTTPError, url: str, part: Path) -> None:
    """Raise for an answer that trying again will not change."""
    if problem.code == 416:
        part.unlink(missing_ok=True)  # ours is longer than theirs: begin again
        return
    if problem.code in (404, 410):
        raise NotThereError(
            f"There is no {url} (the server answers {problem.code}).", "Check the month and the address."
        )
    if problem.code not in _PASSING:
        raise ForestallError(
            f"{url} is refused: the server answers {problem.code} {problem.reason}.",
            f"Check the address; a proxy may want you to sign in. {_BY_HAND}",
        )


def _reason(problem: Exception) -> str:
    inner = getattr(problem, "reason", problem)
    text = str(inner) or type(inner).__name__
    return "the connection timed out" if isinstance(inner, TimeoutError) else text
