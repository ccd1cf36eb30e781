"""Statistics on a person's own file: near-repeat, aoristic, hot-spots, concentration, clusters."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from forestall.cli.tabular import day_numbers, floats, moments, read_table, refuse_months
from forestall.errors import ForestallError

FILE = click.argument("file", type=click.Path(path_type=Path))
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
SEED = click.option("--seed", default=1, show_default=True, help="Same file and seed, same answer.")


def numbers_of(context: click.Context, option: click.Parameter, value: str | None) -> list[float] | None:
    """`0,1,100,200` as numbers."""
    if value is None:
        return None
    try:
        return [float(part) for part in value.split(",")]
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of numbers such as 0,1,100,200.") from None


def points(file: Path, x: str, y: str, date: str | None = None, *, whole: bool = True) -> dict[str, Any]:
    """Columns of a file as arrays; rows that lack a place or a date are left out and counted."""
    table = read_table(file, [x, y, *([date] if date else [])])
    columns = {"x": floats(table, x), "y": floats(table, y)}
    if date:
        days = day_numbers(table, date)
        refuse_months(days, date)
        columns["days"] = np.floor(days) if whole else days
    known = ~np.any([np.isnan(column) for column in columns.values()], axis=0)
    if not known.any():
        raise ForestallError(f"No row of {file.name} has all of: {', '.join(columns)}.", "Check the columns.")
    return {name: column[known] for name, column in columns.items()} | {"left_out": int((~known).sum())}


def show(as_json: bool, answer: dict[str, Any], page: Callable[[], list[str]]) -> None:
    """The same answer for a machine or for a person."""
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(page()))


def table_lines(head: list[str], rows: list[list[str]]) -> list[str]:
    """Columns lined up to the right."""
    widths = [max(len(line[k]) for line in [head, *rows]) for k in range(len(head))]
    return ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in [head, *rows]]


def _left_out(number: int) -> list[str]:
    return [f"{number:,} rows lack a place or a date and were left out."] if number else []


@click.command("near-repeat")
@FILE
@click.option("--x", required=True, help="Column of eastings, metres.")
@click.option("--y", required=True, help="Column of northings, metres.")
@click.option("--date", required=True, help="Column of dates (or day numbers).")
@click.option("--space", callback=numbers_of, default="0,1,100,200,300,400", show_default=True)
@click.option("--time", callback=numbers_of, default="0,8,15,22,29", show_default=True)
@click.option(
    "--metric", type=click.Choice(["euclidean", "manhattan"]), default="euclidean", show_default=True
)
@click.option("--permutations", type=click.IntRange(0, 100_000), default=999, show_default=True)
@SEED
@click.option("--chains", callback=numbers_of, help="Also list series: metres,days such as 200,14.")
@click.option("--as-of", help="With --chains: areas on alert on this day (2024-03-31, or a day number).")
@AS_JSON
def near_repeat(
    file: Path,
    x: str,
    y: str,
    date: str,
    space: list[float],
    time: list[float],
    metric: str,
    permutations: int,
    seed: int,
    chains: list[float] | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Do crimes close in space come close in time more than chance gives? (Knox)

    Bands are half open: --space 0,1,100 is [0, 1) and [1, 100) metres; --time 0,8 is [0, 8) days.
    """
    from forestall.stats.repeats import near_repeat as test

    data = points(file, x, y, date)
    result = test(
        data["x"], data["y"], data["days"], space, time, permutations, np.random.default_rng(seed), metric
    )
    answer = result.to_dict() | {"seed": seed, "left_out": data["left_out"]}
    if chains is not None:
        answer |= _series(data, chains, as_of, metric)
    elif as_of is not None:
        raise ForestallError("--as-of needs --chains.", "For example --chains 200,14 --as-of 2024-03-31.")

    def page() -> list[str]:
        head = ["metres \\ days", *(f"{a:g} to <{b:g}" for a, b in pairwise(time))]
        rows = []
        for s, (a, b) in enumerate(pairwise(space)):
            cells = [f"{a:g} to <{b:g}"]
            for t in range(len(time) - 1):
                p = "" if result.p is None else f" p {result.p[s, t]:.3f}"
                cells.append(
                    f"{result.observed[s, t]} / {result.expected[s, t]:.1f} = {result.ratio[s, t]:.2f}{p}"
                )
            rows.append(cells)
        said = [
            f"{result.n:,} events, {result.close_pairs:,} pairs under {space[-1]:g} apart ({metric}). "
            "Observed / expected = ratio:",
            "",
            *table_lines(head, rows),
            "",
            f"p: {result.tail}; {permutations} relabellings, seed {seed}.",
            f"Same-day pairs: {result.originator}.",
            result.sentence(),
            *_left_out(data["left_out"]),
        ]
        return said + [answer[key] for key in ("chains_sentence", "alerts_sentence") if key in answer]

    show(as_json, answer, page)


def _series(data: dict[str, Any], chains: list[float], as_of: str | None, metric: str) -> dict[str, Any]:
    """Near-repeat series and, for a day, the areas on alert."""
    from forestall.stats.chains import alert_areas, near_repeat_chains

    if len(chains) != 2:
        raise ForestallError("--chains takes two numbers.", "Metres and days, such as 200,14.")
    place = data["x"], data["y"], data["days"]
    found = near_repeat_chains(*place, *chains, metric=metric)
    answer: dict[str, Any] = {
        "chains": [chain.to_dict() | {"events": chain.events} for chain in found.chains],
        "originators": found.originators,
        "near_repeats": found.near_repeats,
        "isolated": found.isolated,
        "chains_sentence": found.sentence(),
    }
    if as_of is not None:
        try:
            day = float(as_of)
        except ValueError:
            try:
                day = float(np.datetime64(as_of, "D").astype(np.int64))
            except ValueError:
                raise ForestallError(f"{as_of!r} is not a day.", "Use for example 2024-03-31.") from None
        alerts = alert_areas(*place, day, *chains, metric=metric)
        answer |= {"alert_areas": alerts.to_dict()["areas"], "alerts_sentence": alerts.sentence()}
    return answer


@click.command("aoristic")
@FILE
@click.option("--start", required=True, help="Column of the earliest moment.")
@click.option("--end", help="Column of the latest moment; empty means known to the moment of the start.")
@click.option("--timezone", help="Such as Europe/London: nights with a clock change get 23 or 25 hours.")
@AS_JSON
def aoristic(file: Path, start: str, end: str | None, timezone: str | None, as_json: bool) -> None:
    """In which hours of the week did crimes probably happen, if only an interval is known?

    Without --timezone the clock is taken as stored. Times with Z or an offset need --timezone.
    """
    from forestall.stats.timing import WEEKDAYS
    from forestall.stats.timing import aoristic as spread

    table = read_table(file, [start, *([end] if end else [])])
    first, utc = moments(table, start)
    last, last_utc = moments(table, end) if end else (None, utc)
    if last is not None and not np.isnat(last).all() and utc != last_utc:
        raise ForestallError(
            f"Columns {start} and {end} differ: one has offsets from UTC.", "Export both alike."
        )
    if utc and timezone is None:
        raise ForestallError(f"Column {start} holds times with an offset.", "Add --timezone Europe/London.")
    if not np.isnat(first).all() and (first[~np.isnat(first)].astype(np.int64) % 86_400 == 0).all():
        raise ForestallError(f"No value in column {start} has a time of day.", "Name a column with times.")
    result = spread(first, last, timezone, utc=utc)

    def page() -> list[str]:
        head = ["hour", *(day[:3] for day in WEEKDAYS), "all"]
        rows = [
            [
                f"{hour:02d}",
                *(f"{v:.2f}" for v in result.weights[:, hour]),
                f"{result.weights[:, hour].sum():.2f}",
            ]
            for hour in range(24)
        ]
        return [
            *table_lines(head, rows),
            "",
            f"{result.n:,} events; {result.point_events:,} known to the moment; {result.spread_over_week:,} of a week "
            f"or longer, spread evenly; {result.reversed:,} ended before they began; "
            f"{result.without_start:,} rows without a start left out.",
            result.sentence(),
        ]

    show(as_json, result.to_dict(), page)


@click.command("hot-spots")
@FILE
@click.option("--x", required=True, help="Column of eastings, metres.")
@click.option("--y", required=True, help="Column of northings, metres.")
@click.option("--cell", default=250.0, show_default=True, help="Side of a cell, metres.")
@click.option("--method", type=click.Choice(["gi", "density"]), default="gi", show_default=True)
@click.option(
    "--null", type=click.Choice(["exact", "analytic", "permutations"]), default="exact", show_default=True
)
@click.option("--permutations", type=click.IntRange(1, 1_000_000), default=999, show_default=True)
@SEED
@click.option(
    "--rate", default=0.05, show_default=True, help="Accepted share of false cells among those named."
)
@click.option("--bandwidth", type=float, help="Density only: metres. Default: from the spread of the points.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="Places to print.")
@AS_JSON
def hot_spots(
    file: Path,
    x: str,
    y: str,
    cell: float,
    method: str,
    null: str,
    permutations: int,
    seed: int,
    rate: float,
    bandwidth: float | None,
    top: int,
    as_json: bool,
) -> None:
    """Where is crime more concentrated than chance explains?

    gi: Gi* on a square grid, upper tail, false discoveries controlled, touching cells joined into places.
    density: kernel density on the same grid (no test).
    """
    from forestall.stats.hotspots import grid_counts
    from forestall.stats.inputs import refuse_degrees

    data = points(file, x, y)
    refuse_degrees(data["x"], data["y"])
    grid = grid_counts(data["x"], data["y"], cell)
    answer: dict[str, Any] = {
        "method": method,
        "n": int(data["x"].size),
        "left_out": data["left_out"],
        "cell": cell,
        "x0": grid.x0,
        "y0": grid.y0,
        "rows": grid.counts.shape[0],
        "columns": grid.counts.shape[1],
    }
    if method == "density":
        answer |= _density(data, grid, bandwidth)
    else:
        answer |= _gi(grid, null, permutations, seed, rate)

    def page() -> list[str]:
        size = f"{answer['n']:,} events on {answer['columns']} by {answer['rows']} cells of {cell:g} metres."
        if method == "density":
            rows = [
                [f"{c['x']:.0f}", f"{c['y']:.0f}", f"{c['density'] * 1e6:.2f}"] for c in answer["cells"][:top]
            ]
            head = ["x", "y", "events per sq km"]
        else:
            rows = [
                [str(p["number"]), f"{p['events']:.0f}", str(p["cells"]), f"{p['x']:.0f}", f"{p['y']:.0f}"]
                for p in answer["places"][:top]
            ]
            head = ["place", "events", "cells", "x", "y"]
        return [
            size,
            answer["sentence"],
            "",
            *(table_lines(head, rows) if rows else []),
            *_left_out(data["left_out"]),
        ]

    show(as_json, answer, page)


def _gi(grid: Any, null: str, permutations: int, seed: int, rate: float) -> dict[str, Any]:
    from forestall.stats.gi_null import getis_ord_exact, getis_ord_permuted
    from forestall.stats.hotspots import getis_ord, join_cells
    from forestall.stats.multiplicity import false_discovery

    if null == "permutations":
        result = getis_ord_permuted(grid, permutations, np.random.default_rng(seed))
    else:
        result = getis_ord_exact(grid) if null == "exact" else getis_ord(grid)
    hot = false_discovery(result.p_upper, rate)
    found = join_cells(hot, grid, result.z)
    cx, cy = grid.centres()
    rows, columns = np.nonzero((grid.counts > 0) | hot)
    cells = [
        {
            "row": int(r),
            "column": int(c),
            "x": float(cx[c]),
            "y": float(cy[r]),
            "count": int(grid.counts[r, c]),
            "z": float(result.z[r, c]),
            "p": float(result.p_upper[r, c]),
            "hot": bool(hot[r, c]),
        }
        for r, c in zip(rows, columns, strict=True)
    ]
    cells.sort(key=lambda item: (-item["z"], item["row"], item["column"]))
    inside = sum(place.events for place in found)
    share = inside / float(grid.counts.sum())
    said = (
        f"{len(found):,} places ({int(hot.sum()):,} cells) hold {share:.0%} of events; at most {rate:.0%} of these "
        "cells are expected to be there by chance."
        if found
        else "No cell has more events around it than chance explains."
    )
    return {
        "null": result.method,
        "tail": result.tail,
        "neighbours": "queen and self",
        "control": f"Benjamini-Hochberg at {rate:g}",
        "hot_cells": int(hot.sum()),
        "places": [
            {
                "number": p.number,
                "events": p.events,
                "cells": int(p.rows.size),
                "x": p.x,
                "y": p.y,
                "peak_z": p.peak_z,
                "rows": p.rows.tolist(),
                "columns": p.columns.tolist(),
            }
            for p in found
        ],
        "cells": cells,
        "sentence": said,
    }


def _density(data: dict[str, Any], grid: Any, bandwidth: float | None) -> dict[str, Any]:
    from forestall.stats.density import kernel_density, plug_in_bandwidth

    used = plug_in_bandwidth(data["x"], data["y"]) if bandwidth is None else bandwidth
    result = kernel_density(
        data["x"], data["y"], used, grid.cell, origin=(grid.x0, grid.y0), shape=grid.counts.shape
    )
    cx, cy = grid.centres()
    order = np.argsort(-result.density, axis=None, kind="stable")[:1000]
    rows, columns = np.unravel_index(order, grid.counts.shape)
    n = data["x"].size
    return {
        "bandwidth": used,
        "kernel": result.kernel,
        "warnings": list(result.warnings),
        "inside": result.inside,
        "cells": [
            {
                "row": int(r),
                "column": int(c),
                "x": float(cx[c]),
                "y": float(cy[r]),
                "density": float(result.density[r, c] * n),
            }
            for r, c in zip(rows, columns, strict=True)
        ],
        "sentence": result.sentence(),
    }


@click.command("concentration")
@FILE
@click.option("--key", help="Column of places or people (one row per event).")
@click.option("--count", help="Or: column of counts (one row per place).")
@click.option("--places", type=click.IntRange(1), help="Number of all places, those without events included.")
@click.option("--replicates", type=click.IntRange(0, 100_000), default=999, show_default=True)
@SEED
@AS_JSON
def concentration(
    file: Path,
    key: str | None,
    count: str | None,
    places: int | None,
    replicates: int,
    seed: int,
    as_json: bool,
) -> None:
    """How few places or people bear how much of the crime?"""
    from forestall.stats.concentration import concentration as measure
    from forestall.stats.concentration import lorenz
    from forestall.stats.repeats import repeat_rates

    if (key is None) == (count is None):
        raise ForestallError(
            "Give either --key or --count.", "--key for one row per event, --count per place."
        )
    without = 0
    if key:
        import pyarrow.compute as pc

        column = read_table(file, [key])[key]
        without = column.null_count
        per_place = pc.value_counts(column.drop_null()).field("counts").to_numpy().astype(float)
        if per_place.size == 0:
            raise ForestallError(f"Column {key} is empty.", "Name a column of places or people.")
    else:
        per_place = floats(read_table(file, [str(count)]), str(count))
        without = int(np.isnan(per_place).sum())
        per_place = per_place[~np.isnan(per_place)]
    result = measure(per_place, places, replicates=replicates, rng=np.random.default_rng(seed))
    curve = lorenz(per_place, places)
    step = max(1, curve.places // 1000)
    at = np.unique(np.append(np.arange(0, curve.places + 1, step), curve.places))
    answer = result.to_dict() | {
        "without_key": without,
        "seed": seed,
        "repeats": repeat_rates(per_place).to_dict(),
        "lorenz": {
            "share_places": curve.share_places[at].tolist(),
            "share_events": curve.share_events[at].tolist(),
        },
    }

    def page() -> list[str]:
        rows = [
            [name, f"{value:.4f}", f"{i.lower:.4f} to {i.upper:.4f}" if i else ""]
            for name, value, i in (
                ("Gini", result.gini, result.gini_interval),
                ("Gini, corrected for small counts", result.gini_corrected, result.gini_corrected_interval),
                (
                    "share of places that bear half",
                    result.share_bearing_half,
                    result.share_bearing_half_interval,
                ),
                ("events in the top 1% of places", result.share_top_1pct, None),
                ("events in the top 5% of places", result.share_top_5pct, None),
                ("events in the top 20% of places", result.share_top_20pct, None),
            )
        ]
        note = [f"{without:,} rows without a value were left out."] if without else []
        return [*table_lines(["measure", "value", "95% interval"], rows), "", result.sentence(), *note]

    show(as_json, answer, page)
