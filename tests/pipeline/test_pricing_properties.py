"""pricing.work_out against an oracle that knows nothing of it, and against what must hold of any document."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.pricing import Amount, Discount, Line, Percent, Rounding, Tax, Totals, at_worst, work_out

RATES = ["0", "5", "5.5", "7", "8.1", "9.975", "19", "20", "25"]
taxes = st.lists(
    st.builds(Tax, st.sampled_from(["VAT", "GST", "QST"]), st.sampled_from(RATES).map(Decimal), st.booleans()),
    max_size=3,
    unique_by=lambda tax: tax.name,
).map(tuple)
percents = st.decimals(0, 100, places=2, allow_nan=False).map(Percent)
sums = st.decimals(0, 500, places=2, allow_nan=False).map(Amount)
discounts = st.one_of(st.just(Percent(Decimal(0))), percents, sums)
quantities = st.one_of(st.integers(1, 12).map(Decimal), st.decimals(-3, 20, places=3, allow_nan=False))
prices = st.one_of(st.decimals(0, 999, places=2, allow_nan=False), st.decimals(0, 99, places=3, allow_nan=False))
lines = st.builds(Line, quantities, prices, discounts, taxes, counts=st.sampled_from([True, True, True, False]))
documents = st.lists(lines, max_size=6)
roundings: st.SearchStrategy[Rounding] = st.sampled_from(["line", "document"])
digits = st.sampled_from([0, 2, 3])
quick = settings(max_examples=150, deadline=None)


# ── An oracle: rational numbers, the schoolbook's order, every choice tried ─────────────────────────


def half_up(value: Fraction, places: int) -> Fraction:
    """The multiple of the smallest unit that is nearest; of two, the one farther from 0."""
    unit = Fraction(1, 10**places)
    below = value // unit * unit
    return min((below, below + unit), key=lambda near: (abs(value - near), -abs(near)))


def deducted(value: Fraction, discount: Discount) -> Fraction:
    if isinstance(discount, Percent):
        return value - value * Fraction(discount.value) / 100
    left = max(abs(value) - Fraction(discount.value), Fraction(0))
    return left if value >= 0 else -left


def sum_of_taxes(base: Fraction, of: tuple[Tax, ...], places: int | None) -> list[Fraction]:
    """Upon a price without tax; each rounded before the next is upon it, if at all."""
    found: list[Fraction] = []
    for tax in of:
        upon = base + sum(found) if tax.is_compound else base
        each = upon * Fraction(tax.rate) / 100
        found.append(each if places is None else half_up(each, places))
    return found


def shares_of(whole: Fraction, amounts: list[Fraction], places: int) -> list[set[Fraction]]:
    """What each part may be: the exact one, rounded down or up to a unit."""
    unit, total = Fraction(1, 10**places), sum(amounts)
    exact = [whole * amount / total if total else Fraction(0) for amount in amounts]
    return [{part // unit * unit, -(-part // unit) * unit} for part in exact]


# ── What must hold ──────────────────────────────────────────────────────────────────────────────────


def fractions(values: list[Decimal]) -> list[Fraction]:
    return [Fraction(value) for value in values]


def adds_up(made: Totals, of: list[Line], includes_tax: bool) -> None:
    counted = [worked for worked, line in zip(made.lines, of, strict=True) if line.counts]
    assert made.lines_total == sum(worked.amount for worked in counted)
    assert made.discount == sum(worked.share for worked in made.lines)
    assert made.net == sum(worked.base for worked in made.lines)
    assert made.tax == sum(worked.tax for worked in made.lines) == sum(group.tax for group in made.tax_groups)
    assert made.total == made.net + made.tax == sum(worked.total for worked in made.lines)
    assert (made.total if includes_tax else made.net) == made.lines_total - made.discount


@given(documents, discounts, st.booleans(), roundings, digits)
@quick
def test_totals_are_the_sums_of_their_parts(
    of: list[Line], discount: Discount, includes_tax: bool, rounding: Rounding, places: int
) -> None:
    made = work_out(of, discount=discount, includes_tax=includes_tax, rounding=rounding, digits=places)
    adds_up(made, of, includes_tax)
    shown = [made.lines_total, made.discount, made.net, made.tax, made.total]
    assert all(round(value, places) == value for value in shown)
    assert 0 <= made.given <= 100


@given(documents, discounts, digits)
@quick
@example([Line(Decimal(1), Decimal("0.01"), taxes=()) for _ in range(3)], Amount(Decimal("0.02")), 2)
def test_a_discount_on_the_whole_is_given_to_the_last_cent(of: list[Line], discount: Discount, places: int) -> None:
    made = work_out(of, discount=discount, digits=places)
    amounts = [worked.amount if line.counts else Decimal(0) for worked, line in zip(made.lines, of, strict=True)]
    whole = sum(fractions(amounts), Fraction(0))
    assert Fraction(made.discount) == half_up(whole - deducted(whole, discount), places)
    shares = fractions([worked.share for worked in made.lines])
    assert sum(shares) == Fraction(made.discount)
    for share, allowed in zip(shares, shares_of(Fraction(made.discount), fractions(amounts), places), strict=True):
        assert share in allowed
    assert all(worked.share == 0 for worked, amount in zip(made.lines, amounts, strict=True) if not amount)


@given(documents, digits)
@quick
def test_per_line_each_line_is_what_the_schoolbook_says(of: list[Line], places: int) -> None:
    made = work_out(of, digits=places)
    for worked, line in zip(made.lines, of, strict=True):
        listed = Fraction(line.quantity) * Fraction(line.unit_price)
        amount = half_up(deducted(listed, line.discount), places)
        assert Fraction(worked.amount) == amount
        if line.counts:
            assert fractions(list(worked.taxes)) == sum_of_taxes(amount, line.taxes, places)
        else:
            assert (worked.base, worked.tax, worked.share) == (0, 0, 0)


@given(documents, discounts, digits)
@quick
def test_once_for_the_document_every_plain_tax_is_that_of_its_base(
    of: list[Line], discount: Discount, places: int
) -> None:
    made = work_out(of, discount=discount, rounding="document", digits=places)
    for group in made.tax_groups:
        assert Fraction(group.tax) == half_up(Fraction(group.base) * Fraction(group.rate) / 100, places)
    plain = {(tax.name, tax.rate) for line in of if line.counts for tax in line.taxes if not tax.is_compound}
    assert {(group.name, group.rate) for group in made.tax_groups if not group.is_compound} == plain
    for name, rate in plain:
        bases = [
            worked.base for worked, line in zip(made.lines, of, strict=True)
            if line.counts and Tax(name, rate) in line.taxes
        ]  # fmt: skip
        assert sum(bases) == next(
            group.base
            for group in made.tax_groups
            if (group.name, group.rate, group.is_compound) == (name, rate, False)
        )


@given(documents, roundings, digits)
@quick
def test_out_of_a_price_with_tax_comes_what_is_within_half_a_unit(
    of: list[Line], rounding: Rounding, places: int
) -> None:
    made = work_out(of, includes_tax=True, rounding=rounding, digits=places)
    unit = Fraction(1, 10**places)
    for worked, line in zip(made.lines, of, strict=True):
        if not line.counts:
            continue
        assert worked.total == worked.amount
        upon = 1 + sum(sum_of_taxes(Fraction(1), line.taxes, None))
        off = abs(Fraction(worked.base) - Fraction(worked.amount) / upon)
        assert off <= unit * (len(line.taxes) if rounding == "document" else Fraction(len(line.taxes), 2))


@given(
    st.lists(st.builds(Line, st.integers(1, 9).map(Decimal), prices, taxes=taxes), max_size=5), roundings,
    st.sampled_from([2, 3]),
)  # fmt: skip
@quick
def test_with_tax_and_without_are_two_ways_to_say_one_price(of: list[Line], rounding: Rounding, places: int) -> None:
    """What a line comes to with tax, given as a price that includes it, comes to the same net and taxes again."""
    without = work_out(of, rounding="line", digits=places)
    said = [Line(Decimal(1), worked.total, taxes=line.taxes) for worked, line in zip(without.lines, of, strict=True)]
    again = work_out(said, includes_tax=True, rounding=rounding, digits=places)
    assert again.total == without.total
    unit = Decimal(1).scaleb(-places)
    allowed = unit * sum(len(line.taxes) for line in of)
    assert abs(again.net - without.net) <= allowed
    if rounding == "line" and all(len(line.taxes) <= 1 for line in of):
        assert (again.net, again.tax) == (without.net, without.tax)


@given(documents, discounts, st.booleans(), roundings, digits)
@quick
def test_a_credit_note_is_its_invoice_turned_round(
    of: list[Line], discount: Discount, includes_tax: bool, rounding: Rounding, places: int
) -> None:
    turned = [Line(-line.quantity, line.unit_price, line.discount, line.taxes, line.counts) for line in of]
    there = work_out(of, discount=discount, includes_tax=includes_tax, rounding=rounding, digits=places)
    back = work_out(turned, discount=discount, includes_tax=includes_tax, rounding=rounding, digits=places)
    for name in ("lines_total", "discount", "net", "tax", "total"):
        assert getattr(back, name) == -getattr(there, name)


@given(st.lists(st.integers(-400, 400), min_size=1, max_size=6), st.integers(-300, 300))
@quick
def test_what_is_shared_out_is_never_fairer_otherwise(weights: list[int], whole: int) -> None:
    """No other rounding of the parts to whole units that adds up comes nearer to the exact ones."""
    if sum(weights) == 0:
        return
    of = [Line(Decimal(weight), Decimal(1)) for weight in weights]
    made = work_out(of, discount=Amount(Decimal(abs(whole))), digits=0)
    exact = [Fraction(made.discount) * weight / sum(weights) for weight in weights]
    low = [part // 1 for part in exact]
    extra = int(made.discount) - sum(low)
    errors = [
        sum((low[at] + (at in up) - exact[at]) ** 2 for at in range(len(exact)))
        for up in combinations(range(len(exact)), extra)
    ]
    assert sum((Fraction(worked.share) - part) ** 2 for worked, part in zip(made.lines, exact, strict=True)) == min(
        errors
    )


@quick
@given(
    st.lists(
        st.builds(Line, st.integers(1, 9).map(Decimal), st.decimals(10, 999, places=2), discounts),
        min_size=1,
        max_size=5,
    ),
    st.sets(st.integers(1, 4)),
    discounts,
)
def test_no_choice_of_options_gives_away_more_than_the_worst(of: list[Line], some: set[int], whole: Discount) -> None:
    options = {at for at in some if at < len(of)}
    most, _margin = at_worst(of, options, discount=whole)
    for count in range(len(options) + 1):
        for left in combinations(options, count):
            chosen = [replace(line, counts=at not in left) for at, line in enumerate(of)]
            assert work_out(chosen, discount=whole).given <= most + Decimal("0.1")  # of rounded cents
