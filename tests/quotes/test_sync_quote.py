"""sync_quote: exactly one quote is what its deal is worth."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from crm.errors import Refused
from pipeline.actions import Line, revise_deal, set_lines, undo_change, win_deal
from pipeline.models import Deal
from quotes.actions import Item, draft_quote, save_quote, sync_quote, unsync_quote
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted, german_vat, items

pytestmark = pytest.mark.django_db


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def lines_of(deal: Deal) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.product.name, line.quantity, line.total) for line in deal.lines.select_related("product")]


@pytest.fixture
def quote(cast: Cast) -> Quote:
    return drafted(cast)


def test_the_deal_is_worth_what_the_quote_is(cast: Cast, quote: Quote) -> None:
    deal = sync_quote(quote, by=cast.alice).deal
    assert (fresh(deal).amount, fresh(deal).amount_from_quote) == (Decimal("599.90"), True)


def test_the_deal_follows_each_save(cast: Cast, quote: Quote) -> None:
    quote = sync_quote(quote, by=cast.alice)
    pumps, _sensor = items(quote)
    lines = [replace(pumps, quantity=Decimal(3)), Item(name="Freight", unit_price=Decimal(50))]
    quote = save_quote(quote, lines=lines, discount=Decimal(10), by=cast.alice)
    assert fresh(quote.deal).amount == quote.net == 720
    assert lines_of(quote.deal) == [("Pump", 3, 675)]


def test_another_takes_its_place(cast: Cast, quote: Quote) -> None:
    sync_quote(quote, by=cast.alice)
    other = save_quote(draft_quote(quote.deal, by=cast.alice), lines=[Item(product=cast.pump)], by=cast.alice)
    sync_quote(other, by=cast.mia)
    assert (again(quote).is_synced, again(other).is_synced, fresh(quote.deal).amount) == (False, True, 250)


def test_the_amount_is_not_changed_by_hand_meanwhile(cast: Cast, quote: Quote) -> None:
    deal = sync_quote(quote, by=cast.alice).deal
    for change in ({"amount": Decimal(1)}, {"currency_id": "USD"}, {"amount_from_lines": True}):
        with pytest.raises(Refused) as refused:
            revise_deal(deal, by=cast.alice, **change)
        assert set(refused.value.errors) == {"amount"}
    with pytest.raises(Refused) as refused:
        set_lines(deal, [Line(cast.pump)], by=cast.alice)
    assert set(refused.value.errors) == {"lines"}
    assert revise_deal(deal, title="Pumps", amount=deal.amount, by=cast.alice).title == "Pumps"


def test_it_is_not_undone_behind_the_quotes_back(cast: Cast, quote: Quote) -> None:
    deal = sync_quote(quote, by=cast.alice).deal
    with pytest.raises(Refused):
        undo_change(deal, version=deal.version, by=cast.alice)
    assert fresh(deal).amount_from_quote


def test_when_it_ends_the_amount_stays_and_can_be_changed(cast: Cast, quote: Quote) -> None:
    quote = sync_quote(quote, by=cast.alice)
    deal = unsync_quote(quote, by=cast.alice).deal
    assert (deal.amount, deal.amount_from_quote, again(quote).is_synced) == (Decimal("599.90"), False, False)
    assert revise_deal(deal, amount=Decimal(7), by=cast.alice).amount == 7


def test_the_value_of_a_won_deal_follows_at_the_rate_of_its_day(cast: Cast) -> None:
    deal = cast.deal(currency_id="USD", amount=Decimal(1))
    lines = [Item(name="Pumps", unit_price=Decimal(1000))]
    quote = save_quote(draft_quote(deal, by=cast.alice), lines=lines, by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    sync_quote(quote, by=cast.alice)
    assert (fresh(deal).amount, fresh(deal).base_amount) == (1000, 900)


def test_tax_within_prices_is_not_the_deals(cast: Cast) -> None:
    german_vat()
    lines = [Item(product=cast.pump, unit_price=Decimal(119))]
    quote = save_quote(drafted(cast), includes_tax=True, lines=lines, by=cast.alice)
    sync_quote(quote, by=cast.alice)
    assert (fresh(quote.deal).amount, lines_of(quote.deal)) == (100, [("Pump", 1, 100)])


def test_the_deals_page_says_so_and_offers_no_change(cast: Cast, quote: Quote) -> None:
    client = Client()
    client.force_login(cast.alice, "crm.backends.PasswordBackend")
    page = f"/deals/{quote.deal_id}/"
    edits = [f"{page}facts/amount/", f"{page}lines/"]
    before = client.get(page).content.decode()
    assert [address in before for address in edits] == [True, True]
    sync_quote(quote, by=cast.alice)
    after = client.get(page).content.decode()
    assert [address in after for address in edits] == [False, False]
    assert "from the quote" in after
    assert "As the quote has them" in after
