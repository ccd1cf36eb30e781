"""`forestall serve`: the one command that starts Django."""

from __future__ import annotations

import os
from pathlib import Path

import click

from forestall.errors import ForestallError


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--data", type=click.Path(path_type=Path), help="Import this file or folder first.")
@click.option("--mapping", type=click.Path(path_type=Path), help="Mapping file for --data.")
def serve(port: int, host: str, data: Path | None, mapping: Path | None) -> None:
    """Start the web pages.

    With no records there yet, builds a make-believe region to learn on.
    """
    for path in (data, mapping):
        if path is not None and not path.exists():
            raise ForestallError(f"There is no file or folder {path}.", "Check the path.")
    if mapping is not None and data is None:
        raise ForestallError("--mapping says how to read --data, and --data is missing.", "Give both.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forestall.config.settings")
    try:
        import django  # noqa: F401
    except ImportError:
        raise ForestallError(
            "The web pages need packages that are not installed.",
            "Install them: pip install 'forestall[web]'",
        )
    from forestall.config import start

    start.run(host=host, port=port, data=data, mapping=mapping, say=click.echo)
