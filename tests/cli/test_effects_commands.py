"""displacement, power, trend, plan, assess: shapes of the answers, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from forestall.cli.main import cli
from forestall.errors import ForestallError

HARM = """crime_type,treated_before,treated_after,comparison_before,comparison_after,weight
Vehicle,130,74,133,91,3
Theft,327,202,388,305,2
Burglary,398,190,148,97,5
Robbery,144,92,86,64,7
Assault,183,96,94,67,10
"""


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    with pytest.raises(ForestallError) as caught:
        CliRunner().invoke(cli, list(arguments), catch_exceptions=False, standalone_mode=False)
    return str(caught.value)


def test_displacement_as_published() -> None:
    found = json.loads(
        run("displacement", "--treated", "207,110", "--comparison", "308,318",
            "--displacement-treated", "178,157", "--displacement-comparison", "150,140", "--json")
    )  # fmt: skip
    assert found["estimate"] == -118
    assert found["standard_error"] == pytest.approx(39.598, abs=1e-3)
    assert found["z"] == pytest.approx(-2.98, abs=1e-3)
    assert found["interval"] == pytest.approx([-195.61, -40.39], abs=0.01)
    assert found["p"] == pytest.approx(0.00288, abs=1e-5)


def test_displacement_with_weights() -> None:
    timed = json.loads(
        run("displacement", "--treated", "100,20", "--comparison", "200,100", "--time-weights", "2,1",
            "--level", "0.9", "--json")
    )  # fmt: skip
    assert timed["estimate"] == -30
    assert timed["interval"] == pytest.approx([-53, -7], abs=0.05)
    sized = json.loads(
        run("displacement", "--treated", "200,100", "--comparison", "400,200",
            "--displacement-treated", "40,20", "--displacement-comparison", "80,40",
            "--area-weights", "1,2,1,2", "--json")
    )  # fmt: skip
    assert sized["estimate"] == 0
    assert sized["standard_error"] == pytest.approx(23.2, abs=0.05)


def test_displacement_by_harm_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "harm.csv"
    file.write_text(HARM)
    found = json.loads(run("displacement", "--file", str(file), "--json"))
    assert found["estimate"] == -1721
    assert found["standard_error"] == pytest.approx(304.10, abs=0.01)
    assert found["z"] == pytest.approx(-5.659, abs=1e-3)
    assert [row["type"] for row in found["by_type"]] == ["Vehicle", "Theft", "Burglary", "Robbery", "Assault"]
    # Headings of other tools, and a type without a weight.
    file.write_text(
        "Offence,treated pre,treated post,control-pre,control-post,harm\nA,50,30,50,50,10\nB,9,9,9,9,\n"
    )
    other = json.loads(run("displacement", "--file", str(file), "--json"))
    assert other["estimate"] == -200
    assert any("left out" in c for c in other["caveats"])


def test_displacement_refuses(tmp_path: Path) -> None:
    assert "missing" in refused("displacement", "--treated", "1,2")
    assert "has 3 counts" in refused("displacement", "--treated", "1,2,3", "--comparison", "1,2")
    assert "its own comparison" in refused(
        "displacement", "--treated", "1,2", "--comparison", "1,2", "--displacement-treated", "1,2"
    )
    assert "no file" in refused("displacement", "--file", str(tmp_path / "none.csv"))
    bad = tmp_path / "bad.csv"
    bad.write_text("crime,treated_before\nA,1\n")
    assert "no column treated_after" in refused("displacement", "--file", str(bad))


def test_power() -> None:
    found = json.loads(
        run("power", "--treated-before", "200", "--comparison-before", "800", "--factor", "0.75", "--json")
    )
    assert found["fall"] == pytest.approx(0.286, abs=0.002)
    assert found["power_of_factor"] == pytest.approx(0.68, abs=0.01)
    assert "seen 80% of the time" in run("power", "--treated-before", "200", "--comparison-before", "800")
    assert "treated count before" in refused("power", "--treated-before", "0", "--comparison-before", "8")


def months(file: Path, after: int = 60) -> None:
    rows = ["month,n,other"]
    for i in range(36):
        level = 100 if i < 24 else after
        rows.append(f"{2022 + i // 12}-{i % 12 + 1:02d},{level + (i * 7) % 11},{200 + (i * 5) % 13}")
    del rows[6]
    file.write_text("\n".join(rows))


def test_trend_with_a_comparison(tmp_path: Path) -> None:
    file = tmp_path / "months.csv"
    months(file)
    found = json.loads(run("trend", str(file), "--date", "month", "--count", "n", "--comparison", "other",
                           "--from", "2024-01", "--json"))  # fmt: skip
    assert found["observed"][5] is None  # the month without a row is missing, not nought
    assert found["expected"][5] is None
    assert 0.5 < found["change"]["estimate"] < 0.7
    assert found["outside"] == found["months"][24:]
    assert "no evidence" not in found["sentence"]
    text = run("trend", str(file), "--date", "month", "--count", "n", "--from", "2024-01")
    assert "no record" in text
    assert "whatever else changed" in text


def test_trend_of_events_and_without_a_start(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("day\n" + "\n".join(f"{d:02d}/{m:02d}/2024" for m in (1, 2, 4, 5) for d in range(1, 13)))
    found = json.loads(run("trend", str(file), "--date", "day", "--json"))
    assert found["months"] == [f"2024-{m:02d}" for m in range(1, 6)]
    assert found["observed"] == [12, 12, 0, 12, 12]
    assert found["change"] is None
    assert "Season" in found["caveats"][0]
    assert "outside the months held" in refused("trend", str(file), "--date", "day", "--from", "2030-01")
    file.write_text("day\nyesterday\n")
    assert "not a date" in refused("trend", str(file), "--date", "day")


@pytest.mark.slow
def test_plan_then_assess(tmp_path: Path) -> None:
    from forestall.evidence.synthetic import generate, publish_region

    region = generate(1, small=True)
    publish_region(region, store=tmp_path / "store")
    planted = region.truth.interventions[0]
    drawn = tmp_path / "area.geojson"
    drawn.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": planted.geometry}))
    common = ("--force", planted.force, "--type", planted.crime_type, "--geometry", str(drawn),
              "--store", str(tmp_path / "store"))  # fmt: skip
    plan = tmp_path / "plan.json"
    plan.write_text(run("plan", *common, "--start", planted.start_month))
    found = json.loads(
        run("assess", str(plan), "--store", str(tmp_path / "store"), "--cost", "100", "--json")
    )
    assert found["answer"]["counts"]["treated"] == [planted.events_before, planted.events_after]
    analysed = json.loads(run("analyse", *common, "--json"))
    assert analysed["events"] == planted.events_before + planted.events_after
    assert {h["key"] for h in analysed["hypotheses"]} >= {"few_places", "repeat_victims"}
    changed = json.loads(plan.read_text()) | {"level": 0.5}
    plan.write_text(json.dumps(changed))
    assert "hash does not fit" in refused("assess", str(plan), "--store", str(tmp_path / "store"))
    plan.write_text("{")
    assert "not JSON" in refused("assess", str(plan), "--store", str(tmp_path / "store"))
    assert "No area was given" in refused("analyse", "--force", "x", "--store", str(tmp_path / "store"))
