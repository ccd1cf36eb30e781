"""Addresses of the pages of problems."""

from __future__ import annotations

from django.urls import include, path

from forestall.records.organisations.permissions import Permission
from forestall.web.navigation import Item
from forestall.web.problems import (
    analysis,
    assessment,
    briefing,
    opening,
    plan,
    problem,
    register,
    response,
    scanning,
    tasks,
)

navigation = [
    Item("Problems", "problems:register", 30, Permission.PROBLEM_VIEW),
    Item("My tasks", "problems:tasks", 10, Permission.PROBLEM_VIEW),
]

_pages = [
    path("", register.register, name="register"),
    path("new/", opening.new, name="new"),
    path("my-tasks/", tasks.tasks, name="tasks"),
    path("my-tasks/<int:pk>/", tasks.task, name="task"),
    path("<slug:reference>/", problem.problem, name="problem"),
    path("<slug:reference>/move/", problem.move, name="move"),
    path("<slug:reference>/ask/", problem.ask, name="ask"),
    path("<slug:reference>/people/", problem.people, name="people"),
    path("<slug:reference>/note/", problem.note, name="note"),
    path("<slug:reference>/review/", problem.review, name="review"),
    path("<slug:reference>/suspend/", problem.suspend, name="suspend"),
    path("<slug:reference>/resume/", problem.resume, name="resume"),
    path("<slug:reference>/partner/", problem.partner, name="partner"),
    path("<slug:reference>/scanning/", scanning.scanning, name="scanning"),
    path("<slug:reference>/scanning/about/", scanning.about, name="about"),
    path("<slug:reference>/scanning/cheers/", scanning.cheers, name="cheers"),
    path("<slug:reference>/scanning/aim/", scanning.aim, name="aim"),
    path("<slug:reference>/scanning/similar/", scanning.similar, name="similar"),
    path("<slug:reference>/analysis/", analysis.analysis, name="analysis"),
    path("<slug:reference>/analysis/triangle/<slug:side>/", analysis.side, name="side"),
    path("<slug:reference>/analysis/hypothesis/", analysis.add, name="hypothesis-add"),
    path("<slug:reference>/analysis/hypothesis/<int:pk>/", analysis.edit, name="hypothesis"),
    path("<slug:reference>/analysis/statement/", analysis.statement, name="statement"),
    path("<slug:reference>/response/", response.response, name="response"),
    path("<slug:reference>/response/interventions/", response.interventions, name="interventions"),
    path("<slug:reference>/response/choose/", response.choose, name="choose"),
    path("<slug:reference>/response/<int:pk>/", response.edit, name="response-edit"),
    path("<slug:reference>/response/cost/", response.cost, name="cost"),
    path("<slug:reference>/response/cost/<int:pk>/remove/", response.remove_cost, name="cost-remove"),
    path("<slug:reference>/plan/", plan.plan, name="plan"),
    path("<slug:reference>/plan/outcome/", plan.outcome, name="plan-outcome"),
    path("<slug:reference>/plan/area/", plan.area, name="plan-area"),
    path("<slug:reference>/plan/periods/", plan.periods, name="plan-periods"),
    path("<slug:reference>/plan/comparison/", plan.comparison, name="plan-comparison"),
    path("<slug:reference>/plan/start/", plan.start, name="plan-start"),
    path("<slug:reference>/plan/amend/", plan.amend, name="plan-amend"),
    path("<slug:reference>/plan/again/", plan.again, name="plan-again"),
    path("<slug:reference>/assessment/", assessment.assessment, name="assessment"),
    path("<slug:reference>/assessment/compute/", assessment.compute, name="compute"),
    path("<slug:reference>/assessment/result/", assessment.result, name="result"),
    path("<slug:reference>/task/", tasks.add, name="task-add"),
    path("<slug:reference>/briefing/", briefing.briefing, name="briefing"),
    path("<slug:reference>/briefing/pdf/", briefing.pdf, name="briefing-pdf"),
    path("<slug:reference>/briefing/word/", briefing.word, name="briefing-word"),
]
urlpatterns = [path("problems/", include((_pages, "problems")))]
