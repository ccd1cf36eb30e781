"""Places where nothing was planned, in real records: how often would the assessment claim a change?

`python -m tests.sara.placebo_places STORE FORCE START [PLACES]` treats that many small areas of each crime type as
if a response had started in the month START, and prints how often a change would be claimed: by Poisson counts
alone, and as the assessment judges. Both should be at most 5 in 100.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from forestall.errors import ForestallError
from forestall.evidence.catalogue import Release, live
from forestall.evidence.queries.events import load
from forestall.sara.assessment import assess
from forestall.sara.plans import Plan, default_periods
from forestall.sara.response import propose_comparison
from forestall.sara.scope import Scope, months_between, months_sent
from forestall.stats.effects import ratio_of_changes

TYPES = ("Violence and sexual offences", "Anti-social behaviour", "Burglary", "Vehicle crime")


def claims(release: Release, force: str, start: str, crime_type: str, places: int, seed: int = 5) -> dict:
    """How many places were tried and what the assessment said of them."""
    before, after = default_periods(start, months_sent(release, force))
    area = load(
        release, ["area"], force=force, crime_types=[crime_type], months=months_between(*before)
    ).codes("area")
    counts = np.bincount(area.codes[area.codes >= 0], minlength=len(area.names))
    able = [name for name, n in zip(area.names, counts, strict=True) if n >= 20]
    chosen = np.random.default_rng(seed).choice(able, min(places, len(able)), replace=False)
    said: Counter[str] = Counter()
    poisson = widened = tried = 0
    for code in chosen:
        scope = Scope(force, (str(code),), None, (crime_type,))
        try:
            comparison = propose_comparison(release, scope, months_between(*before)).area
        except ForestallError:
            continue
        plan = Plan(
            force,
            (crime_type,),
            scope.area,
            before,
            after,
            start,
            comparison=comparison,
            chosen_because_high=False,
        )
        answer = assess(release, plan).answer
        tried += 1
        said[answer["verdict"]["key"]] += 1
        poisson += ratio_of_changes(answer["counts"]["treated"], answer["counts"]["comparison"]).p < 0.05
        widened += answer["effect"]["ratio"]["p"] < 0.05
    return {"tried": tried, "poisson": poisson, "widened": widened, "said": dict(said)}


def main() -> None:
    store, force, start = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    places = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    release = live(store)
    for crime_type in TYPES:
        found = claims(release, force, start, crime_type, places)
        n = max(1, found["tried"])
        print(
            f"| {crime_type} | {found['tried']} | {found['poisson'] / n:.0%} | {found['widened'] / n:.1%} |",
            found["said"],
            flush=True,
        )


if __name__ == "__main__":
    main()
