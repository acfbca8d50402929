"""/api/v1/events/: the ordered change feed. It may be late, but it never skips anything."""

import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from crm.models import Event
from pipeline.actions import hand_over_deal, move_deal, revise_deal
from pipeline.catalogue import revise_product
from tests.api.conftest import Caller
from tests.cast import Cast, make_cast
from tests.quiet import wait_for_other_databases

As = Callable[..., Caller]
pytestmark = pytest.mark.django_db(transaction=True)


class Reader(Caller):
    """Reads once no test in another database is in the middle of writing: they share the server's transactions."""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        wait_for_other_databases()
        return super().get(*args, **kwargs)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def elsewhere(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def read_all(api: Reader, after: str = "", limit: int = 3) -> list[dict[str, Any]]:
    """To the end of the feed, page by page."""
    found: list[dict[str, Any]] = []
    answer = api.get("events/", {"limit": limit} | ({"after": after} if after else {})).json()
    found += answer["results"]
    while answer["next"]:
        answer = api.get(answer["next"]).json()
        found += answer["results"]
    return found


def test_it_tells_what_happened_oldest_first(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    revise_deal(deal, title="New", by=cast.mia)

    events = [each for each in read_all(Reader(cast.alice)) if each["noun"] == "deal"]

    assert [(each["kind"], each["object"], each["actor"]) for each in events] == [
        ("deal.opened", deal.pk, cast.alice.pk),
        ("deal.moved", deal.pk, cast.alice.pk),
        ("deal.revised", deal.pk, cast.mia.pk),
    ]
    assert events[2]["data"]["changed"] == {"title": ["Pump station", "New"]}
    assert events[1]["data"]["changed"]["stage_id"] == [cast.stages["Qualify"].pk, cast.stages["Demo"].pk]


def test_it_goes_on_behind_the_last_cursor(cast: Cast) -> None:
    api = Reader(cast.alice)
    deal = cast.deal()
    last = read_all(api)[-1]["cursor"]
    assert read_all(api, after=last) == []

    revise_deal(deal, title="New", by=cast.alice)

    assert [each["kind"] for each in read_all(api, after=last)] == ["deal.revised"]


def test_everyone_learns_as_far_as_they_reach(cast: Cast) -> None:
    deal = cast.deal(owner=cast.bob)
    for who, knows in [("alice", True), ("charlie", False), ("mia", True), ("max", False), ("ravi", True)]:
        kinds = {each["kind"] for each in read_all(Reader(getattr(cast, who)), limit=200)}
        assert ("deal.opened" in kinds) is knows, who

    hand_over_deal(deal, to=cast.charlie, by=cast.dana)

    assert "deal.handed_over" in {each["kind"] for each in read_all(Reader(cast.charlie), limit=200)}
    assert "deal.handed_over" in {each["kind"] for each in read_all(Reader(cast.bob), limit=200)}  # it was theirs


def test_an_event_in_sight_has_its_own_address(cast: Cast) -> None:
    cast.deal(owner=cast.bob)
    event = next(each for each in read_all(Reader(cast.bob), limit=200) if each["kind"] == "deal.opened")
    assert Reader(cast.bob).get(f"events/{event['id']}/").json() == event
    assert Reader(cast.charlie).get(f"events/{event['id']}/").status_code == 404


def test_it_waits_for_whoever_began_earlier(cast: Cast) -> None:
    """The later event commits first: to tell it now would be to skip the earlier one."""
    first, second, api = cast.deal("First"), cast.deal("Second"), Reader(cast.dana)
    last = read_all(api, limit=200)[-1]["cursor"]
    written, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            revise_deal(first, title="Slow", by=cast.alice)
            written.set()
            assert may_end.wait(20)

    thread = elsewhere(slow)
    assert written.wait(20)
    revise_deal(second, title="Quick", by=cast.alice)
    assert read_all(api, after=last) == []
    quick = Event.objects.latest("pk")
    assert api.get(f"events/{quick.pk}/").json()["data"]["title"] == "Quick"  # by itself it has no order to keep
    may_end.set()
    thread.join(20)

    assert [each["data"]["title"] for each in read_all(api, after=last)] == ["Slow", "Quick"]


def test_nothing_is_missed_and_nothing_told_twice_while_many_write(cast: Cast) -> None:
    api, deals = Reader(cast.dana), [cast.deal(f"Deal {number}") for number in range(4)]
    last = read_all(api, limit=200)[-1]["cursor"]
    start = threading.Barrier(5)

    def write(deal: Any) -> None:
        start.wait(20)
        for number in range(25):
            revise_deal(deal, title=f"{deal.pk} {number}", by=cast.alice)

    threads = [elsewhere(partial(write, deal)) for deal in deals]
    start.wait(20)
    told: list[dict[str, Any]] = []
    while any(thread.is_alive() for thread in threads) or len(told) < 100:
        told += read_all(api, after=told[-1]["cursor"] if told else last, limit=7)

    written = Event.objects.filter(kind="deal.revised").in_order().values_list("id", flat=True)
    assert [each["id"] for each in told] == list(written)
    assert len(told) == 100


@pytest.mark.parametrize("after", ["x", "1", "1-", "-1-1", "1-1-1", f"{2**64}-1", f"1-{2**63}", " 1-1"])
def test_a_cursor_of_nobodys_is_refused(cast: Cast, after: str) -> None:
    assert Reader(cast.alice).get("events/", {"after": after}).json()["errors"].keys() == {"after"}


def test_it_has_no_other_cursor(cast: Cast) -> None:
    assert Reader(cast.alice).get("events/", {"cursor": "WzAsMV0"}).json()["errors"].keys() == {"cursor"}


def test_it_narrows(cast: Cast) -> None:
    one, other = cast.deal(), cast.deal()
    revise_deal(one, title="New", by=cast.alice)
    api = Reader(cast.alice)

    def found(**query: object) -> list[tuple[str, int]]:
        return [(each["kind"], each["object"]) for each in api.get("events/", query).json()["results"]]

    assert found(noun="deal", object=one.pk) == [("deal.opened", one.pk), ("deal.revised", one.pk)]
    assert found(kind="deal.opened", object=[one.pk, other.pk]) == [("deal.opened", one.pk), ("deal.opened", other.pk)]


def test_a_cost_is_told_to_managers_and_admins_alone(cast: Cast) -> None:
    revise_product(cast.pump, cost=Decimal(70), by=cast.dana)
    revise_product(cast.pump, code="P-1", cost=Decimal("123.457"), by=cast.dana)
    told = {}
    for user in (cast.alice, cast.ira, cast.ravi, cast.mia, cast.dana):
        events = Reader(user).get("events/", {"kind": "product.revised"}).json()["results"]
        told[user.name] = [event["data"]["changed"] for event in events]
    code = {"code": ["", "P-1"]}
    assert told["Mia"] == told["Dana"] == [{"cost": [None, "70"]}, code | {"cost": ["70.000", "123.457"]}]
    assert told["Alice"] == told["Ira"] == told["Ravi"] == [{}, code]
