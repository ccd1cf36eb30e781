"""Does a measure fall differently on groups? One rate by group, with ratios to a reference.

For monitoring what was done (referrals offered, stops, dispersals), never as an input to a decision
about a person. Sources: Katz and others 1978 (log ratio interval); Wilson 1927 (interval of a share).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from forestall.errors import ForestallError
from forestall.stats.inputs import counts, level_of, same_length
from forestall.stats.results import Answer, Interval, figure


@dataclass(frozen=True)
class GroupRate(Answer):
    """One group's share, and its ratio to the reference group's."""

    group: str
    events: int
    people: int
    share: float
    interval: Interval
    ratio: float | None  # None for the reference, or where it cannot be formed
    ratio_interval: Interval | None
    differs: bool  # the interval of the ratio leaves 1 out
    enough: bool  # at least 10 events expected in the group and the reference


@dataclass(frozen=True)
class Disparity(Answer):
    """The same measure in every group."""

    groups: tuple[GroupRate, ...]
    reference: str
    level: float
    method: str = "share with Wilson interval; ratio with log interval"

    def sentence(self) -> str:
        apart = [g for g in self.groups if g.differs]
        if not apart:
            return f"No group's rate is shown to differ from that of {self.reference}; small groups can hide one."
        said = "; ".join(f"{g.group} {figure(g.ratio or 0)} times" for g in apart)
        return (
            f"Compared with {self.reference}: {said}. A difference asks for a reason; it does not give one."
        )


def disparity(
    groups: list[str], events: ArrayLike, people: ArrayLike, *, reference: str, level: float = 0.95
) -> Disparity:
    """How does the share of people who had the event differ between groups?

    groups: k names; events, people: shape (k,), people in the group and how many of them had the event.
    reference: the group compared with. Returns Disparity. Each interval stands alone: with many groups
    some will leave 1 out by chance. The denominator decides the answer: say who was counted as people.
    """
    e, n = counts(events, "events"), counts(people, "people")
    same_length(events=e, people=n, groups=np.zeros(len(groups)))
    if reference not in groups:
        raise ForestallError(
            f"The reference {reference!r} is not among the groups.", f"Use one of: {', '.join(groups)}."
        )
    if (e > n).any():
        row = int(np.argmax(e > n))
        raise ForestallError(f"{groups[row]} has more events than people.", "Count each person once.")
    level = level_of(level)
    base = groups.index(reference)
    rows = tuple(_row(groups[i], e[i], n[i], e[base], n[base], i == base, level) for i in range(len(groups)))
    return Disparity(rows, reference, level)


def _row(name: str, e: float, n: float, e0: float, n0: float, is_base: bool, level: float) -> GroupRate:
    share = e / n if n else float("nan")
    expected = n * (e + e0) / (n + n0) if n + n0 else 0.0
    enough = min(expected, n0 * (e + e0) / (n + n0) if n + n0 else 0.0) >= 10
    ratio = interval = None
    if not is_base and e > 0 and e0 > 0:
        from scipy.special import ndtri

        ratio = float((e / n) / (e0 / n0))
        reach = float(ndtri(0.5 + level / 2) * np.sqrt(1 / e - 1 / n + 1 / e0 - 1 / n0))
        interval = Interval(ratio * np.exp(-reach), ratio * np.exp(reach), level, "log")
    differs = interval is not None and not interval.covers(1.0)
    return GroupRate(name, int(e), int(n), share, _wilson(e, n, level), ratio, interval, differs, enough)


def _wilson(e: float, n: float, level: float) -> Interval:
    from scipy.special import ndtri

    if n == 0:
        return Interval(0.0, 1.0, level, "Wilson")
    z = float(ndtri(0.5 + level / 2))
    share = e / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(float(max(0.0, middle - reach)), float(min(1.0, middle + reach)), level, "Wilson")
