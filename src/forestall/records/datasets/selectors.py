"""Which release of the records is live, what imports there were, and the releases that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q, QuerySet

from forestall.errors import ForestallError
from forestall.evidence import catalogue, reports, weights
from forestall.evidence.catalogue import Release
from forestall.evidence.weights import HarmWeights
from forestall.records.datasets.models import ImportJob
from forestall.records.organisations import selectors as organisations
from forestall.records.organisations.models import User
from forestall.records.organisations.permissions import Permission

if TYPE_CHECKING:
    from forestall.sara.places import PlacePicture


def store() -> Path:
    """The folder of the event store."""
    return Path(settings.FORESTALL_STORE)


def has_live() -> bool:
    return catalogue.has_live(store())


def live_release() -> Release:
    """The release that readers get now. Take it once for a whole answer. ForestallError when there is none."""
    return catalogue.live(store())


def live_or_none() -> Release | None:
    try:
        return catalogue.live(store())
    except ForestallError:
        return None


def live_is_make_believe() -> bool:
    """Whether what is live was generated: every page then says so."""
    release = live_or_none()
    return bool(release and release.make_believe)


def releases() -> list[Release]:
    """Every release kept, newest first."""
    return catalogue.releases(store())


def release(release_id: str) -> Release:
    """The release with this id. ForestallError when there is none."""
    return catalogue.release(store(), release_id)


def place_list() -> list[dict[str, str]]:
    """Places from nation to beat of the live release: code, name, kind, parent."""
    from forestall.sara import places

    return places.place_list(live_release())


def force_names() -> dict[str, str]:
    """Code -> name of every force that the live release has a place for; empty where nothing is live."""
    if not has_live():
        return {}
    return {p["code"].removeprefix("f:"): p["name"] for p in place_list() if p["kind"] == "force"}


def place_picture(code: str) -> PlacePicture:
    """Counts, harm, trend and map of one place at the live release."""
    from forestall.sara import places

    return places.place_picture(live_release(), code)


def compare(older: str, newer: str) -> dict[str, Any]:
    """How two releases differ: events by month and by type, files, months."""
    from forestall.sara import places

    first, second = release(older), release(newer)
    before, after = places.totals(first), places.totals(second)
    return {
        "older": first,
        "newer": second,
        "same": first.hash == second.hash,
        "by_month": _both(before["by_month"], after["by_month"]),
        "by_type": _both(before["by_type"], after["by_type"]),
    }


def _both(before: dict[str, int], after: dict[str, int]) -> list[dict[str, Any]]:
    names = sorted(set(before) | set(after))
    return [
        {
            "name": name,
            "before": before.get(name),
            "after": after.get(name),
            "change": after.get(name, 0) - before.get(name, 0),
        }
        for name in names
    ]


def imports(person: User) -> QuerySet[ImportJob]:
    """Imports of organisations where the person may bring records in, and their own; newest first."""
    allowed = organisations.scope(person, Permission.EVIDENCE_IMPORT)
    return ImportJob.objects.filter(allowed | Q(by=person)).select_related("by", "organisation")


def import_job(person: User, key: str) -> ImportJob | None:
    return imports(person).filter(key=key).first()


def rejects_files(release_id: str) -> list[Path]:
    """The refused rows of a release's import, as files that can be mended and imported again."""
    return sorted(release(release_id).folder.glob("rejects*.csv"))


def quality(release_id: str) -> dict[str, Any]:
    """The quality report that was written with the release."""
    return release(release_id).quality


def safe_cell(text: str) -> str:
    """Text that a spreadsheet will not run as a formula."""
    return reports.safe_cell(text)


def values_in_use() -> tuple[HarmWeights, HarmWeights]:
    """Harm weights and unit costs in use, with their editions: (harm, cost)."""
    return weights.harm_weights(), weights.unit_costs()
