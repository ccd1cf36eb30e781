"""Commands about records: import and counts."""

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

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder of the event store (default: store in FORESTALL_DATA, or in ./forestall-data).",
)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


#: Kinds of file that bring no events.
_BESIDE = {"boundaries", "populations", "lookups"}


def folder_of(store: Path | None) -> Path:
    return store or catalogue.default_store()


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_option
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="YAML file that names the columns of incident files."
)
@click.option(
    "--rejects", type=click.Path(path_type=Path, dir_okay=False), help="Write refused rows to this CSV."
)
@as_json_option
def import_(
    paths: tuple[Path, ...], store: Path | None, mapping: Path | None, rejects: Path | None, as_json: bool
) -> None:
    """Read records into the store as a new release.

    PATHS are police.uk files, folders or zips, incident files with a mapping, boundaries, populations or
    look-ups. The release becomes live at once and whole; if anything stops the import, the last one stays.
    """
    from forestall.evidence import reports
    from forestall.evidence.importing import import_paths

    report = import_paths(list(paths), store=folder_of(store), mapping=mapping, progress=_progress(as_json))
    written = reports.write_rejects(report.rejects, rejects) if rejects and report.rejects else []
    if as_json:
        print_json(report.to_dict())
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
@store_option
@as_json_option
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

    live = catalogue.live(folder_of(store))
    columns = [part.strip() for part in by.split(",") if part.strip()]
    found = count(
        live,
        columns,
        force=forces.resolve(force) if force else None,
        crime_types=list(types) or None,
        months=list(months) or None,
    )
    if as_json:
        print_json({"release": live.id, "by": columns, "total": found.total, "counts": list(found.rows())})
        return
    out = csv.writer(sys.stdout, delimiter="," if as_csv else "\t", lineterminator="\n")
    out.writerow([*columns, "events"])
    out.writerows(row.values() for row in found.rows())
