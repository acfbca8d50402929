"""Alerts: what people are told without asking. Each app says what it looks for, and in which words it is told.

They are raised when something begins to hold, settled when it no longer does, and read by their person.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone
from django.utils.functional import Promise

from crm.access import reach_of
from crm.models import Alert, AlertSetting, Membership, Role, Team, User, Workspace

RAISING = 0x616C6572  # advisory lock: one round at a time
QUEUED = "alerts:queued:"
UNREAD = """
UPDATE crm_user u SET unread_alerts = n.count FROM (
    SELECT u.id, count(a.id) FROM crm_user u LEFT JOIN crm_alert a
        ON a.user_id = u.id AND a.is_shown AND a.read_at IS NULL AND a.settled_at IS NULL
    WHERE %(people)s::bigint[] IS NULL OR u.id = ANY(%(people)s) GROUP BY u.id
) AS n WHERE n.id = u.id AND u.unread_alerts <> n.count
"""


# ── What there is to tell ──────────────────────────────────────────────────────────────────────────


class Key(NamedTuple):
    user: int
    kind: str
    about: str


Facts = dict[str, Any]
Found = dict[Key, Facts]


class Said(NamedTuple):
    title: str
    text: str
    url: str


class Kind(NamedTuple):
    label: Promise
    icon: str
    say: Callable[[Facts], Said]  # in the language that is active


class Watcher(NamedTuple):
    """One app's: what it tells of, and how it finds, for everybody at once, what holds now. What is compared with an
    earlier moment is compared with the one that is given."""

    kinds: Mapping[str, Kind]
    watch: Callable[[datetime | None], Found]


WATCHERS: dict[str, Watcher] = {}  # by app, from its AppConfig


def kinds() -> dict[str, Kind]:
    return {name: kind for watcher in WATCHERS.values() for name, kind in watcher.kinds.items()}


class Told(NamedTuple):
    alert: Alert
    kind: Kind
    said: Said


def told(alert: Alert) -> Told:
    """In the reader's language."""
    kind = kinds()[alert.kind]
    return Told(alert, kind, kind.say(alert.facts))


def telling(whom: Iterable[int], kind: str, about: str, facts: Facts) -> Found:
    return {Key(pk, kind, about): facts for pk in whom}


class People:
    """Whom something concerns: who answers for which team today."""

    def __init__(self) -> None:
        self.users = {user.pk: user for user in User.objects.filter(is_active=True)}
        self.admins = [pk for pk, user in self.users.items() if user.role == Role.ADMIN]
        self._above = dict(Team.objects.values_list("id", "parent_id"))
        self._leading: dict[int, list[int]] = defaultdict(list)
        leading = Membership.objects.on(Workspace.current().today).filter(is_manager=True)
        for user, team in leading.values_list("user_id", "team_id"):
            if user in self.users:
                self._leading[team].append(user)

    def leading(self, team: int | None) -> list[int]:
        return self._leading.get(team or 0, [])

    def upward(self, team: int | None) -> Iterator[list[int]]:
        """Who leads the team, then who leads the one above it, and so on; last the administrators."""
        while team is not None:
            yield self.leading(team)
            team = self._above.get(team)
        yield self.admins

    def seeing(self, whom: Iterable[int], owner: int, team: int | None) -> Iterator[int]:
        """Those of them who may know of a record with that owner and team."""
        for pk in dict.fromkeys(whom):
            if pk in self.users and reach_of(self.users[pk]).sees([owner], [team]):
                yield pk


# ── The verbs ──────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def raise_alerts(watchers: Iterable[str] = (), *, since: datetime | None = None) -> int:
    """One round for everybody, of all that is looked for or of what these watchers look for. What was told already
    stays as it was told. Returns how many alerts are new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RAISING])
    now, wanted = timezone.now(), wishes()
    asked = [WATCHERS[name] for name in watchers or WATCHERS]
    found = {key: facts for each in asked for key, facts in each.watch(since).items()}
    holding = Alert.objects.filter(settled_at=None, kind__in=[kind for each in asked for kind in each.kinds])
    standing = {Key(each.user_id, each.kind, each.about): each for each in holding}
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


def look_soon(watcher: str) -> None:
    """Once this transaction has committed: a round of what one watcher looks for, unless one was asked for already."""
    from crm.tasks import raise_alerts as task

    def ask() -> None:
        if cache.add(QUEUED + watcher, 1, timeout=1):
            task.apply_async(args=[watcher], countdown=2)  # it begins when nobody is kept from asking any more

    transaction.on_commit(ask, robust=True)  # if it is lost, the round of the hour finds it


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
    for kind in kinds():
        in_app, by_mail = wanted.get(kind, (True, True))
        AlertSetting.objects.update_or_create(user=by, kind=kind, defaults={"in_app": in_app, "by_mail": by_mail})
