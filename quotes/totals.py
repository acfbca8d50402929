"""The rows of quotes and invoices as the calculator knows them, and what it says of them."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from pipeline.pricing import Line, Tax, Totals, at_worst, discount_of, work_out
from quotes.lines import MOST
from quotes.models import LineItem, LineKind, PricedDocument, PricedLine, Quote, Rounding

STORED = ("lines_total", "discount_total", "net", "tax", "total", "given", "margin")


def priced[L: PricedLine](lines: Iterable[L]) -> list[L]:
    """Those that have a price: not headings, not notes."""
    return [line for line in lines if line.kind == LineKind.ITEM]


def totals_of(
    document: PricedDocument, lines: Sequence[PricedLine], *, chosen: Collection[int] | None = None
) -> Totals:
    """Of `lines`, with an entry for each that is `priced`; `chosen` are the ids of optional ones, if not as stored."""
    return work_out([_line_of(line, chosen) for line in priced(lines)], **_mode(document))


def settle(document: PricedDocument, lines: Sequence[PricedLine]) -> Totals:
    """Write the totals onto the document and its lines, unsaved. Raises Refused if they are too large."""
    totals = totals_of(document, lines)
    if max(abs(totals.lines_total), abs(totals.total)) >= MOST:
        raise Refused(lines=_("This amount is too large."))
    for line, worked_out in zip(priced(lines), totals.lines, strict=True):
        line.net = worked_out.amount
    document.lines_total, document.discount_total = totals.lines_total, totals.discount
    document.net, document.tax, document.total = totals.net, totals.tax, totals.total
    if isinstance(document, Quote):
        document.given, document.margin = _limited(document, lines, totals)
    return totals


def _limited(quote: Quote, lines: Sequence[PricedLine], totals: Totals) -> tuple[Decimal, Decimal | None]:
    """Discount and margin: of a draft, what the customer could make of them by choosing options."""
    options = {at for at, line in enumerate(priced(lines)) if isinstance(line, LineItem) and line.is_optional}
    if not quote.is_draft or not options:
        return totals.given, totals.margin
    return at_worst([_line_of(line, None) for line in priced(lines)], options, **_mode(quote))


def _mode(document: PricedDocument) -> dict[str, Any]:
    return {
        "discount": discount_of(document.discount_kind, document.discount),
        "includes_tax": document.includes_tax,
        "rounding": "document" if document.rounding == Rounding.DOCUMENT else "line",
        "digits": document.currency.digits,
    }


def _line_of(line: PricedLine, chosen: Collection[int] | None) -> Line:
    item = line if isinstance(line, LineItem) else None
    return Line(
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=discount_of(line.discount_kind, line.discount),
        taxes=tuple(Tax(tax["name"], Decimal(tax["rate"]), tax["is_compound"]) for tax in line.taxes),
        counts=line.counts if chosen is None or item is None or not item.is_optional else line.pk in chosen,
        cost=item.cost if item else None,
    )
