"""Commands about the tables of harm and cost: list, show, load, use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forestall.errors import ForestallError

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group("tables")
def tables() -> None:
    """List, show, load and choose the tables of harm and cost."""


@tables.command("list")
@_json
def list_(as_json: bool) -> None:
    """List every edition: where it is from, and which is in use."""
    from forestall.evidence import editions

    found = editions.editions()
    in_use = {kind: editions.chosen(kind) for kind in editions.KINDS}
    if as_json:
        rows = [{**e.__dict__, "label": e.label, "in_use": _used(e, in_use)} for e in found]
        click.echo(json.dumps({"editions": rows, "settings": editions.settings()}, indent=1))
        return
    for e in found:
        mark = "in use" if _used(e, in_use) else "" if e.usable else "too partial to use"
        click.echo(f"{e.kind:5} {e.label:24} {mark:18} {e.title}")
    days = editions.settings().get("asb_days")
    click.echo(
        "Anti-social behaviour: "
        + ("no weight, counted beside the harm." if days is None else f"{days:g} days each (own setting).")
    )


def _used(edition: Any, in_use: dict[str, str]) -> bool:
    return in_use[edition.kind].partition("@")[0] == edition.name


@tables.command("show")
@click.argument("edition", required=False)
@click.option(
    "--kind", type=click.Choice(["harm", "cost"]), default="harm", help="Where no edition is named."
)
@click.option("--rows", is_flag=True, help="Show each offence subgroup too.")
@_json
def show(edition: str | None, kind: str, rows: bool, as_json: bool) -> None:
    """Show the values of an edition, their source and how good they are.

    EDITION is a name from the list, or NAME@2 for an older version of one that you loaded.
    """
    from forestall.evidence import editions, weights

    name = edition or editions.chosen(kind)
    about, table = editions.read_edition(name)
    values = None
    if about.usable:
        values = weights.harm_weights(name) if about.kind == "harm" else weights.unit_costs(name)
    if as_json:
        said = (
            values.to_dict() if values else {"edition": about.label, "caveat": about.caveat, "values": None}
        )
        click.echo(json.dumps({**said, "rows": [r.__dict__ for r in table]}, indent=1, ensure_ascii=False))
        return
    click.echo(
        f"{about.title} ({about.label}), in {about.unit}"
        + (f", {about.prices} prices" if about.prices else "")
    )
    click.echo(f"Source: {about.source}")
    if about.caveat:
        click.echo(f"Beware: {about.caveat}")
    for note in values.notes if values else ():
        click.echo(note)
    for crime_type, value in (values or {}).items():
        shown = "no value" if value is None else f"{value:,.2f}"
        click.echo(f"  {crime_type:30} {shown:>12}  {values.status[crime_type] if values else ''}")
    for r in table if rows or values is None else ():
        shown = "no value" if r.value is None else f"{r.value:,g}"
        click.echo(f"  {r.crime_type:30} {r.subgroup[:60]:60} {shown:>10}  {r.status}")


@tables.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--edition", required=True, help="Name to keep it under, such as ons-2024.")
@click.option("--kind", type=click.Choice(["harm", "cost"]), default="harm", show_default=True)
@click.option("--title", default="", help="What it is, in words.")
@click.option("--unit", default="", help="What a value counts (default: days for harm, GBP for cost).")
@click.option("--source", default="", help="Where it is from: publisher, document, date.")
@click.option("--caveat", default="", help="What a reader should beware of.")
@click.option("--prices", default="", help="Price base of a cost, such as 2023/24.")
@click.option("--mix", default="", help="Whose offences the counts are of.")
@click.option("--use", "use_it", is_flag=True, help="Put it in use at once.")
def load(
    file: Path,
    edition: str,
    kind: str,
    title: str,
    unit: str,
    source: str,
    caveat: str,
    prices: str,
    mix: str,
    use_it: bool,
) -> None:
    """Load a table of your own, or a publisher's, as a new version.

    FILE is a CSV with police_uk_category (or offence_code) and value, and where a type has several rows
    offence_subgroup and recorded (how many offences). Earlier versions are kept.
    """
    from forestall.evidence import editions, weights

    about = editions.load_edition(
        file,
        edition,
        kind=kind,
        title=title,
        unit=unit,
        source=source,
        caveat=caveat,
        prices=prices,
        mix=mix,
    )
    if use_it:
        editions.choose(edition=edition)
    values = weights.harm_weights(edition) if kind == "harm" else weights.unit_costs(edition)
    known = [t for t in weights.CRIME_TYPES if values[t] is not None]
    click.echo(
        f"Loaded {about.label}: values for {len(known)} of {len(weights.CRIME_TYPES)} police.uk crime types."
    )
    missing = [t for t in weights.CRIME_TYPES if values[t] is None]
    if missing:
        click.echo(f"Without a value, counted beside: {', '.join(missing)}.")
    own = sorted(set(values) - set(weights.CRIME_TYPES))
    if own:
        click.echo(f"Not police.uk crime types, kept for files that use them: {', '.join(own)}.")
    if not use_it and editions.chosen(kind) != edition:
        click.echo(f"Put it in use with: forestall tables use {edition}")


@tables.command("use")
@click.argument("edition")
def use(edition: str) -> None:
    """Put an edition in use for harm or for cost, whichever it is."""
    from forestall.evidence import editions

    editions.choose(edition=edition)
    about, _ = editions.read_edition(edition)
    click.echo(f"In use for {about.kind}: {about.title} ({about.label}).")


@tables.command("asb")
@click.argument("days")
def asb(days: str) -> None:
    """Set how many days one anti-social behaviour incident counts, or none.

    The Cambridge index has no value for it. DAYS is a number of your own choosing (1, the index's lowest, is a
    common one), or none: then such incidents are counted beside the harm.
    """
    from forestall.evidence import editions

    if days.strip().lower() == "none":
        editions.choose(asb_days=None)
        click.echo("Anti-social behaviour has no weight; it is counted beside the harm.")
        return
    try:
        number = float(days)
    except ValueError:
        raise ForestallError(
            f"{days!r} is not a number of days.", "Give a number of 0 or more, or none."
        ) from None
    editions.choose(asb_days=number)
    click.echo(
        f"One anti-social behaviour incident counts {number:g} days: your own setting, not the index's."
    )
