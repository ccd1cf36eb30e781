"""Commands about releases: list, show, compare, roll back, remove; and how good their records are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forestall.cli.data import as_json_option, folder_of, print_json, store_option
from forestall.evidence import catalogue


@click.command("releases")
@store_option
@as_json_option
def releases(store: Path | None, as_json: bool) -> None:
    """List the releases in the store, newest first."""
    folder = folder_of(store)
    live = catalogue.live(folder).id if catalogue.has_live(folder) else None
    found = [_brief(r, live) for r in catalogue.releases(folder)]
    if as_json:
        print_json({"live": live, "releases": found})
    elif not found:
        click.echo("There are no releases yet. Import records with: forestall import PATH")
    for r in [] if as_json else found:
        mark = "live" if r["live"] else "    "
        span = f"{r['months'][0]} to {r['months'][-1]}" if r["months"] else "no months"
        note = "  MAKE-BELIEVE" if r["make_believe"] else ""
        click.echo(
            f"{mark}  {r['id']}  {r['events']:>10,} events  {span}  {', '.join(r['forces'][:4])}{note}"
        )


def _brief(release: catalogue.Release, live: str | None) -> dict[str, Any]:
    m = release.manifest
    return {
        "id": release.id,
        "live": release.id == live,
        "created": m["created"],
        "hash": release.hash,
        "parent": m.get("parent"),
        "events": m["rows"],
        "months": release.months,
        "months_missing": release.months_missing,
        "forces": release.forces,
        "files": len(m.get("files", [])),
        "make_believe": release.make_believe,
    }


@click.group("release")
def release() -> None:
    """Show, compare, roll back to or remove a release."""


@release.command("show")
@click.argument("release_id", required=False)
@store_option
@as_json_option
def show(release_id: str | None, store: Path | None, as_json: bool) -> None:
    """Say what is in a release (the live one unless named)."""
    folder = folder_of(store)
    live = catalogue.live(folder)
    found = catalogue.release(folder, release_id) if release_id else live
    if as_json:
        print_json({**found.manifest, "live": found.id == live.id})
        return
    for key, value in _brief(found, live.id).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{key.replace('_', ' ')}: {shown}")


@release.command("compare")
@click.argument("first")
@click.argument("second", required=False)
@store_option
@as_json_option
def compare(first: str, second: str | None, store: Path | None, as_json: bool) -> None:
    """Say how the second release (the live one unless named) differs from the first."""
    from forestall.evidence.queries.differences import differences

    folder = folder_of(store)
    found = differences(
        catalogue.release(folder, first),
        catalogue.release(folder, second) if second else catalogue.live(folder),
    )
    if as_json:
        print_json(found)
        return
    click.echo(f"Events: {found['events'][0]:,} then {found['events'][1]:,}.")
    for key in ("months_added", "months_removed", "forces_added", "forces_removed"):
        if found[key]:
            click.echo(f"{key.replace('_', ' ').capitalize()}: {', '.join(found[key])}")
    for cell in found["changed"][:20]:
        click.echo(
            f"{cell['force']} {cell['month']} {cell['crime_type']}: {cell['before']:,} then {cell['after']:,}"
        )
    if not found["changed"]:
        click.echo("No count by force, month and type differs.")


@release.command("rollback")
@click.argument("release_id")
@store_option
def rollback(release_id: str, store: Path | None) -> None:
    """Make an earlier release the live one. Later ones stay."""
    from forestall.evidence.store import roll_back

    found = roll_back(folder_of(store), release_id)
    click.echo(f"Release {found.id} is live: {found.manifest['rows']:,} events.")


@release.command("remove")
@click.argument("release_id")
@store_option
def remove_(release_id: str, store: Path | None) -> None:
    """Delete a release that is not live."""
    from forestall.evidence.store import remove

    remove(folder_of(store), release_id)
    click.echo(f"Release {release_id} is gone.")


@click.command("quality")
@click.argument("release_id", required=False)
@store_option
@as_json_option
def quality(release_id: str | None, store: Path | None, as_json: bool) -> None:
    """Say how good the records of a release are (the live one unless named)."""
    folder = folder_of(store)
    found = catalogue.release(folder, release_id) if release_id else catalogue.live(folder)
    report = found.quality
    if as_json:
        print_json({"release": found.id, **report})
        return
    click.echo(f"Release {found.id}" + ("  MAKE-BELIEVE, not real records" if found.make_believe else ""))
    for line in _quality_lines(report):
        click.echo(line)


def _quality_lines(q: dict[str, Any]) -> list[str]:
    lines = []
    for force, months in q.get("months", {}).items():
        present, missing = months.get("present", []), months.get("missing", [])
        span = f"{present[0]} to {present[-1]}" if present else "none"
        lines.append(
            f"{force}: {len(present)} months, {span}"
            + (f"; MISSING: {', '.join(missing)}" if missing else "")
        )
    for kind, forces in q.get("other_files", {}).items():
        for force, months in forces.items():
            if months["missing"]:
                lines.append(f"{force}: {kind} files MISSING for {', '.join(months['missing'])}")
    for kind, n in sorted(q.get("by_type", {}).items(), key=lambda t: -t[1]):
        lines.append(f"{n:>10,}  {kind}")
    if "without_location" in q:
        lines.append(f"Without location: {q['without_location']:,}")
    if "without_identifier" in q:
        lines.append(f"Without identifier: {q['without_identifier']:,}")
    out = q.get("out_of_area")
    if out:
        where = ", ".join(f"{d['district']} {d['events']}" for d in out["districts"][:5])
        lines.append(f"Out of area: {out['events']:,} ({out['share']:.1%})" + (f": {where}" if where else ""))
    repeated = q.get("repeated")
    if repeated:
        lines.append(
            f"Repeated: {repeated['exact_duplicates']:,} exact duplicates, {repeated['further_rows']:,} further rows "
            f"of a crime; {q.get('category_changes', 0):,} changes of category"
        )
    for step in q.get("step_changes", []):
        lines.append(
            f"Whole-force step, more likely recording (or what touched everybody) than a place: {step['force']} "
            f"{step['crime_type']} {step['month']}: {step['before']:,} to {step['after']:,} a month"
        )
    return lines + [f"Note: {notice}" for notice in q.get("notices", [])]
