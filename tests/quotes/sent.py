"""Quotes that are with the customer."""

from decimal import Decimal
from typing import Any

from django.test import Client

from pipeline.models import Tax, TaxClass
from quotes.actions import Item, draft_quote, link_of, mark_sent, save_quote
from quotes.linking import address_of
from quotes.models import Quote, QuoteLink
from tests.cast import Cast


def vat() -> TaxClass:
    TaxClass.objects.update(is_default=False)
    standard = TaxClass.objects.create(name="German VAT", is_default=True)
    Tax.objects.create(tax_class=standard, name="VAT", rate=Decimal(19))
    return standard


def sent_quote(cast: Cast, *, language: str = "en", **fields: Any) -> Quote:
    """Two pumps at 250.00 and, optional, a sensor at 99.90, plus 19%: 595.00 in all, 713.88 with the sensor."""
    tax = TaxClass.objects.filter(name="German VAT").first() or vat()
    deal = fields.pop("deal", None) or cast.deal(people=[(cast.carol, "")])
    quote = draft_quote(deal, by=cast.alice)
    items = [
        Item(name="Pump", quantity=Decimal(2), unit_price=Decimal(250), tax_class=tax),
        Item(name="Sensor", unit_price=Decimal("99.90"), tax_class=tax, is_optional=True),
    ]
    quote = save_quote(quote, lines=items, language=language, by=cast.alice, **fields)
    return mark_sent(quote, by=cast.alice)


def link_to(quote: Quote) -> QuoteLink:
    return link_of(quote, by=quote.made_by)


def path_to(quote: Quote) -> str:
    """The address of its page, without the host."""
    return "/a/" + address_of(link_to(quote)).rpartition("/a/")[2]


def customer() -> Client:
    """Somebody without an account, on a browser of their own."""
    return Client(headers={"user-agent": "Mozilla/5.0 (iPhone)"})
