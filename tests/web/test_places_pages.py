"""The pages of places."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_places_begin_at_ones_own(client: Any, demo: dict[str, Any]) -> None:
    client.force_login(demo["sergeant"])
    answer = client.get("/places/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/places/d:mb-")


@pytest.mark.slow
def test_from_nation_to_beat_in_links(client: Any, demo: dict[str, Any]) -> None:
    client.force_login(demo["nation"])
    at = "/places/nation:mb/"
    for kind in ("r:", "f:", "d:", "n:"):
        page = client.get(at).content.decode()
        at = next(part for part in page.split('"') if part.startswith(f"/places/{kind}mb-"))
    last = client.get(at).content.decode()
    assert "Beat" in last
    assert "Make-believe data: nothing here is real." in last


def test_chart_table_and_csv_hold_the_same_numbers(client: Any, demo: dict[str, Any]) -> None:
    client.force_login(demo["analyst"])
    file = client.get("/places/f:mb-brinefold/?csv=months")
    assert file["Content-Type"].startswith("text/csv")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("# title: Events by month")
    first = next(line for line in lines if line.startswith("January 2023"))
    count = int(first.split(",")[1])
    page = client.get("/places/f:mb-brinefold/").content.decode()
    assert f">{count:,}<" in page


def test_a_missing_month_is_missing_not_zero(client: Any, demo: dict[str, Any], make_believe: Any) -> None:
    from forestall.records.datasets import selectors

    release = selectors.live_release()
    assert release.months_missing
    force = next(iter(release.manifest["months_missing_by_force"]))
    months = dict(selectors.place_picture(f"f:{force}").by_month)
    gap = release.manifest["months_missing_by_force"][force][0]
    assert months[gap] is None
    client.force_login(demo["analyst"])
    page = client.get(f"/places/f:{force}/").content.decode()
    assert "Missing, not zero: February 2024" in page


def test_unknown_place_says_so(client: Any, demo: dict[str, Any]) -> None:
    client.force_login(demo["analyst"])
    answer = client.get("/places/n:nowhere/")
    assert answer.status_code == 404
    assert "no place" in answer.content.decode()


def test_who_has_no_permission_sees_nothing(client: Any, demo: dict[str, Any]) -> None:
    client.force_login(demo["administrator"])
    assert client.get("/places/nation:mb/").status_code == 403


def test_no_records_yet_is_a_page(signed_in: Any, data_folder: Any) -> None:
    assert "no records" in signed_in.get("/places/").content.decode()
