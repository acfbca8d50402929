"""A deal whose amount and lines follow a quote: nobody else changes them meanwhile."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import Currency, User
from crm.money import round_to
from pipeline.actions.rules import check_fields, freeze_value, plain_line
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, DealLine, Product

FOLLOWING = {"amount", "currency_id", "amount_from_lines", "amount_from_quote", "lines"}


class Followed(NamedTuple):
    """A line as the quote has it. `total` is its net, discounts on the whole and taxes within prices taken off."""

    product: Product
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    total: Decimal


def follow_quote(
    deal: Deal, *, amount: Decimal, currency: Currency, lines: Sequence[Followed], by: User | None
) -> Deal:
    """The deal is worth what the quote is, and made of its lines."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        old = ledger.related(DealLine, deal)
        new = [DealLine(deal=deal, position=place, **line._asdict()) for place, line in enumerate(lines)]
        also_was: dict[str, Any] = {}
        if (was := [plain_line(line) for line in old]) != [plain_line(line) for line in new]:
            ledger.relate(DealLine, deal, new)
            also_was["lines"] = was
        deal.amount, deal.currency = round_to(amount, 3), currency
        deal.amount_from_lines, deal.amount_from_quote = False, True
        check_fields(deal)
        freeze_value(ledger, deal)
        ledger.note(deal, DealChange.Verb.REVISED, by=by, **also_was)
    return deal


def stop_following(deal: Deal, *, by: User | None) -> Deal:
    """Amount and lines stay as they are and can be changed again."""
    with writing() as ledger:
        deal = ledger.lock(deal)
        deal.amount_from_quote = False
        ledger.note(deal, DealChange.Verb.REVISED, by=by)
    return deal


def worth_of(deal: Deal) -> tuple[Any, ...]:
    return deal.amount, deal.currency_id, deal.amount_from_lines


def expect_own_amount(deal: Deal, was: tuple[Any, ...]) -> None:
    """Refuse to change by hand what follows a quote."""
    if deal.amount_from_quote and worth_of(deal) != was:
        raise Refused(amount=_("The amount follows the quote: change it there, or stop that first."))


def expect_own_lines(deal: Deal) -> None:
    if deal.amount_from_quote:
        raise Refused(lines=_("The lines follow the quote: change them there, or stop that first."))


def is_followed(deal: Deal, names: Collection[str]) -> bool:
    """Whether a change of these was, or would be, the quote's to make."""
    return "amount_from_quote" in names or (deal.amount_from_quote and bool(FOLLOWING & set(names)))


def expect_not_followed(deal: Deal, names: Collection[str]) -> None:
    """What was before a deal followed a quote, or while it did, is not put back behind the quote's back."""
    if is_followed(deal, names):
        raise Refused(version=_("The amount follows a quote: change it there."))
