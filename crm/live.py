"""The live stream: every process listens once to Postgres and tells each of its browsers what its person may know.

NOTIFY only wakes us; what happened is read from the event table. Transactions commit out of order, so the place in the
feed is a transaction id below which everything is settled; what was sent from above it is remembered and not sent
again. What goes out is ids only: each browser asks again with its own rights and filters.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings

from crm.events import CHANNEL
from crm.models import Event

log = logging.getLogger(__name__)
MOST = 500  # more than that at once, and the browser had better load anew
HEARTBEAT = 15.0
RECONNECT = 1.0
SINCE = """
SELECT s.xmin, e.xid::text::bigint, e.id, e.kind, e.noun, e.object_id, e.actor_id, e.data, e.owner_ids, e.team_ids, e.is_public
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin) AS s
LEFT JOIN crm_event e ON e.xid >= %s::text::xid8 ORDER BY e.xid, e.id LIMIT %s
"""  # noqa: E501
Sees = Callable[[Sequence[int], Sequence[int]], bool]
FORECAST = {"noun": "forecast"}
RELOAD = {"noun": "reload"}


@dataclass(frozen=True, slots=True)
class News:
    """An event as browsers hear of it, and who may."""

    xid: int
    pk: int
    payload: dict[str, Any]
    owner_ids: Sequence[int]
    team_ids: Sequence[int]
    is_public: bool

    @classmethod
    def of(cls, event: Event) -> "News":
        facts = (event.kind, event.noun, event.object_id, event.actor_id, event.data)
        return cls(event.xid, event.pk, payload(*facts), event.owner_ids, event.team_ids, event.is_public)


def payload(kind: str, noun: str, pk: int, by: int | None, data: dict[str, Any]) -> dict[str, Any]:
    """`{"noun", "id", "kind", "by"}` and for what concerns a deal also `{"deal", "version", "stages"}`: ids only."""
    told: dict[str, Any] = {"noun": noun, "id": pk, "kind": kind, "by": by}
    if noun == "deal" or "deal" in data:
        before = (data.get("changed") or {}).get("stage_id", [None])[0]
        told |= {"deal": data.get("deal", pk), "stages": sorted({data.get("stage"), before} - {None})}
        told |= {"version": data["version"]} if "version" in data else {}
    return told


@dataclass(eq=False, slots=True)
class Subscriber:
    """One browser. `place` is what it names when it comes back."""

    sees: Sees
    waiting: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, place: int, told: dict[str, Any]) -> None:
        if len(self.waiting) >= MOST:
            self.waiting[:] = [(place, RELOAD)]
        elif told not in (known for _place, known in self.waiting[-1:]):
            self.waiting.append((place, told))
        self.woken.set()

    def may_know(self, news: News) -> bool:
        return news.is_public or self.sees(news.owner_ids, news.team_ids)

    async def messages(self) -> AsyncIterator[tuple[int, dict[str, Any]] | None]:
        """What is new; None when nothing was for a while."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), HEARTBEAT)
            self.woken.clear()
            ready, self.waiting = self.waiting, []
            for message in ready:
                yield message
            if not ready:
                yield None


class Hub:
    """The one listener of a process. It connects with the first browser and leaves with the last."""

    def __init__(self) -> None:
        self.subscribers: set[Subscriber] = set()
        self.place: int | None = None  # everything below this transaction id has been read
        self.sent: dict[int, int] = {}  # events read from above it: their number and transaction id
        self.listens = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @contextmanager
    def subscribed(self, sees: Sees) -> Any:
        subscriber = Subscriber(sees)
        self.subscribers.add(subscriber)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._run())
        try:
            yield subscriber
        finally:
            self.subscribers.discard(subscriber)
            if not self.subscribers and self.task is not None:
                self.task.cancel()
                self.task = self.place = None
                self.listens.clear()

    async def _run(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_account(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._listen(connection)
            except psycopg.Error as error:
                log.warning("The live stream lost its database: %s", error)
                await asyncio.sleep(RECONNECT)

    async def _listen(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        """Read after each wake-up, and now and then without one."""
        while True:
            await self._read(connection)
            self.listens.set()
            async for notice in connection.notifies(timeout=HEARTBEAT, stop_after=1):
                if notice.payload == "forecast":
                    self._tell_all(FORECAST)

    async def _read(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        place = 2**62 if self.place is None else self.place
        cursor = await connection.execute(SINCE, [str(place), MOST + 1])
        rows = await cursor.fetchall()
        settled = int(rows[0][0])
        found = [_news(row[1:]) for row in rows if row[1] is not None]
        news = [one for one in found if one.pk not in self.sent]
        if len(found) > MOST:
            self._tell_all(RELOAD, settled)
        else:
            for one in news:
                self._tell(one, settled)
        self.place = settled
        self.sent = {one.pk: one.xid for one in found if one.xid >= settled}

    def _tell(self, news: News, place: int) -> None:
        for subscriber in self.subscribers:
            if subscriber.may_know(news):
                subscriber.tell(place, news.payload)

    def _tell_all(self, told: dict[str, Any], place: int = 0) -> None:
        for subscriber in self.subscribers:
            subscriber.tell(place or self.place or 0, told)


def _news(row: Sequence[Any]) -> News:
    xid, pk, *facts, owner_ids, team_ids, is_public = row
    return News(int(xid), pk, payload(*facts), owner_ids, team_ids, is_public)


def _account() -> dict[str, Any]:
    """The database as psycopg takes it."""
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if name != "pool"}
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return options | {name: database[key] for name, key in named.items() if database.get(key)}


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of this event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def replayed(events: Iterable[Event]) -> list[dict[str, Any]]:
    """What a browser that was away has missed; a long absence is one `reload`."""
    told = [News.of(event).payload for event in events]
    return [RELOAD] if len(told) > MOST else told


def frame(place: int, told: dict[str, Any]) -> str:
    """One message of the stream."""
    name = f"id: {place}\n" if place else ""
    return f"{name}data: {json.dumps(told, separators=(',', ':'))}\n\n"
