"""How much does an offence of each type weigh: in harm (days) and in money?

Values come from editions (see `editions.py`): versioned, sourced, and replaceable by a user's own file. A
crime type without a value has None, never 0 and never a guess; what it counts is said beside the harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forestall.errors import ForestallError
from forestall.evidence.editions import (
    CRIME_TYPES,
    Edition,
    TableRow,
    choose,
    chosen,
    editions,
    load_edition,
    read_edition,
    settings,
)

__all__ = [
    "ASB",
    "CRIME_TYPES",
    "Edition",
    "Harm",
    "HarmWeights",
    "TableRow",
    "choose",
    "chosen",
    "editions",
    "harm_of",
    "harm_weights",
    "load_edition",
    "read_edition",
    "settings",
    "unit_costs",
]

ASB = "Anti-social behaviour"

#: A crime type gets a value only where subgroups with a value make up at least this share of its offences.
#: Below it, an average of the known part would speak for offences that it knows nothing about.
MINIMUM_COVERAGE = 0.75


@dataclass(frozen=True)
class Harm:
    """What a set of offences weighs together."""

    value: float  # sum over the offences that have a weight, in the edition's unit
    weighed: int  # how many offences that is
    without_weight: dict[str, int]  # crime type -> offences that no value is known for; not in `value`

    @property
    def complete(self) -> bool:
        return not self.without_weight


@dataclass(frozen=True)
class HarmWeights(Mapping[str, "float | None"]):
    """A value for each crime type, with the edition that it comes from. Reads as a mapping."""

    by_type: dict[str, float | None]
    edition: Edition
    status: dict[str, str]  # how good the value of each type is: "second-hand", "not found", ...
    coverage: dict[str, float]  # share of the type's recorded offences whose subgroup has a value
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()  # settings of the user's own that changed a value

    def __getitem__(self, crime_type: str) -> float | None:
        return self.by_type[crime_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_type)

    def __len__(self) -> int:
        return len(self.by_type)

    def to_dict(self) -> dict[str, object]:
        """Plain values, for a Finding or --json."""
        e = self.edition
        return {
            "edition": e.label,
            "title": e.title,
            "kind": e.kind,
            "unit": e.unit,
            "prices": e.prices,
            "source": e.source,
            "caveat": e.caveat,
            "mix": e.mix,
            "hash": e.hash,
            "notes": list(self.notes),
            "values": dict(self.by_type),
            "status": dict(self.status),
            "coverage": {k: round(v, 4) for k, v in self.coverage.items()},
        }


def harm_weights(
    edition: str | None = None,
    *,
    asb_days: float | None = None,
    mix: Mapping[str, float] | None = None,
    folder: Path | None = None,
) -> HarmWeights:
    """How much harm, in days, does one offence of each crime type stand for?

    edition: name, `name@2` for an older version; None takes the one in use (Cambridge 2026 unless changed).
    asb_days: days for one anti-social behaviour incident. The index has none: without this (or the user's
        setting, `forestall tables asb`) such incidents have no value and are counted beside the harm.
    mix: offence subgroup -> offences, a force's own, in place of the edition's national counts. A subgroup
        that it leaves out counts nothing.
    folder: where the user's tables are; None = `tables` in the data folder.
    Returns: one value per crime type, None where the edition has none.
    Assumes: offences of a type are made up as in `mix`; a police.uk row does not say which subgroup it is.
    Not for: weighing one offence or one person; the value is an average over very unequal offences.
    Errors: unknown edition; an edition too partial to use.
    Source: the edition's own `source` and `caveat`, to be shown with any figure.
    """
    weights = _weights(edition or chosen("harm", folder=folder), "harm", mix, folder)
    in_days = weights.edition.unit == "days"
    days = asb_days if asb_days is not None else settings(folder=folder).get("asb_days") if in_days else None
    if days is None:
        return weights  # a setting in days says nothing in another unit
    if not in_days:
        raise ForestallError(
            f"Anti-social behaviour is set in days; {weights.edition.name} weighs in {weights.edition.unit}.",
            "Put a value for it in your own copy of that table.",
        )
    if not 0 <= float(str(days)) < float("inf"):
        raise ForestallError(f"{days} is not a number of days.", "Give a number of 0 or more, or none.")
    return HarmWeights(
        {**weights.by_type, ASB: float(str(days))},
        weights.edition,
        {**weights.status, ASB: "local setting, not in the index"},
        {**weights.coverage, ASB: 1.0},
        weights.rows,
        (*weights.notes, f"{ASB} counts {float(str(days)):g} days each: a local setting, not in the index."),
    )


def unit_costs(
    edition: str | None = None, *, mix: Mapping[str, float] | None = None, folder: Path | None = None
) -> HarmWeights:
    """What does one offence of each crime type cost society, in pounds of the edition's price year?

    Parameters and errors as `harm_weights`. Returns pounds; None where no figure was found.
    Not for: budgets. A cost to society is mostly not a cost to the police, and no bill is saved by it.
    """
    return _weights(edition or chosen("cost", folder=folder), "cost", mix, folder)


def harm_of(counts_by_type: Mapping[str, int], weights: HarmWeights) -> Harm:
    """What do these counts weigh together, and which offences could not be weighed?

    counts_by_type: crime type -> number of offences (0 or more).
    """
    value, weighed, without = 0.0, 0, {}
    for crime_type in sorted(counts_by_type):
        count = int(counts_by_type[crime_type])
        each = weights.get(crime_type)
        if each is not None:
            value += count * each
            weighed += count
        elif count:
            without[crime_type] = count
    return Harm(value, weighed, without)


def _weights(name: str, kind: str, mix: Mapping[str, float] | None, folder: Path | None) -> HarmWeights:
    edition, rows = read_edition(name, kind, folder=folder)
    if not edition.usable:
        good = ", ".join(e.name for e in editions(kind, folder=folder) if e.usable)
        raise ForestallError(
            f"{edition.name} is too partial to weigh anything with. {edition.caveat}",
            f"Use one of: {good}. Or load the publisher's file: forestall tables load FILE --edition NAME",
        )
    values: dict[str, float | None] = dict.fromkeys(CRIME_TYPES)
    status = dict.fromkeys(CRIME_TYPES, "not in the table")
    coverage = dict.fromkeys(CRIME_TYPES, 0.0)
    if mix is not None:
        _check_mix(mix, rows)
    for crime_type in dict.fromkeys(r.crime_type for r in rows):
        own = [r for r in rows if r.crime_type == crime_type]
        values[crime_type], coverage[crime_type] = _value(own, mix)
        status[crime_type] = _status(own, values[crime_type], coverage[crime_type])
    notes = () if mix is None else ("Subgroups are weighed by a mix of the user's own.",)
    return HarmWeights(values, edition, status, coverage, rows, notes)


def _value(rows: Sequence[TableRow], mix: Mapping[str, float] | None) -> tuple[float | None, float]:
    """One crime type: its average over subgroups with a value, and the share of offences that they are."""
    if len(rows) == 1 and not rows[0].subgroup:
        return rows[0].value, 0.0 if rows[0].value is None else 1.0
    counts = [_count(r, mix) for r in rows]
    if any(c is None for c in counts):
        return None, 0.0  # nothing says how to weigh the parts together
    total = sum(c for c in counts if c is not None)
    known = [(r.value, c) for r, c in zip(rows, counts, strict=True) if r.value is not None and c]
    covered = sum(c for _, c in known)
    if not total or covered / total < MINIMUM_COVERAGE:
        return None, covered / total if total else 0.0
    return sum(v * c for v, c in known) / covered, covered / total


def _count(row: TableRow, mix: Mapping[str, float] | None) -> float | None:
    return row.recorded if mix is None else float(mix.get(row.subgroup, 0.0))


def _check_mix(mix: Mapping[str, float], rows: Sequence[TableRow]) -> None:
    known = {r.subgroup for r in rows}
    strangers = sorted(set(mix) - known)
    if strangers:
        raise ForestallError(
            f"The mix names subgroups that the table does not have: {', '.join(strangers)}.",
            f"It has: {', '.join(sorted(known))}.",
        )
    if any(not 0 <= v < float("inf") for v in mix.values()):
        raise ForestallError("A count in the mix is negative or not a number.", "Give counts of 0 or more.")


def _status(rows: Sequence[TableRow], value: float | None, coverage: float) -> str:
    said = sorted({r.status for r in rows if (r.value is not None) == (value is not None) and r.status})
    text = ", ".join(said) or ("as loaded" if value is not None else "no value")
    if value is None and coverage > 0:
        return f"{text}: values for {coverage:.0%} of these offences, too few for an average"
    if value is not None and coverage < 1:
        return f"{text}: average of the {coverage:.0%} of these offences that have a value"
    return text
