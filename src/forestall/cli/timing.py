"""`forestall aoristic`: hours of the week, on a person's own file."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from forestall.cli.answers import AS_JSON, FILE, show, table_lines
from forestall.cli.tabular import moments, read_table
from forestall.errors import ForestallError


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
