"""Every clause of the National Policing Crime Prevention Strategy, and what in Forestall serves it.

Labels are ours; the strategy's own text is with the National Police Chiefs' Council. `serves` names what a
person can use today: a page ("page:scan"), a command ("command:scan") or a module ("module:sara.scanning").
A test checks that each named thing exists, and keeps the list of clauses that nothing serves yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """The headings of the strategy."""

    OUTCOME = "Outcomes"
    CORE = "Core deliverables"
    ENABLING = "Enabling factors"
    RESOURCES = "Resources"
    VALUE = "Value for money"


@dataclass(frozen=True)
class Clause:
    """One line of the strategy."""

    id: str
    part: Part
    label: str
    serves: tuple[str, ...] = ()

    @property
    def served(self) -> bool:
        return bool(self.serves)


_O, _C, _E, _R, _V = Part.OUTCOME, Part.CORE, Part.ENABLING, Part.RESOURCES, Part.VALUE

CLAUSES: tuple[Clause, ...] = (
    Clause(
        "O1",
        _O,
        "Less harm and demand, measured, through problem solving",
        ("module:sara.assessment", "page:problems:assessment"),
    ),
    Clause("O2", _O, "Fewer people become victims"),
    Clause("O3", _O, "Fewer offences: causes and opportunities tackled"),
    Clause("O4", _O, "Prevention becomes the core of policing"),
    Clause(
        "CD1.1",
        _C,
        "Structured problem solving with partners",
        ("page:problems:problem", "page:problems:register"),
    ),
    Clause(
        "CD1.2",
        _C,
        "Problems are understood",
        ("command:scan", "page:scan:scan", "page:problems:analysis"),
    ),
    Clause(
        "CD1.3",
        _C,
        "Each problem is owned",
        ("page:problems:register", "module:records.problems.rules"),
    ),
    Clause(
        "CD1.4",
        _C,
        "The right, cost-effective intervention, early",
        ("page:problems:response", "module:sara.response"),
    ),
    Clause(
        "CD1.5",
        _C,
        "Interventions and outcomes are evaluated",
        ("page:problems:assessment", "command:displacement"),
    ),
    Clause("CD2.1", _C, "People are kept from becoming victims"),
    Clause("CD2.2", _C, "Situational prevention on the triangle"),
    Clause("CD3.1", _C, "Early help for people at high risk, with partners"),
    Clause("CD4.1", _C, "Work with the person, not only the crime"),
    Clause("CD4.2", _C, "The most suitable intervention for that person"),
    Clause("CD4.3", _C, "Analysis of high-risk offenders at every level"),
    Clause("EF1.1", _E, "National leads share practice and evidence"),
    Clause("EF1.2", _E, "Plans and performance put prevention first"),
    Clause("EF1.3", _E, "New ideas are encouraged and tried"),
    Clause("EF2.1", _E, "Standards and guidance rest on evidence"),
    Clause("EF2.2", _E, "One repository of products"),
    Clause("EF2.3", _E, "Training and continuing development"),
    Clause("EF2.4", _E, "Prevention advice for the public and partners"),
    Clause(
        "EF2.5",
        _E,
        "Technology that helps problem solving",
        ("command:import", "command:serve", "page:imports"),
    ),
    Clause("EF3.1", _E, "Work with central government on drivers of crime"),
    Clause("EF3.2.1", _E, "Partners are involved nationally"),
    Clause("EF3.2.2", _E, "Partners are involved regionally"),
    Clause("EF3.2.3", _E, "Partners are involved locally"),
    Clause("EF3.3", _E, "Joint work on themes that drive demand"),
    Clause("EF3.4", _E, "Prevention is everyone's responsibility"),
    Clause("R1.1", _R, "A national group drives prevention"),
    Clause("R1.2", _R, "Partners own and lead at every level"),
    Clause("R1.3", _R, "Regional and local structures drive activity"),
    Clause("R1.4", _R, "Regional forums and force points of contact"),
    Clause("R1.5", _R, "Forces assess their own practice"),
    Clause("R1.6", _R, "Part of the National Intelligence Model at all levels"),
    Clause("R2.1", _R, "Public-contact staff give advice and are trained"),
    Clause("R2.2", _R, "Specialist prevention staff and operating model"),
    Clause("VFM1.1", _V, "Budgets and deployments laid against the strategy"),
    Clause("VFM1.2", _V, "Tasking links local and global"),
    Clause("VFM2.1", _V, "National standards"),
    Clause("VFM2.2", _V, "A national matrix of compliance and progress"),
    Clause("VFM2.3", _V, "Quality assurance by inspection"),
    Clause("VFM2.4", _V, "Police processes value problem solving"),
)


def clause(clause_id: str) -> Clause:
    """The clause with this id."""
    for candidate in CLAUSES:
        if candidate.id == clause_id:
            return candidate
    raise KeyError(clause_id)
