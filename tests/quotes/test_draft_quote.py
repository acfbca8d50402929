"""draft_quote: a quote out of a deal, in one click."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Refused
from crm.models import Currency, Event
from pipeline.actions import Line, archive_deal
from pipeline.models import BundleItem, Price, PriceBook, Product, Tax, TaxClass
from quotes.actions import draft_quote, sync_quote, unsync_quote
from quotes.models import QuoteSettings, Series
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def vat(cast: Cast) -> TaxClass:
    TaxClass.objects.update(is_default=False)
    standard = TaxClass.objects.create(name="German VAT", is_default=True)
    Tax.objects.create(tax_class=standard, name="VAT", rate=Decimal(19))
    return standard


def test_it_copies_the_deals_lines(cast: Cast, vat: TaxClass) -> None:
    deal = cast.deal(lines=[Line(cast.pump, Decimal(2), discount=Decimal(10)), Line(cast.sensor)])
    quote = draft_quote(deal, by=cast.alice)
    lines = [(line.name, line.quantity, line.unit_price, line.discount, line.net) for line in quote.lines.all()]
    assert lines == [
        ("Pump", 2, 250, 10, 450),
        ("Sensor", 1, Decimal("99.90"), 0, Decimal("99.90")),
    ]
    assert (quote.net, quote.tax, quote.total) == (Decimal("549.90"), Decimal("104.48"), Decimal("654.38"))
    assert quote.lines.get(name="Pump").taxes == [{"name": "VAT", "rate": "19", "is_compound": False}]


def test_it_is_a_draft_with_the_next_number(cast: Cast) -> None:
    deal = cast.deal()
    year = cast.today.year
    first, second = draft_quote(deal, by=cast.alice), draft_quote(deal, by=cast.alice)
    assert [str(first), str(second)] == [f"Q-{year}-0001", f"Q-{year}-0002"]
    assert (first.status, first.version, first.made_by, first.is_synced) == ("draft", 1, cast.alice, False)
    assert Series.objects.get().last == 2


def test_a_number_is_given_back_when_drafting_fails(cast: Cast) -> None:
    draft_quote(cast.deal(), by=cast.alice)
    deal = archive_deal(cast.deal(), by=cast.alice)
    with pytest.raises(Refused):
        draft_quote(deal, by=cast.alice)
    assert str(draft_quote(cast.deal(), by=cast.alice)) == f"Q-{cast.today.year}-0002"


def test_it_says_to_whom_and_until_when(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"validity_days": 14, "terms": "Ex works."})
    deal = cast.deal(people=[(cast.carol, "")])
    quote = draft_quote(deal, by=cast.alice)
    assert (quote.company, quote.contact, quote.title) == (cast.acme, cast.carol, "Pump station")
    assert quote.address == "Acme\nCarol Reyes\nGermany"
    assert (quote.valid_until, quote.terms) == (cast.today + timedelta(days=14), "Ex works.")


def test_its_language_is_that_of_the_companys_last_quote(cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    assert quote.language == "en"
    quote.language = "de"
    quote.save()
    again = draft_quote(cast.deal(), by=cast.alice)
    assert (again.language, again.address) == ("de", "Acme\nDeutschland")


def test_prices_come_from_the_book_unless_somebody_gave_the_deal_another(cast: Cast) -> None:
    book = PriceBook.objects.create(name="List", currency_id="EUR", is_default=True)
    for product in (cast.pump, cast.sensor):
        Price.objects.create(book=book, product=product, unit_price=Decimal(80))
    deal = cast.deal(lines=[Line(cast.pump), Line(cast.sensor, unit_price=Decimal(95))])
    quote = draft_quote(deal, by=cast.alice)
    assert quote.book == book
    assert [line.unit_price for line in quote.lines.all()] == [80, 95]


def test_a_foreign_price_is_never_taken_as_it_is(cast: Cast) -> None:
    """The deal's line says what a pump costs in dollars; the catalogue does not."""
    deal = cast.deal(lines=[Line(cast.pump, unit_price=Decimal(300))], currency=Currency.objects.get(pk="USD"))
    quote = draft_quote(deal, by=cast.alice)
    assert (quote.currency_id, quote.lines.get().unit_price) == ("USD", 300)


def test_it_leaves_an_event_for_who_sees_the_deal(cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.mia)
    event = Event.objects.get(kind="quote.drafted", object_id=quote.pk)
    assert (event.actor, event.owner_ids, event.team_ids) == (cast.mia, [cast.alice.pk], [cast.north.pk])


def test_the_deal_stays_as_it_is(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump)], amount=Decimal(5))
    draft_quote(deal, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.amount, deal.version) == (5, 1)


def test_a_bundle_of_a_deal_that_followed_a_quote_is_not_taken_apart_again(cast: Cast) -> None:
    station = Product.objects.create(name="Station", unit_price=Decimal(300), currency_id="EUR", is_bundle=True)
    BundleItem.objects.create(bundle=station, product=cast.pump, quantity=Decimal(2))
    deal = cast.deal(lines=[Line(station, Decimal(3)), Line(cast.sensor)])
    quote = sync_quote(draft_quote(deal, by=cast.alice), by=cast.alice)
    unsync_quote(quote, by=cast.alice)
    deal.refresh_from_db()
    again = draft_quote(deal, by=cast.alice)
    lines = [(line.name, line.quantity, line.net, line.bundle and line.bundle.name) for line in again.lines.all()]
    assert lines == [
        ("Station", 3, 900, None), ("Pump", 6, 0, "Station"), ("Sensor", 1, Decimal("99.90"), None),
    ]  # fmt: skip
    assert again.net == quote.net == Decimal("999.90")
