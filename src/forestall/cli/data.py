"""Commands about records: import, releases, quality, counts."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forestall.evidence import catalogue

if TYPE_CHECKING:
    from forestall.evidence.reports import ImportReport

_store = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder of the event store (default: store in FORESTALL_DATA, or in ./forestall-data).",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


#: Kinds of file that bring no events.
_BESIDE = {"boundaries", "populations", "lookups"}


def _folder(store: Path | None) -> Path:
    return store or catalogue.default_store()


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_store
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="YAML file that names the columns of incident files."
)
@click.option(
    "--rejects", type=click.Path(path_type=Path, dir_okay=False), help="Write refused rows to this CSV."
)
@_json
def import_(
    paths: tuple[Path, ...], store: Path | None, mapping: Path | None, rejects: Path | None, as_json: bool
) -> None:
    """Read records into the store as a new release.

    PATHS are police.uk files, folders or zips, incident files with a mapping, boundaries, populations or
    look-ups. The release becomes live at once and whole; if anything stops the import, the last one stays.
    """
    from forestall.evidence import reports
    from forestall.evidence.importing import import_paths

    report = import_paths(list(paths), store=_folder(store), mapping=mapping, progress=_progress(as_json))
    written = reports.write_rejects(report.rejects, rejects) if rejects and report.rejects else []
    if as_json:
        _print_json(report.to_dict())
    else:
        _print_report(report, written)


def _progress(quiet: bool):
    """A line on the terminal that changes, when there is a terminal."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(step: str, share: float) -> None:
        end = "\r\033[K" if share >= 1 else ""
        click.echo(f"\r\033[K{share:4.0%} {step[:70]}{end}", nl=False, err=True)

    return show


def _print_report(report: ImportReport, written: list[Path]) -> None:
    say = click.echo
    if report.rows_read or not report.by_kind.keys() & _BESIDE:
        say(
            f"Read {report.rows_read:,} rows: {report.accepted:,} accepted, {report.rejected:,} refused, "
            f"{report.exact_duplicates:,} exact duplicates."
        )
        say(
            f"Events: {report.events:,} ({report.merged:,} further rows of a crime or file already met were merged)."
        )
    for kind in sorted(report.by_kind.keys() & _BESIDE):
        counted = report.by_kind[kind]
        say(f"{kind.capitalize()}: {counted['files']:,} files, {counted['rows']:,} rows.")
    if report.outcomes:
        o = report.outcomes
        say(
            f"Outcomes: {o['rows']:,} rows, {o['exact_copies']:,} exact copies; {o['matched']:,} crimes have one, "
            f"{o['unmatched']:,} identifiers have no crime here."
        )
    if "stops" in report.by_kind:
        say(f"Stop and search: {report.by_kind['stops']['rows']:,} rows, kept apart from the events.")
    if report.unchanged:
        say(f"Nothing new: release {report.release or '(none)'} stays as it is.")
    else:
        say(
            f"Release {report.release} is live: {report.release_events:,} events "
            f"({report.added:,} new, {report.updated:,} brought up to date)."
        )
    if report.months:
        say(
            f"Months: {report.months[0]} to {report.months[-1]}, {len(report.months)} present"
            + (
                f"; MISSING (not zero): {', '.join(report.months_missing)}."
                if report.months_missing
                else ", none missing."
            )
        )
        say(f"Without location: {report.without_location:,} (counted in totals, on no map).")
    for notice in report.notices[:20]:
        say(f"Note: {notice}")
    if len(report.notices) > 20:
        say(f"Note: and {len(report.notices) - 20} more; see them with --json.")
    if report.rejects:
        first = report.rejects[0]
        say(
            f"First refused row: {first.file} line {first.line}"
            + (f", {first.column}" if first.column else "")
            + f": {first.reason} {first.next_step}"
        )
        if written:
            say(
                "Refused rows: "
                + ", ".join(str(p) for p in written)
                + ". Mend them there and import the file."
            )
        else:
            say("Write all refused rows to a file with --rejects FILE.")
    say(f"Took {report.seconds:.1f} s.")


@click.command("releases")
@_store
@_json
def releases(store: Path | None, as_json: bool) -> None:
    """List the releases in the store, newest first."""
    folder = _folder(store)
    live = catalogue.live(folder).id if catalogue.has_live(folder) else None
    found = [_brief(r, live) for r in catalogue.releases(folder)]
    if as_json:
        _print_json({"live": live, "releases": found})
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
@_store
@_json
def show(release_id: str | None, store: Path | None, as_json: bool) -> None:
    """Say what is in a release (the live one unless named)."""
    folder = _folder(store)
    live = catalogue.live(folder)
    found = catalogue.release(folder, release_id) if release_id else live
    if as_json:
        _print_json({**found.manifest, "live": found.id == live.id})
        return
    for key, value in _brief(found, live.id).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{key.replace('_', ' ')}: {shown}")


@release.command("compare")
@click.argument("first")
@click.argument("second", required=False)
@_store
@_json
def compare(first: str, second: str | None, store: Path | None, as_json: bool) -> None:
    """Say how the second release (the live one unless named) differs from the first."""
    from forestall.evidence.queries.differences import differences

    folder = _folder(store)
    found = differences(
        catalogue.release(folder, first),
        catalogue.release(folder, second) if second else catalogue.live(folder),
    )
    if as_json:
        _print_json(found)
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
@_store
def rollback(release_id: str, store: Path | None) -> None:
    """Make an earlier release the live one. Later ones stay."""
    from forestall.evidence.store import roll_back

    found = roll_back(_folder(store), release_id)
    click.echo(f"Release {found.id} is live: {found.manifest['rows']:,} events.")


@release.command("remove")
@click.argument("release_id")
@_store
def remove_(release_id: str, store: Path | None) -> None:
    """Delete a release that is not live."""
    from forestall.evidence.store import remove

    remove(_folder(store), release_id)
    click.echo(f"Release {release_id} is gone.")


@click.command("quality")
@click.argument("release_id", required=False)
@_store
@_json
def quality(release_id: str | None, store: Path | None, as_json: bool) -> None:
    """Say how good the records of a release are (the live one unless named)."""
    folder = _folder(store)
    found = catalogue.release(folder, release_id) if release_id else catalogue.live(folder)
    report = found.quality
    if as_json:
        _print_json({"release": found.id, **report})
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
            f"Whole-force step, more likely recording than a place: {step['force']} {step['crime_type']} "
            f"{step['month']}: {step['before']:,} to {step['after']:,}"
        )
    return lines + [f"Note: {notice}" for notice in q.get("notices", [])]


@click.command("counts")
@click.option(
    "--by",
    default="month,type",
    show_default=True,
    help="What to count by: area, beat, district, force, month, type, outcome, ... with commas.",
)
@click.option("--force", help="Only this force (its code or its name).")
@click.option("--type", "types", multiple=True, help="Only this crime type; may be given again.")
@click.option("--month", "months", multiple=True, help="Only this month (2022-10); may be given again.")
@_store
@_json
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def counts(
    by: str,
    force: str | None,
    types: tuple[str, ...],
    months: tuple[str, ...],
    store: Path | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Count the events of the live release. Events without a value count under an empty name."""
    from forestall.evidence import forces
    from forestall.evidence.queries.counts import counts as count

    live = catalogue.live(_folder(store))
    columns = [part.strip() for part in by.split(",") if part.strip()]
    found = count(
        live,
        columns,
        force=forces.resolve(force) if force else None,
        crime_types=list(types) or None,
        months=list(months) or None,
    )
    if as_json:
        _print_json({"release": live.id, "by": columns, "total": found.total, "counts": list(found.rows())})
        return
    out = csv.writer(sys.stdout, delimiter="," if as_csv else "\t", lineterminator="\n")
    out.writerow([*columns, "events"])
    out.writerows(row.values() for row in found.rows())
