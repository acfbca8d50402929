"""Deals from or up to an amount in the base currency: open ones at today's rate, closed ones as they were frozen.

The bound is turned into each currency, so that columns are compared as they are and indexes can answer.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation

from django.db.models import Q

from crm.money import WIDE
from pipeline.models import Outcome
from pipeline.valuing import Valuing

LARGEST = Decimal("1e15")
SMALLEST = Decimal("0.001")  # what amounts are kept to


def worth_from(values: Sequence[str]) -> Q:
    """A value is rounded half up, so it is at least the bound from half a unit below it on."""
    valuing, bound = _read(values[-1], ROUND_CEILING)
    return _compared(valuing, "gte", bound, bound - _half(valuing))


def worth_to(values: Sequence[str]) -> Q:
    valuing, bound = _read(values[-1], ROUND_FLOOR)
    below = _compared(valuing, "lt", bound + _unit(valuing), bound + _half(valuing))
    return below & (Q(amount__isnull=False) | ~Q(outcome=Outcome.OPEN))


def _read(text: str, rounding: str) -> tuple[Valuing, Decimal]:
    valuing = Valuing.today()
    try:
        bound = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not bound.is_finite() or abs(bound) > LARGEST:
        raise ValueError(text)
    return valuing, bound.quantize(_unit(valuing), rounding=rounding)


def _compared(valuing: Valuing, how: str, closed: Decimal, open_: Decimal) -> Q:
    found = Q(**{f"base_amount__{how}": closed}) & ~Q(outcome=Outcome.OPEN)
    for code, rate in {valuing.currency: Decimal(1), **valuing.rates.worth}.items():
        bound = WIDE.divide(open_, rate).quantize(SMALLEST, rounding=ROUND_CEILING)
        found |= Q(outcome=Outcome.OPEN, currency=code, **{f"amount__{how}": bound})
    return found


def _unit(valuing: Valuing) -> Decimal:
    return Decimal(1).scaleb(-valuing.digits)


def _half(valuing: Valuing) -> Decimal:
    return _unit(valuing) / 2
