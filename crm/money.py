"""Money: a Decimal that never travels without its currency. Rounding and conversion happen here and nowhere else."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

WIDE = Context(prec=60)  # wide enough that A → B → A rounds back to A


class NotConvertible(ValueError):
    """No rate is known for a currency: the amount is listed apart, never counted as if the rate were 1."""

    def __init__(self, currency: str) -> None:
        super().__init__(f"No exchange rate for {currency}.")
        self.currency = currency


class Money(NamedTuple):
    amount: Decimal
    currency: str

    def __add__(self, other: object) -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def times(self, factor: Decimal) -> "Money":
        return Money(WIDE.multiply(self.amount, factor), self.currency)

    def rounded(self, digits: int = 2) -> "Money":
        return Money(round_to(self.amount, digits), self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added: convert one of them first.")


def round_to(amount: Decimal, digits: int = 2) -> Decimal:
    """`amount` with `digits` decimals, halves away from zero, as Postgres' ROUND(numeric) does."""
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, WIDE)


def round_fraction(amount: Fraction, digits: int = 2) -> Decimal:
    """The same of an exact fraction."""
    scaled = abs(amount) * 10**digits
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-units if amount < 0 else units).scaleb(-digits)


def spread(exact: Sequence[Fraction], digits: int) -> list[Decimal]:
    """Each rounded, and together the rounded sum: those that lose most are rounded up (largest remainder)."""
    scale = 10**digits
    scaled = [part * scale for part in exact]
    units = [floor(part) for part in scaled]
    short = int(round_fraction(sum(scaled, Fraction(0)), 0)) - sum(units)
    neediest = sorted(range(len(units)), key=lambda at: units[at] - scaled[at])  # the first of equals
    for at in neediest[:short]:
        units[at] += 1
    return [Decimal(unit).scaleb(-digits) for unit in units]


class Rates(NamedTuple):
    """Exchange rates of one day: what one unit of each currency is worth in `base`."""

    base: str
    worth: Mapping[str, Decimal]

    def rate(self, currency: str) -> Decimal:
        """Units of `base` for one unit of `currency`. Raises NotConvertible."""
        if currency == self.base:
            return Decimal(1)
        try:
            return self.worth[currency]
        except KeyError:
            raise NotConvertible(currency) from None

    def knows(self, currency: str) -> bool:
        return currency == self.base or currency in self.worth

    def convert(self, money: Money, to: str) -> Money:
        """`money` in `to`, unrounded, so that there and back is the identity. Raises NotConvertible."""
        if money.currency == to:
            return money
        in_base = WIDE.multiply(money.amount, self.rate(money.currency))
        return Money(WIDE.divide(in_base, self.rate(to)), to)


def apportion(total: Decimal, weights: list[Decimal], digits: int = 2) -> list[Decimal]:
    """Split `total` by `weights` so that the rounded parts add up to it exactly (rounding the running total)."""
    whole = sum(weights, Decimal(0))
    if not weights:
        return []
    if whole == 0:
        return [total, *[Decimal(0)] * (len(weights) - 1)]
    parts, running, given = [], Decimal(0), Decimal(0)
    for weight in weights:
        running += weight
        upto = round_to(WIDE.divide(WIDE.multiply(total, running), whole), digits)
        parts.append(upto - given)
        given = upto
    return parts
