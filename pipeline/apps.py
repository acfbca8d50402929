from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PipelineConfig(AppConfig):
    name = "pipeline"

    def ready(self) -> None:
        from pipeline import past, receivers, structure  # noqa: F401  # known wherever Django runs: its past, its jobs

        receivers.connect()
        post_migrate.connect(lay_the_ground, sender=self)


def lay_the_ground(**kwargs: Any) -> None:
    """Run after every migrate."""
    from pipeline import groundwork

    groundwork.lay_the_ground()
