"""`forestall synthetic-control` and `forestall pool` from a file to an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.shared import SHARED, needs_shared

from forestall.cli.panels import pool, synthetic_control
from forestall.errors import ForestallError


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def call(command, *words: object) -> dict:
    result = CliRunner().invoke(command, [*map(str, words), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    # the treated area is the mean of north and south until 2004, then lower by 3
    rows = ["area,year,events"]
    for i, year in enumerate(range(2000, 2008)):
        north, south, west = 10 + i, 20 - i * (i % 3), 7 + i % 2
        treated = (north + south) / 2 - (3 if year >= 2004 else 0)
        rows += [f"{n},{year},{v}" for n, v in zip("TNSW", (treated, north, south, west), strict=True)]
    return write(tmp_path / "areas.csv", rows)


def test_synthetic_control(areas: Path) -> None:
    words = ("--unit", "area", "--time", "year", "--outcome", "events", "--treated", "T", "--from", 2004)
    answer = call(synthetic_control, areas, *words)
    assert answer["weights"]["N"] == pytest.approx(0.5, abs=1e-3)
    assert answer["effect"] == pytest.approx(-3, abs=0.02)
    assert [row["time"] for row in answer["path"]] == list(range(2000, 2008))
    assert answer["fit"]["donors"] == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--treated", "X"), "No row has 'X'"),
        (("--treated", "T", "--predictors", "events:99-100"), "no value for some area"),
        (("--treated", "T", "--predictors", "events:soon"), "not a range of periods"),
        (("--treated", "T", "--exclude", "Q"), "No row has Q"),
    ],
)
def test_refusals(areas: Path, words: tuple, said: str) -> None:
    common = ("--unit", "area", "--time", "year", "--outcome", "events", "--from", 2004)
    with pytest.raises(ForestallError, match=said):
        call(synthetic_control, areas, *common, *words)


def test_pool(tmp_path: Path) -> None:
    file = write(tmp_path / "effects.csv", ["area,log_ratio,se", "a,-0.2,0.1", "b,-0.4,0.2", "c,0.1,0.3"])
    answer = call(
        pool, file, "--estimate", "log_ratio", "--standard-error", "se", "--label", "area", "--leave-one-out"
    )
    assert answer["n"] == 3
    assert -0.4 < answer["estimate"] < 0
    assert set(answer["leave_one_out"]) == {"a", "b", "c"}


@needs_shared
def test_basque_from_the_command_line() -> None:
    sectors = "agriculture energy industry construction services.venta services.nonventa".split()
    predictors = [
        *(f"school.{s}:1964-1969" for s in ("illit", "prim", "med", "high", "post.high")),
        *("invest:1964-1969", "gdpcap:1960-1969", "popdens:1969"),
        *(f"sec.{s}:1961-1969/2" for s in sectors),
    ]
    answer = call(
        synthetic_control,
        SHARED / "evaluation" / "basque" / "basque.csv",
        *("--unit", "regionname", "--time", "year", "--outcome", "gdpcap", "--from", 1975),
        *(
            "--treated",
            "Basque Country (Pais Vasco)",
            "--fit",
            "1960-1969",
            "--predictors",
            ",".join(predictors),
        ),
    )
    assert answer["weights"]["Cataluna"] == pytest.approx(0.851, abs=0.001)
    assert answer["fit"]["mspe_before"] == pytest.approx(0.008864545, abs=1e-6)
