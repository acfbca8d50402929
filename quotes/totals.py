"""A quote's rows as the calculator knows them, and what it says of them."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from pipeline.pricing import Line, Tax, Totals, discount_of, work_out
from quotes.models import LineItem, LineKind, Quote, Rounding

STORED = ("lines_total", "discount_total", "net", "tax", "total", "given", "margin")


def priced(lines: Iterable[LineItem]) -> list[LineItem]:
    """Those that have a price: not headings, not notes."""
    return [line for line in lines if line.kind == LineKind.ITEM]


def totals_of(quote: Quote, lines: Sequence[LineItem], *, chosen: Collection[int] | None = None) -> Totals:
    """Of `lines`, with an entry for each that is `priced`; `chosen` are the ids of optional ones, if not as stored."""
    return work_out(
        [_line_of(line, chosen) for line in priced(lines)],
        discount=discount_of(quote.discount_kind, quote.discount),
        includes_tax=quote.includes_tax,
        rounding="document" if quote.rounding == Rounding.DOCUMENT else "line",
        digits=quote.currency.digits,
    )


def settle(quote: Quote, lines: Sequence[LineItem]) -> Totals:
    """Write the totals onto the quote and its lines, unsaved."""
    totals = totals_of(quote, lines)
    for line, worked_out in zip(priced(lines), totals.lines, strict=True):
        line.net = worked_out.amount
    quote.lines_total, quote.discount_total = totals.lines_total, totals.discount
    quote.net, quote.tax, quote.total = totals.net, totals.tax, totals.total
    quote.given, quote.margin = totals.given, totals.margin
    return totals


def _line_of(line: LineItem, chosen: Collection[int] | None) -> Line:
    return Line(
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=discount_of(line.discount_kind, line.discount),
        taxes=tuple(Tax(tax["name"], Decimal(tax["rate"]), tax["is_compound"]) for tax in line.taxes),
        counts=line.counts if chosen is None or not line.is_optional else line.pk in chosen,
        cost=line.cost,
    )
