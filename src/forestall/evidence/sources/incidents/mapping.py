"""The small file that says which column is which: read, checked, and matched to a header."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forestall.errors import ForestallError
from forestall.evidence.localtime import LONDON
from forestall.evidence.sources.delimited import fold_title
from forestall.evidence.sources.incidents.times import check_form

BRITISH_GRID = "EPSG:27700"
DEGREES = "EPSG:4326"
KEYS = ("victim", "offender", "caller", "premises")
_COLUMNS = ("id", "x", "y", "lon", "lat", *KEYS, "area", "area_name", "location", "outcome")
_TIMES = ("start", "end")
_EITHER = ("type", "force")
_OTHERS = ("types", "crs", "timezone", "dates", "keys", "region", "empty")
#: Other names that people give to the same thing.
_ALIASES = {
    "longitude": "lon",
    "long": "lon",
    "lng": "lon",
    "latitude": "lat",
    "easting": "x",
    "northing": "y",
    "crime_type": "type",
    "category": "type",
    "offence": "type",
    "crime_id": "id",
    "reference": "id",
    "date": "start",
    "from": "start",
    "to": "end",
    "date_format": "dates",
    "tz": "timezone",
    "time_zone": "timezone",
    "lsoa": "area",
}
_MOST = 1_000_000


@dataclass(frozen=True)
class Mapping:
    """Which column is which. Every name is that of a column, unless it says otherwise.

    columns: ours -> theirs, of one column each. start, end: one or more columns, joined by a space.
    type_constant, force_constant: the same for every row; otherwise a column in `columns`.
    types: their word (without case) -> ours. other_types: "keep", "refuse", or the type that all others become.
    crs: reference system of x and y. pseudonymous: keys are codes already, kept as they are.
    anywhere: points outside Great Britain are meant, and kept. empty: words that stand for an empty cell.
    """

    columns: dict[str, str]
    start: tuple[str, ...]
    end: tuple[str, ...] = ()
    type_constant: str | None = None
    force_constant: str | None = None
    types: dict[str, str] = field(default_factory=dict)
    other_types: str = "keep"
    crs: str = BRITISH_GRID
    timezone: str = LONDON
    dates: str = "iso"
    pseudonymous: bool = False
    anywhere: bool = False
    empty: tuple[str, ...] = ()

    def titles(self) -> list[str]:
        """Every column of theirs that is named."""
        return list(dict.fromkeys([*self.columns.values(), *self.start, *self.end]))


def read_mapping(path: Path, header: Sequence[str]) -> Mapping:
    """The mapping in a YAML or JSON file, for a file with this header.

    Raises ForestallError that names the key or the column at fault, and the columns that there are.
    """
    return make_mapping(_load(path), header, path.name)


def fits(path: Path | None, header: Sequence[str]) -> bool:
    """True when there is a mapping and it fits a file with this header: then that is what the file is."""
    if path is None:
        return False
    try:
        read_mapping(path, header)
    except ForestallError:
        return False
    return True


def make_mapping(said: dict[str, Any], header: Sequence[str], name: str = "the mapping") -> Mapping:
    """As `read_mapping`, from what the file says."""
    said = _flat(said, name)
    find = _Finder(header, name)
    columns = {ours: find.column(ours, said[ours]) for ours in _COLUMNS if said.get(ours) is not None}
    if said.get("start") is None:
        raise ForestallError(
            f"{name} does not say which column holds the start of an incident.",
            f"Add a line such as: start: COLUMN. {find.there}",
        )
    _check_points(columns, name)
    type_constant = _either("type", said, columns, find)
    force_constant = _either("force", said, columns, find)
    if "type" not in columns and type_constant is None:
        raise ForestallError(
            f"{name} does not say which column holds the type of an incident.",
            "Add a line such as: type: COLUMN, or where all are the same: type: {constant: Burglary}. "
            + find.there,
        )
    types, others = _types(said.get("types"), name)
    dates = str(said.get("dates") or "iso")
    check_form(dates)
    return Mapping(
        columns=columns,
        start=find.several("start", said["start"]),
        end=find.several("end", said["end"]) if said.get("end") is not None else (),
        type_constant=type_constant,
        force_constant=force_constant,
        types=types,
        other_types=others,
        crs=_crs(str(said.get("crs") or BRITISH_GRID), name),
        timezone=str(said.get("timezone") or LONDON),
        dates=dates,
        pseudonymous=_choice("keys", said.get("keys"), ("hash", "pseudonymous"), name) == "pseudonymous",
        anywhere=_choice("region", said.get("region"), ("great-britain", "anywhere"), name) == "anywhere",
        empty=_words("empty", said.get("empty"), name),
    )


class _Finder:
    """Finds columns by title, forgiving case and odd spaces, and names what is there when one is not."""

    def __init__(self, header: Sequence[str], name: str) -> None:
        self.name = name
        self.header = list(header)
        self.exact = set(header)
        self.folded = {fold_title(title): title for title in header}
        self.there = f"The file's columns are: {', '.join(t.strip() for t in self.header[:40])}."

    def known(self, title: object) -> str | None:
        text = str(title)
        return text if text in self.exact else self.folded.get(fold_title(text))

    def column(self, ours: str, title: object) -> str:
        if isinstance(title, dict) and set(title) == {"column"}:
            title = title["column"]
        if isinstance(title, dict | list):
            raise ForestallError(f"{self.name}: {ours} must be the name of one column.", self.there)
        found = self.known(title)
        if found is None:
            raise ForestallError(
                f"{self.name} names the column {str(title)!r} for {ours}, and the file has no such column.",
                self.there,
            )
        return found

    def several(self, ours: str, titles: object) -> tuple[str, ...]:
        given = titles if isinstance(titles, list) else [titles]
        if not 1 <= len(given) <= 2:
            raise ForestallError(
                f"{self.name}: {ours} must be one column, or a date column and a time column.", self.there
            )
        return tuple(self.column(ours, t) for t in given)


def _load(path: Path) -> dict[str, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise ForestallError(
            f"The mapping {path} cannot be read.", "Check the path; it must be a text file in YAML or JSON."
        ) from problem
    if len(text) > _MOST:
        raise ForestallError(
            f"The mapping {path} is over a million characters long.", "Give the mapping file."
        )
    try:
        said = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as problem:
        where = getattr(problem, "problem_mark", None)
        line = f" on line {where.line + 1}" if where is not None else ""
        raise ForestallError(
            f"The mapping {path.name} is not YAML or JSON that can be read{line}.",
            "Print one to start from with: forestall mapping FILE",
        ) from problem
    if not isinstance(said, dict):
        raise ForestallError(
            f"The mapping {path.name} is not a list of names and columns.",
            "Print one to start from with: forestall mapping FILE",
        )
    return said


def _flat(said: dict[str, Any], name: str) -> dict[str, Any]:
    """One level, known names only. Columns may stand under `columns:` or beside the settings."""
    inner = said.get("columns")
    pairs = {
        **(inner if isinstance(inner, dict) else {}),
        **{k: v for k, v in said.items() if k != "columns"},
    }
    out: dict[str, Any] = {}
    known = {*_COLUMNS, *_TIMES, *_EITHER, *_OTHERS}
    for key, value in pairs.items():
        plain = str(key).strip().lower().replace("-", "_").replace(" ", "_")
        ours = plain if plain in known else _ALIASES.get(plain)
        if ours is None:
            raise ForestallError(
                f"{name} has the name {str(key)!r}, which is not one that a mapping knows.",
                f"It knows: {', '.join(sorted(known))}.",
            )
        if ours in out:
            raise ForestallError(f"{name} says {ours} twice.", "Keep one of the two lines.")
        out[ours] = value
    return out


def _either(ours: str, said: dict[str, Any], columns: dict[str, str], find: _Finder) -> str | None:
    """A column (put into `columns`) or a constant (returned)."""
    from forestall.evidence import forces
    from forestall.evidence.sources.police_uk.values import crime_type

    value = said.get(ours)
    if value is None:
        return None
    if isinstance(value, dict) and set(value) == {"constant"} and str(value["constant"] or "").strip():
        return str(value["constant"]).strip()
    if not isinstance(value, dict | list) and find.known(value) is None:
        # A word that is no column but is a crime type, or a force, can only mean that.
        text = str(value).strip()
        if ours == "type" and crime_type(text):
            return crime_type(text)
        if ours == "force" and forces.is_known(forces.resolve(text)):
            return text
    columns[ours] = find.column(ours, value)
    return None


def _check_points(columns: dict[str, str], name: str) -> None:
    for pair, other in ((("x", "y"), ("lon", "lat")), (("lon", "lat"), ("x", "y"))):
        have = [c for c in pair if c in columns]
        if len(have) == 1:
            raise ForestallError(
                f"{name} names {have[0]} and not its partner.",
                f"Name both {pair[0]} and {pair[1]}, or neither.",
            )
        if len(have) == 2 and any(c in columns for c in other):
            raise ForestallError(
                f"{name} names both x, y and lon, lat.",
                "Keep the pair that you trust more; the other is worked out.",
            )


def _types(said: object, name: str) -> tuple[dict[str, str], str]:
    """Their word -> ours, and what becomes of the others."""
    from forestall.evidence.sources.police_uk.values import crime_type

    if said is None:
        return {}, "keep"
    if not isinstance(said, dict) or any(isinstance(v, dict | list) or v is None for v in said.values()):
        raise ForestallError(
            f"{name}: types must be pairs, their word: yours.", "For example, BURG DWELL: Burglary"
        )
    pairs = {str(k).strip().casefold(): crime_type(str(v).strip()) or str(v).strip() for k, v in said.items()}
    others = pairs.pop("*", "refuse")
    return pairs, others


def _crs(text: str, name: str) -> str:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    plain = f"EPSG:{text}" if text.isdigit() else text
    if plain.upper() == BRITISH_GRID:
        return BRITISH_GRID
    try:
        CRS.from_user_input(plain)
    except CRSError as problem:
        raise ForestallError(
            f"{name}: {text!r} is not a reference system that is known.",
            "Give its EPSG code, such as EPSG:27700 for the British National Grid.",
        ) from problem
    return plain


def _choice(key: str, value: object, allowed: tuple[str, ...], name: str) -> str:
    if value is None:
        return allowed[0]
    if str(value).strip().lower() not in allowed:
        raise ForestallError(f"{name}: {key} is {str(value)!r}.", f"It can be {' or '.join(allowed)}.")
    return str(value).strip().lower()


def _words(key: str, value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    given = value if isinstance(value, list) else [value]
    if any(isinstance(v, dict | list) for v in given):
        raise ForestallError(f"{name}: {key} must be a list of words.", 'For example, empty: ["NULL", "N/A"]')
    return tuple("" if v is None else str(v).strip() for v in given)
