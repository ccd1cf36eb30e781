"""What a problem record keeps."""

from forestall.records.problems.models.analysis import Hypothesis, TriangleSide
from forestall.records.problems.models.evaluation import Amendment, Assessment, EvaluationPlan
from forestall.records.problems.models.problem import Participant, Problem, ProblemFinding, ReferenceCounter
from forestall.records.problems.models.response import CostLine, Response, Task
from forestall.records.problems.models.working import Computation, Note, Review, Submission

__all__ = [
    "Amendment",
    "Assessment",
    "Computation",
    "CostLine",
    "EvaluationPlan",
    "Hypothesis",
    "Note",
    "Participant",
    "Problem",
    "ProblemFinding",
    "ReferenceCounter",
    "Response",
    "Review",
    "Submission",
    "Task",
    "TriangleSide",
]
