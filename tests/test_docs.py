"""Documentation and code agree: commands and options exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from forestall.cli.main import COMMANDS, cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def commands_in(page: Path) -> list[str]:
    """Lines of code blocks that call forestall, continued lines joined."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    blocks += re.findall(r"((?:^    .*\n)+)", text, re.MULTILINE)
    found = []
    for line in "\n".join(blocks).splitlines():
        match = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?(forestall(?: .*)?)$", line)
        if match:
            found.append(match.group(1).split("  #")[0].split(" # ")[0].split(" | ")[0].split(" > ")[0])
    return found


CALLS = [(p.relative_to(ROOT), c) for p in PAGES for c in commands_in(p)]


@pytest.mark.parametrize(("page", "call"), CALLS, ids=[f"{p}: {c[:60]}" for p, c in CALLS])
def test_commands_in_documentation_exist(page: Path, call: str) -> None:
    words = shlex.split(call)[1:]
    command: click.Command | None = cli
    context = click.Context(cli)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        command = command.get_command(context, words.pop(0))
        assert command is not None, f"{page}: no such command in {call!r}"
    known = {o for p in command.params for o in [*p.opts, *p.secondary_opts]} | {"--help", "-h", "--version"}
    for word in words:
        if word.startswith("--"):
            assert word.split("=")[0] in known, f"{page}: {call!r} has no option {word}"


def test_every_command_loads_and_says_what_it_does() -> None:
    context = click.Context(cli)
    for name, (_, _, line) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert (command.help or "").strip(), name
        assert line.endswith("."), name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
