"""Quote and deal arithmetic: the only place where a total is made. No Django."""

from collections.abc import Iterable
from decimal import Decimal

from crm.money import round_to


def line_total(quantity: Decimal, unit_price: Decimal, discount: Decimal = Decimal(0), digits: int = 2) -> Decimal:
    """quantity × unit price, less `discount` percent, rounded once."""
    return round_to(quantity * unit_price * (100 - discount) / 100, digits)


def lines_total(totals: Iterable[Decimal]) -> Decimal:
    return sum(totals, Decimal(0))
