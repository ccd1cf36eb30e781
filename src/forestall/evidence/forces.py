"""Which force is meant: every way of writing a name leads to one code.

The code is the name that police.uk uses in its web addresses and file names ("leicestershire").
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Force:
    """One police force.

    region: of England, or Wales; "" for a force with no area of its own. Not verified (see the table).
    """

    code: str
    name: str
    title: str
    ons_code: str
    home_office_number: str
    region: str
    known: bool = True


#: Words that say that a name is a force's, and nothing about which.
_EMPTY_WORDS = {"police", "constabulary", "service", "force", "the", "heddlu", "of", "and", "cymru"}


def all_forces() -> tuple[Force, ...]:
    """The forces in the table: 43 of England and Wales, and British Transport Police."""
    return tuple(_by_code().values())


def force(code: str) -> Force:
    """The force with this code; one that is in no table gets its name from its code."""
    found = _by_code().get(code)
    if found:
        return found
    name = code.replace("-", " ").title()
    return Force(code, name, name, "", "", "", known=False)


def resolve(name: str) -> str:
    """The code of the force that a name means.

    name: "Devon & Cornwall Police", "devon-and-cornwall", "E23000035", "Heddlu Gwent", ... A name that is in
    no table gives a code made from its own words: ask `is_known` and tell the reader.
    """
    wanted = name.strip()
    found = _by_name().get(_key(wanted)) or _by_name().get(_plain(wanted))
    return found or slug(
        re.sub(r"(\s+(police|constabulary|service|force))+\s*$", "", wanted, flags=re.IGNORECASE)
    )


def is_known(code: str) -> bool:
    return code in _by_code()


def slug(name: str) -> str:
    """Words joined by hyphens, without accents: "Dyfed Powys" -> "dyfed-powys"."""
    return "-".join(_words(name))


def force_of_district(district: str) -> str | None:
    """Code of the force that polices a district (local authority, by name), or None when it is not known.

    Names of 2011 and of 2024 are both known, for small areas carry the name of their own year.
    """
    return _districts().get(_plain(re.sub(r" UA$", "", district)))


def _words(name: str) -> list[str]:
    flat = unicodedata.normalize("NFKD", name.replace("&", " and ")).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", flat.lower())


def _plain(name: str) -> str:
    return " ".join(_words(name))


def _key(name: str) -> str:
    """What is left when the words that every force has are gone, in order: "City of London" = "London, City of"."""
    return " ".join(sorted(w for w in _words(name) if w not in _EMPTY_WORDS))


@cache
def _by_code() -> dict[str, Force]:
    return {
        row["code"]: Force(
            row["code"],
            row["name"],
            row["title"],
            row["ons_code"],
            row["home_office_number"],
            row["region"],
        )
        for row in _table("forces.csv")
    }


@cache
def _by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in _table("forces.csv"):
        names = [row["code"], row["name"], row["title"], row["ons_code"], *row["other_names"].split("|")]
        for name in names:
            if name:
                found[_plain(name)] = row["code"]
                found.setdefault(_key(name), row["code"])
    found.pop("", None)
    return found


@cache
def _districts() -> dict[str, str]:
    return {_plain(row["district"]): row["force"] for row in _table("districts.csv")}


def _table(name: str) -> list[dict[str, str]]:
    path = resources.files("forestall.evidence") / "tables" / name
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
