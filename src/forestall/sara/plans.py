"""The evaluation plan: what will be measured, where, when and against what, settled before the response starts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release
from forestall.evidence.spans import month_number
from forestall.sara.findings import canonical
from forestall.sara.scope import Area, Scope, check_month, months_between, months_sent

#: design key -> words. The Maryland level follows from the design and the data, see verdict.py.
DESIGNS = {
    "before_after": "Before and after, no comparison area",
    "comparison": "Before and after, with a comparison area",
    "randomised": "Areas allocated by chance, and the draw was recorded",
}
VERSION = 1


@dataclass(frozen=True)
class Plan:
    """One frozen evaluation plan. `before` and `after` are (first month, last month), both included."""

    force: str
    crime_types: tuple[str, ...]
    treated: Area
    before: tuple[str, str]
    after: tuple[str, str]
    response_start: str  # month in which the response starts
    comparison: Area | None = None
    buffer: Area | None = None
    buffer_comparison: Area | None = None
    design: str = "comparison"
    smallest_fall: float | None = None  # share, as worked out when the plan was made
    chosen_because_high: bool = True  # most problem areas are: then chance highs are allowed for
    level: float = 0.95
    caveats: tuple[str, ...] = field(default=())  # decided beforehand, in people's own words

    def __post_init__(self) -> None:
        for name in ("crime_types", "before", "after", "caveats"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        _check(self)

    @property
    def before_months(self) -> tuple[str, ...]:
        return months_between(*self.before)

    @property
    def after_months(self) -> tuple[str, ...]:
        return months_between(*self.after)

    @property
    def scope(self) -> Scope:
        """The treated area as a question's scope."""
        return Scope(self.force, self.treated.areas, self.treated.geometry, self.crime_types)

    def to_dict(self) -> dict[str, Any]:
        def area(value: Area | None) -> dict[str, Any] | None:
            return None if value is None or value.empty else value.to_dict()

        return {
            "version": VERSION,
            "force": self.force,
            "crime_types": sorted(self.crime_types),
            "treated": self.treated.to_dict(),
            "comparison": area(self.comparison),
            "buffer": area(self.buffer),
            "buffer_comparison": area(self.buffer_comparison),
            "before": list(self.before),
            "after": list(self.after),
            "response_start": self.response_start,
            "design": self.design,
            "smallest_fall": self.smallest_fall,
            "chosen_because_high": self.chosen_because_high,
            "level": self.level,
            "caveats": list(self.caveats),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Plan:
        """Read a plan back. Names what is missing."""
        needed = ("force", "crime_types", "treated", "before", "after", "response_start")
        absent = [k for k in needed if not data.get(k)]
        if absent:
            raise ForestallError(
                f"The plan has no {', no '.join(absent)}.", f"A plan needs: {', '.join(needed)}."
            )
        if int(data.get("version", VERSION)) > VERSION:
            raise ForestallError(
                f"The plan was written by a later version ({data['version']}).", "Update Forestall."
            )

        def area(name: str) -> Area | None:
            return Area.from_dict(data[name]) if data.get(name) else None

        return cls(
            force=data["force"],
            crime_types=tuple(data["crime_types"]),
            treated=Area.from_dict(data["treated"]),
            before=tuple(data["before"]),
            after=tuple(data["after"]),
            response_start=data["response_start"],
            comparison=area("comparison"),
            buffer=area("buffer"),
            buffer_comparison=area("buffer_comparison"),
            design=data.get("design") or "comparison",
            smallest_fall=data.get("smallest_fall"),
            chosen_because_high=bool(data.get("chosen_because_high", True)),
            level=float(data.get("level", 0.95)),
            caveats=tuple(data.get("caveats") or ()),
        )

    @property
    def hash(self) -> str:
        """SHA-256 of its canonical JSON: the same plan has the same hash anywhere, a changed one another."""
        return hashlib.sha256(canonical(self.to_dict())).hexdigest()

    def advice(self, release: Release | None = None) -> list[str]:
        """What makes this plan weaker than it need be, in plain words; empty when nothing does."""
        said = _advice(self)
        if release is not None:
            missing = self.months_missing(release, self.before_months)
            if missing:
                said.append(
                    f"No records were sent for {', '.join(missing)}: they are left out of the before period."
                )
        return said

    def months_missing(self, release: Release, months: tuple[str, ...]) -> list[str]:
        """Those of these months for which the force has no record in the release."""
        sent = set(months_sent(release, self.force))
        return [m for m in months if m not in sent]


def default_periods(
    response_start: str, months_held: list[str] | tuple[str, ...], after_months: int = 12
) -> tuple[tuple[str, str], tuple[str, str]]:
    """Before and after periods that cover the same months of the year: (before, after).

    before: up to 24 months ending the month before the start, a whole number of years where the records
    allow; after: `after_months` from the start.
    """
    start = month_number(check_month(response_start))
    held = sorted(month_number(m) for m in months_held)
    possible = start - held[0] if held and held[0] < start else 0
    if possible < 3:
        raise ForestallError(
            f"The records hold {possible} month(s) before {response_start}.",
            "Import earlier months: a plan needs at least 3 before, and better 12.",
        )
    length = 24 if possible >= 24 else 12 if possible >= 12 else possible

    def name(n: int) -> str:
        return f"{n // 12:04d}-{n % 12 + 1:02d}"

    return (name(start - length), name(start - 1)), (name(start), name(start + after_months - 1))


def amended(plan: Plan, **changes: Any) -> Plan:
    """A copy with changes, checked again; its hash differs, so the change shows."""
    return replace(plan, **changes)


def _check(plan: Plan) -> None:
    if not plan.crime_types:
        raise ForestallError("The plan names no crime type.", "Choose at least one outcome to measure.")
    if plan.treated.empty:
        raise ForestallError("The plan has no treated area.", "Draw it, or pick places.")
    for name, value in (("before", plan.before), ("after", plan.after)):
        if len(value) != 2:
            raise ForestallError(
                f"The {name} period has {len(value)} ends.", "Give its first and its last month."
            )
        first, last = (month_number(check_month(m)) for m in value)
        if first > last:
            raise ForestallError(
                f"The {name} period ends ({value[1]}) before it begins ({value[0]}).", "Swap them."
            )
    start = month_number(check_month(plan.response_start))
    if month_number(plan.after[0]) < start:
        raise ForestallError(
            f"The after period begins in {plan.after[0]}, before the response starts in {plan.response_start}.",
            "Begin it in the month of the start, or later.",
        )
    if month_number(plan.before[1]) >= start:
        raise ForestallError(
            f"The before period ends in {plan.before[1]}, when the response ({plan.response_start}) had started.",
            "End it in the month before the start, or earlier.",
        )
    if len(plan.before_months) < 3:
        raise ForestallError(
            f"The before period has {len(plan.before_months)} month(s).", "Use at least 3, and better 12."
        )
    if plan.design not in DESIGNS:
        raise ForestallError(f"There is no design {plan.design!r}.", f"Choose one of: {', '.join(DESIGNS)}.")
    if plan.design != "before_after" and (plan.comparison is None or plan.comparison.empty):
        raise ForestallError(
            "The design has a comparison, but no comparison area is given.",
            "Add one, or choose before_after and accept the weaker claim.",
        )
    if plan.buffer_comparison is not None and plan.buffer is None:
        raise ForestallError(
            "There is a comparison for a buffer, but no buffer.", "Add the buffer, or take it away."
        )
    if not 0.5 <= plan.level < 1:
        raise ForestallError(f"The level is {plan.level:g}.", "Give a share from 0.5, usually 0.95.")


def _advice(plan: Plan) -> list[str]:
    said = []
    before, after = plan.before_months, plan.after_months
    seasons = [{m[5:] for m in months} for months in (before, after)]
    if seasons[0] != seasons[1] and plan.design == "before_after":
        said.append(
            "Before and after cover different months of the year, so season is mixed into the result: "
            "use the same months in both."
        )
    elif len(before) % 12 or len(after) % 12:
        said.append(
            "Whole years before and after would cover each season equally; the comparison area has to "
            "carry the season as it is."
        )
    if len(before) < 12:
        said.append(f"Only {len(before)} months before: 12 or more show season and chance highs.")
    if len(after) < 6:
        said.append(f"Only {len(after)} months after: small counts may not show anything but a large change.")
    if plan.design == "before_after":
        said.append("Without a comparison area the result can say that things changed, but not why.")
    if plan.buffer is None:
        said.append("Without a buffer area, displacement cannot be answered.")
    elif plan.buffer_comparison is None:
        said.append("The buffer has no comparison of its own: the treated area's serves for both.")
    if plan.smallest_fall is None:
        said.append("The smallest change that could be seen has not been worked out.")
    elif plan.smallest_fall > 0.5:
        said.append(
            f"Only a fall of {plan.smallest_fall:.0%} or more could be seen: expect “too few to tell”, "
            "or use a larger area or a longer period."
        )
    return said
