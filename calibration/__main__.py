"""How often are the methods wrong? `python -m calibration --runs 10000 --write` fills docs/reference/calibration.md."""

from __future__ import annotations

import argparse
import multiprocessing
import time
from pathlib import Path

from calibration import many_areas, maps, one_series, two_areas
from calibration.check import Check, Reached, reach
from calibration.page import page, row

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "calibration.md"


def all_checks() -> list[Check]:
    return [c for part in (two_areas, one_series, many_areas, maps) for c in part.checks()]


def one(task: tuple[int, int]) -> tuple[int, float, float, int]:
    """Run the check at this position; functions do not travel between processes, positions do."""
    index, runs = task
    found = reach(all_checks()[index], runs)
    return index, found.value, found.error, found.runs


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--only", default="", help="methods whose name holds this")
    parser.add_argument("--write", action="store_true", help="write the page")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    checks = all_checks()
    wanted = [i for i, c in enumerate(checks) if asked.only.lower() in c.name.lower()]
    if asked.write and len(wanted) < len(checks):
        parser.error("--write needs every method: leave out --only")
    # Slow ones first, so that no process is left with a long one at the end.
    tasks = [(i, asked.runs) for i in sorted(wanted, key=lambda i: checks[i].share)]
    began = time.perf_counter()
    found: dict[int, Reached] = {}
    with multiprocessing.Pool(asked.processes) as workers:
        for index, value, error, runs in workers.imap_unordered(one, tasks):
            found[index] = Reached(checks[index], value, error, runs)
            print(row(found[index]), flush=True)
    answers = [found[i] for i in wanted]
    missed = [a for a in answers if a.verdict == "MISSES"]
    print(
        f"\n{len(answers)} checks in {time.perf_counter() - began:.0f} s; {len(missed)} miss, "
        f"{sum(not a.check.says for a in missed)} of them without a word about it on the page"
    )
    if asked.write:
        PAGE.write_text(page(answers, asked.runs), encoding="utf-8")


if __name__ == "__main__":
    main()
