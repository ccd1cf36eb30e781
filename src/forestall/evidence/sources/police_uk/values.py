"""The words that police.uk uses: crime types, outcomes, file names, and which values are sound."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

CRIME_TYPES = (
    "Anti-social behaviour",
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Drugs",
    "Other crime",
    "Other theft",
    "Possession of weapons",
    "Public order",
    "Robbery",
    "Shoplifting",
    "Theft from the person",
    "Vehicle crime",
    "Violence and sexual offences",
)
#: Names that police.uk used before September 2011 or May 2013, and what they became.
RENAMED = {
    "violent crime": "Violence and sexual offences",
    "public disorder and weapons": "Public order",
    "criminal damage & arson": "Criminal damage and arson",
    "antisocial behaviour": "Anti-social behaviour",
    "anti social behaviour": "Anti-social behaviour",
}
_TYPES = {t.casefold(): t for t in CRIME_TYPES} | RENAMED

#: Outcome -> how far the case has come: 0 open, 1 charged, 2 before the court, 3 settled. A later stage is
#: never overwritten by an earlier one of the same month.
OUTCOME_STAGES = {
    "Under investigation": 0,
    "Status update unavailable": 0,
    "Awaiting court outcome": 2,
    "Suspect charged": 1,
    "Court result unavailable": 2,
    "Defendant sent to Crown Court": 2,
    "Investigation complete; no suspect identified": 3,
    "Unable to prosecute suspect": 3,
    "Local resolution": 3,
    "Formal action is not in the public interest": 3,
    "Further investigation is not in the public interest": 3,
    "Further action is not in the public interest": 3,
    "Action to be taken by another organisation": 3,
    "Suspect charged as part of another case": 3,
    "Court case unable to proceed": 3,
    "Defendant found not guilty": 3,
    "Offender deprived of property": 3,
    "Offender fined": 3,
    "Offender given absolute discharge": 3,
    "Offender given a caution": 3,
    "Offender given a drugs possession warning": 3,
    "Offender given community sentence": 3,
    "Offender given conditional discharge": 3,
    "Offender given penalty notice": 3,
    "Offender given suspended prison sentence": 3,
    "Offender ordered to pay compensation": 3,
    "Offender otherwise dealt with": 3,
    "Offender sent to prison": 3,
}
_OUTCOMES = {name.casefold(): name for name in OUTCOME_STAGES}

_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])")
_AREA = re.compile(r"[A-Za-z0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]+)?")
_SPREADSHEET = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
FILE_NAME = re.compile(
    r"(?:^|/)(?P<month>\d{4}-\d{2})-(?P<force>[a-z0-9-]+?)-(?P<kind>street|outcomes|stop-and-search)\.csv$"
)
#: Great Britain and Northern Ireland with their waters, degrees.
WEST, EAST, SOUTH, NORTH = -9.0, 2.5, 49.0, 61.5


def crime_type(text: str) -> str | None:
    """The category as it is known, or None."""
    return _TYPES.get(text.casefold())


def outcome(text: str) -> str | None:
    return _OUTCOMES.get(text.casefold())


def stage(outcome_name: str) -> int:
    return OUTCOME_STAGES.get(outcome_name, 3)


def clean(cell: str) -> str:
    """Without spaces at its ends, of any kind, and without non-breaking ones inside."""
    return cell.replace("\u00a0", " ").strip()


@cache
def month_fault(text: str) -> str:
    """What is wrong with a month, "" when nothing is."""
    if not _MONTH.fullmatch(text):
        return "The month is not written as YYYY-MM."
    if text > f"{date.today():%Y-%m}":  # noqa: DTZ011 (the user's own calendar is meant)
        return "The month is in the future."
    return ""


def id_fault(text: str) -> str:
    if len(text) > 200:
        return "The identifier is over 200 characters long."
    if _SPREADSHEET.fullmatch(text):
        return "The identifier was turned into a number by a spreadsheet."
    return ""


def area_fault(text: str) -> str:
    return "" if _AREA.fullmatch(text) else "The area code holds signs other than letters and figures."


def place_fault(lon: str, lat: str) -> tuple[str, str, str]:
    """(column, what is wrong, next step) for a pair of coordinates; "" for all three when they are sound."""
    mend = "Correct it, or empty both coordinates when the place is not known."
    if bool(lon) != bool(lat):
        return ("Longitude" if not lon else "Latitude", "One coordinate is there and the other is not.", mend)
    for column, text in (("Longitude", lon), ("Latitude", lat)):
        if not _NUMBER.fullmatch(text):
            return (column, "The coordinate is not a plain number.", mend)
    x, y = float(lon), float(lat)
    if WEST <= x <= EAST and SOUTH <= y <= NORTH:
        return ("", "", "")
    if x == 0 and y == 0:
        return ("Longitude", "Both coordinates are 0, which is a point in the sea off Africa.", mend)
    if WEST <= y <= EAST and SOUTH <= x <= NORTH:
        return ("Longitude", "Longitude and latitude are swapped.", "Swap the two cells.")
    if 1000 < abs(x) < 700_000 and 1000 < abs(y) < 1_300_000:
        return (
            "Longitude",
            "The coordinates look like British National Grid metres, not degrees.",
            "Turn them into degrees, or import the file with a mapping that names x and y (--mapping).",
        )
    column = "Longitude" if not WEST <= x <= EAST else "Latitude"
    return (column, "The point is not in the United Kingdom.", mend)
