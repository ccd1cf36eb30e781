"""The events of the planted problems."""

from __future__ import annotations

import numpy as np

from forestall.evidence.synthetic import near_repeats, profiles
from forestall.evidence.synthetic.batches import BY_RULE, Batch, batch
from forestall.evidence.synthetic.geography import Geography
from forestall.evidence.synthetic.plants import Plant, monthly_means
from forestall.evidence.synthetic.sites import HOME, SHOP, STREET, STREETS, Sites, in_disc

#: Keys of chronic victims and callers begin here, above all others; a thousand for each plant.
CHRONIC = 50_000_000
PROFILES = ("night-time economy", "lunch break")


def plant_events(
    rng: np.random.Generator,
    geography: Geography,
    sites: Sites,
    calendar: np.ndarray,
    number: int,
    plant: Plant,
    centre: np.ndarray,
    scale: float,
) -> tuple[Batch, Sites, tuple[int, ...]]:
    """The events of one plant, the sites with its own added, and its chronic keys (persons, or sites)."""
    kind = profiles.TYPES[profiles.INDEX[plant.crime_type]]
    means = scale * monthly_means(plant, len(calendar), profiles.season(kind, calendar[:, 1]))
    first = sites.n
    if plant.kind == "near repeat":
        sites = _add(rng, geography, sites, centre, plant.radius, {HOME: 240})
        month, site, when = near_repeats.chain(rng, sites.points[first:], means, calendar)
        made = batch(profiles.INDEX[plant.crime_type], month, first + site, when=when, problem=number)
        return made, sites, ()
    month = np.repeat(np.arange(len(calendar)), rng.poisson(means))
    sites = _add(rng, geography, sites, centre, plant.radius, _mix(plant, kind))
    n_sites = sites.n - first
    weight = rng.gamma(2.0, 1.0, n_sites)
    victim: np.ndarray | int = BY_RULE
    caller: np.ndarray | int = BY_RULE
    chronic: tuple[int, ...] = ()
    if plant.kind == "repeat location":
        weight[0] = 9 * weight[1:].sum()
        chronic = (first,)
    if plant.kind == "repeat callers":
        weight[0] = 6 * weight[1:].sum()
    site = first + rng.choice(n_sites, len(month), p=weight / weight.sum())
    if plant.kind == "repeat victims":
        # One or two people to an address: the same few are hurt again and again.
        victim = CHRONIC + 1000 * number + 2 * (site - first) + (rng.random(len(site)) < 0.25)
        chronic = tuple(int(v) for v in np.unique(victim))
    if plant.kind == "repeat callers":
        one = CHRONIC + 1000 * number
        caller = np.where(rng.random(len(site)) < 0.8, one, BY_RULE)
        chronic = (one,)
    hours = PROFILES.index(plant.hours) if plant.hours else -1
    index = profiles.INDEX[plant.crime_type]
    made = batch(index, month, site, victim=victim, caller=caller, hours=hours, problem=number)
    return made, sites, chronic


def _mix(plant: Plant, kind: profiles.CrimeType) -> dict[int, int]:
    """How many sites of each kind the plant has. The first added is the chronic one where there is one."""
    if plant.kind == "repeat victims":
        return {HOME: 14}
    if plant.kind == "repeat location":
        return {SHOP: 6}
    if plant.kind == "repeat callers":
        return {HOME: 8}
    homes, shops, streets = kind.sites
    if plant.hours == "night-time economy":
        homes, shops, streets = 0.0, 0.4, 0.6
    return {HOME: round(36 * homes), SHOP: round(36 * shops), STREET: round(36 * streets)}


def _add(
    rng: np.random.Generator,
    geography: Geography,
    sites: Sites,
    centre: np.ndarray,
    radius: float,
    mix: dict[int, int],
) -> Sites:
    for kind, n in mix.items():
        if n:
            points, area = in_disc(rng, geography, centre, radius, n)
            sites = sites.add(points, area, kind, area * STREETS + rng.integers(0, 3, n))
    return sites
