"""Pages of problems at each stage in a real browser: axe finds nothing, phones do not scroll sideways."""

from __future__ import annotations

from typing import Any

import pytest

from forestall.records.demo import problems
from forestall.records.problems.models import EvaluationPlan, Problem

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_problems_at_each_stage(browser_page: Any, pages: Any, demo: dict[str, Any]) -> None:
    problems.build()
    refs = dict(Problem.objects.values_list("title", "reference"))
    done, early = refs["Cars broken into at the station"], refs["Robbery in the underpass"]
    draft, thinking = refs["Burglary in the terraces"], refs["Fights on the promenade"]
    first = refs["Calls from one address"]
    paths = {
        "scan": "/scan/",
        "register": "/problems/?standing=all",
        "my-tasks": "/problems/my-tasks/",
        "new": "/problems/new/",
        "what-works": "/what-works/",
        "problem": f"/problems/{first}/",
        "cheers": f"/problems/{first}/scanning/cheers/",
        "problem-scanning": f"/problems/{first}/scanning/",
        "problem-analysis": f"/problems/{thinking}/analysis/",
        "problem-response": f"/problems/{draft}/response/",
        "interventions": f"/problems/{draft}/response/interventions/",
        "plan-area": f"/problems/{draft}/plan/area/",
        "plan-frozen": f"/problems/{early}/plan/",
        "assessment": f"/problems/{done}/assessment/",
        "briefing": f"/problems/{done}/briefing/",
    }
    for width in (1280, 375):
        page = browser_page(width=width)
        pages.sign_in(page, demo["analyst"])
        for name, path in paths.items():
            page.goto(pages.url(path))
            page.wait_for_load_state("networkidle")
            pages.photograph(page, f"{name}-{width}")
            pages.check(page, f"{name} at {width}")

    # Keyboard alone: from the top of the problem to what is missing.
    page = browser_page()
    pages.sign_in(page, demo["analyst"])
    page.goto(pages.url(f"/problems/{first}/"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip link
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Scanning":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/scanning/")

    # An area drawn by its corners reaches the plan.
    page.goto(pages.url(f"/problems/{draft}/plan/area/"))
    box = page.locator(".app-map")
    box.locator("canvas").wait_for()
    for x, y in ((120, 80), (300, 90), (280, 250)):
        box.click(position={"x": x, "y": y})
    assert "3 corners: an area." in page.locator("[data-draw-said]").inner_text()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/plan/periods/")
    plan = EvaluationPlan.objects.get(problem__reference=draft)
    assert len(plan.draft["treated"]["geometry"]["coordinates"][0]) == 4

    # Without scripts an area is picked from the list.
    page = browser_page(width=375, scripts=False)
    pages.sign_in(page, demo["analyst"])
    page.goto(pages.url(f"/problems/{draft}/plan/area/"))
    assert not page.locator("[data-draw]").is_visible()
    page.check('input[name="how"][value="pick"]')
    page.locator('input[name="picked"]').first.check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: "/plan/area/" not in url)
    assert EvaluationPlan.objects.get(problem__reference=draft).draft["treated"]["areas"]
