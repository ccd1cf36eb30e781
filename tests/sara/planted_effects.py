"""Planted interventions over many seeds: does the interval hold the true effect, and what is the verdict?

`python -m tests.sara.planted_effects [SEEDS]` prints one row an intervention.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from forestall.evidence.catalogue import Release
from forestall.evidence.synthetic import generate, publish_region
from forestall.evidence.synthetic.truth import PlantedIntervention
from forestall.sara.assessment import assess
from forestall.sara.plans import Plan, default_periods
from forestall.sara.response import buffer, propose_comparison
from forestall.sara.scope import Scope, months_between


def proposed_plan(release: Release, planted: PlantedIntervention) -> Plan:
    """The plan that the software itself would propose."""
    scope = Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,))
    before, after = default_periods(planted.start_month, release.months)
    proposed = propose_comparison(release, scope, months_between(*before))
    return Plan(
        force=planted.force,
        crime_types=(planted.crime_type,),
        treated=scope.area,
        before=before,
        after=after,
        response_start=planted.start_month,
        comparison=proposed.area,
        buffer=buffer(release, scope.area, 400),
    )


def main(seeds: int = 20) -> None:
    said: dict[str, Counter[str]] = defaultdict(Counter)
    covered: Counter[str] = Counter()
    effects = {}
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            region = generate(seed)
            release = publish_region(region, store=Path(folder))
            for planted in region.truth.interventions:
                answer = assess(release, proposed_plan(release, planted)).answer
                low, high = answer["effect"]["ratio"]["interval"]
                covered[planted.id] += low <= 1 + planted.effect <= high
                said[planted.id][answer["verdict"]["key"]] += 1
                effects[planted.id] = planted.effect
        print(f"seed {seed}", file=sys.stderr, flush=True)
    for key, effect in effects.items():
        print(f"| {key} | {effect:+.0%} | {covered[key]} of {seeds} | {dict(said[key])} |")


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
