"""`forestall scan`: candidate problems on the terminal, or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from forestall.sara.scanning.candidates import Candidate, Scan


@click.command()
@click.option(
    "--store", type=click.Path(path_type=Path), help="Folder of the store. Default: ./forestall-data/store."
)
@click.option("--force", "force", help="Only this force, by its code: leicestershire.")
@click.option(
    "--type", "crime_types", multiple=True, help="Only this crime type; may be given more than once."
)
@click.option(
    "--top", default=30, show_default=True, type=click.IntRange(1), help="How many candidates to list."
)
@click.option(
    "--rank-by",
    default="harm",
    show_default=True,
    type=click.Choice(["harm", "count", "cost"]),
    help="What comes first.",
)
@click.option(
    "--months",
    default=12,
    show_default=True,
    type=click.IntRange(0),
    help="Latest months to look at; 0 is all of them.",
)
@click.option(
    "--asb-days", type=float, help="Days of harm for one anti-social behaviour incident; the index has none."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def scan(
    store: Path | None,
    force: str | None,
    crime_types: tuple[str, ...],
    top: int,
    rank_by: str,
    months: int,
    asb_days: float | None,
    as_json: bool,
) -> None:
    """Find and rank candidate problems in the live release."""
    from forestall.evidence.catalogue import default_store, live
    from forestall.sara.scanning.scan import scan as look

    result = look(
        live(store or default_store()),
        force=force,
        crime_types=list(crime_types) or None,
        top=top,
        rank_by=rank_by,
        months=months or None,
        asb_days=asb_days,
    )
    if as_json:
        click.echo(json.dumps(result.to_dict(), ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(_page(result)))


def _page(result: Scan) -> list[str]:
    """The list as a person reads it."""
    lines = []
    if result.make_believe:
        lines += ["MAKE-BELIEVE RECORDS: generated for practice, not a real place.", ""]
    by = {"harm": "preventable harm", "cost": "preventable cost", "count": "events above what is expected"}
    lines.append(
        f"{len(result.candidates)} of {result.found} candidate problems, ranked by "
        f"{by[result.parameters['rank_by']]}"
    )
    if any(c.ranked_on != result.parameters["rank_by"] for c in result.candidates):
        lines.append("A type without a weight stands where its number of events above expected puts it.")
    lines.append("")
    for candidate in result.candidates:
        lines += _entry(candidate, result.parameters["rank_by"])
    if result.recording_changes:
        lines += [
            "",
            "Changed over most of a force at once: recording, or an event that touched everyone. Not ranked:",
        ]
        for c in sorted(
            result.recording_changes, key=lambda c: (c.month, c.crime_type, c.force), reverse=True
        ):
            way = "rose" if c.ratio > 1 else "fell"
            lines.append(
                f"  {c.month}  {c.crime_type} {way} to {c.ratio:.2f} times, in {c.share_of_areas:.0%} of "
                f"{c.areas} areas ({c.force})"
            )
    if result.not_run:
        lines += ["", "Not looked for:"]
        together: dict[tuple[str, str, str], list[str]] = {}
        for n in result.not_run:
            together.setdefault((n["lens"], n["reason"], n["needs"]), []).append(n["force"])
        for (lens, reason, needs), forces in together.items():
            lines.append(f"  {lens.replace('_', ' ')}: {reason}; needs {needs} ({', '.join(forces)})")
    if result.notes:
        lines += ["", "Notes:", *(f"  {n}" for n in result.notes)]
    harm = result.weights["harm"]
    lines += ["", f"Release {result.release}. Harm: {harm['edition']}. {harm.get('caveat', '')}".rstrip()]
    return lines


def _weighed(c: Candidate, rank_by: str) -> str:
    if rank_by == "cost":
        return f"cost £{c.cost:,.0f}" if c.cost is not None else "no unit cost known, placed by its count"
    if c.harm is not None:
        return f"{c.harm:,.0f} days of harm"
    return "no harm weight" if rank_by == "count" else "no harm weight, placed by its count"


def _entry(c: Candidate, rank_by: str) -> list[str]:
    low, high = c.interval
    weighed = _weighed(c, rank_by)
    change = c.trend["direction"]
    if c.trend["monthly_change"] is not None and change in ("rising", "falling"):
        change += f" {c.trend['monthly_change']:+.1%} a month"
        force = c.trend["force_monthly_change"]
        change += f" (force {force:+.1%})" if force is not None else ""
    also = f"  also seen by: {', '.join(a.replace('_', ' ') for a in c.also)}" if c.also else ""
    known = f"  already worked on: {c.live_problem}" if c.live_problem else ""
    return [
        f"{c.rank:>3}  {c.crime_type} - {c.place['name']} ({c.force})",
        f"     {c.events:,} events {c.period['from']} to {c.period['to']}, expected {c.expected:,.1f}; "
        f"excess {c.excess:,.0f} ({low:,.0f} to {high:,.0f}); {weighed}; {c.share_of_force:.1%} of the force; {change}",
        f"     {c.why}{also}{known}",
    ]
