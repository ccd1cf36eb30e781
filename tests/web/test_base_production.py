"""Production mode asks for what it needs, and passes Django's own deployment checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"FORESTALL_HOSTS": "forestall.example", "FORESTALL_SECRET_KEY": "kX9" * 25 + "!aZ@#" * 4}


def deploy_check(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith(("FORESTALL_", "DJANGO_"))},
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "forestall.config.settings",
            "FORESTALL_PRODUCTION": "1",
            "FORESTALL_DATA": str(tmp_path),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_deployment_checks_find_nothing(tmp_path: Path) -> None:
    done = deploy_check(tmp_path, **GOOD)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_production_without_a_key_does_not_start(tmp_path: Path) -> None:
    done = deploy_check(tmp_path, **{**GOOD, "FORESTALL_SECRET_KEY": ""})
    assert done.returncode != 0
    assert "FORESTALL_SECRET_KEY has to be set" in done.stderr
