"""Time the methods in process, peers by turns in the same run, and the commands from a cold start.

    .venv/bin/python benchmarks/methods.py
    .venv/bin/python benchmarks/methods.py --data DATA --runners RUNNERS --peers PYTHON --basque FILE --seattle FILE

DATA holds points_10000.parquet, points_100000.parquet, points_1000000.parquet and panel.csv; without it a city is
drawn by seed. Runners are scripts that run one task with one peer and print one line of JSON with `seconds_all`.
Each pair is ours, then theirs, then ours ..., so that a busy machine slows both. Prints tables in Markdown.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import method_tasks as tasks

FORESTALL = str(Path(sys.executable).with_name("forestall"))
BURGLARY = ["--x", "x", "--y", "y"]

#: feols alone: the runner of this task also fits a Poisson model.
PYFIXEST = """
import json, sys, time, pandas, pyfixest
d = pandas.read_csv(sys.argv[1]); d["d"] = d.treated * d.post; s = []
for _ in range(3):
    t = time.perf_counter(); pyfixest.feols("count ~ d | area + week", d, vcov={"CRV1": "area"})
    s.append(time.perf_counter() - t)
print(json.dumps({"seconds_all": s}))
"""


@dataclass(frozen=True)
class Pair:
    """One task: ours, and the peer's command after the interpreter (None: no peer)."""

    name: str
    ours: tasks.Task
    peer: str
    command: list[str] | None
    target: str


def seconds(task: tasks.Task, times: int) -> list[float]:
    out = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        out.append(time.perf_counter() - start)
    return out


def pairs(asked: argparse.Namespace) -> list[Pair]:
    data, runners = asked.data, asked.runners
    million, hundred, ten = (tasks.City(data, n) for n in (1_000_000, 100_000, 10_000))

    def peer(script: str, file: str, *words: str) -> list[str] | None:
        return [str(runners / script), str(data / file), *words] if runners and data else None

    big, middle, small = "points_1000000.parquet", "points_100000.parquet", "points_10000.parquet"
    gi = ("--cell", "100", "--peer", "esda")
    knox = ("--peer", "scipy-oracle", "--perms", "999")
    kdepy = ("--peer", "kdepy-fft", "--rescale", "--repeat", "3")
    found = [
        Pair(
            "Gi* analytic, 1M points, 40k cells",
            tasks.gi(million),
            "esda",
            peer("t2_gistar.py", big, *gi, "--repeat", "3"),
            "20 x warm",
        ),
        Pair(
            "Gi* 999 permutations, 40k cells",
            tasks.gi_permuted(million),
            "esda",
            peer("t2_gistar.py", big, *gi, "--perms", "999", "--repeat", "2"),
            "20 x warm, 100 x first call",
        ),
        Pair(
            "density, 200 x 200, 100k points",
            tasks.density(hundred),
            "KDEpy FFT",
            peer("t3_kde.py", middle, *kdepy),
            "as fast",
        ),
        Pair(
            "density, 200 x 200, 10k points",
            tasks.density(ten),
            "scikit-learn kd-tree",
            peer("t3_kde.py", small, "--peer", "sklearn-kd"),
            "100 x at 100k",
        ),
        Pair(
            "near repeats, 20 bands, 10k events, 999 permutations",
            tasks.knox(ten, 999),
            "kd-tree oracle",
            peer("t4_knox.py", small, *knox),
            "5 x",
        ),
        Pair(
            "aoristic, 1M rows",
            tasks.hours(million),
            "numpy oracle",
            peer("t7_aoristic.py", big, "--peer", "numpy-oracle", "--repeat", "3"),
            "10 x",
        ),
        Pair(
            "two-way fixed effects, 62,400 rows",
            tasks.two_way(data),
            "pyfixest feols",
            ["-c", PYFIXEST, str(data / "panel.csv")] if data and asked.peers else None,
            "as fast warm",
        ),
    ]
    if asked.basque:
        command = [str(runners / "t6_synth.py"), str(asked.basque), "--repeat", "2"] if runners else None
        found.append(
            Pair("synthetic control, Basque", tasks.basque(asked.basque), "pysyncon", command, "20 x")
        )
    if asked.seattle:
        found.append(
            Pair(
                "micro synthetic control, Seattle",
                tasks.seattle(asked.seattle),
                "",
                None,
                "20 x R microsynth",
            )
        )
    found.append(Pair("space-time scan, 10k events, 999 replicas", tasks.scan(ten), "", None, "state it"))
    return found


def side_by_side(asked: argparse.Namespace) -> None:
    print(
        "| task | ours: first call s | ours: median s (range) | peer | peer: first call s | peer: warm median s "
        "(range) | ratio warm | ratio first calls | target |\n|---|---|---|---|---|---|---|---|---|"
    )
    for pair in pairs(asked):
        if asked.only.lower() not in pair.name.lower():
            continue
        ours, firsts, warm = [], [], []
        for _ in range(asked.repeat):
            ours.append(seconds(pair.ours, 3 if not ours or ours[0][-1] < 1 else 1))
            if pair.command and asked.peers:
                all_of = run_peer(asked.peers, pair.command)
                firsts.append(all_of[0])
                warm.append(min(all_of))
        best = [min(o) for o in ours]
        first = ours[0][0]
        theirs = [f"{statistics.median(firsts):.3g}", spread(warm)] if warm else ["", ""]
        ratios = ["", ""]
        if warm:
            by_pair = [w / b for w, b in zip(warm, best, strict=True)]
            ratios = [f"{statistics.median(by_pair):.3g}", f"{statistics.median(firsts) / first:.3g}"]
        cells = [
            pair.name,
            f"{first:.3g}",
            spread(best),
            pair.peer if warm else "",
            *theirs,
            *ratios,
            pair.target,
        ]
        print(f"| {' | '.join(cells)} |", flush=True)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def run_peer(python: str, command: list[str]) -> list[float]:
    done = subprocess.run([python, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the peer failed: {done.stderr[-600:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])["seconds_all"]


def growth(asked: argparse.Namespace) -> None:
    """How time grows with events: best of `repeat`."""
    print("\n| task | 10k s | 100k s | 1M s |\n|---|---|---|---|")
    cities = [tasks.City(asked.data, n) for n in (10_000, 100_000, 1_000_000)]
    rows = [
        ("grid and Gi* analytic, 40k cells", tasks.gi, 3),
        ("grid and Gi* exact, 40k cells", tasks.gi_exact, 3),
        ("density, 200 x 200", tasks.density, 3),
        ("density exact, 200 x 200", tasks.density_exact, 2),
        ("aoristic", tasks.hours, 3),
        ("concentration (Gini of 40k cells)", tasks.concentrated, 3),
        ("near repeats, expected and exact z, no permutations", lambda c: tasks.knox(c, 0), 2),
        ("space-time scan, 99 replicas", lambda c: tasks.scan(c, 99), 2),
    ]
    for name, task, sizes in rows:
        cells = [min(seconds(task(c), asked.repeat if i < 2 else 2)) for i, c in enumerate(cities[:sizes])]
        shown = [f"{s:.3g}" for s in cells] + ["not run"] * (3 - len(cells))
        print(f"| {name} | {' | '.join(shown)} |", flush=True)


def heavy(asked: argparse.Namespace) -> None:
    """100,000 events with 99 permutations, in a process of its own so that its memory can be told."""
    if os.fork() == 0:
        taken = seconds(tasks.knox(tasks.City(asked.data, 100_000), 99), 1)[0]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\nNear repeats, 100k events, 99 permutations: {taken:.1f} s, {peak:.0f} MB.", flush=True)
        os._exit(0)
    os.wait()


def cold(asked: argparse.Namespace) -> None:
    """Whole processes on a CSV of 10,000 rows."""
    print("\n| command, 10k rows, cold | median s (range) | peak MB |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        file, areas, effects = write_files(Path(folder), tasks.City(asked.data, 10_000))
        for words in (
            ["--help"],
            ["hot-spots", file, *BURGLARY, "--cell", "250"],
            ["hot-spots", file, *BURGLARY, "--cell", "250", "--method", "density"],
            ["near-repeat", file, *BURGLARY, "--date", "day", "--permutations", "99"],
            ["near-repeat", file, *BURGLARY, "--date", "day"],
            ["aoristic", file, "--start", "start", "--end", "end"],
            ["concentration", file, "--key", "premise"],
            ["clusters", file, *BURGLARY, "--date", "day"],
            ["trend", file, "--date", "start"],
            ["displacement", "--treated", "130,74", "--comparison", "133,91"],
            ["power", "--treated-before", "200", "--comparison-before", "800"],
            ["pool", effects, "--estimate", "y", "--standard-error", "s"],
            [
                "synthetic-control",
                areas,
                *"--unit area --time year --outcome y --treated 0 --from 2015".split(),
            ],
        ):
            runs = [
                whole([FORESTALL, *words, *([] if words == ["--help"] else ["--json"])])
                for _ in range(asked.repeat)
            ]
            said = " ".join(w for w in words if not w.startswith(folder))
            print(f"| {said} | {spread([r[0] for r in runs])} | {max(r[1] for r in runs):.0f} |", flush=True)


def whole(command: list[str]) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed:\n{error.decode(errors='replace')}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def write_files(folder: Path, city: tasks.City) -> tuple[str, str, str]:
    files = [folder / name for name in ("points.csv", "areas.csv", "effects.csv")]
    premise = (city.x // 100 * 1000 + city.y // 100).astype(int)
    columns = [city.x, city.y, city.day, city.start, city.end, premise]
    tables = [
        [
            "x,y,day,start,end,premise".split(","),
            *zip(*(c.tolist() if c.dtype.kind != "M" else c.astype(str) for c in columns), strict=True),
        ],
        [
            "area,year,y".split(","),
            *((i, 2000 + j, (i * 7 + j * i) % 23 + 10) for i in range(20) for j in range(20)),
        ],
        ["y,s".split(","), *((-0.1 * (i % 4), 0.1 + 0.01 * i) for i in range(12))],
    ]
    for path, rows in zip(files, tables, strict=True):
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    return str(files[0]), str(files[1]), str(files[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of points_N.parquet and panel.csv")
    parser.add_argument("--runners", type=Path, help="folder of the peers' runners")
    parser.add_argument("--peers", help="the Python that has the peers")
    parser.add_argument("--basque", type=Path, help="the Basque example, CSV")
    parser.add_argument("--seattle", type=Path, help="the Seattle example, CSV.gz")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", default="", help="tasks whose name holds this, side by side alone")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n")
    side_by_side(asked)
    if not asked.only:
        growth(asked)
        heavy(asked)
        cold(asked)
    print(f"\nload {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
