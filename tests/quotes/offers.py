"""Quotes for the tests: of Alice's deal, with a tax of 19 %."""

from decimal import Decimal
from typing import Any

from pipeline.actions import Line
from pipeline.models import Deal, Tax, TaxClass
from quotes.actions import Item, draft_quote, items_of, save_quote
from quotes.lines import rows_of
from quotes.models import Quote
from tests.cast import Cast


def german_vat() -> TaxClass:
    """The tax that is taken when none is named."""
    TaxClass.objects.update(is_default=False)
    standard = TaxClass.objects.create(name="German VAT", is_default=True)
    Tax.objects.create(tax_class=standard, name="VAT", rate=Decimal(19))
    return standard


def drafted(cast: Cast, deal: Deal | None = None, **fields: Any) -> Quote:
    """Two pumps and a sensor: 599.90 net."""
    deal = deal or cast.deal(lines=[Line(cast.pump, Decimal(2)), Line(cast.sensor)])
    quote = draft_quote(deal, by=cast.alice)
    return save_quote(quote, by=cast.alice, **fields) if fields else quote


def items(quote: Quote) -> list[Item]:
    """Its rows, to be changed and sent back."""
    return items_of(rows_of(quote))


def again(quote: Quote) -> Quote:
    return Quote.objects.select_related("deal").get(pk=quote.pk)


def shown(quote: Quote) -> list[tuple[str, Decimal]]:
    return [(line.name, line.net) for line in quote.lines.all()]
