"""Columns that name areas, as the Office for National Statistics and others title them, and our codes for them.

LSOA21CD, lsoa11_code, ltla24_name, PFA23NM, Police_force, "MSOA Code": level, year and whether code or name.

A small area keeps its own code. Larger places are known by their names, because records name them so
("Leicester 012A" lies in Leicester): beats n:, districts d:, forces f:, regions r:.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from forestall.evidence import forces
from forestall.evidence.sources.delimited import fold_title

NATION = "nation:ew"
#: Word in a title -> kind of place. A partnership is no level of ours: it is kept as a table.
_LEVELS = {
    "lsoa": "small_area",
    "lower layer super output area": "small_area",
    "msoa": "beat",
    "lad": "district",
    "ltla": "district",
    "la": "district",
    "local authority": "district",
    "csp": "partnership",
    "community safety partnership": "partnership",
    "pfa": "force",
    "police force": "force",
    "police force area": "force",
    "rgn": "region",
    "region": "region",
}
_TITLE = re.compile(
    rf"(?P<level>{'|'.join(sorted(_LEVELS, key=len, reverse=True))}) ?(?P<year>20\d\d|\d\d)? ?"
    r"(?P<part>cd|code|nm|name)?"
)
#: What official names add to the one that people and records use.
_TAILS = re.compile(r"(, (City|County) of| UA| \(Met County\))$")
PREFIX = {"beat": "n:", "district": "d:", "force": "f:", "region": "r:"}


@dataclass(frozen=True)
class AreaColumn:
    """One column that names areas."""

    title: str
    kind: str  # a kind of place, or "partnership"
    year: int | None
    part: str  # "code" or "name"


def area_column(title: str) -> AreaColumn | None:
    """What a column title says, or None when it names no area."""
    found = _TITLE.fullmatch(fold_title(title))
    if found is None:
        return None
    year = int(found["year"]) if found["year"] else None
    if year is not None and year < 100:
        year += 2000
    part = "code" if (found["part"] or "name") in ("cd", "code") else "name"
    return AreaColumn(title, _LEVELS[found["level"]], year, part)


def area_columns(header: Sequence[str]) -> list[AreaColumn]:
    return [column for title in header if (column := area_column(title)) is not None]


def pick(columns: Sequence[AreaColumn], kind: str, part: str, year: int | None = None) -> str | None:
    """The title of the first such column, of this year if one is asked for."""
    return next(
        (c.title for c in columns if c.kind == kind and c.part == part and year in (None, c.year)), None
    )


def common_name(name: str) -> str:
    """A place's name as records use it: "Bristol, City of" -> "Bristol", "County Durham UA" -> "County Durham"."""
    return _TAILS.sub("", name.strip())


@lru_cache(maxsize=100_000)
def place_code(kind: str, code: str, name: str) -> str | None:
    """Our code for a place: its own for a small area, from its name for larger ones; None when it has neither."""
    if kind == "small_area":
        return code or None
    if kind == "nation":
        return NATION
    if kind == "force":
        resolved = forces.resolve(name or code)
        return f"f:{resolved}" if resolved else None
    plain = forces.slug(common_name(name))
    return f"{PREFIX[kind]}{plain}" if plain else None


@lru_cache(maxsize=100_000)
def place_name(kind: str, name: str) -> str:
    """The name that is shown: that of our own table for a force; regions without capitals throughout."""
    if kind == "force":
        return forces.force(forces.resolve(name)).name
    if kind == "region" and name.isupper():
        return re.sub(r"\b(Of|And|The)\b", lambda m: m[0].lower(), name.title())
    return common_name(name)
