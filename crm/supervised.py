"""The product's entries for servers that fork: what they fork ends with them, whoever is killed."""

import signal
from typing import TYPE_CHECKING

from celery.signals import beat_embedded_init

from crm.celery import app
from crm.embedded import die_with_parent

if TYPE_CHECKING:
    from django.core.handlers.asgi import ASGIHandler

__all__ = ["app", "web"]


def web() -> "ASGIHandler":
    die_with_parent(signal.SIGKILL)
    from crm.asgi import application

    return application


@beat_embedded_init.connect
def beat(**_: object) -> None:
    die_with_parent(signal.SIGKILL)
