"""`forestall near-repeat` and `forestall concentration`: repeats, on a person's own file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from forestall.cli.answers import AS_JSON, FILE, SEED, left_out_lines, numbers_of, points, show, table_lines
from forestall.cli.tabular import floats, read_table
from forestall.errors import ForestallError


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
            *left_out_lines(data["left_out"]),
        ]
        return said + [answer[key] for key in ("chains_sentence", "alerts_sentence") if key in answer]

    show(as_json, answer, page)


def _series(data: dict[str, Any], chains: list[float], as_of: str | None, metric: str) -> dict[str, Any]:
    """Near-repeat series and, for a day, the areas on alert."""
    from forestall.stats.chains import alert_areas, near_repeat_chains

    if len(chains) != 2:
        raise ForestallError("--chains takes two numbers.", "Metres and days, such as 200,14.")
    x, y, days = data["x"], data["y"], data["days"]
    distance, within = chains
    found = near_repeat_chains(x, y, days, distance, within, metric)
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
        alerts = alert_areas(x, y, days, day, distance, within, metric)
        answer |= {"alert_areas": alerts.to_dict()["areas"], "alerts_sentence": alerts.sentence()}
    return answer


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
