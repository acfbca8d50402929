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
    """A first pipeline and reasons, so that an empty Penstock can be used at once; run after every migrate."""
    from pipeline.models import LossReason, Pipeline, WinReason
    from pipeline.processes import NEW_BUSINESS
    from pipeline.structure import create_pipeline

    if not Pipeline.objects.exists():
        create_pipeline(template=NEW_BUSINESS, by=None)
    if not LossReason.objects.exists() and not WinReason.objects.exists():
        names = ["Price", "Chose a competitor", "No decision", "Timing", "Missing function", "Could not be reached"]
        LossReason.objects.bulk_create(
            LossReason(name=name, position=position, asks_competitor=position == 1)
            for position, name in enumerate(names)
        )
        names = [
            "Fit to the process",
            "Price",
            "Repeat order",
            "Speed of delivery",
            "Integration",
            "Service and support",
        ]
        WinReason.objects.bulk_create(WinReason(name=name, position=position) for position, name in enumerate(names))
