"""A quote as its customer sees it, in the quote's language: the same totals as everywhere, made by pipeline.pricing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from quotes.lines import rows_of
from quotes.models import DiscountKind, Document, DocumentKind, LineItem, Quote
from quotes.totals import priced, totals_of
from quotes.wording import Speech


@dataclass(frozen=True, slots=True)
class Row:
    line: LineItem
    detail: str  # “9.5 h × 124.75 EUR, less 10%”
    amount: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Sum:
    label: str
    amount: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    rows: Sequence[Row]
    sums: Sequence[Sum]
    total: Decimal
    total_text: str
    chosen: Sequence[int]

    @property
    def has_options(self) -> bool:
        return any(row.line.is_optional for row in self.rows)


def shown(quote: Quote, say: Speech, chosen: Collection[int] | None = None) -> Shown:
    """With the optional lines `chosen`; None: as they stand."""
    lines = rows_of(quote)
    wanted = {
        line.pk for line in lines if line.is_optional and (line.is_chosen if chosen is None else line.pk in chosen)
    }
    totals = totals_of(quote, lines, chosen=wanted)
    amounts = {line.pk: made.amount for line, made in zip(priced(lines), totals.lines, strict=True)}
    money = _Money(quote, say)
    rows = [
        Row(line, _detail(line, money) if line.pk in amounts else "", money(amounts.get(line.pk)), line.pk in wanted)
        for line in lines
    ]
    return Shown(rows, _sums(quote, totals, money), totals.total, money(totals.total), sorted(wanted))


class _Money:
    """An amount with the quote's currency, in its language."""

    def __init__(self, quote: Quote, say: Speech) -> None:
        self.say, self.currency, self.digits = say, quote.currency_id, quote.currency.digits

    def __call__(self, amount: Decimal | None, digits: int | None = None) -> str:
        return "" if amount is None else self.say.money(amount, self.currency, digits or self.digits)


def _detail(line: LineItem, money: _Money) -> str:
    """A unit price shows as many decimals as it has."""
    digits = max(money.digits, -int(line.unit_price.normalize().as_tuple().exponent))
    quantity = f"{money.say.number(line.quantity)} {line.unit}".strip()
    text = f"{quantity} × {money(line.unit_price, digits)}"
    if not line.discount:
        return text
    is_percent = line.discount_kind == DiscountKind.PERCENT
    off = money.say.percent(line.discount) if is_percent else money(line.discount)
    return f"{text}, {money.say('less', discount=off)}"


def _sums(quote: Quote, totals: Any, money: _Money) -> list[Sum]:
    say, sums = money.say, []
    if totals.discount:
        off = f" {say.percent(quote.discount)}" if quote.discount_kind == DiscountKind.PERCENT else ""
        sums += [Sum(say("lines_total"), money(totals.lines_total))]
        sums += [Sum(say("whole_discount") + off, money(-totals.discount))]
    sums += [Sum(say("whole_net"), money(totals.net))]
    for group in totals.tax_groups:
        words = {"name": group.name, "rate": say.percent(group.rate), "base": money(group.base)}
        sums.append(Sum(say("tax_of", **words), money(group.tax)))
    return [*sums, Sum(say("sum"), money(totals.total), is_total=True)]


def sent_document(quote: Quote) -> Document | None:
    """The PDF as it went out."""
    return Document.objects.filter(kind=DocumentKind.QUOTE, sendings__quote=quote).order_by("pk").first()
