"""What the disk refuses is one line and an exit code, and a stopped import leaves nothing behind."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from tests import police_uk_files as made

from forestall.cli import main
from forestall.evidence import catalogue, store
from forestall.evidence.importing import import_path


def _run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, *words: object) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["forestall", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        main.main()
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    return int(left.value.code or 0), told.err


@pytest.fixture
def street(tmp_path: Path) -> Path:
    path = made.street_path(tmp_path / "in", "2022-01")
    made.write(path, [made.crime(1), made.crime(2)])
    return path


def test_what_is_not_there_or_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "empty").mkdir()
    for path, says in ((tmp_path / "gone.csv", "no file or folder"), (tmp_path / "empty", "no records")):
        code, told = _run(monkeypatch, capsys, "import", path, "--store", tmp_path / "s")
        assert code == 1
        assert says in told


def test_a_store_that_cannot_be_made(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").touch()
    code, told = _run(monkeypatch, capsys, "import", street, "--store", tmp_path / "file" / "store")
    assert code == 1
    assert str(tmp_path / "file") in told


def test_a_full_disk_leaves_the_store_as_it_was(
    street: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "_parquet", lambda table: full)
    code, told = _run(monkeypatch, capsys, "import", street, "--store", tmp_path / "s")
    assert code == 1
    assert told.startswith("Error: ")
    assert not catalogue.has_live(tmp_path / "s")
    assert _left(tmp_path / "s") == []


def test_rejects_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    path = made.street_path(tmp_path / "in", "2022-01")
    made.write(path, [made.crime(1), made.crime(2, lon="far")])
    target = tmp_path / "no" / "rejects.csv"
    code, told = _run(monkeypatch, capsys, "import", path, "--store", tmp_path / "s", "--rejects", target)
    assert code == 1
    assert str(target) in told


@pytest.mark.parametrize("at", ["Reading", "Merging", "Writing the release"])
def test_stopped_by_hand(street: Path, tmp_path: Path, at: str) -> None:
    def stop(step: str, share: float) -> None:
        if step.startswith(at):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_path(street, store=tmp_path / "s", progress=stop)
    assert _left(tmp_path / "s") == []
    assert import_path(street, store=tmp_path / "s").release_events == 2


def _left(folder: Path) -> list[str]:
    """Files in the store besides its lock."""
    return [str(p) for p in folder.rglob("*") if p.is_file() and p.name != "LOCK"]
