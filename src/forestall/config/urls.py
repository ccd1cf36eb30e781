"""Every address. Each module or folder of `web` that has `urlpatterns` adds its own: nothing to edit here."""

from __future__ import annotations

from forestall.web.modules import modules

urlpatterns = [pattern for module in modules() for pattern in getattr(module, "urlpatterns", [])]

handler400 = "forestall.web.errors.bad_request"
handler403 = "forestall.web.errors.forbidden"
handler404 = "forestall.web.errors.not_found"
handler500 = "forestall.web.errors.server_error"
