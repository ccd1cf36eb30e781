"""police.uk files: which of the three kinds one is, and its reading."""

from __future__ import annotations

import csv
from pathlib import Path

from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.police_uk import outcomes, stops, street, values
from forestall.evidence.sources.protocol import Item, SourceRows

_SIGNS = {
    "outcomes": {"crime id", "outcome type"},
    "street": {"crime id", "crime type"},
    "stop-and-search": {"type", "object of search"},
}
_READERS = {"street": street.read, "outcomes": outcomes.read, "stop-and-search": stops.read}


def sniff(item: Item, mapping: Path | None) -> bool:
    """True for a CSV with the columns, or under the name, of a police.uk file."""
    return item.name.lower().endswith((".csv", ".txt")) and _kind(item) is not None


def read(item: Item, mapping: Path | None) -> SourceRows:
    kind = _kind(item)
    assert kind is not None, "sniff comes first"
    return _READERS[kind](item)


def _kind(item: Item) -> str | None:
    titles = _titles(item.head(8192))
    for kind, signs in _SIGNS.items():
        if signs <= titles:
            return kind
    named = values.FILE_NAME.search(item.name)
    return named["kind"] if named else None


def _titles(head: bytes) -> set[str]:
    """Column titles in the first line with any, whatever the encoding and the separator."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", errors="ignore")
    else:
        text = head.replace(b"\x00", b"").decode("utf-8-sig", errors="ignore")
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    best: set[str] = set()
    for delimiter in ",;\t|":
        try:
            titles = {fold_title(t) for t in next(csv.reader(lines[:1], delimiter=delimiter), [])}
        except csv.Error:
            continue
        best = max(best, titles, key=len)
    return best
