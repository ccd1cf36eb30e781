"""Problems of the make-believe region, one at each stage, made through the actions alone.

Two are assessed: one response with an effect that was planted, and one that does nothing.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from forestall.evidence.synthetic import generate
from forestall.records.datasets import selectors as datasets
from forestall.records.demo.actions import demo_password
from forestall.records.knowledge import actions as knowledge
from forestall.records.knowledge import selectors as known
from forestall.records.organisations import actions as organisation_actions
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import Organisation, User
from forestall.records.problems.actions import (
    analysis,
    evaluating,
    moving,
    opening,
    responding,
    scanning,
    tasks,
    working,
)
from forestall.records.problems.models import Problem
from forestall.records.problems.rules.words import Cheers, Referral, Side
from forestall.records.problems.selectors import assessing, scans

#: The planted problem at each stage: (id in the truth, last stage reached, title).
STAGES = (
    ("P10", "scanning", "Calls from one address"),
    ("P06", "analysis", "Fights on the promenade"),
    ("P07", "response", "Burglary in the terraces"),
    ("P09", "started", "Robbery in the underpass"),
)
LATE_PLAN = "A practice plan: it was frozen when the practice region was built, after its records."


class Team:
    """Who works on a practice problem: an owner, a supervisor, the organisation that leads."""

    def __init__(
        self, owner: User, supervisor: User, lead: Organisation, partner: Organisation | None
    ) -> None:
        self.owner, self.supervisor, self.lead, self.partner = owner, supervisor, lead, partner


def build() -> int:
    """Make the problems, once. Returns how many were made."""
    release = datasets.live_or_none()
    if release is None or not release.make_believe or Problem.objects.exists():
        return 0
    knowledge.load_shipped(by="system")
    truth = generate(int(release.quality.get("seed", 1))).truth
    people = {p.email.partition("@")[0]: p for p in organisations.demo_people()}
    force = organisations.home_organisation(people["analyst"])
    district = organisations.home_organisation(people["sergeant"])
    council = organisations.home_organisation(people["partner"])
    if force is None or district is None:
        return 0
    home = Team(people["analyst"], people["commander"], force, council)
    planted = {p.id: p for p in truth.problems}
    made = 0
    for key, stage, title in STAGES:
        with transaction.atomic():
            _to_stage(home, planted[key], stage, title)
        made += 1
    by_id = {i.id: i for i in truth.interventions}
    _assessed(home, by_id["I2"], "Cars broken into at the station", close=True)
    _assessed(_other_team(by_id["I3"].force, people, force), by_id["I3"], "A week of posters", close=False)
    return made + 2


def _other_team(force: str, people: dict[str, User], observer: Organisation) -> Team:
    """Made-up people of another force, for the response that was planted there; the demo force looks on."""
    lead = organisations.of_place(f"f:{force}")
    assert lead is not None  # every force of the region was adopted as an organisation
    pair = []
    for name, role in (("Nell Northern (made up)", "analyst"), ("Nat Northern (made up)", "commander")):
        email = f"{name.split()[0].lower()}@demo.example"
        person = User.objects.filter(email=email).first() or organisation_actions.add_person(
            by="system", email=email, name=name, password=demo_password(), demo=True
        )
        if not organisations.memberships(person).exists():
            organisation_actions.add_membership(by="system", person=person, organisation=lead, role=role)
        pair.append(person)
    return Team(pair[0], pair[1], lead, observer)


def _open(team: Team, place: Any, crime_type: str, force: str, title: str) -> Problem:
    """From the scan's candidate where it found the place; by hand where it did not."""
    rows = scans.scan(force, "harm")["candidates"]
    near = [r for r in rows if r["crime_type"] == crime_type and _close(r["place"], place)]
    if near:
        row = scans.candidate(near[0]["id"], force)
        assert row is not None
        problem = opening.open_from_candidate(by=team.owner, candidate=row, lead_organisation=team.lead)
    else:
        where = {"name": title, "lon": place[0], "lat": place[1], "geometry": place[2], "areas": []}
        problem = opening.open_problem(
            by=team.owner,
            lead_organisation=team.lead,
            title=title,
            force=force,
            place=where,
            crime_types=[crime_type],
            referral=Referral.OFFICER,
        )
    moving.name_people(
        by=team.supervisor,
        problem=problem,
        owner=team.owner,
        supervisor=team.supervisor,
        expected_version=problem.version,
    )
    scanning.edit_header(
        by=team.owner,
        problem=problem,
        title=title,
        tier="district",
        theme=crime_type,
        marking="official",
        events_statement="" if near else "Reported by the neighbourhood team (made up).",
        expected_version=problem.version,
    )
    if team.partner is not None:
        working.add_participant(by=team.owner, problem=problem, organisation=team.partner)
    return problem


def _close(found: Any, place: Any) -> bool:
    return abs(found["lon"] - place[0]) < 0.006 and abs(found["lat"] - place[1]) < 0.0036


def _to_stage(team: Team, planted: Any, stage: str, title: str) -> Problem:
    place = (planted.lon, planted.lat, planted.geometry)
    problem = _open(team, place, planted.crime_type, planted.force, title)
    if stage == "scanning":
        return problem
    _scan(team, problem)
    if stage == "analysis":
        _hypothesis(team, problem, "Drinkers leave all at once and wait here for taxis", "open")
        return problem
    _analyse(team, problem)
    _respond(team, problem)
    treated = {"areas": [], "geometry": planted.geometry, "name": planted.name}
    if stage == "started":
        _plan(team, problem, treated, assessing.first_free_month(), [])
        _start(team, problem)
    else:
        evaluating.begin_plan(by=team.owner, problem=problem)
    return problem


def _scan(team: Team, problem: Problem) -> None:
    answers = {c.value: {"passed": True, "text": "Heard at the residents' panel (made up)."} for c in Cheers}
    answers |= {k: v for k, v in problem.cheers.items() if v.get("passed")}
    scanning.answer_cheers(by=team.owner, problem=problem, answers=answers, expected_version=problem.version)
    aim = "A quarter fewer in the year after the response starts than in the year before."
    scanning.set_aim(by=team.owner, problem=problem, aim=aim, expected_version=problem.version)
    scanning.duplicates_checked(by=team.owner, problem=problem, expected_version=problem.version)
    moving.move_on(by=team.supervisor, problem=problem, to="analysis", expected_version=problem.version)


def _hypothesis(team: Team, problem: Problem, statement: str, status: str) -> None:
    analysis.add_hypothesis(
        by=team.owner,
        problem=problem,
        statement=statement,
        speaks_for="Most events come within the same few hours (made up).",
        speaks_against="Some happen at other times (made up).",
        status=status,
    )


def _analyse(team: Team, problem: Problem) -> None:
    notes = {
        Side.VICTIM: ("People who pass through, and their property.", "Staff on late shift"),
        Side.OFFENDER: ("A changing group; few are known.", "Youth workers who know some of them"),
        Side.LOCATION: ("Dark corners and an open way out.", "The site owner and the council"),
    }
    for side, (note, controllers) in notes.items():
        analysis.write_side(
            by=team.owner, problem=problem, side=side, note=note, controllers=controllers, expected_version=1
        )
    _hypothesis(team, problem, "Nobody who could step in is there at the hours that matter", "supported")
    place = problem.place_name
    statement = f"{problem.theme} comes back on evenings since 2023 where nobody is on watch: {place}."
    analysis.write_statement(
        by=team.owner, problem=problem, statement=statement, expected_version=problem.version
    )
    moving.move_on(by=team.supervisor, problem=problem, to="response", expected_version=problem.version)


def _respond(team: Team, problem: Problem) -> None:
    intervention = known.intervention("street-lighting")
    response = responding.choose_response(
        by=team.owner,
        problem=problem,
        title="Better lights and a named guardian on late shift",
        hypothesis=problem.hypotheses.first(),
        side=Side.LOCATION,
        mechanism="Being seen, and someone who steps in, raise the risk for whoever offends here.",
        owner=team.owner,
        agency=team.lead,
        intervention=intervention,
        evidence_note="Direction of effect as commonly reported: local setting, not verified.",
        technique=known.technique(7),
        due_on=timezone.localdate() + timedelta(days=60),
    )
    responding.add_cost(
        by=team.owner,
        problem=problem,
        what="Lights and fitting (made up)",
        payer=team.partner or team.lead,
        quantity=Decimal(6),
        unit_cost=Decimal(900),
        response=response,
    )
    for title, organisation, owner, days in (
        ("Agree where the lights go", team.partner or team.lead, None, 14),
        ("Brief the late shift", team.lead, team.owner, 7),
    ):
        tasks.add_task(
            by=team.owner,
            problem=problem,
            title=title,
            organisation=organisation,
            due_on=timezone.localdate() + timedelta(days=days),
            owner=owner,
            response=response,
        )


def _plan(team: Team, problem: Problem, treated: dict[str, Any], start: str, caveats: list[str]) -> None:
    plan = evaluating.begin_plan(by=team.owner, problem=problem)
    answers: dict[str, Any] = {
        "crime_types": problem.crime_types,
        "treated": treated,
        "response_start": start,
        "caveats": caveats,
        **assessing.periods_for(start, 12),
    }
    evaluating.answer_plan(by=team.owner, plan=plan, answers=answers, expected_version=plan.version)
    options = assessing.proposal(plan.draft)["options"]
    settled = assessing.settle(plan.draft, options[0] if options else None, 400)
    evaluating.answer_plan(by=team.owner, plan=plan, answers=settled, expected_version=plan.version)


def _start(team: Team, problem: Problem) -> None:
    plan = evaluating.begin_plan(by=team.owner, problem=problem)
    evaluating.start_response(by=team.owner, problem=problem, expected_version=plan.version)


@transaction.atomic
def _assessed(team: Team, done: Any, title: str, *, close: bool) -> None:
    """A response of the past, planned as it should have been, and what the records say of it."""
    ring = done.geometry["coordinates"][0]
    lon = sum(c[0] for c in ring) / len(ring)
    lat = sum(c[1] for c in ring) / len(ring)
    problem = _open(team, (lon, lat, done.geometry), done.crime_type, done.force, title)
    _scan(team, problem)
    _analyse(team, problem)
    _respond(team, problem)
    treated = {"areas": [], "geometry": done.geometry, "name": done.name}
    _plan(team, problem, treated, done.start_month, [LATE_PLAN])
    _start(team, problem)
    for task in problem.tasks.all():
        tasks.update_task(
            by=team.supervisor,
            task=task,
            status="done",
            evidence="Seen on site (made up).",
            expected_version=task.version,
        )
    problem = Problem.objects.get(pk=problem.pk)
    moving.move_on(by=team.owner, problem=problem, to="assessment", expected_version=problem.version)
    assessment, _ = evaluating.assess_now(by=team.owner, problem=problem)
    if not close:
        return
    moved = assessment.finding["answer"]["displacement"]["why"]
    working.record_result(
        by=team.owner,
        problem=problem,
        result="reduced" if assessment.verdict == "fewer" else "unchanged",
        displacement_answer=moved,
        learning="The site owner has to be in from the start (made up).",
        expected_version=problem.version,
    )
    moving.move_on(by=team.owner, problem=problem, to="closure_requested", expected_version=problem.version)
    moving.move_on(
        by=team.supervisor,
        problem=problem,
        to="closed",
        expected_version=problem.version,
        sustain_check_on=timezone.localdate() + timedelta(days=182),
    )
