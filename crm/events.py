"""Write down what happened, and after commit wake whoever listens."""

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from crm.bulk import append
from crm.models import Event, User
from crm.request import current_origin
from crm.rows import prepared

CHANNEL = "penstock"


def event(
    kind: str, instance: models.Model, *, by: User | None, data: dict[str, Any] | None = None, **reach: Any
) -> Event:
    """An unsaved event about `instance`. Its owner and team, if it has them, decide who may know of it."""
    owner, team = getattr(instance, "owner_id", None), getattr(instance, "team_id", None)
    return Event(
        kind=kind,
        noun=kind.partition(".")[0],
        object_id=instance.pk,
        actor=by,
        origin=current_origin(),
        data=data or {},
        owner_ids=reach.pop("owner_ids", [owner] if owner else []),
        team_ids=reach.pop("team_ids", [team] if team else []),
        **reach,
    )


def record(events: Iterable[Event]) -> None:
    """Append events in the caller's transaction and announce them once it has committed."""
    if written := list(events):
        append(Event, written)
        announce(f"event {written[-1].kind}")


def announce(message: str) -> None:
    """Tell every listening process, after commit: NOTIFY inside a busy transaction takes a global lock."""
    transaction.on_commit(lambda: _notify(message))


def _notify(message: str) -> None:
    """Without waiting for the disk: what a crash takes away, it takes from whoever listens too."""
    with prepared() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)", [CHANNEL, message])
