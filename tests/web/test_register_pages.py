"""The register: filters in the address, files that run nothing, queries that do not grow."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forestall.records.problems.actions import opening, tasks
from forestall.records.problems.models import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def open_one(person: Any, organisations: dict[str, Any]) -> Callable[..., Problem]:
    def make(title: str = "Burglary in Mill Road", **values: Any) -> Problem:
        given = {"force": "aldshire", "place": {"name": "Mill Road"}, "crime_types": ["Burglary"], **values}
        return opening.open_problem(by=person, lead_organisation=organisations["force"], title=title, **given)

    return make


def test_filters_live_in_the_address(signed_in: Client, open_one: Callable[..., Problem]) -> None:
    open_one("Burglary in Mill Road")
    open_one("Robbery at the park", crime_types=["Robbery"])
    page = signed_in.get("/problems/?theme=Robbery").content.decode()
    assert "Robbery at the park" in page
    assert "Burglary in Mill Road" not in page
    assert "1</strong> problem" in page
    page = signed_in.get("/problems/?q=mill+burglary").content.decode()
    assert "Burglary in Mill Road" in page
    assert "Robbery at the park" not in page


@pytest.mark.parametrize(
    "query",
    ["?page=999999999", "?page=abc", "?order=owner__password", "?state=nonsense&tier=x&owner=root",
     "?q=%27%22%3C%25_*", "?q=" + "a+" * 500, "?standing=%00"],
)  # fmt: skip
def test_odd_addresses_answer(signed_in: Client, open_one: Callable[..., Problem], query: str) -> None:
    open_one()
    assert signed_in.get(f"/problems/{query}").status_code in (200, 400)


def test_text_of_users_is_shown_as_text(signed_in: Client, open_one: Callable[..., Problem]) -> None:
    problem = open_one("<script>alert(1)</script> {{7*7}}")
    for address in ("/problems/", f"/problems/{problem.reference}/"):
        page = signed_in.get(address).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{7*7}}" in page


def test_files_say_filters_and_date_and_run_no_formula(
    signed_in: Client, open_one: Callable[..., Problem]
) -> None:
    open_one('=cmd|" /C calc"!A0', harm=12.5, events=40)
    text = signed_in.get("/problems/?as=csv&theme=Burglary").content.decode("utf-8-sig")
    assert "Filters: theme = Burglary" in text
    assert "Taken out" in text
    assert "Alex Analyst" in text
    assert "'=cmd" in text
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(signed_in.get("/problems/?as=xlsx").content))
    cells = [c for row in book.active.iter_rows() for c in row]
    assert not any(c.data_type == "f" for c in cells)
    assert 40 in [c.value for c in cells]


def test_files_need_a_role(add_person: Any, client_for: Any, open_one: Callable[..., Problem]) -> None:
    open_one()
    assert client_for(add_person("reader", "force")).get("/problems/?as=csv").status_code == 403


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_queries_do_not_grow_with_rows(
    signed_in: Client, person: Any, organisations: dict[str, Any], open_one: Callable[..., Problem]
) -> None:
    from django.utils import timezone

    def add(problem: Problem) -> None:
        tasks.add_task(
            by=person,
            problem=problem,
            title="Do it",
            organisation=organisations["force"],
            due_on=timezone.localdate(),
            owner=person,
        )

    first = open_one()
    add(first)
    pages = ("/problems/", f"/problems/{first.reference}/", "/problems/my-tasks/", "/")
    few = [_queries(signed_in, p) for p in pages]
    for n in range(20):
        add(open_one(f"Problem {n}"))
        add(first)
    assert [_queries(signed_in, p) for p in pages] == few


def test_nobody_sees_the_register_without_a_role(add_person: Any, client_for: Any) -> None:
    assert client_for(add_person("administrator", "force")).get("/problems/").status_code == 403
