"""Stop an import before each of its steps and look at what is left.

    python tests/crash_stepping.py            prints kills tried, rows lost, rows doubled

Each kill is a process of its own that ends at once, without clean-up, before step N, for every N; in the second
round every file that was not yet put safely on the disk is cut in half as well, as when the power goes. After
it the store must hold the old release or the new one, whole; and the same import, run again, must give
the same bytes as one that was never stopped.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "src")]

from tests import police_uk_files as made  # noqa: E402

from forestall.evidence import catalogue, durable, store  # noqa: E402
from forestall.evidence.importing import import_path  # noqa: E402

KILLED = 9


@dataclass
class Result:
    """What the kills did. faults: anything that should not have been, in words."""

    kills: int = 0
    rows_lost: int = 0
    rows_doubled: int = 0
    steps: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def step_through(start: Path, act: Callable[[Path], object], folder: Path, torn: bool = False) -> Result:
    """Kill `act(store)` before every step, each time on a fresh copy of the store `start`."""
    result = Result()
    whole = _copy(start, folder / "whole")
    before = _state(whole)
    durable.watch(result.steps.append)
    try:
        act(whole)
    finally:
        durable.watch(None)
    after = _state(whole)
    for n in range(1, len(result.steps) + 1):
        at = _copy(start, folder / "killed")
        if not _kill(at, act, n, torn):
            result.faults.append(f"step {n} was not reached")
            continue
        result.kills += 1
        _look(at, act, n, (before, after), result)
    return result


def _look(at: Path, act: Callable[[Path], object], n: int, ends: tuple, result: Result) -> None:
    step = result.steps[n - 1]
    found = _state(at)
    if found not in ends:
        result.faults.append(f"killed before {step!r}: the store is neither the old nor the new one")
    act(at)
    again = _state(at)
    if again != ends[1]:
        result.faults.append(f"killed before {step!r}: run again, the store is another")
    wanted, held = ends[1][1] if ends[1] else 0, again[1] if again else 0
    result.rows_lost += max(wanted - held, 0)
    result.rows_doubled += max(held - wanted, 0)
    left = [p.name for p in at.glob("*") if p.name.startswith(("incoming-", "removing-", "PENDING"))]
    if left:
        result.faults.append(f"killed before {step!r}: left behind {left}")
    if len(catalogue.releases(at)) != len(catalogue.releases(at.parent / "whole")):
        result.faults.append(f"killed before {step!r}: another number of releases")


def _state(at: Path) -> tuple[str, int] | None:
    """Hash and rows of the live release, every file of it checked; None for an empty store."""
    if not catalogue.has_live(at):
        return None
    live = catalogue.live(at)
    store.verify(live)
    import pyarrow.parquet as pq

    return live.hash, pq.ParquetFile(live.events_path).metadata.num_rows


def _kill(at: Path, act: Callable[[Path], object], n: int, torn: bool) -> bool:
    """Run `act` in a child that ends at once before step n; True when it did."""
    child = os.fork()
    if child == 0:
        count = 0
        unsafe: set[str] = set()

        def watcher(step: str) -> None:
            nonlocal count
            count += 1
            if step.startswith("write "):
                unsafe.add(step.removeprefix("write "))
            if count == n:
                if torn:
                    _tear(at, unsafe)
                os._exit(KILLED)
            if step.startswith("sync "):
                unsafe.discard(step.removeprefix("sync "))

        try:
            durable.watch(watcher)
            act(at)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def _tear(at: Path, unsafe: set[str]) -> None:
    for path in [p for p in at.rglob("*") if p.is_file() and p.name in unsafe and "releases" not in p.parts]:
        os.truncate(path, path.stat().st_size // 2)


def _copy(start: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(start, to)
    return to


def corpus(folder: Path) -> tuple[Path, Path]:
    """Two folders of files: the second overlaps the first by a month, brings outcomes and a new month."""
    first, second = folder / "first", folder / "second"
    for month in ("2022-01", "2022-02"):
        made.write(made.street_path(first, month), made.some_month(month, 120, 1))
    for month in ("2022-02", "2022-03"):
        made.write(made.street_path(second, month), made.some_month(month, 120, 1))
    ids = [row for row in made.some_month("2022-01", 120, 1) if row[0]][:20]
    rows = [[row[0], "2022-02", *row[2:9], "Local resolution"] for row in ids]
    made.write(made.street_path(second, "2022-02", kind="outcomes"), rows, made.OUTCOMES)
    return first, second


def run(folder: Path) -> dict[str, Result]:
    """All the rounds: a first import, one onto it, the same with torn files, a roll-back, a removal."""
    first, second = corpus(folder)
    empty, filled = folder / "empty", folder / "filled"
    empty.mkdir()
    import_path(first, store=filled)
    two = _copy(filled, folder / "two")
    old = catalogue.live(two).id
    import_path(second, store=two)
    new = catalogue.live(two).id

    def remove(at: Path) -> None:
        if (at / "releases" / old).exists():
            store.remove(at, old)
        else:
            with store.writing(at):
                pass

    assert old != new
    acts = {
        "first import": (empty, lambda at: import_path(first, store=at), False),
        "import onto another": (filled, lambda at: import_path(second, store=at), False),
        "import onto another, files torn": (filled, lambda at: import_path(second, store=at), True),
        "roll back": (two, lambda at: store.roll_back(at, old), False),
        "remove": (two, remove, False),
    }
    return {name: step_through(start, act, folder, torn) for name, (start, act, torn) in acts.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        results = run(Path(place))
    for name, r in results.items():
        print(f"{name}: {r.kills} kills, {r.rows_lost} rows lost, {r.rows_doubled} rows doubled")
        for fault in r.faults:
            print(f"  FAULT {fault}")
    total = [
        sum(v) for v in zip(*((r.kills, r.rows_lost, r.rows_doubled) for r in results.values()), strict=True)
    ]
    print(f"all: {total[0]} kills tried, {total[1]} rows lost, {total[2]} rows doubled")
    sys.exit(any(r.faults for r in results.values()))
