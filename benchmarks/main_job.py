"""Time the main job from outside: whole processes, wall time and peak memory.

    .venv/bin/python benchmarks/main_job.py --archive ARCHIVE.zip
    .venv/bin/python benchmarks/main_job.py --folder FOLDER --beside "python read_with_a_peer.py FOLDER"

Ours and the peer run by turns in one run, so that a busy machine slows both. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FORESTALL = [str(Path(sys.executable).with_name("forestall"))]


def run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MB of one process and its children."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{shlex.join(command)} failed:\n{error.decode(errors='replace')}")
    return seconds, usage.ru_maxrss / 1024


def row(name: str, runs: list[tuple[float, float]]) -> None:
    seconds = [r[0] for r in runs]
    print(
        f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} "
        f"| {max(r[1] for r in runs):.0f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--archive", type=Path, help="an archive to import, scan and count")
    parser.add_argument("--folder", type=Path, help="a folder of monthly files to import beside a peer")
    parser.add_argument("--beside", help="the peer's command")
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="forestall-bench-"))
    print("| what | median s | least s | most s | peak MB |\n|---|---|---|---|---|")
    try:
        row("forestall --help", [run([*FORESTALL, "--help"]) for _ in range(asked.repeat)])
        if asked.archive:
            time_archive(asked.archive, work, asked.repeat)
        if asked.folder:
            time_folder(asked.folder, asked.beside, work, asked.repeat)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def time_archive(archive: Path, work: Path, repeat: int) -> None:
    imports, scans = [], []
    for i in range(repeat):
        store = str(work / f"archive-{i}")
        imports.append(run([*FORESTALL, "import", str(archive), "--store", store, "--json"]))
        scans.append(run([*FORESTALL, "scan", "--store", store, "--json"]))
    row("import the archive", imports)
    row("scan the ready store", scans)
    row(
        "archive to ranked list",
        [(a[0] + b[0], max(a[1], b[1])) for a, b in zip(imports, scans, strict=True)],
    )


def time_folder(folder: Path, beside: str | None, work: Path, repeat: int) -> None:
    ours, theirs = [], []
    for i in range(repeat):
        store = str(work / f"folder-{i}")
        ours.append(run([*FORESTALL, "import", str(folder), "--store", store, "--json"]))
        if beside:
            theirs.append(run(shlex.split(beside)))
    row("import the folder", ours)
    if theirs:
        row("the peer reads the folder", theirs)
        ratios = [a[0] / b[0] for a, b in zip(ours, theirs, strict=True)]
        print(f"\nours / peer, pair by pair: {', '.join(f'{r:.2f}' for r in ratios)}")
    print(
        f"\ncounts by area, month and type, in process: {count_seconds(work / f'folder-{repeat - 1}'):.3f} s"
    )


def count_seconds(store: Path) -> float:
    """Best of five, in one process, from the store on disk."""
    from forestall.evidence import catalogue
    from forestall.evidence.queries import counts

    release = catalogue.live(store)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        counts.counts(release, by=("area", "month", "crime_type"))
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
