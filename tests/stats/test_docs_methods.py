"""The worked examples on the pages of methods run as they stand."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference" / "methods"


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda p: p.stem)
def test_examples_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if block.startswith(">>>"):
            found = doctest.DocTestParser().get_doctest(block, {}, page.stem, str(page), 0)
            said: list[str] = []
            result = doctest.DocTestRunner(verbose=False).run(found, out=said.append)
            assert result.failed == 0, "".join(said)
        else:
            exec(compile(block, str(page), "exec"), {})
