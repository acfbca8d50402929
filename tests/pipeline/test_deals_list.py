"""The list: every number's link leads here, and the foot is that number to the cent."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import ExchangeRate, User
from pipeline.actions import archive_deal, lose_deal, revise_deal, set_lines, win_deal
from pipeline.actions.rules import Line
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TITLE = re.compile(r'<a class="deals-title" href="/deals/\d+/">([^<]+)</a>')


def page(user: User, query: str = "") -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/deals/{query}").content.decode()


def titles(user: User, query: str = "") -> list[str]:
    return TITLE.findall(page(user, query))


def test_it_shows_what_one_may_see_newest_first(cast: Cast) -> None:
    cast.deal("First")
    cast.deal("Second", owner=cast.bob)
    cast.deal("Theirs", owner=cast.charlie)
    archive_deal(cast.deal("Deleted"), by=cast.alice)
    assert titles(cast.alice) == ["Second", "First"]
    assert titles(cast.dana) == ["Theirs", "Second", "First"]
    assert titles(cast.alice, "?archived=1") == ["Deleted"]


def test_the_foot_sums_all_that_match_to_the_cent(cast: Cast) -> None:
    for _ in range(51):
        cast.deal(amount=Decimal("10.01"))
    cast.deal(amount=Decimal("0.55"), currency_id="USD")  # 0.495 → 0.50
    won = win_deal(cast.deal(amount=Decimal(100), currency_id="USD"), reason=cast.fit, by=cast.alice)
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    assert "<strong>53</strong> deals · <strong>€600.79</strong>" in page(cast.alice)  # 510.51 + 0.28 + 90.00
    assert "<strong>1</strong> deal · <strong>€90.00</strong>" in page(cast.alice, f"?q={won.title}&outcome=won")


def test_what_cannot_be_converted_is_named_beside_the_sum(cast: Cast) -> None:
    cast.deal(currency_id="GBP")
    assert "1 not convertible, not in the sum" in page(cast.alice)


def test_pages_follow_by_key_in_every_order(cast: Cast) -> None:
    for number in range(60):
        amount = None if number % 20 == 0 else Decimal(number % 7)
        cast.deal(f"Deal {number:02}", amount=amount, expected_close_on=cast.today + timedelta(days=number % 5))
    client = Client()
    client.force_login(cast.alice)
    for sort in ("", "title", "-title", "amount", "-amount", "close", "-close", "stage", "-days"):
        first = client.get(f"/deals/?sort={sort}").content.decode()
        (more,) = re.findall(r'hx-get="(\?[^"]+after=[^"]+)"', first)
        second = client.get("/deals/" + more.replace("&amp;", "&"), HTTP_HX_REQUEST="true").content.decode()
        both = TITLE.findall(first) + TITLE.findall(second)
        assert (len(both), len(set(both))) == (60, 60), sort
        assert "Show 10 more of 10" in first


def test_headings_sort_and_turn_round(cast: Cast) -> None:
    cast.deal("B", amount=Decimal(1))
    cast.deal("A", amount=Decimal(3), currency_id="USD")  # 2.70
    cast.deal("C", amount=Decimal(2))
    assert titles(cast.alice, "?sort=title") == ["A", "B", "C"]
    assert titles(cast.alice, "?sort=-amount") == ["A", "C", "B"]
    heading = 'data-col="title" aria-sort="ascending"><a class="sort" href="?sort=-title"'
    assert heading in page(cast.alice, "?sort=title")


def test_every_link_of_a_number_can_be_followed(cast: Cast) -> None:
    today = cast.today
    cast.deal("Open", source=cast.referral)
    won = win_deal(cast.deal("Won"), reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal("Lost"), reason=cast.competitor, competitor="Aquasys", by=cast.alice)
    revise_deal(cast.deal("Committed", expected_close_on=None), category_override="commit", by=cast.alice)
    set_lines(won, [Line(cast.pump)], by=cast.alice)
    day = timedelta(days=1)
    for query, names in {
        "outcome=won": ["Won"],
        f"outcome=won&closed_from={today}&closed_before={today + day}": ["Won"],
        f"closed_from={today + day}": [],
        f"expected_from={today}&expected_before={today + day}&outcome=open": ["Open"],
        "undated=1": ["Committed"],
        "category=commit": ["Committed"],
        "category=pipeline&category=won": ["Won", "Open"],
        f"reason={cast.competitor.pk}&outcome=lost": ["Lost"],
        f"win_reason={cast.fit.pk}": ["Won"],
        "competitor=Aquasys": ["Lost"],
        f"product={cast.pump.pk}": ["Won"],
        "product=none&outcome=open": ["Committed", "Open"],
        f"source={cast.referral.pk}": ["Open"],
        "sector=Water&outcome=open": ["Committed", "Open"],
        "country=FR": [],
        "currency=EUR&outcome=lost": ["Lost"],
        f"stage={cast.stages['Lost'].pk}": ["Lost"],
        "outcome=nonsense": [],
        "reason=x": [],
    }.items():
        assert titles(cast.alice, f"?{query}") == names, query


def test_nothing_found_offers_the_way_out(cast: Cast) -> None:
    assert "No deals yet" in page(cast.alice)
    assert "Clear filters" in page(cast.alice, "?q=nothing")


def test_it_asks_the_database_the_same_whatever_the_number(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    counts = []
    for _ in range(2):
        cast.deal()
        win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/deals/?sort=-amount").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 13
