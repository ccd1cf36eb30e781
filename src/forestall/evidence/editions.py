"""Editions of the tables of harm and cost: those that come with Forestall, and those that a user loads.

A table is a CSV with one row per offence subgroup (or per whole crime type). Loaded tables live beside the
store, every version is kept, and an edition loaded under the name of a built-in one takes its place:

    <data folder>/tables/chosen.json              which edition is in use, and the user's own settings
    <data folder>/tables/<name>/v0001/table.csv   as normalised here
    <data folder>/tables/<name>/v0001/edition.json
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from forestall.errors import ForestallError
from forestall.evidence.catalogue import default_data_folder
from forestall.evidence.sources.police_uk.values import CRIME_TYPES

BUILT_IN = Path(__file__).parent / "tables"
KINDS = ("harm", "cost")
DEFAULTS = {"harm": "cambridge-2026", "cost": "home-office-2018"}

#: Column of ours -> names that a loaded file may give it (compared without case, spaces and underscores).
_NAMES = {
    "police_uk_category": ("policeukcategory", "crimetype", "category", "type", "policeukcat"),
    "offence_code": ("offencecode", "code"),
    "offence_subgroup": ("offencesubgroup", "subgroup", "offence", "offencedescription"),
    "value": ("value", "days", "weight", "unitcost", "unitcostgbp", "cost"),
    "recorded": ("recorded", "count", "offences", "recordedoffences", "recorded202425"),
    "status": ("status",),
    "note": ("note",),
}
_NUMBER = re.compile(r"£?(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?")


@dataclass(frozen=True)
class Edition:
    """Which table: where its figures are from, and what to beware of."""

    name: str
    kind: str  # "harm" or "cost"
    title: str
    unit: str  # "days", "GBP", ...
    source: str
    caveat: str
    prices: str  # price basis of a cost, "" for harm
    mix: str  # whose offences weigh the subgroups together
    usable: bool  # False: too partial to weigh anything with; shown, never used
    version: int  # 0 = came with Forestall
    hash: str  # SHA-256 of the rows

    @property
    def own(self) -> bool:
        """Loaded by a user, not one that comes with Forestall."""
        return self.version > 0

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}" if self.own else self.name


@dataclass(frozen=True)
class TableRow:
    """The value of one offence subgroup, or of a whole crime type where `subgroup` is empty."""

    crime_type: str
    subgroup: str
    value: float | None  # None: not found, or not in the table. Never zero.
    recorded: int | None  # offences that weigh the subgroups of a crime type together
    status: str
    note: str = ""


def tables_folder() -> Path:
    return default_data_folder() / "tables"


def editions(kind: str | None = None, *, folder: Path | None = None) -> list[Edition]:
    """Every edition there is, newest version of each, a user's own before the built-in one of that name."""
    found = {e.name: e for e in (_built_in_edition(key) for key in _built_in())}
    own = folder or tables_folder()
    if own.is_dir():
        for path in sorted(p for p in own.iterdir() if p.is_dir() and not p.name.startswith(".")):
            if versions := _versions(path):
                found[path.name] = _own_edition(versions[-1])
    return sorted((e for e in found.values() if kind in (None, e.kind)), key=lambda e: (e.kind, e.name))


def read_edition(
    name: str, kind: str | None = None, *, folder: Path | None = None
) -> tuple[Edition, tuple[TableRow, ...]]:
    """The edition of this name (`name@2` for an older version of a loaded one) and its rows."""
    wanted, _, number = name.partition("@")
    versions = _versions((folder or tables_folder()) / wanted) if _proper_name(wanted) else []
    if number:
        versions = [v for v in versions if v.name == f"v{number:0>4}"]
    if versions:
        edition, path = _own_edition(versions[-1]), versions[-1] / "table.csv"
    else:
        key = next((k for k in _built_in() if _built_in()[k]["name"] == wanted and not number), None)
        if key is None:
            known = ", ".join(e.name for e in editions(kind, folder=folder))
            raise ForestallError(
                f"There is no edition {name!r} of a {kind or 'harm or cost'} table.",
                f"Choose one of: {known}. Or load one with: forestall tables load FILE --edition NAME",
            )
        edition, path = _built_in_edition(key), BUILT_IN / f"{key}.csv"
    if kind is not None and edition.kind != kind:
        raise ForestallError(
            f"{edition.name} is a table of {edition.kind}, not of {kind}.",
            f"Choose one of: {', '.join(e.name for e in editions(kind, folder=folder))}.",
        )
    return edition, read_rows(path)


def load_edition(
    path: Path,
    name: str,
    *,
    kind: str,
    title: str = "",
    unit: str = "",
    source: str = "",
    caveat: str = "",
    prices: str = "",
    mix: str = "",
    folder: Path | None = None,
) -> Edition:
    """Take a user's table in, as a new version of the edition `name`; older versions stay.

    All or nothing: one bad cell refuses the file and is named. Loading the same rows again changes nothing.
    """
    if not _proper_name(name):
        raise ForestallError(
            f"{name!r} cannot name an edition.",
            "Use small letters, digits, dots and hyphens, such as ons-2024.",
        )
    if kind not in KINDS:
        raise ForestallError(
            f"A table is of harm or of cost, not of {kind!r}.", "Give --kind harm or --kind cost."
        )
    rows = read_rows(path)
    home = (folder or tables_folder()) / name
    versions = _versions(home)
    earlier = next((e for e in editions(folder=folder) if e.name == name), None)
    if earlier is not None and earlier.kind != kind:
        raise ForestallError(
            f"{name} is a table of {earlier.kind} already.", "Give the new one another name with --edition."
        )
    number = int(versions[-1].name[1:]) + 1 if versions else 1
    edition = Edition(
        name=name,
        kind=kind,
        title=title or f"{name} (loaded from {path.name})",
        unit=unit or ("days" if kind == "harm" else "GBP"),
        source=source or f"loaded by the user from {path.name}; source not stated",
        caveat=caveat,
        prices=prices,
        mix=mix,
        usable=True,
        version=number,
        hash=_hash(rows),
    )
    if versions and _own_edition(versions[-1]).hash == edition.hash:
        return _own_edition(versions[-1])
    return _write_version(home, edition, rows)


def chosen(kind: str, *, folder: Path | None = None) -> str:
    """The edition in use: the user's choice, or the default."""
    return str(settings(folder=folder).get(kind) or DEFAULTS[kind])


def settings(*, folder: Path | None = None) -> dict[str, object]:
    """The user's own choices: `harm`, `cost` (names of editions), `asb_days` (a number, or absent)."""
    path = (folder or tables_folder()) / "chosen.json"
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = None
    if not isinstance(said, dict):
        raise ForestallError(
            f"The choice of tables in {path} cannot be read.", "Delete that file and choose again."
        )
    return said


def choose(
    *, folder: Path | None = None, edition: str | None = None, asb_days: float | str | None = ""
) -> None:
    """Put an edition in use, or set the days that one anti-social behaviour incident counts (None = none)."""
    home = folder or tables_folder()
    now = settings(folder=home)
    if edition is not None:
        found, _ = read_edition(edition, folder=home)
        if not found.usable:
            raise ForestallError(
                f"{edition} cannot be used as a whole: {found.caveat}",
                f"Choose one of: {', '.join(e.name for e in editions(found.kind, folder=home) if e.usable)}.",
            )
        now[found.kind] = edition
    if asb_days != "":
        if asb_days is not None and not (math.isfinite(float(asb_days)) and float(asb_days) >= 0):
            raise ForestallError(
                f"{asb_days} is not a number of days.", "Give a number of 0 or more, or none."
            )
        now["asb_days"] = None if asb_days is None else float(asb_days)
    home.mkdir(parents=True, exist_ok=True)
    part = home / f".chosen.{os.getpid()}"
    part.write_text(json.dumps(now, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(part, home / "chosen.json")


def read_rows(path: Path) -> tuple[TableRow, ...]:
    """The rows of a table file. Errors name file, line and column."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise ForestallError(
            f"{Path(path).name} cannot be read as a table: it is not a UTF-8 text file that can be opened.",
            "Save the sheet as CSV (UTF-8) and load that.",
        ) from problem
    lines = csv.reader(text.splitlines())
    header = [h.strip() for h in next(lines, [])]
    at = _columns(header)
    if "value" not in at or not ({"police_uk_category", "offence_code"} & at.keys()):
        raise ForestallError(
            f"{Path(path).name} has no column of values and crime types; it has: "
            f"{', '.join(header) or 'nothing'}.",
            "Name the columns police_uk_category (or offence_code) and value; recorded, offence_subgroup "
            "and status are optional.",
        )
    rows = [
        _row(path, number, cells, at)
        for number, cells in enumerate(lines, start=2)
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise ForestallError(f"{Path(path).name} has no rows.", "Load a table with at least one value.")
    return tuple(rows)


@lru_cache(maxsize=1)
def offence_codes() -> dict[str, tuple[str, str]]:
    """Home Office offence code -> (subgroup, police.uk crime type).

    The map is by the authors of the package crime-sim-toolkit 1.5.0 (MIT, University of Leeds), not by the
    Home Office.
    """
    with (BUILT_IN / "offence-codes.csv").open(encoding="utf-8") as file:
        return {
            r["offence_code"].upper(): (r["offence_subgroup"], r["police_uk_category"])
            for r in csv.DictReader(file)
        }


def _row(path: Path, number: int, cells: Sequence[str], at: dict[str, int]) -> TableRow:
    def cell(name: str) -> str:
        return cells[at[name]].strip() if name in at and at[name] < len(cells) else ""

    kind, code, subgroup = cell("police_uk_category"), cell("offence_code").upper(), cell("offence_subgroup")
    if not kind and code in (known := offence_codes()):
        subgroup, kind = subgroup or known[code][0], known[code][1]
    if not kind:
        raise ForestallError(
            f"{Path(path).name}, line {number}: no crime type, and offence code {code!r} is not a known one.",
            f"Fill police_uk_category with one of: {', '.join(CRIME_TYPES)}.",
        )
    kind = next((t for t in CRIME_TYPES if t.lower() == kind.lower()), kind)
    value = _number(path, number, "value", cell("value"))
    recorded = _number(path, number, "recorded", cell("recorded"))
    return TableRow(
        kind,
        subgroup or code,
        value,
        None if recorded is None else int(recorded),
        cell("status") or ("" if value is not None else "not found"),
        cell("note"),
    )


def _number(path: Path, line: int, column: str, text: str) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or (not text.isascii() and not text.startswith("£")):
        raise ForestallError(
            f"{Path(path).name}, line {line}, column {column}: {text!r} is not a number of 0 or more.",
            "Write it like 1234.5, or leave the cell empty where the value is not known.",
        )
    return float(text.lstrip("£").replace(",", ""))


def _columns(header: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[\s_.\-]", "", h).lower() for h in header]
    return {
        ours: plain.index(name)
        for ours, names in _NAMES.items()
        for name in reversed([n for n in names if n in plain])
    }


def _proper_name(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9.\-]{0,60}", name) is not None and ".." not in name


def _hash(rows: Sequence[TableRow]) -> str:
    return hashlib.sha256(json.dumps([asdict(r) for r in rows]).encode()).hexdigest()


@lru_cache(maxsize=1)
def _built_in() -> dict[str, dict]:
    return tomllib.loads((BUILT_IN / "editions.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _built_in_edition(key: str) -> Edition:
    return Edition(**_built_in()[key], version=0, hash=_hash(read_rows(BUILT_IN / f"{key}.csv")))


def _versions(home: Path) -> list[Path]:
    found = [p for p in home.iterdir() if re.fullmatch(r"v\d{4,}", p.name)] if home.is_dir() else []
    return sorted(found, key=lambda p: int(p.name[1:]))


def _own_edition(version: Path) -> Edition:
    return Edition(**json.loads((version / "edition.json").read_text(encoding="utf-8")))


def _write_version(home: Path, edition: Edition, rows: Sequence[TableRow]) -> Edition:
    home.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=home))
    try:
        with (part / "table.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["police_uk_category", "offence_subgroup", "value", "recorded", "status", "note"])
            for r in rows:
                number = "" if r.value is None else f"{r.value:.15g}"
                out.writerow([r.crime_type, r.subgroup, number, r.recorded, r.status, r.note])
        (part / "edition.json").write_text(json.dumps(asdict(edition), indent=1), encoding="utf-8")
        os.rename(part, home / f"v{edition.version:04d}")
    except OSError as problem:
        raise ForestallError(
            f"The table could not be kept in {home}.",
            "Check the free space and the rights there, then load again.",
        ) from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return edition
