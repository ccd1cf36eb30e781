"""Arrows run down only, and there are no circles. Reads every import, late and type-only ones too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "forestall"

#: folder -> Forestall folders that it may import. ARCHITECTURE.md's table is checked against this.
MAY_IMPORT = {
    "stats": set(),
    "strategy": set(),
    "evidence": set(),
    "sara": {"evidence", "stats", "strategy"},
    "indicators": {"evidence", "stats", "strategy"},
    "records": {"sara", "indicators", "strategy", "evidence"},
    "cli": {"sara", "indicators", "evidence", "stats", "strategy"},
    "web": {"records"},
    "api": {"records"},
    "config": {"records", "web", "api", "strategy", "evidence"},
}
#: The only parts of evidence that records may touch, and who may.
EVIDENCE_DOORS = {
    "datasets": {
        "forestall.evidence.catalogue",
        "forestall.evidence.importing",
        "forestall.evidence.reports",
        "forestall.evidence.forces",
        "forestall.evidence.weights",
    },
    "demo": {"forestall.evidence.synthetic", "forestall.evidence.catalogue"},
}
#: Third-party packages that a folder never imports.
NEVER = {
    "stats": {"django", "pandas", "duckdb", "pyarrow", "click"},
    "strategy": {"django", "numpy", "scipy", "duckdb", "pyarrow", "click"},
    "evidence": {"django", "scipy", "pandas", "click"},
    "sara": {"django", "duckdb", "pandas", "click"},
    "indicators": {"django", "pandas", "click"},
    "records": {"duckdb", "pyspark", "pandas", "click"},
    "cli": {"django", "pandas"},
    "web": {"duckdb", "numpy", "scipy", "pandas", "pyarrow"},
    "api": {"duckdb", "numpy", "scipy", "pandas", "pyarrow"},
}
#: Within records: app -> apps that it may import.
RECORDS = {
    "organisations": set(),
    "audit": set(),
    "datasets": {"organisations", "audit"},
    "governance": {"organisations", "audit"},
    "knowledge": {"organisations", "audit"},
    "workforce": {"organisations", "audit"},
    "performance": {"organisations", "audit"},
    "problems": {"organisations", "audit", "datasets", "governance", "knowledge", "workforce", "performance"},
    "people": {"organisations", "audit", "problems", "datasets", "knowledge"},
    "resources": {"organisations", "audit", "problems", "performance"},
    "demo": {
        "organisations",
        "audit",
        "datasets",
        "governance",
        "knowledge",
        "workforce",
        "performance",
        "problems",
        "people",
        "resources",
    },
}
# organisations records its own changes, and audit says who acted: audit is below, organisations may call it.
RECORDS["organisations"] = {"audit"}

#: The one late import of Django in cli: starting the server.
EXCUSED = {("cli", "serve", "django"), ("cli", "serve", "forestall.config")}


def imports_of(path: Path) -> list[str]:
    """Every module that a file imports, at any depth of the code, in full."""
    found = []
    package = ["forestall", *path.relative_to(SRC).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
            found += [
                f"{base}.{alias.name}" if base.startswith("forestall") else base for alias in node.names
            ]
    return found


def files() -> list[Path]:
    return sorted(p for p in SRC.rglob("*.py") if "static" not in p.parts)


def broken_rules(path: Path, modules: list[str]) -> list[str]:
    parts = path.relative_to(SRC).parts
    if len(parts) == 1:
        return []
    folder, stem = parts[0], path.stem
    wrong = []
    for module in modules:
        top = module.split(".")[0]
        if (folder, stem, top) in EXCUSED or (folder, stem, ".".join(module.split(".")[:2])) in EXCUSED:
            continue
        if top in NEVER.get(folder, set()):
            wrong.append(f"{folder} must not import {top}")
        if top != "forestall" or module.count(".") == 0:
            continue
        target = module.split(".")[1]
        if target in ("errors", folder) or not (SRC / target).is_dir():
            pass
        elif target not in MAY_IMPORT[folder]:
            wrong.append(f"{folder} must not import {module}")
        elif folder == "records" and target == "evidence":
            doors = EVIDENCE_DOORS.get(parts[1], set())
            if not any(module == d or module.startswith(d + ".") for d in doors):
                wrong.append(f"records/{parts[1]} must not import {module}")
        elif folder in ("web", "api") and target == "records":
            wrong += _web_rule(module)
        if folder == "records" and target == "records" and len(parts) > 2:
            app = module.split(".")[2] if module.count(".") > 1 else ""
            if (SRC / "records" / app).is_dir() and app not in {parts[1], *RECORDS[parts[1]]}:
                wrong.append(f"records/{parts[1]} must not import records/{app}")
    return wrong


def _web_rule(module: str) -> list[str]:
    """Pages use an app's actions, selectors, and the plain values of rules: never its models."""
    parts = module.split(".")
    ok = len(parts) >= 4 and parts[3] in ("actions", "selectors", "rules", "exports", "permissions", "jobs")
    return [] if ok else [f"web and api use actions, selectors, rules: not {module}"]


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SRC)))
def test_imports_run_downwards(path: Path) -> None:
    assert broken_rules(path, imports_of(path)) == []


def test_no_circles() -> None:
    modules = {}
    for path in files():
        name = ".".join(["forestall", *path.relative_to(SRC).with_suffix("").parts]).removesuffix(".__init__")
        modules[name] = path
    graph = {}
    for name, path in modules.items():
        targets = set()
        for module in imports_of(path):
            while module and module not in modules:
                module = module.rpartition(".")[0]
            if module and module != name and not name.startswith(module + "."):
                targets.add(module)
        graph[name] = targets
    seen: dict[str, int] = {}
    trail: list[str] = []

    def walk(name: str) -> None:
        seen[name] = 1
        trail.append(name)
        for target in sorted(graph[name]):
            assert seen.get(target) != 1, "circle: " + " -> ".join([*trail[trail.index(target) :], target])
            if target not in seen:
                walk(target)
        trail.pop()
        seen[name] = 2

    for name in sorted(graph):
        if name not in seen:
            walk(name)


@pytest.mark.parametrize(
    ("where", "module"),
    [
        ("stats/rates.py", "forestall.evidence.catalogue"),
        ("stats/rates.py", "pandas"),
        ("evidence/store.py", "forestall.stats.rates"),
        ("sara/scanning.py", "django.db"),
        ("records/problems/actions.py", "forestall.evidence.store"),
        ("records/audit/models.py", "forestall.records.problems.models"),
        ("web/problems.py", "forestall.sara.scanning"),
        ("web/problems.py", "forestall.records.problems.models"),
        ("cli/data.py", "django"),
    ],
)
def test_the_rule_catches(where: str, module: str) -> None:
    assert broken_rules(SRC / where, [module])


def test_architecture_page_agrees() -> None:
    """The table "Who may import whom" in ARCHITECTURE.md says what this test enforces."""
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", page, re.MULTILINE))
    said = {k: set(re.findall(r"`(\w+)`", v)) for k, v in rows.items()}
    assert said == MAY_IMPORT
