"""Amounts of the company's currency shown in another one, at one stated rate.

Everything of a page is shown at the same rate, so that attainment and coverage are the same in every currency. Sums are
made in the company's currency and then shown; where parts are listed beneath a sum they are shown so that they add up
to it exactly.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import NamedTuple, overload

from crm.models import Currency, ExchangeRate, Workspace
from crm.money import WIDE, NotConvertible, round_to


class Display(NamedTuple):
    """`rate` units of `base` for one unit of `currency`, a rate of the day `on`; the base itself has neither."""

    currency: str
    digits: int
    base: str
    rate: Decimal = Decimal(1)
    on: date | None = None

    @property
    def is_foreign(self) -> bool:
        return self.currency != self.base

    def exact(self, amount: Decimal) -> Decimal:
        """Unrounded, so that there and back is the identity."""
        return WIDE.divide(amount, self.rate) if self.is_foreign else amount

    def back(self, amount: Decimal) -> Decimal:
        """In the company's currency, unrounded."""
        return WIDE.multiply(amount, self.rate) if self.is_foreign else amount

    @overload
    def show(self, amount: Decimal) -> Decimal: ...
    @overload
    def show(self, amount: None) -> None: ...
    def show(self, amount: Decimal | None) -> Decimal | None:
        """To the currency's decimals."""
        return round_to(self.exact(amount), self.digits) if amount is not None and self.is_foreign else amount

    def parts(self, amounts: Sequence[Decimal]) -> list[Decimal]:
        """Parts that add up to `show` of their sum."""
        upto = [Decimal(0), *(self.show(running) for running in accumulate(amounts))]
        return [after - before for before, after in pairwise(upto)]


def display_in(code: str | None, on: date | None = None) -> Display:
    """In that currency, at the newest rate not later than `on` (today). Raises NotConvertible: no rate, never 1."""
    workspace = Workspace.current()
    base = Display(workspace.currency_id, workspace.currency.digits, workspace.currency_id)
    if not code or code == workspace.currency_id:
        return base
    rates = ExchangeRate.objects.filter(base=workspace.currency_id, currency=code, on__lte=on or workspace.today)
    newest = rates.select_related("currency").order_by("-on", "-id").first()
    if newest is None:
        raise NotConvertible(code)
    return base._replace(currency=code, digits=newest.currency.digits, rate=newest.rate, on=newest.on)


def shown_currencies() -> list[Currency]:
    """Those a page can be shown in today: the company's own and those in use that have a rate."""
    workspace = Workspace.current()
    rated = ExchangeRate.objects.filter(base=workspace.currency_id, on__lte=workspace.today).values("currency")
    usable = Currency.objects.filter(is_active=True, pk__in=rated)
    return [workspace.currency, *usable.exclude(pk=workspace.currency_id)]
