"""What was avoided worth, less what the response cost? A unit cost that is missing stays missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forestall.errors import ForestallError


@dataclass(frozen=True)
class Value:
    """Money (or harm) avoided by the crime types that have a value; the others are named, not counted."""

    known: float
    interval: tuple[float, float] | None
    by_type: dict[str, float]
    missing: dict[str, float]  # crime type without a value -> events avoided that it leaves unvalued
    complete: bool
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "known": self.known,
            "interval": None if self.interval is None else list(self.interval),
            "by_type": self.by_type,
            "missing": self.missing,
            "complete": self.complete,
            "caveats": list(self.caveats),
        }


def value_avoided(
    avoided: Mapping[str, float],
    unit_values: Mapping[str, float | None],
    errors: Mapping[str, float] | None = None,
    level: float = 0.95,
) -> Value:
    """What are the events avoided worth, in money or harm?

    Parameters: avoided: crime type -> events avoided (negative: added); unit_values: crime type -> value of
    one, None or absent where there is none; errors: crime type -> standard error of `avoided`.
    Returns: a `Value`. Assumes unit values are known exactly and types independent.
    Source: Home Office (2018), Economic and Social Costs of Crime, for the meaning of a unit cost.
    """
    from statistics import NormalDist

    by_type, missing = {}, {}
    for name in sorted(avoided):
        unit = unit_values.get(name)
        if unit is None:
            missing[name] = float(avoided[name])
        else:
            by_type[name] = float(avoided[name]) * float(unit)
    known = math.fsum(by_type.values())
    interval = None
    if errors is not None and by_type and all(name in errors for name in by_type):
        variance = math.fsum((errors[name] * float(unit_values[name] or 0.0)) ** 2 for name in by_type)
        width = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(variance)
        interval = (known - width, known + width)
    caveats: tuple[str, ...] = ()
    if missing:
        caveats = (f"No value is known for {', '.join(missing)}: left out, not counted as nought.",)
    return Value(known, interval, by_type, missing, not missing, caveats)


@dataclass(frozen=True)
class NetBenefit:
    """Present values. `net` and `ratio` are None while a part is missing; `known_net` then is a part only."""

    benefit: float
    cost: float
    net: float | None
    known_net: float
    ratio: float | None
    interval: tuple[float, float] | None
    discount_rate: float
    caveats: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        return {
            "benefit": self.benefit,
            "cost": self.cost,
            "net": self.net,
            "known_net": self.known_net,
            "ratio": self.ratio,
            "interval": None if self.interval is None else list(self.interval),
            "discount_rate": self.discount_rate,
            "caveats": list(self.caveats),
        }


def present_value(flows: Sequence[float], rate: float = 0.035) -> float:
    """What are flows by year worth now? flows[0] is this year and is not discounted.

    rate: yearly; 0.035 is the usual public-sector rate in the United Kingdom (general knowledge; check the
    Green Book in force). Errors: ForestallError for a rate of -1 or below.
    """
    if rate <= -1 or not math.isfinite(rate):
        raise ForestallError(f"The discount rate is {rate:g}.", "Give a share a year, for example 0.035.")
    return math.fsum(flow / (1 + rate) ** year for year, flow in enumerate(flows))


def net_benefit(
    benefit: Value,
    costs: Sequence[float | None],
    years_from_now: float = 0.0,
    rate: float = 0.035,
    benefit_reduction: float = 0.0,
    cost_uplift: float = 0.0,
) -> NetBenefit:
    """Was it worth it: value avoided less the cost of the response, at present value?

    Parameters: benefit: from `value_avoided`; costs: cost lines, None where not known yet; years_from_now:
    how far the benefits lie ahead of the costs; rate: discount a year; benefit_reduction and cost_uplift:
    shares taken off and put on against optimism.
    Returns: a `NetBenefit`. Costs to society are not cash saved by any one body. Errors: ForestallError for
    shares outside 0 to 1. Source: HM Treasury, Green Book (method); optimism shares are the caller's.
    """
    if not 0 <= benefit_reduction <= 1 or not cost_uplift >= 0:
        raise ForestallError(
            f"The corrections are {benefit_reduction:g} and {cost_uplift:g}.", "Give shares of 0 or more."
        )
    factor = (1 - benefit_reduction) / (1 + rate) ** years_from_now
    lines = [float(c) for c in costs if c is not None]
    cost = math.fsum(lines) * (1 + cost_uplift)
    unknown = len(costs) - len(lines)
    worth = benefit.known * factor
    caveats = list(benefit.caveats)
    if unknown:
        caveats.append(f"{unknown} cost line(s) have no amount: the cost is at least what is shown.")
    if not costs:
        caveats.append("No cost of the response was entered.")
    whole = benefit.complete and not unknown and bool(costs)
    interval = None
    if benefit.interval is not None and whole:
        interval = (benefit.interval[0] * factor - cost, benefit.interval[1] * factor - cost)
    return NetBenefit(
        benefit=worth,
        cost=cost,
        net=worth - cost if whole else None,
        known_net=worth - cost,
        ratio=worth / cost if whole and cost > 0 else None,
        interval=interval,
        discount_rate=rate,
        caveats=tuple(caveats),
    )
