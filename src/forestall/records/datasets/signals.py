"""What others may want to hear of: apps above this one listen, and are not known here."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent with `release` (its id) when another release is what readers get.
release_live = Signal()
