"""The fixed choices of a problem record: stable keys with the words shown for them."""

from __future__ import annotations

from enum import StrEnum


class _Choice(StrEnum):
    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()

    @classmethod
    def pairs(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]


class Tier(_Choice):
    """Who can solve it. Names differ by force. Usual review: 28 days for the first two (local setting,
    not verified)."""

    LOCAL = "local"
    DISTRICT = "district"
    FORCE = "force"
    NATIONAL = "regional_or_national"


REVIEW_DAYS = {Tier.LOCAL: 28, Tier.DISTRICT: 28, Tier.FORCE: 30, Tier.NATIONAL: 91}


class Marking(_Choice):
    OFFICIAL = "official"
    SENSITIVE = "official_sensitive"

    @property
    def label(self) -> str:
        return self.value.replace("_", "-").upper()


class Referral(_Choice):
    ANALYST_SCAN = "analyst_scan"
    COMMUNITY = "community"
    PARTNER = "partner"
    TASKING = "tasking"
    REPEAT_CALLS = "repeat_call_alert"
    CASE_REVIEW = "antisocial_behaviour_case_review"
    OFFICER = "officer"
    CHIEF_OFFICER = "chief_officer"


class Side(_Choice):
    """The sides of the triangle, each with who can control it."""

    VICTIM = "victim"
    OFFENDER = "offender"
    LOCATION = "location"

    @property
    def controller(self) -> str:
        return {"victim": "guardian", "offender": "handler", "location": "place manager"}[self.value]

    @property
    def controller_role(self) -> str:
        return {
            "victim": "protects the target: owner, friends, neighbours, police, security staff",
            "offender": "knows the offender and has influence: parent, partner, teacher, probation officer",
            "location": "controls behaviour at the place: landlord, licensee, shop manager, council",
        }[self.value]

    @property
    def question(self) -> str:
        return {
            "victim": "Who or what is harmed, and why them? Are some harmed again and again?",
            "offender": "Who does it, and what do they get from it? Who has influence on them?",
            "location": "Why here, and why then? Who owns or runs the place?",
        }[self.value]


class HypothesisStatus(_Choice):
    OPEN = "open"
    SUPPORTED = "supported"
    REJECTED = "rejected"


class ResponseStatus(_Choice):
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    STOPPED = "stopped"


class TaskStatus(_Choice):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"


OPEN_TASKS = frozenset({TaskStatus.OFFERED, TaskStatus.ACCEPTED})


class Result(_Choice):
    RESOLVED = "resolved"
    REDUCED = "reduced"
    MANAGED = "managed"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    NOT_A_PROBLEM = "not_a_problem"
    TOO_FEW = "too_few_to_tell"


class ReviewDecision(_Choice):
    CONTINUE = "continue"
    CHANGE = "change"
    ESCALATE = "escalate"
    DE_ESCALATE = "de_escalate"
    CLOSE = "close"

    @property
    def label(self) -> str:
        return {"de_escalate": "De-escalate"}.get(self.value, self.value.capitalize())


class Cheers(_Choice):
    """The test of a problem. Source: Clarke and Eck."""

    COMMUNITY = "community"
    HARM = "harm"
    EXPECTATION = "expectation"
    EVENTS = "events"
    RECURRING = "recurring"
    SIMILARITY = "similarity"

    @property
    def question(self) -> str:
        return {
            "community": "Do members of the public, businesses or agencies experience it?",
            "harm": "What harm is suffered: loss, injury, distress?",
            "expectation": "Do some of the public expect the police to act on the causes?",
            "events": "Are there separate events that make it up?",
            "recurring": "Does it come back, and will it go on?",
            "similarity": "What do the events share: place, people, time, target, behaviour?",
        }[self.value]
