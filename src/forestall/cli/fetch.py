"""Commands that bring files: fetch from police.uk, and a mapping to start from."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from forestall.evidence.catalogue import default_data_folder

#: The same as fetching.PUBLIC_SOURCE, which `--help` need not import.
_SOURCE = "https://data.police.uk/data/archive/{month}.zip"


@click.command("fetch")
@click.argument("force")
@click.option("--from", "first", required=True, metavar="YYYY-MM", help="First month.")
@click.option("--to", "last", required=True, metavar="YYYY-MM", help="Last month.")
@click.option(
    "--to-folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where to put the files (default: fetched in FORESTALL_DATA, or in ./forestall-data).",
)
@click.option("--source", default=_SOURCE, show_default=True, help="Address of the monthly archives.")
@click.option("--keep", is_flag=True, help="Keep the whole archives too, not only this force's files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def fetch(
    force: str, first: str, last: str, to_folder: Path | None, source: str, keep: bool, as_json: bool
) -> None:
    """Download a force's months from police.uk.

    FORCE is its name or code, such as leicestershire. An archive holds all forces and is large (over a
    gigabyte); a download that stops goes on from there when the command is run again.
    """
    from forestall.evidence import fetching

    folder = to_folder or default_data_folder() / "fetched"
    show = None if as_json or not sys.stderr.isatty() else _show
    done = fetching.fetch(force, first, last, folder, source=source, keep=keep, progress=show)
    if show:
        click.echo("\r\033[K", nl=False, err=True)
    if as_json:
        click.echo(json.dumps(done.to_dict(), indent=1))
        return
    for archive in done.archives:
        click.echo(f"{archive['url']}: {archive['bytes']:,} bytes, SHA-256 {archive['sha256']}")
    already = f", {len(done.already_there)} of them there before" if done.already_there else ""
    click.echo(f"{len(done.months)} months of {done.force} in {folder}{already}.")
    if done.months_missing:
        click.echo(f"Missing at the source, and left missing: {', '.join(done.months_missing)}.")
    click.echo(f"Import them with: forestall import {folder}")


def _show(step: str, share: float) -> None:
    click.echo(f"\r\033[K{share:4.0%} {step[:70]}", nl=False, err=True)


@click.command("mapping")
@click.argument("file", type=click.Path(path_type=Path))
def mapping(file: Path) -> None:
    """Print a mapping to start from for a file of incidents.

    FILE is a CSV or Parquet file. The columns are guessed from their titles: check every line, save it, and
    import with --mapping.
    """
    from forestall.evidence.sources.incidents.starter import starter_for

    click.echo(starter_for(file), nl=False)
