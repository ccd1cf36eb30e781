"""How each crime type behaves in the make-believe nation: level, season, hours, length of interval, outcome.

The figures are made up to look plausible. None is a measurement of anywhere; do not quote them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CrimeType:
    """One crime type of the make-believe nation."""

    name: str
    rate: float  # events for 1,000 residents a month
    swing: float  # season: share above the mean at the peak
    peak: int  # month of the peak, 1-12
    trend: float  # change a year, share
    sites: tuple[float, float, float]  # share at homes, at shops and pubs, in the street
    hours: str  # name of the week profile
    interval: float  # median hours between earliest and latest time; 0 where the moment is known
    victims: float  # share with a victim key
    callers: float  # share with a caller key
    solved: float  # share with a suspect identified


TYPES = (
    CrimeType("Anti-social behaviour", 1.45, 0.25, 7, -0.04, (0.3, 0.2, 0.5), "evening", 0, 0.0, 0.7, 0.0),
    CrimeType("Bicycle theft", 0.10, 0.30, 7, 0.0, (0.3, 0.1, 0.6), "day", 5, 0.9, 0.1, 0.03),
    CrimeType("Burglary", 0.42, 0.22, 12, -0.03, (0.85, 0.15, 0.0), "burglary", 7, 0.9, 0.2, 0.06),
    CrimeType("Criminal damage and arson", 0.70, 0.08, 6, 0.0, (0.4, 0.2, 0.4), "evening", 0, 0.8, 0.3, 0.1),
    CrimeType("Drugs", 0.28, 0.05, 5, 0.0, (0.2, 0.1, 0.7), "evening", 0, 0.0, 0.1, 0.5),
    CrimeType("Other crime", 0.18, 0.0, 1, 0.0, (0.5, 0.2, 0.3), "day", 0, 0.4, 0.2, 0.2),
    CrimeType("Other theft", 0.70, 0.08, 8, 0.0, (0.35, 0.35, 0.3), "day", 0, 0.9, 0.2, 0.05),
    CrimeType("Possession of weapons", 0.09, 0.05, 6, 0.0, (0.1, 0.1, 0.8), "evening", 0, 0.0, 0.2, 0.5),
    CrimeType("Public order", 0.70, 0.12, 7, 0.0, (0.25, 0.25, 0.5), "evening", 0, 0.5, 0.4, 0.12),
    CrimeType("Robbery", 0.11, 0.12, 11, 0.0, (0.05, 0.15, 0.8), "evening", 0, 1.0, 0.3, 0.09),
    CrimeType("Shoplifting", 0.85, 0.10, 12, 0.05, (0.0, 1.0, 0.0), "shops", 0, 0.0, 0.3, 0.2),
    CrimeType("Theft from the person", 0.22, 0.15, 12, 0.0, (0.0, 0.3, 0.7), "night out", 0, 1.0, 0.1, 0.02),
    CrimeType("Vehicle crime", 0.60, 0.10, 11, 0.0, (0.0, 0.0, 1.0), "night", 9, 0.95, 0.1, 0.04),
    CrimeType(
        "Violence and sexual offences", 2.5, 0.10, 7, 0.0, (0.5, 0.15, 0.35), "violence", 0, 0.95, 0.4, 0.14
    ),
)
INDEX = {t.name: i for i, t in enumerate(TYPES)}

UNSOLVED = (
    ("Investigation complete; no suspect identified", 0.5),
    ("Unable to prosecute suspect", 0.4),
    ("Further investigation is not in the public interest", 0.05),
    ("Status update unavailable", 0.05),
)
SOLVED = (
    ("Awaiting court outcome", 0.3),
    ("Court result unavailable", 0.3),
    ("Local resolution", 0.2),
    ("Offender given a caution", 0.1),
    ("Action to be taken by another organisation", 0.1),
)


def season(crime_type: CrimeType, calendar_month: np.ndarray) -> np.ndarray:
    """The seasonal factor for months 1-12; mean 1 over a year."""
    return 1 + crime_type.swing * np.cos(2 * np.pi * (calendar_month - crime_type.peak) / 12)


def _bump(hours: np.ndarray, middle: float, width: float) -> np.ndarray:
    away = np.abs((hours - middle + 12) % 24 - 12)
    return np.exp(-0.5 * (away / width) ** 2)


def week(name: str) -> np.ndarray:
    """Share of a week's events in each hour, shape (7, 24), Monday first; adds up to one."""
    h = np.arange(24) + 0.5
    work = np.array([1, 1, 1, 1, 1, 0.6, 0.4])[:, None]
    late_week = np.array([0.8, 0.8, 0.85, 0.95, 1.15, 1.3, 1.15])[:, None]
    # The small hours of Saturday and Sunday belong to the night before.
    small_hours = np.array([0.15, 0.1, 0.1, 0.15, 0.3, 1.0, 1.1])[:, None]
    nights = np.array([0.1, 0.1, 0.15, 0.3, 1.0, 1.1, 0.15])[:, None]
    after, before = (h < 6)[None, :], (h >= 18)[None, :]
    out = _bump(h, 0.5, 2.2)[None, :] * (small_hours * after + nights * before)
    if name == "evening":
        table = late_week * (0.15 + _bump(h, 19.5, 3.5))[None, :]
    elif name == "day":
        table = np.array([1, 1, 1, 1, 1.1, 1.1, 0.8])[:, None] * (0.08 + _bump(h, 14, 4))[None, :]
    elif name == "burglary":
        table = work * _bump(h, 12, 3)[None, :] + 0.6 * late_week * _bump(h, 19.5, 2)[None, :] + 0.1
    elif name == "shops":
        open_hours = ((h > 8) & (h < 21))[None, :]
        table = np.array([1, 1, 1, 1, 1.1, 1.2, 0.7])[:, None] * (
            _bump(h, 15, 3.5)[None, :] * open_hours + 0.003
        )
    elif name == "night":
        table = np.ones((7, 1)) * (0.15 + _bump(h, 1.5, 3.5))[None, :]
    elif name == "night out":
        table = 0.15 * late_week * (0.1 + _bump(h, 15, 4))[None, :] + 1.2 * out
    elif name == "violence":
        table = late_week * (0.18 + 0.8 * _bump(h, 18, 4.5))[None, :] + 0.5 * out
    elif name == "night-time economy":
        table = 0.02 * late_week * (0.3 + _bump(h, 20, 4))[None, :] + out
    elif name == "lunch break":
        table = work * (0.02 + _bump(h, 15.8, 0.9))[None, :]
    else:
        raise KeyError(name)
    return table / table.sum()
