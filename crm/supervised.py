"""The product's entries for one machine: web workers end with their server, and the worker keeps the schedule too."""

import signal
from typing import TYPE_CHECKING, Any

from celery.beat import EmbeddedService
from celery.bootsteps import StartStopStep

from crm.celery import app
from crm.embedded.processes import die_with_parent

if TYPE_CHECKING:
    from django.core.handlers.asgi import ASGIHandler

__all__ = ["app", "web"]


def web() -> "ASGIHandler":
    die_with_parent(signal.SIGKILL)
    from crm.asgi import application

    return application


class Beat(StartStopStep):  # type: ignore[misc]
    """Celery's own --beat forks, which costs 45 MB and is one process more that could be left behind."""

    requires = frozenset({"celery.worker.components:Pool"})

    def create(self, worker: Any) -> Any:
        return EmbeddedService(worker.app, thread=True, schedule_filename=worker.schedule_filename)


app.steps["worker"].add(Beat)
