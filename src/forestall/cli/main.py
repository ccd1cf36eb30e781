"""`forestall`: the command line. Commands live in the modules named here and load only when called."""

from __future__ import annotations

import importlib
import sys

import click

from forestall.errors import ForestallError

#: command -> (module under forestall.cli, function, one line of help). The line stands here so that
#: `forestall --help` need not import any command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "import": ("data", "import_", "Read records into the store as a new release."),
    "releases": ("releases", "releases", "List the releases in the store."),
    "release": ("releases", "release", "Show, compare, roll back to or remove a release."),
    "quality": ("releases", "quality", "Say how good the records of a release are."),
    "counts": ("data", "counts", "Count events by area, month, type and more."),
    "fetch": ("fetch", "fetch", "Download a force's months from police.uk."),
    "mapping": ("fetch", "mapping", "Print a mapping to start from for a file of incidents."),
    "tables": ("tables", "tables", "List, show, load and choose the tables of harm and cost."),
    "make-believe": ("make_believe", "make_believe", "Make a make-believe nation to practise on."),
    "scan": ("sara", "scan", "Find and rank candidate problems in the live release."),
    "analyse": ("assess", "analyse", "Where, when, what and who again: one problem from its records."),
    "plan": ("assess", "plan", "Propose an evaluation plan for a response."),
    "assess": ("assess", "assess", "Judge an evaluation plan against the live release."),
    "displacement": (
        "effects",
        "displacement",
        "Test whether events fell against the comparison, and moved.",
    ),
    "power": ("effects", "power", "Say how small a change a plan would see."),
    "trend": ("effects", "trend", "Find months outside what was expected, and changes of level."),
    "serve": ("serve", "serve", "Start the web pages."),
    "aoristic": ("timing", "aoristic", "Say in which hours of the week crimes probably happened."),
    "clusters": ("spatial", "clusters", "Find where and when unusually many events came together."),
    "concentration": ("repeats", "concentration", "Measure how few places or people bear how much crime."),
    "hot-spots": ("spatial", "hot_spots", "Find where crime is more concentrated than chance explains."),
    "pool": ("panels", "pool", "Pool what a response did across several areas."),
    "synthetic-control": (
        "panels",
        "synthetic_control",
        "Weigh other areas into a stand-in for one treated area.",
    ),
    "near-repeat": (
        "repeats",
        "near_repeat",
        "Test whether one crime raises the risk soon after and close by.",
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[name]
        return getattr(importlib.import_module(f"forestall.cli.{module}"), function)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="forestall")
def cli() -> None:
    """Preventive policing, from records to results: scan, analyse, respond, assess."""


def main() -> None:
    """Run the command; a user's error is one line on stderr and exit code 1, never a traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("Stopped. Nothing was half done.", err=True)
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except ForestallError as problem:
        click.echo(f"Error: {problem.what}", err=True)
        if problem.next_step:
            click.echo(problem.next_step, err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("Stopped. Nothing was half done.", err=True)
        sys.exit(130)
    except OSError as problem:
        where = f" ({problem.filename})" if problem.filename else ""
        click.echo(f"Error: {problem.strerror or problem}{where}.", err=True)
        click.echo(
            "Check the path, the rights to it and the free space on the disk, and try again.", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
