"""`forestall serve` says plainly what stands in its way; the whole of it starts, serves and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from forestall.config import start
from forestall.errors import ForestallError

ROOT = Path(__file__).resolve().parents[2]


def serve(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "forestall.cli.main", "serve", *arguments],
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("FORESTALL_")},
            "PYTHONPATH": str(ROOT / "src"),
            "FORESTALL_DATA": str(tmp_path / "data"),
            "FORESTALL_WORKERS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ForestallError) as caught:
            start.check_port("127.0.0.1", port)
    assert str(port) in caught.value.what
    assert f"--port {port + 1}" in caught.value.next_step


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(ForestallError):
        start.check_port("192.0.2.1", 8000)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "nowhere.zip"], "There is no file or folder nowhere.zip"),
        (["--port", "99999"], "99999"),
    ],
)
def test_wrong_arguments_are_one_plain_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    process = serve(tmp_path, *arguments)
    _, error = process.communicate(timeout=60)
    assert process.returncode != 0
    assert says in error
    assert "Traceback" not in error


@pytest.mark.slow
def test_first_start_builds_serves_and_stops(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = serve(tmp_path, "--port", str(port))
    overdue = threading.Timer(120, process.kill)  # a hang fails the test instead of the run
    overdue.start()
    said = []
    for line in process.stdout or ():
        said.append(line)
        if "auditor@demo.example" in line:
            break
    text = "".join(said)
    assert "building the make-believe region" in text
    assert f"http://127.0.0.1:{port}" in text
    assert "analyst@demo.example" in text
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=60) as answer:
        assert "Make-believe data" in answer.read().decode()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    overdue.cancel()
    assert process.returncode == 0
