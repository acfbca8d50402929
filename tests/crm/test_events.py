"""The event table: append-only by the database's own word, and readable in an order that loses nothing."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from crm.events import event, record
from crm.models import Event, User
from pipeline.actions import move_deal
from tests.cast import Cast, person
from tests.quiet import wait_for_other_databases

Cursor = tuple[int, int]
APPEND_ONLY = ["crm_event", "pipeline_dealchange", "pipeline_stagechange", "forecasting_quotachange"]


# ── Append-only ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id + 1", "DELETE FROM {table}", "TRUNCATE {table}"])
def test_the_database_refuses_to_rewrite_history(cast: Cast, table: str, statement: str) -> None:
    from crm.periods import month_of
    from forecasting.actions import set_quota

    move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    set_quota(owner=cast.alice, period=month_of(cast.today), amount=cast.pump.unit_price, by=cast.mia)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        before = cursor.fetchall()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL penstock.may_truncate = off")  # as in every session but that of the tests
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement.format(table=table))
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        assert cursor.fetchall() == before != []


@pytest.mark.django_db
def test_an_event_lives_and_dies_with_its_change(cast: Cast) -> None:
    deal, count = cast.deal(), Event.objects.count()
    with transaction.atomic():
        move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
        assert Event.objects.count() == count + 1
        transaction.set_rollback(True)
    assert Event.objects.count() == count


@pytest.mark.django_db
def test_it_knows_where_the_change_came_from(cast: Cast) -> None:
    from crm.request import surroundings

    with surroundings(via="api", ip="192.0.2.7"):
        move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    assert Event.objects.get(kind="deal.moved").origin == {"via": "api", "ip": "192.0.2.7"}


# ── In order ───────────────────────────────────────────────────────────────────────────────────


def say(number: int, user: User) -> None:
    record([event("deal.said", user, by=user, data={"number": number})])


def read(after: Cursor) -> list[tuple[int, int, int]]:
    """(xid, id, number) of what has settled since."""
    wait_for_other_databases()
    events = Event.objects.settled().after(*after).filter(kind="deal.said").in_order()
    return [(each.xid, each.pk, each.data["number"]) for each in events]


def elsewhere(work: Callable[[], None]) -> threading.Thread:
    """A thread with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_what_commits_first_waits_for_what_began_first() -> None:
    user = person("Alice")
    written, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            say(1, user)
            written.set()
            finish.wait(10)

    thread = elsewhere(slow)
    assert written.wait(10)
    say(2, user)
    assert Event.objects.filter(kind="deal.said").count() == 1  # the second is there, the first is not yet
    assert read((0, 0)) == []
    finish.set()
    thread.join()
    assert [number for _xid, _pk, number in read((0, 0))] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_ids_commit_out_of_order_and_still_none_is_skipped() -> None:
    """The trap: a reader that goes by id alone has passed number 1 when it appears."""
    user = person("Alice")
    began, numbered, finish = threading.Event(), threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
            began.set()
            numbered.wait(10)
            say(2, user)
            finish.wait(10)

    thread = elsewhere(late)
    assert began.wait(10)
    say(1, user)  # a younger transaction with the smaller id
    numbered.set()
    cursor: Cursor = (0, 0)
    assert read(cursor) == []
    finish.set()
    thread.join()
    rows = read(cursor)
    assert [number for *_rest, number in rows] == [2, 1]
    assert rows[0][1] > rows[1][1]
    cursor = rows[0][:2]
    assert [number for *_rest, number in read(cursor)] == [1]
    assert read(rows[1][:2]) == []


WRITERS, EACH = 6, 40


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_misses_nothing_of_many_writers(seed: int) -> None:
    user = person("Alice")
    done = threading.Event()
    followed: list[tuple[int, int, int]] = []

    def write(writer: int) -> None:
        for turn in range(0, EACH, 2):  # two in one transaction, sometimes held open by a query in between
            with transaction.atomic():
                say(writer * EACH + turn, user)
                if (turn + writer * seed) % 3 == 0:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(%s)", [0.001 * ((turn * seed) % 4)])
                say(writer * EACH + turn + 1, user)

    def follow() -> None:
        cursor: Cursor = (0, 0)
        while True:
            finished = done.is_set()
            rows = read(cursor)
            followed.extend(rows)
            if rows:
                cursor = rows[-1][:2]
            elif finished:
                return

    reader = elsewhere(follow)
    writers = [elsewhere(lambda writer=writer: write(writer)) for writer in range(WRITERS)]  # type: ignore[misc]
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    numbers = [number for *_rest, number in followed]
    assert sorted(numbers) == list(range(WRITERS * EACH))
    assert followed == sorted(followed)
    for writer in range(WRITERS):  # each writer's own in the order it wrote them
        own = [number for number in numbers if number // EACH == writer]
        assert own == sorted(own)


@pytest.mark.django_db(transaction=True)
def test_everyone_who_listens_is_told_after_the_commit() -> None:
    user = person("Alice")
    heard: list[str] = []
    listening = threading.Event()

    def listen() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LISTEN penstock")
            listening.set()
            raw: Any = connection.connection
            heard.extend(notice.payload for notice in raw.notifies(timeout=10, stop_after=1))

    thread = elsewhere(listen)
    assert listening.wait(10)
    with transaction.atomic():
        say(1, user)
        assert heard == []
    thread.join()
    assert heard == ["event deal.said"]
