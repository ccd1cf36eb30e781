"""What the statistics commands share: options, points from a file, an answer for person or machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from forestall.cli.tabular import day_numbers, floats, read_table, refuse_months
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


def left_out_lines(number: int) -> list[str]:
    return [f"{number:,} rows lack a place or a date and were left out."] if number else []
