"""The examples in docs/reference/methods run and print what the pages say; every method has its page."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from forestall.cli.main import cli

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference" / "methods"
PAGES = sorted(p for p in FOLDER.glob("*.md") if p.name != "README.md")
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = re.compile(r"^`([\w.-]+)`:\n\n```csv\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A command with the answer that the page shows under it.
SHOWN = re.compile(r"^```sh\n(forestall .*?)\n```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_python_examples_run_and_print_what_the_page_says(page: Path) -> None:
    names: dict = {}
    for number, block in enumerate(PYTHON.findall(page.read_text(encoding="utf-8")), 1):
        if ">>>" in block:
            said = io.StringIO()
            example = doctest.DocTestParser().get_doctest(block, names, page.stem, str(page), 0)
            runner = doctest.DocTestRunner(verbose=False)
            failed = runner.run(example, out=said.write, clear_globs=False).failed
            names.update(example.globs)
            assert not failed, f"{page.name}, example {number}:\n{said.getvalue()}"
        else:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(block, f"{page.name}, example {number}", "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_commands_with_an_answer_give_it(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    for name, content in FILES.findall(text):
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for command, answer in SHOWN.findall(text):
        words = shlex.split(command.replace("\\\n", " "))[1:]
        result = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        assert result.output.split() == answer.split(), f"{page.name}: {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_page_says_what_a_reader_needs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for part in (
        r"\*\*Question",
        r"\*\*(Assum|Do not|Not )",
        r"\*\*(Formula|Rule)",
        r"\*\*Source|\b(18|19|20)\d\d\b",
        r"\*\*Aloud",
        "```python",
    ):
        assert re.search(part, text), f"{page.name} lacks {part}"


def test_the_index_lists_every_page() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    missing = [p.name for p in PAGES if f"({p.name})" not in index]
    assert not missing
