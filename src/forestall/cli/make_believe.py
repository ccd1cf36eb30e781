"""`forestall make-believe`: a nation to practise on, where the truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forestall.errors import ForestallError
from forestall.evidence.catalogue import default_store


@click.command("make-believe")
@click.option(
    "--store", type=click.Path(path_type=Path), help="The store; ./forestall-data/store unless told."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another seed, another nation."
)
@click.option(
    "--truth", type=click.Path(path_type=Path, dir_okay=False), help="Write what was planted, as JSON."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def make_believe(store: Path | None, seed: int, truth: Path | None, as_json: bool) -> None:
    """Make a make-believe nation to practise on, as a new release.

    Two regions, four forces and three years of invented records with exact times and keys. The same seed
    gives the same records. --truth keeps the answers: which problems were planted, and what really worked.
    """
    from forestall.evidence.synthetic import generate, publish_region

    region = generate(seed)
    if truth is not None:
        _write_truth(truth, region.truth.to_dict())
    release = publish_region(region, store=store or default_store())
    answer = {
        "make_believe": True,
        "release": release.id,
        "hash": release.hash,
        "seed": seed,
        "events": region.events.num_rows,
        "places": region.places.num_rows,
        "months": [region.truth.months[0], region.truth.months[-1]],
        "problems_planted": len(region.truth.problems),
        "interventions_planted": len(region.truth.interventions),
        "truth": None if truth is None else str(truth),
    }
    if as_json:
        click.echo(json.dumps(answer, indent=1))
        return
    click.echo(
        f"Made {answer['events']:,} make-believe events in {len(release.forces)} forces, "
        f"{answer['months'][0]} to {answer['months'][1]}, with {answer['problems_planted']} planted problems."
    )
    click.echo(f"Release {release.id} is live. These are not real records.")
    if truth is not None:
        click.echo(f"What was planted is in {truth}. Look only after you have scanned.")
    click.echo("Next: forestall scan")


def _write_truth(path: Path, truth: dict) -> None:
    try:
        path.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    except OSError as problem:
        raise ForestallError(
            f"Cannot write the truth to {path}: {problem.strerror}.",
            "Name a file in a folder that exists and that you may write to.",
        ) from None
