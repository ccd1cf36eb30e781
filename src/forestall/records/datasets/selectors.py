"""Which release of the records is live, what imports there were, and the releases that are kept."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from forestall.errors import ForestallError
from forestall.evidence import catalogue
from forestall.evidence.catalogue import Release


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
