"""`forestall hot-spots` and `forestall clusters`: where, and where and when, on a person's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from forestall.cli.answers import AS_JSON, FILE, SEED, left_out_lines, numbers_of, points, show, table_lines
from forestall.cli.tabular import floats, read_table
from forestall.errors import ForestallError


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
    refuse_degrees(data["x"], data["y"], cell)
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
            *left_out_lines(data["left_out"]),
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


@click.command("clusters")
@FILE
@click.option("--x", required=True, help="Column of eastings, metres (of areas' centres with --expected).")
@click.option("--y", required=True, help="Column of northings, metres.")
@click.option("--date", help="Column of dates: space-time permutation scan, one row per event.")
@click.option("--count", help="Column of counts: Poisson scan, one row per area; needs --expected.")
@click.option("--expected", help="Column of population or expected events, one row per area.")
@click.option(
    "--radii", callback=numbers_of, default="250,500,1000", show_default=True, help="Metres, rising."
)
@click.option("--cell", default=250.0, show_default=True, help="Events are gathered on cells of this side.")
@click.option("--period", default=7.0, show_default=True, help="Days that make one period.")
@click.option(
    "--longest", default=8, show_default=True, type=click.IntRange(1), help="Longest window, periods."
)
@click.option("--prospective", is_flag=True, help="Only clusters that are still going on at the last day.")
@click.option("--replicas", type=click.IntRange(0, 100_000), default=99, show_default=True)
@click.option("--p-method", type=click.Choice(["monte carlo", "gumbel"]), default="gumbel", show_default=True)
@SEED
@click.option("--top", type=click.IntRange(1), default=10, show_default=True)
@AS_JSON
def clusters(
    file: Path,
    x: str,
    y: str,
    date: str | None,
    count: str | None,
    expected: str | None,
    radii: list[float],
    cell: float,
    period: float,
    longest: int,
    prospective: bool,
    replicas: int,
    p_method: str,
    seed: int,
    top: int,
    as_json: bool,
) -> None:
    """Where and when did unusually many events come together? (Kulldorff)

    With --date: events against busy places and busy weeks. With --count and --expected: areas against
    their population.
    """
    from forestall.stats.clusters import poisson_scan, space_time_scan

    rng = np.random.default_rng(seed)
    shared: dict[str, Any] = {"replicas": replicas, "rng": rng, "p_method": p_method, "most": top}
    left_out, start = 0, None
    if date:
        data = points(file, x, y, date)
        left_out = data["left_out"]
        result = space_time_scan(
            data["x"], data["y"], data["days"], radii,
            cell=cell, period=period, longest=longest, prospective=prospective, **shared,
        )  # fmt: skip
        start = data["days"].min()
    elif count and expected:
        table = read_table(file, [x, y, count, expected])
        cx, cy, seen, mean = (floats(table, name) for name in (x, y, count, expected))
        result = poisson_scan(cx, cy, seen, mean, radii, **shared)
    else:
        raise ForestallError(
            "Give --date, or --count and --expected.", "--date for one row per event, the others per area."
        )
    answer = result.to_dict() | {"seed": seed, "left_out": left_out}

    def day(number: float) -> str:
        # Day numbers of dates are large; a file that numbers its own days keeps its numbers.
        return str(np.datetime64(int(number), "D")) if start is not None and start > 3000 else f"{number:g}"

    def page() -> list[str]:
        rows = [
            [
                f"{c.x:.0f}",
                f"{c.y:.0f}",
                f"{c.radius:g}",
                day(c.first_day),
                day(c.last_day),
                f"{c.events:g}",
                f"{c.expected:.1f}",
                "" if c.p is None else f"{c.p:.3g}",
            ]
            for c in result.clusters
        ]
        head = ["x", "y", "radius", "from", "to", "events", "expected", "p"]
        return [result.sentence(), "", *table_lines(head, rows), *left_out_lines(left_out)]

    show(as_json, answer, page)
