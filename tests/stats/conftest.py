"""Examples of properties may take long on a busy machine: no test passes or fails by the clock."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")
