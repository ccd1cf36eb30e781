"""Areas over time on a person's own file: synthetic-control; estimates of several areas: pool."""

from __future__ import annotations

import re
from pathlib import Path

import click
import numpy as np

from forestall.cli.spatial import AS_JSON, FILE, SEED, show
from forestall.cli.tabular import floats, read_table
from forestall.errors import ForestallError


@click.command()
@FILE
@click.option("--unit", required=True, help="Column of area names.")
@click.option("--time", "time_", required=True, help="Column of period numbers, such as years.")
@click.option("--outcome", required=True, help="Column of the outcome.")
@click.option("--treated", required=True, help="Name of the treated area.")
@click.option("--from", "start", required=True, type=float, help="First period after the start.")
@click.option(
    "--predictors",
    default="",
    help="Columns to match on, averaged over periods: 'invest:1964-1969,popdens:1969,energy:1961-1969/2'.",
)
@click.option(
    "--fit", "fit", default="", help="Periods to judge the fit on: '1960-1969' (default: all before)."
)
@click.option("--exclude", default="", help="Areas never to use as donors, separated by ';'.")
@click.option("--placebos", is_flag=True, help="Also pretend the response in each donor.")
@SEED
@AS_JSON
def synthetic_control(
    file: Path,
    unit: str,
    time_: str,
    outcome: str,
    treated: str,
    start: float,
    predictors: str,
    fit: str,
    exclude: str,
    placebos: bool,
    seed: int,
    as_json: bool,
) -> None:
    """What would have happened in one treated area? A weighted mix of others as its stand-in."""
    from forestall.stats import synthetic_control as method

    wanted = [_window(text) for text in predictors.split(",") if text.strip()]
    table = read_table(file, [unit, time_, outcome, *(name for name, _ in wanted)])
    names = np.array([str(v) for v in table[unit].to_pylist()])
    grid = _Grid(names, floats(table, time_))
    if treated not in grid.units:
        raise ForestallError(
            f"No row has {treated!r} in column {unit}.", f"It has: {', '.join(grid.units[:12])} ..."
        )
    left = {name.strip() for name in exclude.split(";") if name.strip()}
    if unknown := left - set(grid.units):
        raise ForestallError(f"No row has {', '.join(sorted(unknown))} in column {unit}.", "Check the names.")
    y = grid.values(floats(table, outcome))
    whole = np.isfinite(y).all(axis=1)
    own = grid.units.index(treated)
    if not whole[own]:
        raise ForestallError(
            f"{treated} lacks {outcome} in some period.", "Complete it, or leave out that period."
        )
    donors = [i for i, name in enumerate(grid.units) if i != own and whole[i] and name not in left]
    before = int(np.searchsorted(grid.times, start))
    columns = {name: grid.values(floats(table, name)) for name in {n for n, _ in wanted}}
    matched = None
    if wanted:
        means = np.array([_mean(columns[name], grid.times, over, name, before) for name, over in wanted])
        matched = (means[:, own], means[:, donors])
    fitted = (
        np.flatnonzero(_inside(grid.times, _periods(fit)) & (np.arange(grid.times.size) < before))
        if fit
        else None
    )
    answer = method.synthetic_control(
        y[own], y[donors].T, before, predictors=matched, fit_periods=fitted, seed=seed
    )
    weights = {grid.units[i]: float(w) for i, w in zip(donors, answer.weights, strict=True)}
    data: dict[str, object] = {
        "weights": weights,
        "effect": answer.effect,
        "path": [
            {"time": float(t), "observed": float(o), "synthetic": float(s), "gap": float(o - s)}
            for t, o, s in zip(grid.times, answer.observed, answer.synthetic, strict=True)
        ],
        "fit": {"mspe_before": answer.fit, "mspe_after": answer.fit_after, "donors": answer.n},
        "method": answer.method,
        "seed": seed,
        "left_out": [n for i, n in enumerate(grid.units) if i != own and i not in donors],
    }
    if placebos:
        data["placebos"] = method.placebos_in_space(y[own], y[donors].T, before).to_dict()
    shares = sorted(((w, n) for n, w in weights.items() if w > 0.001), reverse=True)
    show(as_json, data, lambda: [answer.sentence(), *(f"  {w:6.3f}  {n}" for w, n in shares)])


@click.command()
@FILE
@click.option("--estimate", required=True, help="Column of estimates, for example log rate ratios.")
@click.option("--standard-error", required=True, help="Column of their standard errors.")
@click.option("--label", default="", help="Column that names each area.")
@click.option(
    "--method",
    type=click.Choice(["reml", "paule-mandel", "dersimonian-laird", "fixed"]),
    default="reml",
    show_default=True,
)
@click.option("--leave-one-out", is_flag=True, help="Also pool without each area in turn.")
@AS_JSON
def pool(
    file: Path,
    estimate: str,
    standard_error: str,
    label: str,
    method: str,
    leave_one_out: bool,
    as_json: bool,
) -> None:
    """What did a response do across areas? Pools estimates with their standard errors."""
    from forestall.stats import pooling

    table = read_table(file, [estimate, standard_error, *([label] if label else [])])
    y, s = floats(table, estimate), floats(table, standard_error)
    answer = pooling.pool(y, s, method=method)
    names = [str(v) for v in table[label].to_pylist()] if label else [str(i + 1) for i in range(len(y))]
    data = answer.to_dict()
    lines = [answer.sentence()]
    if leave_one_out:
        without = pooling.leave_one_out(y, s, method=method)
        data["leave_one_out"] = {n: a.to_dict() for n, a in zip(names, without, strict=True)}
        lines += [f"  without {n}: {a.sentence()}" for n, a in zip(names, without, strict=True)]
    show(as_json, data, lambda: lines)


class _Grid:
    """Rows of a long table laid out as areas by periods."""

    def __init__(self, names: np.ndarray, times: np.ndarray) -> None:
        if np.isnan(times).any():
            raise ForestallError("Some rows have no period.", "Mend or leave out those rows.")
        units, rows = np.unique(names, return_inverse=True)
        self.units = [str(u) for u in units]
        self.times, columns = np.unique(times, return_inverse=True)
        self._at = (rows, columns)
        seen = np.bincount(rows * self.times.size + columns)
        if seen.max() > 1:
            cell = int(seen.argmax())
            raise ForestallError(
                f"{self.units[cell // self.times.size]} has more than one row for period "
                f"{self.times[cell % self.times.size]:g}.",
                "Give one row for each area and period.",
            )

    def values(self, column: np.ndarray) -> np.ndarray:
        out = np.full((len(self.units), self.times.size), np.nan)
        out[self._at] = column
        return out


def _window(text: str) -> tuple[str, tuple[float, float, float] | None]:
    """`invest:1964-1969/2` as a name and (first, last, step)."""
    name, mark, window = text.strip().rpartition(":")
    return (name, _periods(window)) if mark else (window, None)


def _periods(text: str) -> tuple[float, float, float]:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?(?:/(\d+))?", text.strip())
    if not match:
        raise ForestallError(
            f"{text!r} is not a range of periods.", "Write 1964-1969, or 1961-1969/2 for every second."
        )
    first = float(match[1])
    return first, float(match[2] or first), float(match[3] or 1)


def _inside(times: np.ndarray, over: tuple[float, float, float]) -> np.ndarray:
    first, last, step = over
    return (times >= first) & (times <= last) & (np.mod(times - first, step) == 0)


def _mean(
    values: np.ndarray, times: np.ndarray, over: tuple[float, float, float] | None, name: str, before: int
) -> np.ndarray:
    """Each area's mean of one predictor over its periods, missing ones left out."""
    use = np.arange(times.size) < before if over is None else _inside(times, over)
    known = np.isfinite(values[:, use])
    if not use.any() or not known.any(axis=1).all():
        raise ForestallError(
            f"Predictor {name} has no value for some area in its periods.", "Choose other periods."
        )
    return np.where(known, values[:, use], 0).sum(axis=1) / known.sum(axis=1)
