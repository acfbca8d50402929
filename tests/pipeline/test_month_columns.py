"""The board by month: a deal stands in the month in which it is expected to close, and a drop changes that day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.periods import add_months, month_of
from pipeline.actions import revise_deal, win_deal
from pipeline.models import Deal
from tests.cast import Cast
from tests.pipeline.test_board import board, signed_in, titles

pytestmark = pytest.mark.django_db


def key(day: date) -> str:
    return f"{day:%Y-%m}"


def month(cast: Cast, later: int = 0) -> date:
    return add_months(cast.today, later)


def test_columns_are_what_is_past_this_month_the_next_five_and_no_date(cast: Cast) -> None:
    cast.deal("Late", expected_close_on=cast.today - timedelta(days=1))
    cast.deal("Now")
    cast.deal("Next", expected_close_on=month(cast, 1))
    cast.deal("Last", expected_close_on=month_of(month(cast, 5)).last_day)
    cast.deal("Beyond", expected_close_on=month(cast, 6))
    cast.deal("Some day", expected_close_on=None)
    win_deal(cast.deal("Won"), reason=cast.fit, by=cast.alice)
    shown = board(cast.alice, "by=month")
    keys = [column.head.slot.key for column in shown.columns]
    assert keys == ["past", *(key(month(cast, later)) for later in range(6)), "undated"]
    assert titles(shown) == [["Late"], ["Now"], ["Next"], [], [], [], ["Last"], ["Some day"]]
    assert (shown.totals.count, shown.totals.value) == (6, 6000)  # what is later still is counted


def test_heads_sum_the_deals_of_all_stages(cast: Cast) -> None:
    cast.deal(amount=Decimal(100), stage="Demo")
    cast.deal(amount=Decimal(200), currency_id="USD")
    head = board(cast.alice, "by=month").columns[1].head
    assert (head.totals.count, head.totals.value, head.totals.weighted) == (2, 280, 53)  # 35 % of 100, 10 % of 180


def test_later_months_are_a_page_further(cast: Cast) -> None:
    cast.deal("Beyond", expected_close_on=month(cast, 7))
    shown = board(cast.alice, f"by=month&from={key(month(cast, 6))}")
    assert [column.head.slot.key for column in shown.columns] == [key(month(cast, later)) for later in range(6, 12)]
    assert titles(shown)[1] == ["Beyond"]


@pytest.mark.parametrize("start", ["2001-01", "soon", "2026-13"])
def test_there_is_no_month_before_this_one(cast: Cast, start: str) -> None:
    assert board(cast.alice, f"by=month&from={start}").columns[1].head.slot.key == key(cast.today)


def test_a_column_opens_as_a_list_of_the_same_deals(cast: Cast) -> None:
    cast.deal("Late", expected_close_on=cast.today - timedelta(days=1))
    cast.deal("Now")
    cast.deal("Some day", expected_close_on=None)
    client = signed_in(cast.alice)
    for column in board(cast.alice, "by=month").columns:
        page = client.get(column.list_url).content.decode()
        assert [name for name in ("Late", "Now", "Some day") if name in page] == [card.title for card in column.cards]


def test_further_cards_follow_by_key(cast: Cast) -> None:
    for number in range(30):
        cast.deal(f"Deal {number:02}")
    column = board(cast.alice, "by=month").columns[1]
    page = signed_in(cast.alice).get(column.more_url).content.decode()
    shown = [card.title for card in column.cards]
    assert [title in shown or title in page for title in (f"Deal {number:02}" for number in range(30))] == [True] * 30
    assert page.count('<li class="card"') == 5


# ── Moving to another month ────────────────────────────────────────────────────────────────────────


def test_a_drop_sets_the_last_day_and_counts_as_a_push(cast: Cast) -> None:
    deal = cast.deal()
    there = month_of(month(cast, 2))
    client = signed_in(cast.alice)
    board = {"X-Board": str(cast.pipeline.pk)}
    answer = client.post(f"/deals/{deal.pk}/month/?by=month", {"month": there.key, "version": 1}, headers=board)
    deal.refresh_from_db()
    assert (deal.expected_close_on, deal.pushes) == (there.last_day, 1)
    page = answer.content.decode()
    assert f'data-column="{there.key}"' in page
    assert f'id="head-{there.key}"' in page
    client.post(f"/deals/{deal.pk}/undo/?version={deal.version}")
    deal.refresh_from_db()
    assert (deal.expected_close_on, deal.pushes) == (cast.today, 0)


def test_a_deal_may_lose_its_date(cast: Cast) -> None:
    deal = cast.deal()
    signed_in(cast.alice).post(f"/deals/{deal.pk}/month/", {"month": "undated"})
    assert Deal.objects.get().expected_close_on is None


@pytest.mark.parametrize("bad", ["past", "", "2001-01", "soon"])
def test_a_month_that_has_passed_is_refused(cast: Cast, bad: str) -> None:
    deal = cast.deal()
    answer = signed_in(cast.alice).post(f"/deals/{deal.pk}/month/", {"month": bad})
    assert (answer.status_code, Deal.objects.get().version) == (422, 1)
    assert 'class="error"' in answer.content.decode()


def test_who_comes_second_is_told(cast: Cast) -> None:
    deal = cast.deal()
    revise_deal(deal, expected_close_on=month(cast, 1), by=cast.mia)
    answer = signed_in(cast.alice).post(f"/deals/{deal.pk}/month/", {"month": key(month(cast, 2)), "version": 1})
    assert (answer.status_code, Deal.objects.get().expected_close_on) == (409, month(cast, 1))
    assert "Mia" in answer.content.decode()


def test_without_scripts_it_is_a_form(cast: Cast) -> None:
    deal = cast.deal()
    page = signed_in(cast.alice).get(f"/deals/{deal.pk}/month/").content.decode()
    assert f'value="{key(cast.today)}" selected' in page


def test_news_stand_in_their_month(cast: Cast) -> None:
    deal = cast.deal(expected_close_on=None)
    url = f"/board/{cast.pipeline.pk}/news/?by=month&deal={deal.pk}"
    page = signed_in(cast.alice).get(url).content.decode()
    assert 'data-column="undated"' in page
    assert page.count("data-head=") == 8


def test_it_asks_the_database_the_same_whatever_the_number_of_deals(cast: Cast) -> None:
    client = signed_in(cast.alice)
    counts = []
    for later in range(2):
        cast.deal()
        cast.deal(expected_close_on=month(cast, later + 1))
        client.get("/board/?by=month")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/board/?by=month").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
