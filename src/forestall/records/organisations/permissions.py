"""What people may do, and the roles that let them: stable keys, each with a sentence for a manager.

Nobody may do anything that no role of theirs names. A role counts for the organisation where it is held
and for all below it.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    EVIDENCE_VIEW = "evidence.view"
    EVIDENCE_IMPORT = "evidence.import"
    RELEASE_MANAGE = "release.manage"
    PROBLEM_VIEW = "problem.view"
    PROBLEM_OPEN = "problem.open"
    PROBLEM_EDIT = "problem.edit"
    PROBLEM_REVIEW = "problem.review"
    TASK_EDIT = "task.edit"
    KNOWLEDGE_VIEW = "knowledge.view"
    KNOWLEDGE_EDIT = "knowledge.edit"
    EXPORT = "export"
    ORGANISATION_MANAGE = "organisation.manage"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_VIEW = "audit.view"


P = Permission

SENTENCES: dict[Permission, str] = {
    P.EVIDENCE_VIEW: "See scans, places and figures made from recorded incidents.",
    P.EVIDENCE_IMPORT: "Upload records and read the report on their quality.",
    P.RELEASE_MANAGE: "Choose which release of the records everybody sees, and remove old ones.",
    P.PROBLEM_VIEW: "Read problems, their analysis, plans and results.",
    P.PROBLEM_OPEN: "Open a problem.",
    P.PROBLEM_EDIT: "Work on a problem: analysis, response, evaluation plan, tasks.",
    P.PROBLEM_REVIEW: "Agree that a problem moves on or closes, and hand it to another owner.",
    P.TASK_EDIT: "Add tasks, and say what was done.",
    P.KNOWLEDGE_VIEW: "Read interventions, evidence and guidance.",
    P.KNOWLEDGE_EDIT: "Write and review interventions, evidence and guidance.",
    P.EXPORT: "Take records out as files.",
    P.ORGANISATION_MANAGE: "Add organisations and say which belongs to which.",
    P.PEOPLE_MANAGE: "Add people, and give and end their roles.",
    P.AUDIT_VIEW: "See who did and looked at what.",
}


class Role(StrEnum):
    READER = "reader"
    OFFICER = "officer"
    SERGEANT = "sergeant"
    ANALYST = "analyst"
    COMMANDER = "commander"
    PARTNER = "partner"
    DATA_STEWARD = "data-steward"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


#: Role -> what it is called, and a sentence on what it is for.
ROLE_SENTENCES: dict[Role, tuple[str, str]] = {
    Role.READER: ("Reader", "Follows problems and figures without changing anything."),
    Role.OFFICER: ("Officer", "Opens problems and works on them with partners."),
    Role.SERGEANT: ("Sergeant", "Runs a team's problems, and agrees when they move on or close."),
    Role.ANALYST: ("Analyst", "Brings in records, scans and analyses them, and plans evaluations."),
    Role.COMMANDER: ("Commander", "Answers for an area: sees all of it, agrees and hands over problems."),
    Role.PARTNER: ("Partner", "Belongs to a council, housing body or charity and works on shared problems."),
    Role.DATA_STEWARD: ("Data steward", "Looks after records: imports, quality, releases."),
    Role.ADMINISTRATOR: ("Administrator", "Looks after organisations, people and roles; sees no problems."),
    Role.AUDITOR: ("Auditor", "Sees who did what, and checks that the log is whole."),
}

_READS = frozenset({P.EVIDENCE_VIEW, P.PROBLEM_VIEW, P.KNOWLEDGE_VIEW})
_WORKS = _READS | {P.PROBLEM_OPEN, P.PROBLEM_EDIT, P.TASK_EDIT, P.EXPORT}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.READER: _READS,
    Role.OFFICER: _WORKS,
    Role.SERGEANT: _WORKS | {P.PROBLEM_REVIEW},
    Role.ANALYST: _WORKS | {P.EVIDENCE_IMPORT, P.RELEASE_MANAGE, P.KNOWLEDGE_EDIT},
    Role.COMMANDER: _WORKS | {P.PROBLEM_REVIEW, P.AUDIT_VIEW},
    Role.PARTNER: frozenset({P.PROBLEM_VIEW, P.PROBLEM_EDIT, P.PROBLEM_OPEN, P.TASK_EDIT, P.KNOWLEDGE_VIEW}),
    Role.DATA_STEWARD: frozenset({P.EVIDENCE_VIEW, P.EVIDENCE_IMPORT, P.RELEASE_MANAGE, P.EXPORT}),
    Role.ADMINISTRATOR: frozenset({P.ORGANISATION_MANAGE, P.PEOPLE_MANAGE}),
    Role.AUDITOR: frozenset({P.AUDIT_VIEW}),
}


def permissions_of(role: str) -> frozenset[Permission]:
    """What a role lets its holder do. An unknown key (a role since removed) lets them do nothing."""
    return GRANTS[Role(role)] if role in list(Role) else frozenset()


def role_name(role: str) -> str:
    return ROLE_SENTENCES[Role(role)][0] if role in list(Role) else role
