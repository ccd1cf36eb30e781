"""The parts that pages are made of: every module and folder of `web`, with what each offers the others.

A module takes part by having any of these names; nothing else needs to be told:

    urlpatterns               its addresses
    navigation                list of `navigation.Item` for the bar at the top
    home_parts(request)       list of `HomePart` for the first page
    place_parts(request, place)  list of `HomePart` for the page of one place (a dict with code, name, kind)
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import forestall.web

#: Folders of `web` that hold no pages.
NOT_PAGES = {"templatetags", "templates", "static", "styles", "modules"}


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of `web` that could hold pages, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(forestall.web.__path__) if m.name not in NOT_PAGES)
    return tuple(importlib.import_module(f"forestall.web.{name}") for name in names)


def offered(name: str) -> Iterator[Any]:
    """What each module offers under this name."""
    for module in modules():
        if hasattr(module, name):
            yield getattr(module, name)


@dataclass(frozen=True)
class HomePart:
    """A part of the first page or of a place's page that another module fills in."""

    title: str
    template: str
    context: dict[str, Any]
    order: int = 100


def parts(name: str, *arguments: Any) -> list[HomePart]:
    """The parts that modules offer for a page, in their order."""
    found = [part for offer in offered(name) for part in offer(*arguments)]
    return sorted(found, key=lambda part: part.order)
