"""The pages of this area in a real browser: axe finds nothing, phones do not scroll sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PATHS = {
    "home": "/",
    "account": "/account/",
    "password": "/account/password/",
    "imports": "/imports/",
    "releases": "/releases/",
    "nation": "/places/nation:mb/",
    "district": "/places/d:mb-fernmere/",
    "not-found": "/nothing-here/",
}
ADMIN_PATHS = {"organisations": "/organisations/", "organisation": "/organisations/d-mb-fernmere/"}


@pytest.mark.parametrize("width", [1280, 375])
def test_pages_are_clean(browser_page: Any, pages: Any, demo: dict[str, Any], width: int) -> None:
    page = browser_page(width=width)
    page.goto(pages.url("/sign-in/"))
    pages.check(page, "sign-in")
    pages.photograph(page, f"sign-in-{width}")
    page.fill("#id_username", demo["analyst"].email)
    page.fill("#id_password", "make-believe")
    page.click("main button[type=submit]")
    for name, path in PATHS.items():
        page.goto(pages.url(path))
        if name == "not-found":
            page.console_errors.clear()  # the 404 itself
        page.wait_for_load_state("networkidle")
        pages.photograph(page, f"{name}-{width}")
        pages.check(page, name)


@pytest.mark.parametrize("width", [1280, 375])
def test_pages_of_who_runs_it_are_clean(
    browser_page: Any, pages: Any, demo: dict[str, Any], width: int
) -> None:
    page = browser_page(width=width)
    pages.sign_in(page, demo["administrator"])
    for name, path in ADMIN_PATHS.items():
        page.goto(pages.url(path))
        pages.photograph(page, f"{name}-{width}")
        pages.check(page, name)
    page.click("main button.govuk-button[type=submit]")  # nothing entered
    pages.photograph(page, f"organisation-errors-{width}")
    page.console_errors.clear()  # the 422 itself
    pages.check(page, "organisation with errors")
    page.context.clear_cookies()
    pages.sign_in(page, demo["auditor"])
    page.goto(pages.url("/log/"))
    pages.photograph(page, f"log-{width}")
    pages.check(page, "log")


HEAD = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
ROW = ",{month},Leicestershire Police,Leicestershire Police,-1.13,52.63,High Street,E01013649,Leicester 012A,Drugs,,"


@pytest.mark.parametrize("width", [1280, 375])
def test_from_upload_to_mended_rows(
    browser_page: Any, pages: Any, organisations: Any, person: Any, data_folder: Path, width: int
) -> None:
    page = browser_page(width=width)
    pages.sign_in(page, person)
    for month in ("2024-01", "2024-02"):
        file = data_folder / f"{month}-leicestershire-street.csv"
        file.write_text("\n".join([HEAD, ROW.format(month=month), ROW.format(month="2024-13"), ""]))
        page.goto(pages.url("/imports/"))
        page.set_input_files("#id_files", file)
        page.click("main button[type=submit]")
        page.get_by_role("heading", name="Quality report").wait_for()
    pages.photograph(page, f"import-{width}")
    pages.check(page, "import")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected rows").click()
    assert "2024-13" in Path(download.value.path()).read_text(encoding="utf-8")
    page.goto(pages.url("/releases/"))
    page.locator("input[name=older]").last.check()
    page.locator("input[name=newer]").first.check()
    page.click("main button[type=submit]")
    pages.photograph(page, f"compare-{width}")
    pages.check(page, "compare")
    page.goto(pages.url("/releases/"))
    page.locator("main table a").last.click()
    pages.photograph(page, f"release-{width}")
    pages.check(page, "release")
    page.get_by_role("link", name="Remove this release").click()
    pages.check(page, "remove")
    page.get_by_role("button", name="Remove for good").click()
    pages.photograph(page, f"removed-{width}")
    pages.check(page, "removed")
    page.goto(pages.url("/imports/"))
    page.click("main button[type=submit]")
    page.console_errors.clear()  # the 422 itself
    pages.photograph(page, f"import-errors-{width}")
    pages.check(page, "imports with errors")


def test_pages_work_without_scripts(browser_page: Any, pages: Any, demo: dict[str, Any]) -> None:
    page = browser_page(width=375, scripts=False)
    pages.sign_in(page, demo["analyst"])
    page.goto(pages.url("/places/d:mb-fernmere/"))
    assert page.locator(".app-map-drawing svg").is_visible()
    assert not page.locator(".app-map").is_visible()
    pages.photograph(page, "district-no-scripts-375")


def test_map_takes_the_drawings_place(browser_page: Any, pages: Any, demo: dict[str, Any]) -> None:
    page = browser_page()
    pages.sign_in(page, demo["analyst"])
    page.goto(pages.url("/places/d:mb-fernmere/"))
    page.locator(".app-map canvas").wait_for()
    assert not page.locator(".app-map-drawing svg").is_visible()
