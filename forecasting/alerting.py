"""The verbs of alerts: raised when something begins to hold, settled when it no longer does, read by their person."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from crm.models import User
from forecasting.models import Alert, AlertKind, AlertSetting
from forecasting.watching import Key, watch

RAISING = 0x616C6572  # advisory lock: one round at a time
UNREAD = """
UPDATE crm_user u SET unread_alerts = n.count FROM (
    SELECT u.id, count(a.id) FROM crm_user u LEFT JOIN forecasting_alert a
        ON a.user_id = u.id AND a.is_shown AND a.read_at IS NULL AND a.settled_at IS NULL
    WHERE %(people)s::bigint[] IS NULL OR u.id = ANY(%(people)s) GROUP BY u.id
) AS n WHERE n.id = u.id AND u.unread_alerts <> n.count
"""


@transaction.atomic
def raise_alerts(since: datetime | None = None) -> int:
    """One round for everybody. What was told already stays as it was told. Returns how many alerts are new.

    `since` is what gaps are compared with; by default a week ago.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RAISING])
    now, found = timezone.now(), watch(since)
    wanted = wishes()
    standing = {Key(each.user_id, each.kind, each.about): each for each in Alert.objects.filter(settled_at=None)}
    over = [each.pk for key, each in standing.items() if key not in found]
    Alert.objects.filter(pk__in=over).update(settled_at=now)
    fresh = []
    for key, facts in found.items():
        in_app, by_mail = wanted.get((key.user, key.kind), (True, True))
        if key not in standing and (in_app or by_mail):
            fresh.append(Alert(**_columns(key), facts=facts, raised_at=now, is_shown=in_app))
    Alert.objects.bulk_create(fresh, batch_size=1000)
    _count_unread()
    return len(fresh)


def _columns(key: Key) -> dict[str, object]:
    return {"user_id": key.user, "kind": key.kind, "about": key.about}


def wishes() -> dict[tuple[int, str], tuple[bool, bool]]:
    """(person, kind) → shown, mailed: of those who asked for something else than everything."""
    rows = AlertSetting.objects.values_list("user_id", "kind", "in_app", "by_mail")
    return {(user, kind): (in_app, by_mail) for user, kind, in_app, by_mail in rows}


def _count_unread(people: Iterable[int] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, {"people": None if people is None else list(people)})


@transaction.atomic
def read_alerts(alerts: Iterable[int] | None = None, *, is_read: bool = True, by: User) -> None:
    """Mark one's own as read, or as unread again; all of them without `alerts`."""
    mine = Alert.objects.filter(user=by, read_at__isnull=is_read)
    if alerts is not None:
        mine = mine.filter(pk__in=list(alerts))
    mine.update(read_at=timezone.now() if is_read else None)
    _count_unread([by.pk])
    by.refresh_from_db(fields=["unread_alerts"])


@transaction.atomic
def choose_alerts(wanted: Mapping[str, tuple[bool, bool]], *, by: User) -> None:
    """What one wants to be told from now on, by kind: in Penstock, by mail."""
    for kind in AlertKind.values:
        in_app, by_mail = wanted.get(kind, (True, True))
        AlertSetting.objects.update_or_create(user=by, kind=kind, defaults={"in_app": in_app, "by_mail": by_mail})
