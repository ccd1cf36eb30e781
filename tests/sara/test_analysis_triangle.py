"""The triangle from records, hypotheses, CHEERS, and the statement check."""

from __future__ import annotations

import json

import numpy as np
import pytest

from forestall.errors import ForestallError
from forestall.evidence.queries.events import load
from forestall.sara.analysis import analyse
from forestall.sara.cheers import Facts, cheers_check
from forestall.sara.findings import canonical
from forestall.sara.hypotheses import suggest_hypotheses
from forestall.sara.interventions import rank_interventions
from forestall.sara.scope import Scope
from forestall.sara.statement import check_statement
from forestall.sara.triangle import change

pytestmark = pytest.mark.slow


def scope_of(planted) -> Scope:
    return Scope(planted.force, geometry=planted.geometry, crime_types=(planted.crime_type,))


@pytest.fixture(scope="module")
def analysed(region_release):
    release, truth = region_release
    return {p.kind: (p, analyse(release, scope_of(p))) for p in truth.problems}


def test_every_part_counts_the_same_events(analysed) -> None:
    for planted, analysis in analysed.values():
        assert analysis.events >= planted.events
        assert sum(c or 0 for c in analysis.part("when")["counts"]) == analysis.events
        where = analysis.part("where")
        assert sum(c["count"] for c in where["cells"]) == where["located"]
        assert where["located"] + where["without_location"] == analysis.events
        assert sum(t["count"] for t in analysis.part("what")["types"]) == analysis.events
        hours = analysis.part("when")["hours"]
        assert np.sum(hours["weights"]) == pytest.approx(hours["n"])


def test_repeat_victims_are_found_where_they_were_planted(analysed) -> None:
    _, chronic = analysed["repeat victims"]
    _, spread = analysed["near repeat"]
    assert chronic.part("repeats")["victims"]["share_of_events"] > 0.7
    assert spread.part("repeats")["victims"]["share_of_events"] < 0.3
    top = suggest_hypotheses(chronic)
    assert {h.key for h in top if h.standing == "leans for"} >= {"repeat_victims", "few_places"}
    against = {h.key: h for h in suggest_hypotheses(spread)}["repeat_victims"]
    assert against.standing == "leans against"
    assert "%" in against.speaks_against[0]
    assert against.would_settle


def test_no_key_of_a_person_or_premises_leaves(region_release, analysed) -> None:
    release, _ = region_release
    planted, analysis = analysed["repeat victims"]
    text = json.dumps(analysis.to_dict())
    events = scope_of(planted).load(release, ["victim", "offender", "caller", "premises"])
    for column in ("victim", "offender", "caller", "premises"):
        for key in events.codes(column).names[:200]:
            assert f'"{key}"' not in text


def test_it_is_a_set_of_findings_that_recompute(region_release, analysed) -> None:
    release, _ = region_release
    planted, analysis = analysed["persistent"]
    again = analyse(release, scope_of(planted))
    assert [f.hash for f in again.findings] == [f.hash for f in analysis.findings]
    assert canonical(analysis.to_dict())
    assert all("make-believe" in f.caveats[-1] for f in analysis.findings)


def test_a_month_never_sent_is_empty_not_nought(region_release) -> None:
    release, truth = region_release
    force, month = truth.missing[0]
    planted = next(p for p in truth.problems if p.force == force)
    part = analyse(release, scope_of(planted)).part("when")
    assert part["counts"][part["months"].index(month)] is None


def test_month_only_records_say_what_they_need(region_release) -> None:
    release, truth = region_release
    planted = truth.problems[0]
    scope = scope_of(planted)
    events = scope.load(release, ["start", "month"])
    from forestall.sara import triangle

    blank = type(events)(
        {**events.columns, "start": np.full(events.n, np.datetime64("NaT"), "M8[s]")}, events.n
    )
    assert "police.uk" in triangle._hours(blank)["needs"]
    stripped = load(
        release, ["victim", "offender", "caller", "premises"], force=planted.force, months=["2023-01"]
    )
    found = triangle.repeats(stripped, held=[])
    assert all(not part["known"] and "key" in part["needs"] for part in found.values())


def test_nothing_there_is_said(region_release) -> None:
    release, truth = region_release
    with pytest.raises(ForestallError, match="no such events"):
        analyse(release, Scope(truth.problems[0].force, areas=("nowhere",)))


def test_change_by_hand() -> None:
    """Here 10 then 20 a month, elsewhere 100 and 100: the ratio is 2."""
    months = [f"2024-{m:02d}" for m in range(1, 13)]
    here, rest = np.repeat([10.0, 20.0], 6), np.full(12, 100.0)
    found = change(here, rest, months)
    assert found["here"] == [60, 120]
    assert found["ratio"]["estimate"] == 2
    assert "risen" in found["sentence"]
    assert "no evidence" in change(rest / 10, rest, months)["sentence"]
    assert change(here[:4], rest[:4], months[:4])["known"] is False
    assert "smaller than the whole force" in change(here, rest * 0, months)["needs"]


def test_cheers_never_presumes_expectation() -> None:
    items = {i.key: i for i in cheers_check(Facts(events=40, months_with_events=9, months=12, harm=500))}
    assert [i.letter for i in cheers_check(Facts())] == list("CHEERS")
    assert items["expectation"].answer == "needs_person"
    assert items["community"].answer == "needs_person"
    assert (items["events"].answer, items["recurring"].answer) == ("yes", "yes")
    assert items["harm"].basis == "records"
    assert all(i.answer == "needs_person" for i in cheers_check(Facts()))
    one = {i.key: i.answer for i in cheers_check(Facts(events=1, months_with_events=1, months=12))}
    assert (one["events"], one["recurring"]) == ("no", "no")
    told = cheers_check(Facts(community="Shop staff on High Street", crime_types=("Shoplifting",), places=1))
    assert told[0].answer == "yes"
    assert told[5].answer == "yes"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", {"empty"}),
        ("There are lots of issues.", {"behaviour", "place", "time", "who", "measure", "vague"}),
        ("We need more patrols and CCTV on the High Street.", {"solution", "behaviour", "time", "who", "measure"}),
        ("Bicycles are stolen from racks at Leicester station, mostly on weekday afternoons since March; 84 in a "
         "year, most of them from commuters.", set()),
        ("Burglary is up.", {"place", "time", "who", "measure"}),
        ("Young people throw stones at buses on Mill Lane in the evening since 2023.", {"measure"}),
    ],
)  # fmt: skip
def test_the_statement_check_names_what_is_vague(text: str, keys: set[str]) -> None:
    assert {r.key for r in check_statement(text)} == keys


def test_names_of_the_problem_count_as_place_and_behaviour() -> None:
    text = "Public order in Ashgate rose to 40 a month since June and harms shop workers."
    assert "behaviour" in {r.key for r in check_statement(text)}
    assert not check_statement(text, ("Ashgate",), ("Public order",))
    assert "long" in {r.key for r in check_statement("word " * 90)}


def test_ranking_puts_evidence_first_and_backfire_last() -> None:
    rows = [
        {"intervention": "Prison visits", "effect_code": "increase", "confidence": "part"},
        {"intervention": "Recalled", "effect_code": "reduce", "confidence": "general"},
        {"intervention": "Neighbourhood watch", "effect_code": "reduce", "q_effect": "3", "confidence": "confirmed"},
        {"intervention": "Hot spots", "effect_code": "reduce", "q_effect": 4, "confidence": "confirmed"},
        {"intervention": "Bike racks", "effect_code": "reduce", "confidence": "part",
         "crime_types": ["Bicycle theft"], "sides": ["location"]},
    ]  # fmt: skip
    plain = [r.name for r in rank_interventions(rows)]
    assert plain == ["Hot spots", "Neighbourhood watch", "Bike racks", "Recalled", "Prison visits"]
    fitting = rank_interventions(rows, ["Bicycle theft"], side="location")
    assert fitting[0].name == "Bike racks"
    assert "fits the crime type and the location side" in fitting[0].why
    assert "not verified" in next(r for r in fitting if r.name == "Recalled").warning
    assert "more crime" in fitting[-1].warning
    assert next(r for r in fitting if r.name == "Recalled").quality is None
