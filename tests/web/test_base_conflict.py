"""Two people save the same thing: nobody's words are lost, and the page says who changed what."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from forestall.records.audit import actions
from forestall.records.organisations.models import Organisation

pytestmark = pytest.mark.django_db


def rename(request: HttpRequest) -> HttpResponse:
    """A page that saves a name, as any page of records does."""
    actions.change(
        by=request.user,
        action="organisation.renamed",
        target=Organisation.objects.get(key="force"),
        values={"name": request.POST["name"]},
        expected_version=int(request.POST["expected_version"]),
        organisation="force",
    )
    return HttpResponse("saved")


@pytest.fixture
def with_page() -> Any:
    from forestall.config import urls

    class Both:
        urlpatterns = [*urls.urlpatterns, path("rename/", rename)]

    with override_settings(ROOT_URLCONF=Both):
        yield


def test_the_second_writer_is_told_and_keeps_their_words(
    signed_in: Client, add_person: Any, client_for: Any, with_page: None
) -> None:
    other = client_for(add_person("officer", "force", "Olga Other"))
    assert other.post("/rename/", {"name": "Theirs", "expected_version": "1"}).content == b"saved"
    answer = signed_in.post(
        "/rename/", {"name": "Mine <b>& precious</b>", "expected_version": "1", "password": "hush"}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Olga Other" in page
    assert "name" in page
    assert "Mine &lt;b&gt;&amp; precious&lt;/b&gt;" in page
    assert "hush" not in page
    assert Organisation.objects.get(key="force").name == "Theirs"
    assert signed_in.post("/rename/", {"name": "Mine", "expected_version": "2"}).content == b"saved"
