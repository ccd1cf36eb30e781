"""A mapping to start from, guessed from a file's titles and first rows."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from forestall.evidence.sources.archives import expand
from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.protocol import Item
from forestall.evidence.sources.text_table import header_of, is_parquet

#: ours -> patterns of titles, best first (folded titles; \b is a word's edge).
_GUESSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "id",
        (r"^(crime|incident|occurrence|offence)? ?(id|ref|reference|number|no)$", r"\b(uid|urn|id|ref)\b"),
    ),
    (
        "start",
        (r"start|from|earliest|first|committed", r"^(date time|datetime|date|occurred).*", r"date|time"),
    ),
    ("end", (r"\b(end|to|latest|last)\b|enddate|enddatetime|dateend|end$",)),
    ("lon", (r"^(lon|long|lng|longitude)$", r"longitude")),
    ("lat", (r"^(lat|latitude)$", r"latitude")),
    ("x", (r"^(x|easting|eastings|grid x|x coord.*)$", r"easting")),
    ("y", (r"^(y|northing|northings|grid y|y coord.*)$", r"northing")),
    ("type", (r"^(crime|offence|incident)? ?(type|category|class.*|description)$", r"offence|crime")),
    ("force", (r"^force", r"police force")),
    ("victim", (r"victim",)),
    ("offender", (r"offender|suspect",)),
    ("caller", (r"caller|complainant|reporter",)),
    ("premises", (r"premises|uprn|address id",)),
    ("area", (r"^(lsoa|lsoa code|lsoa11.*|lsoa21.*|area code)$", r"lsoa")),
    ("location", (r"^(location|street|address|place)$",)),
    ("outcome", (r"outcome|disposal",)),
)
_DAY_FIRST = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{4}")


def starter_for(path: Path) -> str:
    """A mapping to start from, for a file on disk."""
    return starter(expand(path)[0])


def starter(item: Item) -> str:
    """A mapping to start from: YAML with each guess, and a line for what has to be filled in."""
    header = header_of(item)
    found: dict[str, str] = {}
    for ours, patterns in _GUESSES:
        for pattern in patterns:
            title = next(
                (t for t in header if t not in found.values() and re.search(pattern, fold_title(t))), None
            )
            if title is not None:
                found[ours] = title
                break
    if {"lon", "lat"} <= found.keys():
        found.pop("x", None)
        found.pop("y", None)
    elif {"x", "y"} <= found.keys():
        found.pop("lon", None)
        found.pop("lat", None)
    lines = [
        f"# {item.name}: guessed from its titles. Check every line.",
        "# Columns: " + ", ".join(header[:60]),
    ]
    for ours, _ in _GUESSES:
        if ours in found:
            lines.append(f"{ours}: {_quoted(found[ours])}")
        elif ours in ("start", "type"):
            lines.append(f"{ours}: FILL IN    # a column; or {{constant: Burglary}} for a type")
    if "force" not in found:
        lines.append("# force: leicestershire    # the same for every row, or a column")
    if "x" in found:
        lines.append("crs: EPSG:27700    # British National Grid; otherwise its EPSG code")
    lines.append("timezone: Europe/London    # of times without an offset")
    lines.append(
        f"dates: {_form(item, header, found)}    # iso, day-first, excel, or a pattern such as %d/%m/%Y %H:%M"
    )
    lines.append(
        "keys: hash    # or pseudonymous, when victim, offender, caller and premises are codes already"
    )
    if "type" in found:
        lines.append(
            '# types:    # their word: police.uk crime type; "*": keep leaves the others as they are'
        )
        lines.append("#   BURGLARY DWELLING: Burglary")
    return "\n".join(lines) + "\n"


def _form(item: Item, header: tuple[str, ...], found: dict[str, str]) -> str:
    if is_parquet(item) or "start" not in found:
        return "iso"
    text = item.head(65_536).decode("utf-8-sig", errors="replace")
    rows = text.splitlines()[1:20]
    for delimiter in ",;\t|":
        cells = list(csv.reader(rows, delimiter=delimiter))
        at = header.index(found["start"])
        values = [c[at] for c in cells if len(c) == len(header)]
        if values:
            return "day-first" if all(_DAY_FIRST.match(v.strip()) for v in values) else "iso"
    return "iso"


def _quoted(title: str) -> str:
    """A title as YAML text."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _()/.\-]*", title) and not re.fullmatch(
        r"(?i)y|n|yes|no|on|off|true|false|null", title
    )
    return title if plain else "'" + title.replace("'", "''") + "'"
