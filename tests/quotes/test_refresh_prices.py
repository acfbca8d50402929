"""refresh_prices: what the price book says now is offered, never forced, and never taken under another tax mode."""

from decimal import Decimal

import pytest
from django.test import Client

from crm.errors import Refused
from pipeline.models import Price, PriceBook
from quotes.actions import Item, price_changes, refresh_prices, save_quote
from quotes.lines import rows_of
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import drafted, items

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(cast: Cast) -> PriceBook:
    """Pumps at 297.50, tax included."""
    book = PriceBook.objects.create(name="Shop", currency_id="EUR", includes_tax=True)
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal("297.50"))
    return book


@pytest.fixture
def partners(cast: Cast) -> PriceBook:
    """Pumps at 230; sensors, at 90, are only in the list that it falls back on."""
    usual = PriceBook.objects.create(name="List 2026", currency_id="EUR", is_default=True)
    Price.objects.create(book=usual, product=cast.pump, unit_price=Decimal(240))
    Price.objects.create(book=usual, product=cast.sensor, unit_price=Decimal(90))
    book = PriceBook.objects.create(name="Partners", currency_id="EUR", parent=usual)
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(230))
    return book


def news(client: Client, cast: Cast, quote: Quote) -> str:
    client.force_login(cast.alice)
    return client.get(f"/quotes/{quote.pk}/").content.decode()


def test_it_takes_the_prices_of_the_lines_that_are_named(cast: Cast, partners: PriceBook) -> None:
    lines = [Item(product=cast.pump, unit_price=Decimal(1)), Item(product=cast.sensor, unit_price=Decimal(1))]
    quote = save_quote(drafted(cast), book=partners, lines=lines, by=cast.alice)
    quote = refresh_prices(quote, lines=[rows_of(quote)[0].pk], by=cast.alice)
    assert [line.unit_price for line in rows_of(quote)] == [230, 1]
    quote = refresh_prices(quote, by=cast.alice)
    assert [line.unit_price for line in rows_of(quote)] == [230, 90]


def test_what_is_only_in_a_fallback_book_is_said(client: Client, cast: Cast, partners: PriceBook) -> None:
    quote = drafted(cast)
    lines = [Item(product=cast.pump, unit_price=Decimal(1)), Item(product=cast.sensor, unit_price=Decimal(1))]
    quote = save_quote(quote, book=partners, lines=lines, by=cast.alice)
    found = [(each.line.name, each.unit_price, each.book) for each in price_changes(quote, rows_of(quote))]
    assert found == [("Pump", 230, partners), ("Sensor", 90, partners.parent)]
    page = news(client, cast, quote)
    assert "Sensor: from “List 2026”." in page
    assert "Pump: from" not in page


def test_a_book_that_includes_tax_says_so_and_gives_no_price(client: Client, cast: Cast, shop: PriceBook) -> None:
    quote = save_quote(drafted(cast), book=shop, by=cast.alice)
    with pytest.raises(Refused, match="“Shop” include tax") as refused:
        refresh_prices(quote, by=cast.alice)
    assert set(refused.value.errors) == {"includes_tax"}
    page = news(client, cast, quote)
    assert "The prices of “Shop” include tax" in page
    assert "Update prices" not in page
    quote = save_quote(quote, includes_tax=True, by=cast.alice)
    assert "Update prices" in news(client, cast, quote)
    assert rows_of(refresh_prices(quote, by=cast.alice))[0].unit_price == Decimal("297.50")


def test_a_new_line_takes_no_price_with_another_tax_mode(cast: Cast, shop: PriceBook) -> None:
    quote = save_quote(drafted(cast), book=shop, by=cast.alice)
    with pytest.raises(Refused) as refused:
        save_quote(quote, lines=[*items(quote), Item(product=cast.pump)], by=cast.alice)
    assert set(refused.value.errors) == {"lines.2.unit_price"}
