"""The seeded points that the reference results were worked out on, made anew (nothing is copied)."""

from __future__ import annotations

import functools
import importlib.util
import json
import sys
import types
from typing import Any

import pytest
from tests.shared import BENCH

needs_bench = pytest.mark.skipif(
    not (BENCH / "gen.py").is_file(), reason="the references are not beside this checkout"
)


@functools.cache
def points(n: int) -> dict[str, Any]:
    """Columns x, y, t, t_to, day, premise of the generator's `points(n)`."""
    # The generator wants pandas only to hold columns: a dict holds them as well.
    held = sys.modules.get("pandas")
    sys.modules["pandas"] = types.SimpleNamespace(DataFrame=dict)  # type: ignore[assignment]
    try:
        spec = importlib.util.spec_from_file_location("bench_generator", BENCH / "gen.py")
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        spec.loader.exec_module(module)  # type: ignore[union-attr]
        sys.dont_write_bytecode = before
    finally:
        del sys.modules["pandas"]
        if held is not None:
            sys.modules["pandas"] = held
    return module.points(n)


@functools.cache
def reference(name: str) -> dict[str, Any]:
    return json.loads((BENCH / "reference" / f"{name}.json").read_text(encoding="utf-8"))
