"""The arithmetic of deals, quotes and invoices: the only place where a total is made. No Django.

The order of things: quantity × price, less the line's discount, is rounded; the discount on the whole is apportioned
over the lines to the last unit; then come the taxes, rounded per line or once per document. So every total is the sum
of what is shown above it. All of it is worked out in fractions; only what is shown is rounded, halves away from zero.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from crm.money import round_fraction, spread

type Rounding = Literal["line", "document"]

LEAST_MARGIN = Decimal("-99999.9999")  # of what is given away at a cost
LEAST = Fraction(1, 10**9)  # in place of nothing, to be divided by


@dataclass(frozen=True, slots=True)
class Percent:
    value: Decimal

    def of(self, value: Fraction) -> Fraction:
        return value * Fraction(self.value) / 100


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum off the line or the whole: as much as there is, never more. Off a negative line it is negative too."""

    value: Decimal

    def of(self, value: Fraction) -> Fraction:
        off = min(Fraction(self.value), abs(value))
        return -off if value < 0 else off


type Discount = Percent | Amount

NOTHING = Percent(Decimal(0))


def discount_of(kind: str, value: Decimal) -> Discount:
    """As rows keep it: a kind, "percent" or "amount", and a number."""
    return Amount(value) if kind == "amount" else Percent(value)


@dataclass(frozen=True, slots=True)
class Tax:
    """`rate` is in percent. A compound tax is upon the line's earlier taxes too."""

    name: str
    rate: Decimal
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line that doesn't count (an optional one not chosen) has an amount of its own but no part in any total."""

    quantity: Decimal
    unit_price: Decimal
    discount: Discount = NOTHING
    taxes: tuple[Tax, ...] = ()
    counts: bool = True
    cost: Decimal | None = None  # of one

    @property
    def listed(self) -> Fraction:
        return Fraction(self.quantity) * Fraction(self.unit_price)

    def amount(self, digits: int = 2) -> Decimal:
        """quantity × unit price, less the line's discount, rounded once."""
        listed = self.listed
        return round_fraction(listed - self.discount.of(listed), digits)


@dataclass(frozen=True, slots=True)
class LineTotals:
    """`amount` is what the row shows: as priced (with tax in it when prices include tax), before the whole's discount.

    `net` is the amount without tax, `share` the line's part of the whole's discount (as priced), `base` what is left
    to be taxed, without tax; `taxes` are in the order of the line's.
    """

    amount: Decimal
    net: Decimal
    share: Decimal
    base: Decimal
    taxes: tuple[Decimal, ...]

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes, Decimal(0))

    @property
    def total(self) -> Decimal:
        return self.base + self.tax


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """One tax of the document. The base of a compound one has the earlier taxes in it."""

    name: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """lines_total − discount is `net`, or `total` when prices include tax; net + tax is `total` always."""

    lines: tuple[LineTotals, ...]
    lines_total: Decimal
    discount: Decimal
    net: Decimal
    tax_groups: tuple[TaxGroup, ...]
    tax: Decimal
    total: Decimal
    given: Decimal  # both discounts of the list value, percent
    margin: Decimal | None  # percent of net; None when a cost is unknown


def line_total(quantity: Decimal, unit_price: Decimal, discount: Decimal = Decimal(0), digits: int = 2) -> Decimal:
    """quantity × unit price, less `discount` percent, rounded once."""
    return Line(quantity, unit_price, Percent(discount)).amount(digits)


def lines_total(totals: Iterable[Decimal]) -> Decimal:
    return sum(totals, Decimal(0))


def work_out(
    lines: Sequence[Line],
    *,
    discount: Discount = NOTHING,
    includes_tax: bool = False,
    rounding: Rounding = "line",
    digits: int = 2,
) -> Totals:
    """Everything a document says about money. `digits` are those of its currency."""
    amounts = [line.amount(digits) for line in lines]
    counted = [amount if line.counts else Decimal(0) for line, amount in zip(lines, amounts, strict=True)]
    whole = lines_total(counted)
    off = round_fraction(discount.of(Fraction(whole)), digits)
    shares = _apportion(off, counted, digits)
    rest = [amount - share for amount, share in zip(counted, shares, strict=True)]
    taxes = _taxes(lines, rest, includes_tax, rounding, digits)
    bases = [left - sum(parts) if includes_tax else left for left, parts in zip(rest, taxes, strict=True)]
    nets = _nets(lines, amounts, includes_tax, rounding, digits) if includes_tax else amounts
    made = tuple(
        LineTotals(amount, net, share, base, tuple(parts))
        for amount, net, share, base, parts in zip(amounts, nets, shares, bases, taxes, strict=True)
    )
    net, tax = lines_total(bases), lines_total(part for parts in taxes for part in parts)
    return Totals(
        lines=made,
        lines_total=whole,
        discount=off,
        net=net,
        tax_groups=_groups(lines, made),
        tax=tax,
        total=net + tax,
        given=_given(lines, off),
        margin=_margin(lines, net),
    )


def at_worst(
    lines: Sequence[Line], options: Collection[int], *, discount: Discount = NOTHING, **mode: Any
) -> tuple[Decimal, Decimal | None]:
    """The most that is given away and the least margin, whichever of the lines at the places `options` are chosen."""

    def choosing(taken: Collection[int]) -> Totals:
        picked = [replace(line, counts=at in taken if at in options else line.counts) for at, line in enumerate(lines)]
        return work_out(picked, discount=discount, **mode)

    whole, off = (NOTHING, discount.value) if isinstance(discount, Amount) else (discount, Decimal(0))
    counted = {at: line for at, line in enumerate(lines) if line.counts or at in options}
    given = {at: (_off(line, whole), abs(line.listed)) for at, line in counted.items()}
    nets = choosing(options).lines
    costs = {at: (Fraction(line.quantity) * Fraction(line.cost or 0), Fraction(nets[at].base))
             for at, line in counted.items()}  # fmt: skip
    return choosing(_worst(given, options, Fraction(off))).given, choosing(_worst(costs, options)).margin


def _off(line: Line, whole: Percent) -> Fraction:
    less = abs(line.discount.of(line.listed))
    return less + whole.of(abs(line.listed) - less)


def _worst(
    parts: Mapping[int, tuple[Fraction, Fraction]], options: Collection[int], above: Fraction = Fraction(0)
) -> set[int]:
    """The options with which the sum of the first over the sum of the second is largest."""
    taken: set[int] = set()
    below = Fraction(0)
    for more, under in (part for at, part in parts.items() if at not in options):
        above, below = above + more, below + under
    for at in sorted(options, key=lambda at: parts[at][0] / (parts[at][1] or LEAST), reverse=True):
        more, under = parts[at]
        if more * below > above * under:
            above, below = above + more, below + under
            taken.add(at)
    return taken


def _apportion(off: Decimal, counted: list[Decimal], digits: int) -> list[Decimal]:
    whole = Fraction(sum(counted, Decimal(0)))
    if not off or not whole:
        return [Decimal(0)] * len(counted)
    return spread([Fraction(off) * Fraction(amount) / whole for amount in counted], digits)


# A tax is the same on two lines when what it is upon is: a compound one's key names the taxes before it.
type _Key = tuple[Tax, tuple[Tax, ...]]


def _keys(line: Line) -> list[_Key]:
    return [(tax, line.taxes[:at] if tax.is_compound else ()) for at, tax in enumerate(line.taxes)]


def _bearers(lines: Sequence[Line]) -> dict[_Key, list[tuple[int, int]]]:
    """Which taxes there are, and who bears them: (line, place among its taxes). What a tax is upon comes before it."""
    found: dict[_Key, list[tuple[int, int]]] = {}
    for at, line in enumerate(lines):
        if line.counts:
            for place, key in enumerate(_keys(line)):
                found.setdefault(key, []).append((at, place))
    return dict(sorted(found.items(), key=lambda item: len(item[0][1])))


def _taxes(
    lines: Sequence[Line], rest: Sequence[Decimal], includes_tax: bool, rounding: Rounding, digits: int
) -> list[list[Decimal]]:
    """The taxes of each line, in its order, upon `rest` or, when prices include tax, out of it."""
    made = [[Decimal(0)] * len(line.taxes) if line.counts else [] for line in lines]
    within = {line.taxes: _within(line.taxes) for line in lines} if includes_tax else {}
    for (tax, before), bearers in _bearers(lines).items():
        exact = [
            Fraction(rest[at]) * within[lines[at].taxes][place]
            if includes_tax
            else Fraction(rest[at] + sum(made[at][: len(before)])) * Fraction(tax.rate) / 100
            for at, place in bearers
        ]
        parts = spread(exact, digits) if rounding == "document" else [round_fraction(part, digits) for part in exact]
        for (at, place), part in zip(bearers, parts, strict=True):
            made[at][place] = part
    return made


def _within(taxes: tuple[Tax, ...]) -> list[Fraction]:
    """What part of a price that includes them each of the taxes is."""
    upon: list[Fraction] = []
    for tax in taxes:
        upon.append((1 + sum(upon) if tax.is_compound else Fraction(1)) * Fraction(tax.rate) / 100)
    return [part / (1 + sum(upon)) for part in upon]


def _nets(
    lines: Sequence[Line], amounts: Sequence[Decimal], includes_tax: bool, rounding: Rounding, digits: int
) -> list[Decimal]:
    """The amounts without the tax in them, as if there were no discount on the whole."""
    every = [Line(line.quantity, line.unit_price, line.discount, line.taxes) for line in lines]
    taxes = _taxes(every, amounts, includes_tax, rounding, digits)
    return [amount - sum(parts) for amount, parts in zip(amounts, taxes, strict=True)]


def _groups(lines: Sequence[Line], made: Sequence[LineTotals]) -> tuple[TaxGroup, ...]:
    """A row a tax; those that are plain and alike in name and rate are one."""
    return tuple(
        TaxGroup(
            tax.name,
            tax.rate,
            lines_total(made[at].base + sum(made[at].taxes[: len(before)]) for at, _ in bearers),
            lines_total(made[at].taxes[place] for at, place in bearers),
            tax.is_compound,
        )
        for (tax, before), bearers in _bearers(lines).items()
    )


def _given(lines: Sequence[Line], off: Decimal) -> Decimal:
    counted = [line for line in lines if line.counts]
    listed = sum((abs(line.listed) for line in counted), Fraction(0))
    less = sum((abs(line.discount.of(line.listed)) for line in counted), Fraction(abs(off)))
    # Of half a cent that was rounded up more than all may be given away.
    return round_fraction(min(less / listed, Fraction(1)) * 100 if listed else Fraction(0), 4)


def _margin(lines: Sequence[Line], net: Decimal) -> Decimal | None:
    cost = Fraction(0)
    for line in lines:
        if line.counts:
            if line.cost is None:
                return None
            cost += Fraction(line.quantity) * Fraction(line.cost)
    if not net:
        return LEAST_MARGIN if cost else None
    return max(LEAST_MARGIN, round_fraction((Fraction(net) - cost) / Fraction(net) * 100, 4))
