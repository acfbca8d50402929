"""Prices that the book has changed since: offered, never forced."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from crm.errors import Refused
from crm.models import User
from pipeline.models import PriceBook
from pipeline.offering import Ask
from quotes.actions.rules import expect, expect_same, holding
from quotes.actions.saving import save_quote
from quotes.lines import items_of, offers_of, rows_of, taxed_otherwise
from quotes.models import LineItem, Quote, Status


class PriceChange(NamedTuple):
    """What the price book says now of a line that has another price."""

    line: LineItem
    unit_price: Decimal
    book: PriceBook | None  # whose it is: the quote's, one that it falls back on, or none, if it is the product's own


def price_changes(quote: Quote, lines: Sequence[LineItem]) -> list[PriceChange]:
    """Parts in their bundle's own price are left out; so is what has no price in the quote's currency."""
    lines = [line for line in lines if line.product and not (line.bundle_id and not line.unit_price)]
    found = offers_of(quote, [Ask(line.product, line.quantity) for line in lines if line.product])
    return [
        PriceChange(line, offer.unit_price, offer.book)
        for line, offer in zip(lines, found, strict=True)
        if offer and offer.unit_price != line.unit_price
    ]


def refresh_prices(
    quote: Quote, *, lock: int | None = None, lines: Collection[int] | None = None, by: User | None
) -> Quote:
    """Take the book's prices, for all lines or those with the ids in `lines`. Raises Refused if it taxes otherwise."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.DRAFT)
        rows = rows_of(quote)
        changes = [each for each in price_changes(quote, rows) if lines is None or each.line.pk in lines]
        for change in changes:
            if problem := taxed_otherwise(quote, change.book):
                raise Refused(includes_tax=problem)
        now = {change.line.pk: change.unit_price for change in changes}
        items = [replace(item, unit_price=now[item.pk]) if item.pk in now else item for item in items_of(rows)]
        return save_quote(quote, lines=items, by=by)
