"""Short form of `make calibrate`: one scenario of each kind at few runs, limits of three Monte Carlo errors."""

from __future__ import annotations

import pytest
from calibration.__main__ import all_checks
from calibration.check import FALSE_ALARMS, Check, Reached, reach
from calibration.page import page

#: Method, a word of its scenario, runs: about a second each at most.
SHORT = [
    ("Poisson interval, exact", "mean 5", 1000),
    ("rate ratio, exact", "mean 5", 1000),
    ("rate ratio, mid-p", "mean 20", 500),
    ("E-test", "mean 20", 1000),
    ("ratio of changes", "mean 20", 500),
    ("weighted difference", "mean 20", 1000),
    ("ratio of changes, spread learnt", "mean 20, variance twice", 1000),
    ("power of the ratio, as stated beforehand", "200 before", 1000),
    ("control chart, three sigma", "Poisson mean 20", 400),
    ("Farrington, months", "Poisson mean 20", 500),
    ("change points", "Poisson mean 20", 500),
    ("interrupted series, quasi-poisson", "mean 20, season", 1000),
    ("two-way fixed effects", "10 treated, 24 months, Poisson mean 20", 2000),
    ("two-way fixed effects, errors for few areas", "20 areas, 4 treated, Poisson", 1000),
    ("staggered starts", "Poisson", 100),
    ("Hartung-Knapp", "10 areas, standard errors 0.1 to 0.4, spread between areas 0.2", 150),
    ("regression to the mean, adjusted", "all of mean 5", 80),
    ("Gi* exact, false discovery 5 %", "mean 2", 200),
    ("near repeats (Knox), first band", "100 events", 400),
    ("pattern change, Benjamini-Hochberg", "300 events", 300),
]


def find(method: str, words: str) -> Check:
    return next(c for c in all_checks() if c.method == method and words in c.scenario)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "words", "runs"), SHORT, ids=[s[0] for s in SHORT])
def test_no_method_misses_its_level(method: str, words: str, runs: int) -> None:
    check = find(method, words)
    found = reach(check, round(runs / check.share))
    assert found.runs == pytest.approx(runs, abs=1)
    assert found.verdict != "MISSES", f"{check.name}: {found.value:.1%} +- {found.error:.1%}"


@pytest.mark.slow
def test_a_method_known_to_miss_is_seen_to_miss() -> None:
    assert reach(find("two-way fixed effects", "20 areas, 2 treated"), 400).verdict == "MISSES"


def test_draws_depend_on_the_check_alone() -> None:
    check = find("Poisson interval, exact", "mean 5")
    assert reach(check, 50) == reach(check, 50)


def test_names_are_unique() -> None:
    names = [c.name for c in all_checks()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("kind", "nominal", "value", "verdict"),
    [
        (FALSE_ALARMS, 0.05, 0.08, "MISSES"),
        (FALSE_ALARMS, 0.05, 0.055, "within"),
        (FALSE_ALARMS, 0.05, 0.02, "conservative"),
        ("coverage", 0.95, 0.92, "MISSES"),
        ("coverage", 0.95, 0.98, "conservative"),
    ],
)
def test_verdicts_and_page(kind: str, nominal: float, value: float, verdict: str) -> None:
    check = Check("method", "scenario", kind, nominal, lambda rng: 0.0, says="look elsewhere")
    found = Reached(check, value, 0.005, 1000)
    assert found.verdict == verdict
    assert ("look elsewhere" in page([found], 1000)) == (verdict == "MISSES")
