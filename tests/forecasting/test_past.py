"""As of an instant: what the pages said then, with the quotas, the tree and the rates of then."""

from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from crm.access import Reach, reach_of
from crm.calendar import this
from crm.models import User
from crm.past import looking_back
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.arranging import seat_person
from forecasting.reports import win_loss
from forecasting.screen import opening_of
from forecasting.table import forecast_table
from pipeline.actions import archive_deal, hand_over_deal, revise_deal, win_deal
from pipeline.board import BoardMaker, shape_of
from pipeline.cells import COLUMNS
from pipeline.filters import DealFilter
from pipeline.listing import listing_of
from pipeline.models import Deal
from tests.cast import Cast
from tests.lives import done, moment, steps

pytestmark = pytest.mark.django_db


def shown(reach: Reach, query: str = "") -> dict[str, Any]:
    """Board, list, forecast and report, as their templates are given them."""
    asked = DealFilter.of(QueryDict(query), reach)
    shape = shape_of(None)
    assert shape is not None
    board = BoardMaker(reach, shape, asked).board()
    table = forecast_table(reach, this("quarter"))
    report = win_loss(reach, this("year"), by="product", also=["reason", "person", "sector"])
    for column in board.columns:  # in which order the cards lay is not remembered
        column.cards = sorted((replace(card, rank="") for card in column.cards), key=lambda card: card.pk)
    return {
        "board": replace(board, after=0),
        "list": listing_of(reach, asked, QueryDict(f"{query}&sort=title"), list(COLUMNS.values())),
        "table": [plain(row) for row in table.rows],
        "beside": (table.undated, table.overdue, table.people),
        "report": replace(report, fresh=None),  # type: ignore[arg-type]
    }


def plain(value: Any) -> Any:
    """How often a quota was revised is no part of a past table."""
    if is_dataclass(value):
        known = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: plain(one) for name, one in known.items()}
    if isinstance(value, list):
        return [part._replace(version=0) if hasattr(part, "version") else part for part in value]
    return value


def managing(cast: Cast, random: Random) -> list[Any]:
    """What a manager does beside the deals."""
    period, people = random.choice([this("month"), this("quarter")]), [cast.alice, cast.bob, cast.charlie]
    amount = Decimal(random.randrange(10**6))
    return [
        lambda deal: set_quota(owner=random.choice(people), period=period, amount=amount, by=cast.dana),
        lambda deal: set_quota(team=cast.north, period=period, amount=amount, currency="USD", by=cast.dana),
        lambda deal: seat_person(random.choice(people), team=random.choice([cast.north, cast.south]), by=cast.dana),
    ] * 3


@pytest.mark.parametrize(("seed", "query"), [(1, ""), (3, "by=month&currency=EUR")])
def test_every_page_says_what_it_said_then(cast: Cast, seed: int, query: str) -> None:

    random = Random(seed)
    for number in range(6):
        cast.deal(f"Deal {number}", owner=random.choice([cast.alice, cast.charlie]), amount=Decimal(100 * number))
    reaches = [reach_of(User.objects.get(pk=who.pk)) for who in (cast.dana, cast.mia)]
    seen = {}
    for _number in range(7):
        deal = random.choice(list(Deal.objects.order_by("pk")))
        done(random.choice([*steps(cast, random), *managing(cast, random)]), deal)
        workers.refresh_all()
        seen[timezone.now()] = [shown(reach, query) for reach in reaches]
    for at, then in seen.items():
        with looking_back(moment(at)):
            again = [shown(reach, query) for reach in reaches]
        for was, found in zip(then, again, strict=True):
            for name, value in was.items():
                assert found[name] == value, (name, at)


def test_a_page_of_the_past_says_so_and_changes_nothing(cast: Cast, client: Client) -> None:
    deal = cast.deal("Pump station", amount=Decimal(1000))
    then = timezone.now()
    revise_deal(deal, amount=Decimal(7000), by=cast.alice)
    client.force_login(cast.dana, "crm.backends.PasswordBackend")
    text = then.isoformat()

    for address in ("/board/", "/deals/", "/forecast/", "/reports/win-loss/", "/forecast/quotas/"):
        assert 'id="past"' not in page(client, address, view="all")
        assert "Nothing can be changed here." in page(client, address, view="all", as_of=text), address
    assert "€7,000" in page(client, "/deals/", view="all")
    past = page(client, "/deals/", view="all", as_of=text)
    assert "€1,000" in past
    assert "€7,000" not in past
    for tool in ("data-edit", 'form="bulk"', 'data-behaviour="list"'):
        assert tool in page(client, "/deals/", view="all")
        assert tool not in past
    board = page(client, "/board/", as_of=text)
    assert "€1,000" in board
    assert 'data-behaviour="board"' not in board
    assert Deal.objects.get().amount == 7000


def page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, response.content
    return response.content.decode()


@pytest.mark.parametrize("text", ["2999-01-01", "yesterday", "2026-02-30"])
def test_what_is_no_past_instant_is_refused_by_name(cast: Cast, client: Client, text: str) -> None:
    client.force_login(cast.dana, "crm.backends.PasswordBackend")
    for address in ("/board/", "/deals/", "/forecast/", "/reports/win-loss/"):
        response = client.get(address, {"as_of": text})
        assert response.status_code == 422
        assert f"“{text}” is not a day or a moment up to now" in response.content.decode()


def test_numbers_of_the_past_open_their_deals_of_then(cast: Cast, client: Client) -> None:
    deal = cast.deal(amount=Decimal(1000))
    then = moment(timezone.now())
    archive_deal(deal, by=cast.alice)
    client.force_login(cast.dana, "crm.backends.PasswordBackend")
    with looking_back(then):
        row = forecast_table(reach_of(cast.dana), this("quarter")).total
        address = opening_of(row, this("quarter"), None).open
    assert row.figures.open == 1000
    listed = client.get(address)
    assert f'id="row-{deal.pk}"' in listed.content.decode()
    assert "€1,000.00" in listed.content.decode()
    assert "As of" in listed.content.decode()


def test_who_may_look_is_decided_now_by_the_owner_and_team_of_then(cast: Cast) -> None:
    deal = cast.deal(owner=cast.alice)
    then = moment(timezone.now())
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    for who, saw, sees in ((cast.mia, True, False), (cast.max, False, True), (cast.dana, True, True)):
        reach = reach_of(User.objects.get(pk=who.pk))
        assert Deal.objects.visible_to(reach).exists() is sees
        with looking_back(then):
            assert Deal.objects.visible_to(reach).exists() is saw


def test_what_is_dated_back_was_not_known(cast: Cast) -> None:
    """Won yesterday, said today: yesterday evening's forecast stays what it was."""
    deal = cast.deal(amount=Decimal(500))
    then = moment(timezone.now())
    win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=3), by=cast.alice)
    set_quota(owner=cast.alice, period=this("quarter"), amount=Decimal(900), by=cast.mia)
    with looking_back(then):
        row = forecast_table(reach_of(cast.dana), this("quarter")).total
    assert (row.figures.won, row.figures.open, row.quota) == (0, 500, None)


def test_nothing_can_be_written_while_looking_back(cast: Cast) -> None:
    deal = cast.deal()
    with (
        looking_back(moment(timezone.now())),
        pytest.raises(RuntimeError, match="cannot be changed"),
        transaction.atomic(),
    ):
        Deal.objects.filter(pk=deal.pk).update(title="Other")
    assert Deal.objects.get().title == deal.title
