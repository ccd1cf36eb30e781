"""Analyse a problem, write its evaluation plan, assess it: the same steps as on the pages, from the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forestall.errors import ForestallError

if TYPE_CHECKING:
    from forestall.sara.scope import Scope

STORE = click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of the store. Default: ./forestall-data/store."
)
FORCE = click.option("--force", "force", required=True, help="Force, by its code: leicestershire.")
TYPE = click.option("--type", "crime_types", multiple=True, help="Crime type; may be given more than once.")
AREA = click.option("--area", "areas", multiple=True, help="Code of a place; may be given more than once.")
GEOMETRY = click.option(
    "--geometry", type=click.Path(path_type=Path), help="GeoJSON file with one polygon, in degrees."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@FORCE
@TYPE
@AREA
@GEOMETRY
@STORE
@JSON
def analyse(
    force: str,
    crime_types: tuple[str, ...],
    areas: tuple[str, ...],
    geometry: Path | None,
    store: Path | None,
    as_json: bool,
) -> None:
    """Where, when, what, who again, and against the rest of the force: one problem from its records."""
    from forestall.evidence.catalogue import default_store, live
    from forestall.sara.analysis import analyse as look
    from forestall.sara.hypotheses import suggest_hypotheses

    found = look(live(store or default_store()), _scope(force, crime_types, areas, geometry))
    ideas = suggest_hypotheses(found)
    if as_json:
        shown = found.to_dict() | {"hypotheses": [h.to_dict() for h in ideas]}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    click.echo(f"{found.events:,} events")
    for row in found.part("where")["top_locations"][:5]:
        click.echo(f"  {row['count']:6,}  {row['name']}")
    click.echo(found.part("change").get("sentence", ""))
    for idea in ideas:
        click.echo(f"[{idea.standing}] {idea.statement}")
        for line in (*idea.speaks_for, *idea.speaks_against):
            click.echo(f"    {line}")


@click.command()
@FORCE
@TYPE
@AREA
@GEOMETRY
@click.option("--start", required=True, help="Month in which the response starts: 2025-01.")
@click.option("--after", default=12, show_default=True, type=click.IntRange(1, 60), help="Months after.")
@click.option(
    "--buffer", "metres", default=500.0, show_default=True, help="How far displacement is looked for, metres."
)
@click.option("--not-high", is_flag=True, help="The area was not chosen because it was high.")
@STORE
def plan(
    force: str,
    crime_types: tuple[str, ...],
    areas: tuple[str, ...],
    geometry: Path | None,
    start: str,
    after: int,
    metres: float,
    not_high: bool,
    store: Path | None,
) -> None:
    """Propose an evaluation plan and print it as JSON; reasons and advice go to the screen."""
    from forestall.evidence.catalogue import default_store, live
    from forestall.sara.plans import Plan, default_periods
    from forestall.sara.response import buffer, propose_comparison, smallest_effect
    from forestall.sara.scope import months_between, months_sent

    release = live(store or default_store())
    scope = _scope(force, crime_types, areas, geometry)
    if not scope.crime_types:
        raise ForestallError("The plan needs an outcome.", "Give at least one --type.")
    scope.check(release)
    before, following = default_periods(start, months_sent(release, force), after)
    months = months_between(*before)
    proposed = propose_comparison(release, scope, months, buffer_metres=metres)
    smallest = smallest_effect(release, scope, proposed.area, months, after)
    made = Plan(
        force=force,
        crime_types=scope.crime_types,
        treated=scope.area,
        before=before,
        after=following,
        response_start=start,
        comparison=proposed.area,
        buffer=buffer(release, scope.area, metres),
        smallest_fall=smallest.fall,
        chosen_because_high=not not_high,
    )
    click.echo(json.dumps(made.to_dict() | {"hash": made.hash}, ensure_ascii=False, indent=1))
    for line in (proposed.reason, smallest.sentence(), *proposed.caveats, *made.advice(release)):
        click.echo(line, err=True)


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--cost", "costs", multiple=True, type=float, help="A cost line of the response, pounds.")
@click.option("--harm", "harm_edition", help="Edition of harm weights. Default: the one in use.")
@STORE
@JSON
def assess(
    plan_file: Path,
    costs: tuple[float, ...],
    harm_edition: str | None,
    store: Path | None,
    as_json: bool,
) -> None:
    """Judge a plan (JSON) against the live release."""
    from forestall.evidence.catalogue import default_store, live
    from forestall.evidence.weights import harm_weights, unit_costs
    from forestall.sara.assessment import assess as judge
    from forestall.sara.plans import Plan

    data = _read_json(plan_file)
    if not isinstance(data, dict):
        raise ForestallError(f"{plan_file.name} does not hold a plan.", "A plan is one JSON object.")
    made = Plan.from_dict(data)
    if data.get("hash") not in (None, made.hash):
        raise ForestallError(
            "The plan was changed after it was written: its hash does not fit.",
            "Use the plan as it was frozen, or take the hash out and say that it was amended.",
        )
    harm, prices = harm_weights(harm_edition), unit_costs()
    found = judge(
        live(store or default_store()),
        made,
        harm=harm,
        unit_costs=prices,
        costs=list(costs),
        editions={"harm": harm.edition.label, "unit_costs": prices.edition.label},
    )
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    verdict = found.answer["verdict"]
    click.echo(verdict["sentence"])
    click.echo(f"Maryland level {verdict['maryland']}: {verdict['design'].lower()}. {verdict['may_claim']}")
    if "displacement" in found.answer:
        click.echo(found.answer["displacement"]["why"])
    for caveat in found.caveats:
        click.echo(f"Note: {caveat}")


def _scope(force: str, crime_types: tuple[str, ...], areas: tuple[str, ...], geometry: Path | None) -> Scope:
    from forestall.sara.scope import Scope

    if not areas and geometry is None:
        raise ForestallError("No area was given.", "Give --area CODE or --geometry FILE.")
    drawn = None
    if geometry is not None:
        drawn = _read_json(geometry)
        if drawn.get("type") == "FeatureCollection":
            shapes = [f.get("geometry") for f in drawn.get("features", ())]
            if len(shapes) != 1:
                raise ForestallError(
                    f"{geometry.name} holds {len(shapes)} areas.", "Give a file with one polygon."
                )
            drawn = shapes[0]
        elif drawn.get("type") == "Feature":
            drawn = drawn.get("geometry")
    return Scope(force, areas, drawn, crime_types)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ForestallError(f"There is no file {path}.", "Check the name and the folder.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ForestallError(f"{path.name} is not JSON: {str(problem)[:120]}.", "Export it again.") from None
