"""What was planted can be found again by plain counting: no method of ours marks its own work here."""

from __future__ import annotations

import numpy as np
import pytest
from tests.synthetic_nation import Nation, nation

from forestall.evidence.synthetic import generate
from forestall.evidence.synthetic.plants import PLANTS
from forestall.evidence.synthetic.profiles import INDEX, TYPES, week
from forestall.evidence.synthetic.truth import PlantedProblem

pytestmark = pytest.mark.slow

SEEDS = (1, 2, 3)
PROBLEM_IDS = [p.id for p in PLANTS]


def planted(data: Nation, problem_id: str) -> PlantedProblem:
    return next(p for p in data.region.truth.problems if p.id == problem_id)


def at(data: Nation, p: PlantedProblem, radius: float | None = None) -> np.ndarray:
    return data.of(p.crime_type) & data.within(p.x, p.y, radius or p.radius + 0.02)


def per_square_km(data: Nation, crime_type: str) -> float:
    """Events of the type in a square kilometre over the nation."""
    return data.of(crime_type).sum() / (340 * 0.75**2)


@pytest.mark.parametrize("problem_id", PROBLEM_IDS)
def test_every_problem_is_far_above_its_surroundings(problem_id: str) -> None:
    data = nation()
    p = planted(data, problem_id)
    here = at(data, p).sum()
    expected = per_square_km(data, p.crime_type) * np.pi * (p.radius / 1000) ** 2
    assert p.events <= here
    assert here > 2.5 * expected + 5 * np.sqrt(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_place_is_as_extreme(seed: int) -> None:
    """By cell of 250 m and type: whatever stands out most is planted, before any multiplicity is thought of."""
    data = nation(seed)
    cell = (data["x"] // 250).astype(int) * 10_000 + (data["y"] // 250).astype(int)
    for kind in TYPES:
        cells, counts = np.unique(cell[data.of(kind.name)], return_counts=True)
        mine = [p for p in data.region.truth.problems if p.crime_type == kind.name and p.kind != "emerging"]
        centre = np.column_stack([cells // 10_000, cells % 10_000]) * 250 + 125
        near = np.zeros(len(cells), dtype=bool)
        for p in mine:
            near |= np.hypot(*(centre - [p.x, p.y]).T) < p.radius + 400
        emerging = [p for p in data.region.truth.problems if p.crime_type == kind.name and p not in mine]
        spared = near.copy()
        for p in emerging:
            spared |= np.hypot(*(centre - [p.x, p.y]).T) < p.radius + 400
        for p in mine:
            around = counts[np.hypot(*(centre - [p.x, p.y]).T) < p.radius + 200].max()
            assert around > counts[~spared].max() or p.kind == "near repeat"


@pytest.mark.parametrize("problem_id", [p.id for p in PLANTS if p.kind == "emerging"])
def test_emerging_problems_rise_in_the_last_half_year(problem_id: str) -> None:
    data = nation()
    counts = data.monthly(at(data, planted(data, problem_id)))
    assert counts[-6:].mean() > 4 * counts[:-6].mean() + 1


@pytest.mark.parametrize("problem_id", [p.id for p in PLANTS if p.kind == "persistent"])
def test_persistent_problems_were_there_all_along(problem_id: str) -> None:
    data = nation()
    counts = data.monthly(at(data, planted(data, problem_id)))
    assert np.count_nonzero(counts) >= 31
    assert counts[:12].sum() > 0.6 * counts[12:24].sum()


@pytest.mark.parametrize("problem_id", [p.id for p in PLANTS if p.kind == "near repeat"])
@pytest.mark.parametrize("seed", SEEDS)
def test_near_repeats_are_in_excess_and_active_at_the_end(problem_id: str, seed: int) -> None:
    data = nation(seed)
    p = planted(data, problem_id)
    here = at(data, p)
    x, y = data["x"][here], data["y"][here]
    day = data["start"][here].astype("datetime64[s]").astype(np.int64) / 86_400
    near = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) < 200
    upper = np.triu(np.ones_like(near), 1).astype(bool)

    def pairs(days: np.ndarray) -> int:
        return int((near & (np.abs(days[:, None] - days[None, :]) <= 14) & upper).sum())

    rng = np.random.default_rng(0)
    by_chance = [pairs(rng.permutation(day)) for _ in range(39)]
    assert pairs(day) > 1.3 * max(by_chance)
    assert np.count_nonzero(day > day.max() - 14) >= 4


@pytest.mark.parametrize("problem_id", [p.id for p in PLANTS if p.kind == "repeat victims"])
def test_the_same_few_victims(problem_id: str) -> None:
    data = nation()
    p = planted(data, problem_id)
    here = at(data, p)
    chronic = np.isin(data["victim"].astype(object), list(p.keys))
    assert (chronic & here).sum() == chronic.sum() == p.events
    assert p.events / len(p.keys) > 7
    planted_keys = [k for q in data.region.truth.problems for k in q.keys]
    victims = data["victim"][data["victim"] != np.array(None)].astype(str)
    others = victims[~np.isin(victims, planted_keys)]
    _, counts = np.unique(others, return_counts=True)
    assert counts.max() <= 8
    assert 1 - len(counts) / counts.sum() < 0.2


def test_a_car_park_harms_many_people_once() -> None:
    data = nation()
    here = at(data, planted(data, "P08"))
    victims = data["victim"][here & (data["victim"] != np.array(None))].astype(str)
    _, counts = np.unique(victims, return_counts=True)
    assert 1 - len(counts) / counts.sum() < 0.03


def test_one_shop_and_one_caller() -> None:
    data = nation()
    shop = planted(data, "P17")
    _, counts = np.unique(
        data["premises"][data["premises"] != np.array(None)].astype(str), return_counts=True
    )
    at_shop = (data["premises"] == shop.keys[0]).sum()
    assert at_shop == counts.max() > 300
    caller = planted(data, "P10")
    _, counts = np.unique(data["caller"][data["caller"] != np.array(None)].astype(str), return_counts=True)
    calls = (data["caller"] == caller.keys[0]).sum()
    assert calls == counts.max() > 20 * np.sort(counts)[-2]


def test_hours_of_the_night_time_economy() -> None:
    data = nation()
    here = at(data, planted(data, "P01"))
    weekday, hour = data["weekday"], data["hour"]
    nights = (np.isin(weekday, [4, 5]) & (hour >= 20)) | (np.isin(weekday, [5, 6]) & (hour < 5))
    everywhere = data.of("Violence and sexual offences")
    assert nights[here].mean() > 0.5
    assert nights[everywhere & ~data.within(*_centre(data, "P01"), 1000)].mean() < 0.35
    school = at(data, planted(data, "P03")) & (data.month >= 30)
    assert np.isin(hour[school], [14, 15, 16, 17]).mean() > 0.7


def _centre(data: Nation, problem_id: str) -> tuple[float, float]:
    p = planted(data, problem_id)
    return p.x, p.y


def test_exact_times_follow_the_profile() -> None:
    data = nation()
    table = np.zeros((7, 24))
    chosen = data.of("Theft from the person")
    np.add.at(table, (data["weekday"][chosen], data["hour"][chosen]), 1)
    expected = week(TYPES[INDEX["Theft from the person"]].hours) * chosen.sum()
    assert ((table - expected) ** 2 / expected).sum() < 167 + 6 * np.sqrt(2 * 167)


@pytest.mark.parametrize("crime_type", ["Anti-social behaviour", "Burglary", "Bicycle theft", "Shoplifting"])
def test_seasons_have_the_size_and_the_peak_planted(crime_type: str) -> None:
    data = nation()
    swing, peak = data.region.truth.seasons[crime_type]
    counts = data.monthly(data.of(crime_type) & (data["force"] != "mb-gannetshire"))
    days = (np.array(data.region.truth.months, dtype="datetime64[M]") + 1).astype("datetime64[D]") - np.array(
        data.region.truth.months, dtype="datetime64[M]"
    ).astype("datetime64[D]")
    rate = counts / days.astype(int)
    turn = 2 * np.pi * (np.arange(36) % 12 + 1 - peak) / 12
    amplitude = 2 * (rate * np.cos(turn)).mean() / rate.mean()
    across = 2 * (rate * np.sin(turn)).mean() / rate.mean()
    tolerance = 4 * np.sqrt(2 / counts.sum())
    assert amplitude == pytest.approx(swing, abs=tolerance + 0.02)
    assert across == pytest.approx(0, abs=tolerance + 0.02)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_recording_change_is_a_step_in_the_whole_force_and_nowhere_else(seed: int) -> None:
    data = nation(seed)
    (change,) = data.region.truth.recording_changes
    start = data.region.truth.months.index(change.month)
    last = len(data.region.truth.months)

    def step(mask: np.ndarray) -> tuple[float, float]:
        """Ratio of a year from the change to the same months a year before, and its standard error (log)."""
        counts = data.monthly(mask)
        after, before = counts[start : min(start + 12, last)].sum(), counts[start - 12 : start].sum()
        return after / before, np.sqrt(1 / after + 1 / before)

    there = data["force"] == change.force
    ratio, error = step(there & data.of(change.crime_type))
    assert abs(np.log(ratio / change.factor)) < 3.5 * error
    districts = {p["code"]: p["parent"] for p in data.region.places.to_pylist()}
    district = np.array([districts[districts[a]] for a in data["area"][there]])
    for name in np.unique(district):
        mask = np.zeros(len(there), dtype=bool)
        mask[np.flatnonzero(there)[district == name]] = True
        ratio, error = step(mask & data.of(change.crime_type))
        assert abs(np.log(ratio / change.factor)) < 3.5 * error
    elsewhere, error = step((data["force"] == "mb-northmarsh") & data.of(change.crime_type))
    assert abs(np.log(elsewhere)) < 3.5 * error


def change_in_disc(data: Nation, intervention_id: str) -> tuple[float, float]:
    """Ratio of after to before at the treated place over the same at its comparison, and its log error."""
    done = next(i for i in data.region.truth.interventions if i.id == intervention_id)
    start = data.region.truth.months.index(done.start_month)
    treated = data.monthly(at(data, planted(data, done.problem)))
    control = sum(data.monthly(at(data, planted(data, c))) for c in done.comparison)
    cells = (
        np.array([treated[start:], control[start:]]).sum(axis=1),
        np.array([treated[:start], control[:start]]).sum(axis=1),
    )
    assert cells[0][0] == done.events_after
    assert cells[1][0] == done.events_before
    ratio = (cells[0][0] / cells[1][0]) / (cells[0][1] / cells[1][1])
    return ratio, float(np.sqrt((1 / np.concatenate(cells)).sum()))


@pytest.mark.parametrize("intervention_id", ["I1", "I2", "I4"])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_effect_of_an_intervention_is_recovered_by_comparison(intervention_id: str, seed: int) -> None:
    data = nation(seed)
    done = next(i for i in data.region.truth.interventions if i.id == intervention_id)
    ratio, error = change_in_disc(data, intervention_id)
    assert abs(np.log(ratio / (1 + done.effect))) < 3.3 * error


@pytest.mark.slow
def test_effects_are_right_on_average() -> None:
    """Over seeds the mean of the log ratios comes to the planted effect: no hidden bias in the making."""
    seeds = range(1, 9)
    for intervention_id, effect in (("I1", -0.35), ("I2", -0.30)):
        found = [np.log(change_in_disc(nation(s), intervention_id)[0]) for s in seeds]
        error = change_in_disc(nation(1), intervention_id)[1] / np.sqrt(len(found))
        assert abs(np.mean(found) - np.log(1 + effect)) < 3.3 * error


@pytest.mark.parametrize("seed", SEEDS)
def test_what_moved_is_in_the_buffer(seed: int) -> None:
    data = nation(seed)
    one, two, three, four = data.region.truth.interventions
    assert one.prevented > 30
    assert one.moved == three.moved == three.prevented == 0
    assert four.prevented < 0
    assert 0.15 < two.moved / two.prevented < 0.55
    p = planted(data, two.problem)
    start = data.region.truth.months.index(two.start_month)
    ring = data.of(p.crime_type) & data.within(p.x, p.y, p.radius + 400) & ~data.within(p.x, p.y, p.radius)
    counts = data.monthly(ring)
    rise = counts[start:].sum() - counts[:start].sum() * (36 - start) / start
    assert abs(rise - two.moved) < 3.5 * np.sqrt(counts.sum() * 0.75)


def test_the_placebo_falls_back_by_itself() -> None:
    """Chosen for its high half year: before against after flatters it, although nothing was done."""
    before, after = 0, 0
    for seed in range(1, 9):
        data = nation(seed)
        placebo = data.region.truth.interventions[2]
        assert placebo.effect == 0
        assert placebo.problem is None
        counts = data.monthly((data["area"] == placebo.areas[0]) & data.of(placebo.crime_type))
        start = data.region.truth.months.index(placebo.start_month)
        assert placebo.events_after == counts[start:].sum()
        same_season = counts[start + 6 : start + 12]
        before, after = before + counts[start - 6 : start].sum(), after + same_season.sum()
    assert after < 0.85 * before


def test_planted_events_grow_with_scale() -> None:
    half = generate(1, scale=0.5, small=True)
    whole = nation(1, small=True).region
    for a, b in zip(half.truth.problems, whole.truth.problems, strict=True):
        assert 0.3 < a.events / b.events < 0.75
