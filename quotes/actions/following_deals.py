"""What a deal is worth when it follows a quote."""

from collections.abc import Sequence
from decimal import Decimal

from crm.models import User
from pipeline.actions import Followed, follow_quote
from quotes.models import DiscountKind, LineItem, Quote
from quotes.totals import priced, totals_of


def let_deal_follow(quote: Quote, lines: Sequence[LineItem], *, by: User | None) -> None:
    """The deal's amount is the quote's net; its lines are those that are in the catalogue and in the total."""
    totals = totals_of(quote, lines)
    followed = [
        Followed(line.product, line.quantity, line.unit_price, _percent_off(line), worked_out.base)
        for line, worked_out in zip(priced(lines), totals.lines, strict=True)
        if line.product and line.counts
    ]
    follow_quote(quote.deal, amount=totals.net, currency=quote.currency, lines=followed, by=by)


def _percent_off(line: LineItem) -> Decimal:
    """The line's own discount, in percent."""
    listed = abs(line.quantity * line.unit_price)
    if line.discount_kind == DiscountKind.PERCENT or not listed:
        return min(line.discount, Decimal(100))
    return min(line.discount * 100 / listed, Decimal(100)).quantize(Decimal("0.01"))
