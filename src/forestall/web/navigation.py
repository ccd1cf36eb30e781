"""The bar at the top of every page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Item:
    """One entry. `permission`: shown only to people who hold it somewhere; none means everyone signed in."""

    text: str
    url_name: str
    order: int
    permission: str | None = None


def shown(
    items: Iterable[Item], request: HttpRequest, holds: Callable[[str], bool]
) -> list[dict[str, object]]:
    """The entries for this reader, as the service navigation macro takes them."""
    out = []
    for item in sorted(items, key=lambda i: i.order):
        if item.permission is not None and not holds(item.permission):
            continue
        href = reverse(item.url_name)
        here = request.path == href or (href != "/" and request.path.startswith(href))
        out.append({"text": item.text, "href": href, "active": here, "current": request.path == href})
    return out
