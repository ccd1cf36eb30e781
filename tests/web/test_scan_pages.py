"""The scan page on the make-believe nation: list, map, filters, files, one click to a problem."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forestall.records.datasets import selectors as datasets
from forestall.records.problems.models import Computation, Problem

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def analyst(demo: dict[str, Any]) -> Client:
    client = Client()
    client.force_login(demo["analyst"])
    return client


def test_list_map_filters_files_and_one_click(analyst: Client, demo: dict[str, Any]) -> None:
    page = analyst.get("/scan/").content.decode()
    assert "Make-believe data: nothing here is real." in page
    links = re.findall(r'href="(/scan/[0-9a-f]{12}/\?force=mb-brinefold)"', page)
    assert links
    assert 'id="candidates-drawing"' in page
    assert "Changes of recording, not ranked" in page
    assert "Lenses that could not run" in page
    assert Computation.objects.filter(kind="scan").count() == 1

    only = analyst.get("/scan/?force=mb-brinefold&type=Robbery").content.decode()
    assert "Robbery" in only
    assert not re.search(r"\d+\. Burglary:", only)
    assert "No candidate passes" in analyst.get("/scan/?force=mb-brinefold&q=nowhereatall").content.decode()
    assert Computation.objects.filter(kind="scan").count() == 1  # the same scan answers all filters

    text = analyst.get("/scan/?force=mb-brinefold&as=csv").content.decode("utf-8-sig")
    assert "Filters: force = mb-brinefold" in text
    assert "make-believe = yes" in text
    assert "rank,lens,place" in text

    numbers = analyst.get("/scan/?force=mb-brinefold&csv=candidates")
    assert numbers["Content-Type"].startswith("text/csv")

    at = links[0].partition("?")[0]
    detail = analyst.get(links[0]).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', detail).group(1)
    for _ in range(2):  # sent twice
        answer = analyst.post(at + "open/", {"token": token, "force": "mb-brinefold"})
        assert answer.status_code == 302
    problem = Problem.objects.get()
    assert problem.owner == demo["analyst"]
    assert problem.state == "scanning"
    kept = problem.findings.get()
    assert kept.finding["release"] == datasets.live_release().id
    assert problem.events == kept.finding["answer"]["events"]
    assert problem.cheers["events"]["passed"] is True
    assert "community" not in problem.cheers  # only people can say
    assert f"{problem.reference}</a> covers this" in analyst.get("/scan/").content.decode()

    neighbour = Client()
    neighbour.force_login(demo["neighbour"])
    page = neighbour.get("/scan/?force=mb-brinefold").content.decode()
    assert problem.reference not in page
    assert "Another organisation is at work here" in page

    with CaptureQueriesContext(connection) as caught:
        analyst.get("/scan/?force=mb-brinefold")
    assert len(caught) < 20

    reader = Client()
    reader.force_login(demo["nation"])
    assert reader.post(at + "open/", {"force": "mb-brinefold"}).status_code == 403
    assert reader.get("/scan/?force=mb-brinefold&as=csv").status_code == 403


def test_the_finding_of_a_problem_can_be_computed_again(analyst: Client) -> None:
    """The same release gives the same bytes: the hash that the problem keeps comes out again."""
    from forestall.records.problems.selectors import scans
    from forestall.sara.findings import Finding

    page = analyst.get("/scan/?force=mb-brinefold").content.decode()
    key = re.search(r"/scan/([0-9a-f]{12})/", page).group(1)
    first = Finding.from_dict(scans.candidate(key, "mb-brinefold")["finding"]).hash
    Computation.objects.all().delete()
    assert Finding.from_dict(scans.candidate(key, "mb-brinefold")["finding"]).hash == first


@pytest.mark.parametrize(
    "query", ["?force=nowhere", "?rank_by=luck", "?page=0", "?lens=crystal-ball", "?type=%00"]
)
def test_odd_filters_answer(analyst: Client, query: str) -> None:
    assert analyst.get(f"/scan/{query}").status_code in (200, 400)


def test_without_records_the_page_says_what_to_do(signed_in: Client, data_folder: Any) -> None:
    answer = signed_in.get("/scan/")
    assert answer.status_code == 200
    assert "Import" in answer.content.decode()


def test_forces_by_name_ranks_and_ground_on_the_map_and_a_button_for_each(
    analyst: Client, demo: dict[str, Any]
) -> None:
    page = analyst.get("/scan/?force=mb-brinefold").content.decode()
    assert re.search(r'<option value="mb-brinefold" selected>Brinefold Constabulary', page)
    drawing = re.search(r'id="candidates-drawing">(.*?)</svg>', page, re.DOTALL).group(1)
    assert ">1</text>" in drawing
    assert "Grey lines:" in page
    assert len(page) < 150_000

    at, token = re.search(
        r'action="(/scan/[0-9a-f]{12}/open/)".*?name="token" value="([^"]+)"', page
    ).groups()
    answer = analyst.post(at, {"token": token, "force": "mb-brinefold"})
    assert answer.status_code == 302
    assert Problem.objects.get().owner == demo["analyst"]
    assert at not in analyst.get("/scan/?force=mb-brinefold").content.decode(), "covered now: no second one"

    reader = Client()
    reader.force_login(demo["nation"])
    assert "/open/" not in reader.get("/scan/?force=mb-brinefold").content.decode()
