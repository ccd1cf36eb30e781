"""Effects from figures at hand: displacement, power; and the run of a series: trend."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forestall.errors import ForestallError

if TYPE_CHECKING:
    from forestall.stats.effects import Difference

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
LEVEL = click.option(
    "--level", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.9999), help="Of the interval."
)
#: Column of the --file, and other headings that mean the same.
HEADINGS = {
    "type": ("crime_type", "type", "offence", "crime", "example"),
    "weight": ("weight", "harm_weight", "harm"),
    "treated": ("treated",),
    "comparison": ("comparison", "control"),
    "displacement_treated": ("displacement_treated", "disp_treated", "buffer"),
    "displacement_comparison": ("displacement_comparison", "disp_control", "buffer_comparison"),
}
ENDINGS = (("before", "pre"), ("after", "post"))


class Numbers(click.ParamType):
    """Numbers separated by commas: 130,74."""

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not numbers separated by commas, such as 130,74.", param, ctx)


@click.command()
@click.option("--treated", type=Numbers(), help="Counts of the treated area: before,after.")
@click.option("--comparison", type=Numbers(), help="Counts of its comparison: before,after.")
@click.option("--displacement-treated", type=Numbers(), help="Counts of the buffer: before,after.")
@click.option("--displacement-comparison", type=Numbers(), help="Counts of the buffer's comparison.")
@click.option("--time-weights", type=Numbers(), help="Lengths of the periods: before,after.")
@click.option("--area-weights", type=Numbers(), help="Sizes: treated,comparison[,buffer,its comparison].")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    help="CSV or Parquet, one row per crime type: treated_before, treated_after, comparison_before, "
    "comparison_after, weight.",
)
@LEVEL
@JSON
def displacement(
    treated: tuple[float, ...] | None,
    comparison: tuple[float, ...] | None,
    displacement_treated: tuple[float, ...] | None,
    displacement_comparison: tuple[float, ...] | None,
    time_weights: tuple[float, ...] | None,
    area_weights: tuple[float, ...] | None,
    file: Path | None,
    level: float,
    as_json: bool,
) -> None:
    """Did events fall where we acted, against the comparison, and did they move?"""
    from forestall.stats.effects import weighted_displacement_difference

    if file is not None:
        if treated or comparison:
            raise ForestallError("Counts and a file were both given.", "Give one of them.")
        found, rows = _from_file(file, time_weights, area_weights, level)
    elif treated is None or comparison is None:
        raise ForestallError(
            "The counts of the treated area or of its comparison are missing.",
            "Give --treated before,after and --comparison before,after, or --file.",
        )
    else:
        found = weighted_displacement_difference(
            treated,
            comparison,
            displacement_treated,
            displacement_comparison,
            time_weights,
            area_weights,
            level,
        )
        rows = []
    if as_json:
        shown = found.to_dict() | ({"by_type": rows} if rows else {})
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    unit = "harm" if file is not None and any(r["weight"] is not None for r in rows) else "events"
    low, high = found.interval
    click.echo(
        f"Difference  {found.estimate:,.4g} {unit}  (standard error {found.standard_error:,.4g})\n"
        f"z           {found.z:.3f}   p {found.p:.4f}\n"
        f"{found.level:.0%} interval  {low:,.4g} to {high:,.4g}"
    )
    if unit == "events":
        click.echo(found.sentence())
    for caveat in found.caveats:
        click.echo(f"Note: {caveat}")


def _from_file(
    file: Path,
    time_weights: tuple[float, ...] | None,
    area_weights: tuple[float, ...] | None,
    level: float,
) -> tuple[Difference, list[dict[str, Any]]]:
    """The whole over all crime types, and one plain row a type."""
    from forestall.stats.effects import harm_weighted_difference, weighted_displacement_difference

    table = _Columns(file)
    parts, weights, rows = [], [], []
    for i in range(table.n):
        one = weighted_displacement_difference(
            table.pair("treated", i) or (),
            table.pair("comparison", i) or (),
            table.pair("displacement_treated", i),
            table.pair("displacement_comparison", i),
            time_weights,
            area_weights,
            level,
        )
        weight = table.weight(i)
        parts.append(one)
        weights.append(weight)
        rows.append({"type": table.type(i), "weight": weight, **one.to_dict()})
    return harm_weighted_difference(parts, weights, level), rows


class _Columns:
    """The --file, with its headings understood."""

    def __init__(self, file: Path) -> None:
        from forestall.cli.tabular import floats, read_table

        names = _names(file)
        folded = {re.sub(r"[\s-]+", "_", n.strip().lower()): n for n in names}
        self.at: dict[str, str] = {}
        for key, heads in HEADINGS.items():
            for head in heads:
                if key in ("type", "weight"):
                    if head in folded:
                        self.at.setdefault(key, folded[head])
                    continue
                for ending in ENDINGS:
                    for word in ending:
                        if f"{head}_{word}" in folded:
                            self.at.setdefault(f"{key}_{ending[0]}", folded[f"{head}_{word}"])
        needed = [f"{a}_{e[0]}" for a in ("treated", "comparison") for e in ENDINGS]
        absent = [n for n in needed if n not in self.at]
        if absent:
            raise ForestallError(
                f"{file.name} has no column {', no column '.join(absent)}.", f"It has: {', '.join(names)}."
            )
        table = read_table(file, list(self.at.values()))
        self.n = table.num_rows
        self.values = {k: floats(table, v) for k, v in self.at.items() if k != "type"}
        self.types = [str(v) for v in table[self.at["type"]].to_pylist()] if "type" in self.at else None

    def pair(self, name: str, row: int) -> tuple[float, float] | None:
        keys = [f"{name}_{ending[0]}" for ending in ENDINGS]
        if any(k not in self.values for k in keys):
            return None
        return float(self.values[keys[0]][row]), float(self.values[keys[1]][row])

    def weight(self, row: int) -> float | None:
        """Without a weight column every type weighs 1; an empty cell has no weight."""
        if "weight" not in self.values:
            return 1.0
        value = float(self.values["weight"][row])
        return None if value != value else value

    def type(self, row: int) -> str:
        return self.types[row] if self.types else str(row + 1)


def _names(file: Path) -> list[str]:
    """The headings of a file."""
    from forestall.cli import tabular

    if not file.exists() or file.is_dir():
        raise ForestallError(f"There is no file {file}.", "Check the name and the folder.")
    if file.suffix == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_schema(file).names)
    return list(tabular._header(file)[0])


@click.command()
@click.option("--treated-before", required=True, type=float, help="Events before in the treated area.")
@click.option("--comparison-before", required=True, type=float, help="Events before in the comparison.")
@click.option(
    "--length-ratio", default=1.0, show_default=True, type=float, help="Length of after over before."
)
@click.option(
    "--dispersion", default=1.0, show_default=True, type=float, help="Variance over mean of the counts."
)
@click.option("--power", default=0.8, show_default=True, type=float, help="How often it must be seen.")
@click.option(
    "--factor", type=float, help="Also: how often would this true factor (0.8 = a fifth fewer) be seen?"
)
@LEVEL
@JSON
def power(
    treated_before: float,
    comparison_before: float,
    length_ratio: float,
    dispersion: float,
    power: float,
    factor: float | None,
    level: float,
    as_json: bool,
) -> None:
    """How small a change would this plan see at all?"""
    from forestall.stats.power import power_of_ratio, smallest_change

    found = smallest_change(treated_before, comparison_before, length_ratio, dispersion, power, level)
    shown = found.to_dict()
    if factor is not None:
        shown["factor"] = factor
        shown["power_of_factor"] = power_of_ratio(
            factor, treated_before, comparison_before, length_ratio, dispersion, level
        )
    if as_json:
        click.echo(json.dumps(shown, indent=1))
        return
    click.echo(found.sentence())
    click.echo(f"A rise of {found.rise - 1:.0%} or more would be seen as often.")
    if factor is not None:
        click.echo(f"A true factor of {factor:g} would be seen {shown['power_of_factor']:.0%} of the time.")
    for caveat in found.caveats:
        click.echo(f"Note: {caveat}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--date", "date", required=True, help="Column of dates or months (2024-03 or 2024-03-31).")
@click.option("--count", "count", help="Column of counts; without it every row is one event.")
@click.option("--comparison", help="Column of counts of a comparison area (with --count).")
@click.option("--from", "start", help="First month after a change, such as 2025-01.")
@click.option(
    "--errors",
    type=click.Choice(["quasi-poisson", "echo", "newey-west"]),
    default="quasi-poisson",
    show_default=True,
    help="How the errors of the level change are worked out.",
)
@LEVEL
@JSON
def trend(
    file: Path,
    date: str,
    count: str | None,
    comparison: str | None,
    start: str | None,
    errors: str,
    level: float,
    as_json: bool,
) -> None:
    """Which months lie outside what was to be expected, and did the level change?"""
    from forestall.cli.trends import run

    found = run(file, date, count, comparison, start, errors, level)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    click.echo(found["sentence"])
    click.echo(f"{'month':8} {'seen':>8} {'expected':>9}  range")
    for row in zip(
        found["months"], found["observed"], found["expected"], found["lower"], found["upper"], strict=True
    ):
        month, seen, expected, low, high = row
        if seen is None or expected is None:
            click.echo(f"{month:8} {'no record':>8}")
            continue
        mark = "  <- outside" if month in found["outside"] else ""
        click.echo(f"{month:8} {seen:8.0f} {expected:9.1f}  {low:.0f} to {high:.0f}{mark}")
    for caveat in found["caveats"]:
        click.echo(f"Note: {caveat}")
