"""The stream: ids of what happened, to those who may know, with nothing lost and no connection kept."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client

from crm.events import announce
from crm.models import User
from pipeline.actions import hand_over_deal, move_deal, revise_deal
from pipeline.activities import log_activity
from tests.cast import Cast

COOKIE = "sessionid"


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[COOKIE].value


class Listener:
    """A browser's EventSource: what it has heard, and when it hears the next."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer
        self.heard: list[dict[str, Any]] = []
        self.place = 0

    def until(self, kind: str) -> dict[str, Any]:
        """Read on until a message of that kind (or noun) has come."""
        while True:
            line = self.answer.readline().decode()
            assert line, "the stream has ended"
            if line.startswith("id: "):
                self.place = int(line[4:])
            elif line.startswith("data: "):
                told: dict[str, Any] = json.loads(line[6:])
                self.heard.append(told)
                if kind in {told.get("kind"), told["noun"]}:
                    return told


@contextmanager
def listening(site: str, user: User, *, after: int = 0, last: int = 0) -> Iterator[Listener]:
    parts = urlsplit(site)
    link = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=40)
    headers = {"Cookie": f"{COOKIE}={session_of(user)}", "Accept": "text/event-stream"}
    link.request("GET", f"/live/?after={after}", headers=headers | ({"Last-Event-ID": str(last)} if last else {}))
    answer = link.getresponse()
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers.get("Content-Encoding") is None
    assert answer.readline() == b"retry: 2000\n"
    assert (answer.readline(), answer.readline()) == (b"\n", b": listening\n")  # what happens from here on is told
    try:
        yield Listener(answer)
    finally:
        with suppress(OSError):
            link.close()


def place() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_without_an_event_loop_it_says_so_and_answers_questions(cast: Cast) -> None:
    client = Client()
    assert client.get("/live/").status_code == 403
    client.force_login(cast.alice)
    assert client.get("/live/").status_code == 204
    since = place()
    deal = cast.deal()
    told = client.get(f"/live/?after={since}", headers={"Accept": "application/json"}).json()
    assert [news["id"] for news in told["news"]] == [deal.pk]
    assert client.get("/live/", headers={"Accept": "application/json"}).json()["news"] == []  # from now on


def test_it_tells_ids_to_those_who_may_know(live_site: str, cast: Cast) -> None:
    here = place()
    with listening(live_site, cast.bob, after=here) as bob, listening(live_site, cast.charlie, after=here) as charlie:
        deal = cast.deal(title="Secret plans")
        deal = move_deal(deal, to=cast.stages["Demo"], by=cast.mia)
        told = bob.until("deal.moved")
        assert told == {
            "noun": "deal", "id": deal.pk, "kind": "deal.moved", "by": cast.mia.pk, "deal": deal.pk, "version": 2,
            "stages": sorted([cast.stages["Qualify"].pk, cast.stages["Demo"].pk]),
        }  # fmt: skip
        assert "Secret" not in json.dumps(bob.heard)
        mine = cast.deal(owner=cast.charlie)
        assert charlie.until("deal.opened")["id"] == mine.pk
        assert [told["id"] for told in charlie.heard if told["noun"] == "deal"] == [mine.pk]


def test_a_hand_over_is_told_to_both_teams(live_site: str, cast: Cast) -> None:
    deal = cast.deal()
    with (
        listening(live_site, cast.bob, after=place()) as bob,
        listening(live_site, cast.charlie, after=place()) as charlie,
    ):
        hand_over_deal(deal, to=cast.charlie, by=cast.dana)
        assert bob.until("deal.handed_over")["id"] == charlie.until("deal.handed_over")["id"] == deal.pk


def test_an_activity_is_told_as_its_deals(live_site: str, cast: Cast) -> None:
    deal = cast.deal()
    with listening(live_site, cast.alice, after=place()) as alice:
        log_activity(deal, subject="Called", by=cast.bob)
        told = alice.until("activity.done")
        assert (told["deal"], told["stages"]) == (deal.pk, [cast.stages["Qualify"].pk])


def test_who_comes_back_hears_what_was_missed(live_site: str, cast: Cast) -> None:
    before = place()
    deal = cast.deal()
    revise_deal(deal, amount=Decimal(5), by=cast.alice)
    with listening(live_site, cast.alice, last=before) as alice:
        alice.until("deal.revised")
        # Whatever else the database is doing holds the place back: what was before may be told again.
        heard = [told["kind"] for told in alice.heard if told.get("deal") == deal.pk]
        assert heard == ["deal.opened", "deal.revised"]
        assert alice.place >= before


def test_a_long_absence_is_one_word(live_site: str, cast: Cast) -> None:
    before = place()
    for _ in range(6):
        with transaction.atomic():
            for _ in range(90):
                revise_deal_of(cast)
    with listening(live_site, cast.alice, after=before) as alice:
        assert alice.until("reload") == {"noun": "reload"}
        assert len(alice.heard) == 1


def revise_deal_of(cast: Cast) -> None:
    from crm import events

    events.record([events.event("deal.revised", cast.acme, by=cast.alice, data={"deal": 1})])


def test_an_older_transaction_neither_delays_the_others_nor_gets_lost(live_site: str, cast: Cast) -> None:
    first, second = cast.deal(), cast.deal()
    began, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            revise_deal(first, amount=Decimal(1), by=cast.alice)
            began.set()
            go_on.wait(10)
        connection.close()

    with listening(live_site, cast.alice, after=place()) as alice:
        slow = threading.Thread(target=slowly)
        slow.start()
        began.wait(10)
        revise_deal(second, amount=Decimal(2), by=cast.alice)
        assert alice.until("deal.revised")["id"] == second.pk  # although an older transaction is still running
        go_on.set()
        slow.join()
        assert alice.until("deal.revised")["id"] == first.pk
        cast.deal("Last")
        alice.until("deal.opened")
        assert [told["id"] for told in alice.heard if told.get("kind") == "deal.revised"] == [second.pk, first.pk]


def test_the_forecast_rings_through(live_site: str, cast: Cast) -> None:
    with listening(live_site, cast.charlie) as charlie:
        cast.deal(owner=cast.charlie)
        charlie.until("deal.opened")  # the stream stands
        heard = threading.Event()

        def ring() -> None:
            while not heard.wait(0.2):  # a notice is only a wake-up: one sent before the server listens is lost
                announce("forecast")
            connection.close()

        bell = threading.Thread(target=ring)
        bell.start()
        try:
            assert charlie.until("forecast") == {"noun": "forecast"}
        finally:
            heard.set()
            bell.join()
