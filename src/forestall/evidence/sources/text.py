"""Bytes to text, without guessing in silence: what is really CSV, and in which encoding."""

from __future__ import annotations

import re

from forestall.errors import ForestallError

#: First bytes of files that are often given in place of a CSV.
_PRETENDERS = (
    (
        b"PK\x03\x04",
        "a zip or Excel workbook (.xlsx)",
        "Save the sheet as CSV, or give the zip its own ending.",
    ),
    (b"PK\x05\x06", "an empty zip archive", "Download it again."),
    (b"\x1f\x8b", "a gzip file", "Give it the ending .csv.gz, or unpack it first."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Save the sheet as CSV."),
    (b"%PDF", "a PDF document", "Ask for the records as CSV."),
    (b"PAR1", "a Parquet file", "Give it the ending .parquet, with a mapping."),
    (b"{\\rtf", "a word-processor document", "Ask for the records as CSV."),
    (b"\x89PNG", "a picture", "Ask for the records as CSV."),
    (b"\xff\xd8\xff", "a picture", "Ask for the records as CSV."),
)
_PAGE = re.compile(rb"^\s*(<!doctype|<html|<head|<body|<\?xml|<script)", re.IGNORECASE)

# Bytes that Windows-1252 text of British records really has: quotes, dashes, euro, pound, degree, fractions.
_LIKELY = frozenset(
    [
        0x80,
        0x82,
        0x84,
        0x85,
        *range(0x91, 0x98),
        0x99,
        0xA0,
        0xA3,
        0xA9,
        0xAE,
        0xB0,
        0xB1,
        0xB7,
        0xBC,
        0xBD,
        0xBE,
    ]
)
# Accented letters; without those that are nearly always half of a broken UTF-8 character.
_LETTERS = frozenset(set(range(0xC0, 0xFD)) - {0xC2, 0xC3, 0xD7, 0xF7})


def refuse_pretenders(data: bytes, name: str) -> None:
    """Raise ForestallError when the file is empty, or is something else under the name of a CSV."""
    if not data.strip():
        raise ForestallError(f"{name} is empty.", "Download or export it again.")
    for start, what, next_step in _PRETENDERS:
        if data.startswith(start):
            raise ForestallError(f"{name} is not CSV: it is {what}.", next_step)
    if _PAGE.match(data[:200]):
        raise ForestallError(
            f"{name} is not CSV: it is a web page, perhaps a sign-in page.",
            "Sign in to the site that it came from and download it again.",
        )


def to_utf8(data: bytes, name: str) -> tuple[bytes, list[str]]:
    """The file as UTF-8 bytes without a mark, and what was done to it.

    Lines that are no text in the file's own encoding are left as they are: their rows are refused one by one.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:], [f"{name}: a byte-order mark was taken off."]
    wide = _wide(data)
    if wide:
        try:
            text = data.decode(wide)
        except UnicodeDecodeError:
            raise ForestallError(
                f"{name} is in UTF-16 and is damaged or cut off.", "Download or export it again, as UTF-8."
            ) from None
        return text.removeprefix("\ufeff").encode(), [f"{name}: read as {wide.upper()}."]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _old_windows(data, name)
    return data, []


def is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wide(data: bytes) -> str:
    """The kind of UTF-16, by its mark or by every other byte being zero; "" when it is not."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise ForestallError("The file is in UTF-32, which is not read.", "Export it again as UTF-8.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:400]
    if len(head) >= 8:
        if head[1::2].count(0) > 0.8 * len(head[1::2]):
            return "utf-16-le"
        if head[0::2].count(0) > 0.8 * len(head[0::2]):
            return "utf-16-be"
    return ""


def _old_windows(data: bytes, name: str) -> tuple[bytes, list[str]]:
    """Text that is not UTF-8: Windows-1252 where every sign of it is there, line by line."""
    lines = re.split(rb"(?<=\n)", data)
    odd = {i for i, line in enumerate(lines) if not is_utf8(line)}
    proper = any(not line.isascii() for i, line in enumerate(lines) if i not in odd)
    likely = [i for i in sorted(odd) if _is_old_windows(lines[i])]
    if proper or not likely:
        return data, [f"{name}: {len(odd)} lines hold bytes that are not UTF-8; their rows were refused."]
    for i in likely:
        lines[i] = lines[i].decode("cp1252").encode()
    notices = [f"{name}: read as Windows-1252 ({len(likely)} lines with its characters)."]
    if len(likely) < len(odd):
        notices.append(f"{name}: {len(odd) - len(likely)} lines are no text at all; their rows were refused.")
    return b"".join(lines), notices


def _is_old_windows(line: bytes) -> bool:
    for i, byte in enumerate(line):
        if byte < 0x80 or byte in _LIKELY:
            continue
        beside = line[max(i - 1, 0) : i] + line[i + 1 : i + 2]
        if byte not in _LETTERS or not re.search(rb"[A-Za-z]", beside):
            return False
    return True
