"""Problems listen for new releases, to have their scan ready."""

from __future__ import annotations

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    name = "forestall.records.problems"

    def ready(self) -> None:
        from forestall.records.datasets.signals import release_live
        from forestall.records.problems.warming import on_release

        release_live.connect(on_release, dispatch_uid="forestall.problems.warming")
