"""From arrays to the columns of the store: keys, outcomes, and the way back to a line."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forestall.evidence.synthetic import names, profiles, times
from forestall.evidence.synthetic.batches import BY_RULE, Batch
from forestall.evidence.synthetic.geography import Geography, to_lon_lat
from forestall.evidence.synthetic.sites import HOME, STREET, Sites

if TYPE_CHECKING:
    import pyarrow as pa

SOURCE = "make-believe"
NONE = -9  # in a key column: no key
VISITORS = 30_000_000  # keys of people hurt far from home begin here


@dataclass(frozen=True)
class People:
    """Key numbers of each event; NONE where there is none."""

    victim: np.ndarray
    caller: np.ndarray
    offender: np.ndarray
    outcome: np.ndarray  # index into OUTCOMES, -1 null


OUTCOMES = (*(o for o, _ in profiles.UNSOLVED + profiles.SOLVED), "Under investigation")


def people(
    rng: np.random.Generator, events: Batch, sites: Sites, geography: Geography, months: int
) -> People:
    """Who was hurt, who called, who did it where known, and what came of it."""
    area = sites.area[events.site]
    population = geography.population[area]

    def rate(field: str) -> np.ndarray:
        return np.array([getattr(t, field) for t in profiles.TYPES])[events.type]

    def draw(given: np.ndarray, share: np.ndarray, pool: np.ndarray, power: float) -> np.ndarray:
        drawn = area * 10_000 + (pool * rng.random(events.n) ** power).astype(np.int64)
        drawn = np.where(rng.random(events.n) < share, drawn, NONE)
        return np.where(given == BY_RULE, drawn, given)

    solved = rng.random(events.n) < rate("solved")
    outcome = np.where(solved, _pick(rng, profiles.SOLVED, events.n) + len(profiles.UNSOLVED), 0)
    outcome = np.where(solved, outcome, _pick(rng, profiles.UNSOLVED, events.n))
    open_still = (events.month >= months - 2) & (rng.random(events.n) < 0.5)
    outcome = np.where(open_still, len(OUTCOMES) - 1, outcome)
    known = (rate("solved") > 0) & (outcome >= len(profiles.UNSOLVED)) & ~open_still
    outcome = np.where(events.type == profiles.INDEX["Anti-social behaviour"], -1, outcome)
    district = geography.district[area] * 1_000_000
    # Power above one: a few come again more often than most.
    pool = district + (900 * rng.random(events.n) ** 1.6).astype(np.int64)
    victim = draw(events.victim, rate("victims"), population, 1.15)
    # A busy place harms its visitors, who come from everywhere, more than the few who live there.
    passing = (events.problem >= 0) & (events.victim == BY_RULE) & (victim != NONE)
    passing &= sites.kind[events.site] != HOME
    visitor = VISITORS + rng.integers(0, 500_000, events.n)
    return People(
        victim=np.where(passing, visitor, victim),
        caller=draw(events.caller, rate("callers"), population * 0.6, 1.15),
        offender=np.where(known & (rng.random(events.n) < 0.8), pool, NONE),
        outcome=outcome,
    )


def _pick(rng: np.random.Generator, weighted: tuple[tuple[str, float], ...], n: int) -> np.ndarray:
    share = np.array([w for _, w in weighted])
    return rng.choice(len(weighted), n, p=share / share.sum())


def build(
    rng: np.random.Generator,
    events: Batch,
    sites: Sites,
    geography: Geography,
    calendar: np.ndarray,
) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The event table in the order force, month, start; and the files (one a force and month) it came from."""
    import pyarrow as pa

    months = [f"{y:04d}-{m:02d}" for y, m in calendar]
    _, begin, finish = times.draw(rng, events, calendar)
    who = people(rng, events, sites, geography, len(calendar))
    force = geography.force[sites.area[events.site]]
    order = np.lexsort((begin, events.month, force))
    utc = times.to_utc(begin[order])
    local = times.clock(utc)
    site, month, force = events.site[order], events.month[order].astype(np.int64), force[order]
    group = force * len(months) + month
    starts = np.flatnonzero(np.r_[True, np.diff(group) != 0]) if len(group) else np.empty(0, np.int64)
    sizes = np.diff(np.r_[starts, len(group)])
    degrees = to_lon_lat(sites.points)[site]
    streets = np.unique(sites.street)
    asb = events.type[order] == profiles.INDEX["Anti-social behaviour"]
    ends = np.where(finish[order] < 0, 0, times.to_utc(np.maximum(finish[order], 0)))
    columns = {
        "crime_id": _keys("mb-", np.where(asb, NONE, np.arange(len(order)))),
        "source": _coded(np.zeros(len(order), np.int32), (SOURCE,)),
        "force": _coded(force, tuple(f.code for f in geography.forces)),
        "month": _coded(month, tuple(months)),
        "crime_type": _coded(events.type[order], tuple(t.name for t in profiles.TYPES)),
        "lon": pa.array(degrees[:, 0]),
        "lat": pa.array(degrees[:, 1]),
        "x": pa.array(sites.points[site, 0]),
        "y": pa.array(sites.points[site, 1]),
        "area": _coded(sites.area[site], geography.codes),
        "location": _coded(
            np.searchsorted(streets, sites.street[site]),
            tuple(f"On or near {names.street_name(int(s))}" for s in streets),
        ),
        "outcome": _coded(who.outcome[order], OUTCOMES),
        "start": pa.array(utc.astype("datetime64[s]")),
        "end": pa.array(ends.astype("datetime64[s]"), mask=finish[order] < 0),
        "weekday": pa.array(((local // times.DAY + 3) % 7).astype(np.int8)),
        "hour": pa.array((local % times.DAY // times.HOUR).astype(np.int8)),
        "victim": _keys("mb-v-", who.victim[order]),
        "offender": _keys("mb-o-", who.offender[order]),
        "caller": _keys("mb-k-", who.caller[order]),
        "premises": _keys("mb-p-", np.where(sites.kind[site] == STREET, NONE, site)),
        "file": pa.array(np.repeat(np.arange(len(starts)), sizes).astype(np.int32)),
        "line": pa.array((np.arange(len(order)) - np.repeat(starts, sizes) + 2).astype(np.int32)),
    }
    content = np.column_stack([utc, site, events.type[order]])
    files = []
    for first, size in zip(starts, sizes, strict=True):
        code, label = geography.forces[force[first]].code, months[month[first]]
        digest = hashlib.sha256(content[first : first + size].tobytes()).hexdigest()
        name = f"make-believe/{label}/{label}-{code}.csv"
        files.append(
            {"name": name, "sha256": digest, "kind": SOURCE, "force": code, "month": label, "rows": int(size)}
        )
    return pa.table(columns), files


def _coded(codes: np.ndarray, values: tuple[str, ...]) -> pa.DictionaryArray:
    """Codes into distinct texts; -1 is null."""
    import pyarrow as pa

    codes = np.asarray(codes, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(values))


def _keys(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Text keys: prefix and eight digits; null for NONE."""
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pc.cast(pa.array(numbers, mask=numbers == NONE), pa.string()), 8, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")
