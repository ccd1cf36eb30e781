"""How often does the scan find what was planted, and how often does it cry wolf? `python -m` prints the table.

python -m forestall.sara.scanning.calibrate --seeds 20
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from forestall.evidence.synthetic.region import Region, generate, publish_region
from forestall.evidence.synthetic.truth import Score, matches, score_candidates
from forestall.sara.scanning.candidates import Scan
from forestall.sara.scanning.scan import scan


@dataclass(frozen=True)
class Trial:
    """One seed: the score of the list, and which recording changes were named."""

    seed: int
    score: Score
    steps_found: int
    steps_planted: int
    steps_beside: int  # reported and not planted
    by_lens: dict[str, tuple[int, int]]  # main lens -> (candidates, of them false)


def trial(seed: int, *, top: int = 30, small: bool = False) -> Trial:
    """Generate the region of this seed, scan it, and mark the list against what was planted."""
    region = generate(seed, small=small)
    with tempfile.TemporaryDirectory() as folder:
        found = scan(publish_region(region, store=Path(folder)), top=top)
    return mark(region, found, top)


def mark(region: Region, found: Scan, top: int) -> Trial:
    """The list of one scan against the truth of its region."""
    plain = [c.to_dict() for c in found.candidates]
    planted = {(c.force, c.crime_type, c.month) for c in region.truth.recording_changes}
    named = {(c.force, c.crime_type, c.month) for c in found.recording_changes}
    by_lens: dict[str, tuple[int, int]] = {}
    for c in plain:
        right = any(matches(c["place"], c["crime_type"], p) for p in region.truth.problems)
        n, wrong = by_lens.get(c["lens"], (0, 0))
        by_lens[c["lens"]] = (n + 1, wrong + (not right))
    near = {p for p in planted if any(_same_step(p, n) for n in named)}
    beside = [n for n in named if not any(_same_step(p, n) for p in planted)]
    return Trial(
        region.truth.seed,
        score_candidates(plain, region.truth, top=top),
        len(near),
        len(planted),
        len(beside),
        by_lens,
    )


def _same_step(a: tuple[str, str, str], b: tuple[str, str, str]) -> bool:
    """Same force and type, and at most two months apart."""
    months = [int(m[:4]) * 12 + int(m[5:]) for m in (a[2], b[2])]
    return a[:2] == b[:2] and abs(months[0] - months[1]) <= 2


def table(trials: list[Trial]) -> str:
    """The results as a Markdown table with totals."""
    lines = [
        "| seed | planted | found | candidates | false | recording change found | other steps reported |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for t in trials:
        s = t.score
        lines.append(
            f"| {t.seed} | {s.planted} | {s.found} | {s.candidates} | {s.false} | "
            f"{t.steps_found} of {t.steps_planted} | {t.steps_beside} |"
        )
    planted, found = sum(t.score.planted for t in trials), sum(t.score.found for t in trials)
    listed, false = sum(t.score.candidates for t in trials), sum(t.score.false for t in trials)
    steps = f"{sum(t.steps_found for t in trials)} of {sum(t.steps_planted for t in trials)}"
    lines.append(
        f"| all | {planted} | {found} ({found / max(planted, 1):.1%}) | {listed} | {false} "
        f"({false / max(listed, 1):.1%}) | {steps} | {sum(t.steps_beside for t in trials)} |"
    )
    lenses: dict[str, tuple[int, int]] = {}
    for t in trials:
        for lens, (n, wrong) in t.by_lens.items():
            have = lenses.get(lens, (0, 0))
            lenses[lens] = (have[0] + n, have[1] + wrong)
    lines += ["", "| main lens | candidates | false |", "|---|--:|--:|"]
    lines += [f"| {lens.replace('_', ' ')} | {n} | {wrong} |" for lens, (n, wrong) in sorted(lenses.items())]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Mark the scan against planted problems.")
    parser.add_argument("--seeds", type=int, default=20, help="how many make-believe nations")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--top", type=int, default=30, help="length of the list that is marked")
    parser.add_argument("--small", action="store_true", help="only the first force of each")
    given = parser.parse_args(arguments)
    seeds = range(given.first, given.first + given.seeds)
    print(table([trial(s, top=given.top, small=given.small) for s in seeds]))


if __name__ == "__main__":
    main()
