"""A real browser for journeys: Chromium, the pages, axe, photographs.

@pytest.mark.browser
def test_something(browser_page, pages):
    page = browser_page(width=375)          # signed out
    pages.sign_in(page, person)             # without the form
    page.goto(pages.url("/places/"))
    pages.check(page, "places")             # axe: no A or AA finding, no error in the console
    pages.photograph(page, "places-375")    # when FORESTALL_SHOTS names a folder
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


class Pages:
    """The running site, as a test sees it."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def url(self, path: str = "/") -> str:
        return f"{self.server.url}{path}"

    def sign_in(self, page: Any, person: Any) -> None:
        """Put a session of this person into the browser."""
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(person)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.server.url}]
        )

    def findings(self, page: Any) -> list[str]:
        """What axe finds at levels A and AA: rule, and the first place of each."""
        page.add_script_tag(url=self.url("/static/vendor/axe.min.js"))
        found = page.evaluate(
            "rules => axe.run(document, {runOnly: rules})"
            ".then(r => r.violations.map(v => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`))",
            RULES,
        )
        return list(found)

    def check(self, page: Any, name: str = "") -> None:
        """Nothing for axe, nothing in the console, and no sideways scrolling of the page itself."""
        assert self.findings(page) == [], name
        assert page.console_errors == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}: the page is {wide} px wider than the screen"

    def photograph(self, page: Any, name: str) -> None:
        """A picture of the whole page, where FORESTALL_SHOTS says."""
        folder = os.environ.get("FORESTALL_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def a_fault(message: Any) -> bool:
    """Whether the console complains of a fault. A form sent back with 422 or 409 is the page's answer, and
    the browser may or may not say so in the console."""
    answered = ("status of 422", "status of 409")
    return message.type == "error" and not any(words in message.text for words in answered)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all journeys."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: install the package named chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """browser_page(width=1280, scripts=True) -> a page with nothing in it; `console_errors` collects."""
    contexts = []

    def make(width: int = 1280, height: int = 900, scripts: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, locale="en-GB"
        )
        contexts.append(context)
        page = context.new_page()
        page.console_errors = []
        page.on("console", lambda m: page.console_errors.append(m.text) if a_fault(m) else None)
        page.on("pageerror", lambda e: page.console_errors.append(str(e)))
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def pages(live_server: Any) -> Pages:
    """The site, running on a port of its own against the test's database."""
    return Pages(live_server)
