"""Small police.uk files made for tests: what they hold is made up, their layout is the published one."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

STREET = [
    *("Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location"),
    *("LSOA code", "LSOA name", "Crime type", "Last outcome category", "Context"),
]
OUTCOMES = [
    *("Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location"),
    *("LSOA code", "LSOA name", "Outcome type"),
]
STOPS = [
    *("Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude"),
    *("Gender", "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation"),
    *("Object of search", "Outcome", "Outcome linked to object of search"),
    "Removal of more than just outer clothing",
]
FORCE = "Leicestershire Police"


def crime_id(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def crime(
    n: int | None,
    month: str = "2022-01",
    *,
    kind: str = "Burglary",
    lon: str = "-1.133200",
    lat: str = "52.634700",
    location: str = "On or near High Street",
    area: str = "E01013609",
    area_name: str = "Leicester 012A",
    outcome: str = "Under investigation",
    force: str = FORCE,
    context: str = "",
) -> list[str]:
    """One street row; n None: without an identifier."""
    identifier = "" if n is None else crime_id(n)
    return [identifier, month, force, force, lon, lat, location, area, area_name, kind, outcome, context]


def asb(month: str = "2022-01", **changes: str) -> list[str]:
    """One row of anti-social behaviour: no identifier, no outcome."""
    return crime(None, month, kind="Anti-social behaviour", outcome="", **changes)  # type: ignore[arg-type]


def nowhere(row: list[str]) -> list[str]:
    """The row without a location."""
    return [*row[:4], "", "", "No Location", "", "", *row[9:]]


def outcome(n: int, month: str, what: str) -> list[str]:
    return [*crime(n, month)[:9], what]


def text(rows: Sequence[Sequence[str]], header: Sequence[str] = STREET, end: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def write(path: Path, rows: Sequence[Sequence[str]], header: Sequence[str] = STREET, end: str = "\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(rows, header, end).encode())
    return path


def street_path(folder: Path, month: str, force: str = "leicestershire", kind: str = "street") -> Path:
    return folder / month / f"{month}-{force}-{kind}.csv"


def some_month(month: str, rows: int, seed: int) -> list[list[str]]:
    """A month of made-up crimes, one in six without an identifier, some without a location."""
    rng = random.Random(f"{month}-{seed}")
    made = []
    for i in range(rows):
        spot = rng.randrange(12)
        where = {
            "lon": f"{-1.13 + spot / 1000:.6f}",
            "lat": f"{52.63 + spot / 1000:.6f}",
            "area": f"E0101{3600 + spot % 4}",
            "area_name": f"Leicester 01{spot % 4}A",
        }
        n = int(month[2:4]) * 100_000_000 + int(month[5:7]) * 1_000_000 + seed * 10_000 + i
        row = asb(month, **where) if rng.random() < 1 / 6 else crime(n, month, **where)
        made.append(nowhere(row) if rng.random() < 0.1 else row)
    return made


def archive(path: Path, members: dict[str, bytes | str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path
