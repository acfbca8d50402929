"""A quote as its customer sees it, in its language: the rows and totals of its document, with other options chosen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quotes.documents import lines_part, notes
from quotes.lines import rows_of
from quotes.models import LineItem, Quote
from quotes.totals import totals_of
from quotes.wording import Speech


@dataclass(frozen=True, slots=True)
class Shown:
    rows: Sequence[tuple[LineItem, dict[str, Any]]]
    sums: Sequence[dict[str, str]]
    notes: Sequence[dict[str, str]]
    total: Decimal
    total_text: str
    chosen: Sequence[int]
    has_options: bool


def shown(quote: Quote, say: Speech, chosen: Collection[int] | None = None) -> Shown:
    """With the optional lines `chosen`; None: as they stand. Nothing is saved."""
    lines = rows_of(quote)
    optional = [line for line in lines if line.is_optional]
    for line in optional if chosen is not None else []:
        line.is_chosen = line.pk in (chosen or ())
    totals = totals_of(quote, lines)
    part = lines_part(say, quote, lines, totals)
    return Shown(
        rows=list(zip(lines, part["rows"], strict=True)),
        sums=part["totals"],
        notes=notes(say, quote.terms, lines, includes_tax=quote.includes_tax),
        total=totals.total,
        total_text=say.money(totals.total, quote.currency_id, quote.currency.digits),
        chosen=[line.pk for line in optional if line.is_chosen],
        has_options=bool(optional),
    )
