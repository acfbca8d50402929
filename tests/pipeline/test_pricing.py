"""pricing.work_out: what a document says about money."""

from decimal import Decimal

import pytest

from pipeline.pricing import (
    LEAST_MARGIN,
    Amount,
    Discount,
    Line,
    Percent,
    Rounding,
    Tax,
    TaxGroup,
    discount_of,
    work_out,
)

VAT, REDUCED = Tax("VAT", Decimal(19)), Tax("VAT", Decimal(7))
ONE = Decimal(1)


def priced(*prices: str, taxes: tuple[Tax, ...] = (VAT,)) -> list[Line]:
    return [Line(ONE, Decimal(price), taxes=taxes) for price in prices]


def test_a_quantity_in_halves_is_rounded_once() -> None:
    worked = work_out([Line(Decimal("9.5"), Decimal("124.75"), taxes=(VAT,))])
    assert (worked.net, worked.tax, worked.total) == (Decimal("1185.13"), Decimal("225.17"), Decimal("1410.30"))


def test_tax_is_rounded_per_line_or_once_for_the_document() -> None:
    lines = priced("97.50", "65", "32.50")
    by_line, once = work_out(lines), work_out(lines, rounding="document")
    assert [line.tax for line in by_line.lines] == [Decimal("18.53"), Decimal("12.35"), Decimal("6.18")]
    assert (by_line.tax, by_line.total) == (Decimal("37.06"), Decimal("232.06"))
    assert (once.tax, once.total) == (Decimal("37.05"), Decimal("232.05"))
    assert sum(line.tax for line in once.lines) == once.tax


def test_the_whole_discount_is_apportioned_before_tax() -> None:
    """10 % off 100 at 19 % and 50 at 7 %: each rate bears its part."""
    worked = work_out([*priced("100"), *priced("50", taxes=(REDUCED,))], discount=Percent(Decimal(10)))
    assert [line.share for line in worked.lines] == [10, 5]
    assert worked.tax_groups == (
        TaxGroup("VAT", Decimal(19), Decimal(90), Decimal("17.10")),
        TaxGroup("VAT", Decimal(7), Decimal(45), Decimal("3.15")),
    )
    assert (worked.lines_total, worked.discount, worked.net, worked.total) == (150, 15, 135, Decimal("155.25"))


def test_a_cent_that_cannot_be_shared_goes_to_the_neediest() -> None:
    worked = work_out(priced("10", "10", "10"), discount=Amount(Decimal("10")))
    assert [line.share for line in worked.lines] == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]


@pytest.mark.parametrize(("discount", "off"), [(Amount(Decimal(90)), 60), (Percent(Decimal(100)), 60)])
def test_a_discount_takes_no_more_than_there_is(discount: Discount, off: int) -> None:
    worked = work_out([Line(ONE, Decimal(50), Amount(Decimal(70))), Line(ONE, Decimal(60))], discount=discount)
    assert (worked.lines[0].amount, worked.discount, worked.total) == (0, off, 0)


def test_what_is_not_chosen_has_a_price_and_no_part() -> None:
    lines = [*priced("100"), Line(ONE, Decimal(40), Percent(Decimal(25)), (VAT,), counts=False)]
    worked = work_out(lines, discount=Percent(Decimal(10)))
    assert (worked.lines[1].amount, worked.lines[1].share, worked.lines[1].total) == (30, 0, 0)
    assert (worked.lines_total, worked.net, worked.given) == (100, 90, 10)


@pytest.mark.parametrize("rounding", ["line", "document"])
def test_prices_that_include_tax_come_to_what_they_say(rounding: Rounding) -> None:
    lines = [*priced("119", "59.50"), *priced("10.70", taxes=(REDUCED,))]
    worked = work_out(lines, discount=Percent(Decimal(10)), includes_tax=True, rounding=rounding)
    assert (worked.lines_total, worked.discount, worked.total) == (
        Decimal("189.20"),
        Decimal("18.92"),
        Decimal("170.28"),
    )
    assert [line.net for line in worked.lines] == [100, 50, 10]
    assert [line.base for line in worked.lines] == [90, 45, 9]
    assert (worked.net, worked.tax) == (144, Decimal("26.28"))


def test_a_compound_tax_is_upon_the_earlier_ones() -> None:
    gst, qst = Tax("GST", Decimal(5)), Tax("QST", Decimal("7.5"), is_compound=True)
    (group, upon) = work_out(priced("100", taxes=(gst, qst))).tax_groups
    assert (group.base, group.tax) == (100, 5)
    assert (upon.base, upon.tax, upon.is_compound) == (105, Decimal("7.88"), True)


def test_the_discount_given_is_that_of_lines_and_whole_together() -> None:
    worked = work_out([Line(ONE, Decimal(200), Percent(Decimal(10)))], discount=Amount(Decimal(20)))
    assert (worked.total, worked.given) == (160, 20)


@pytest.mark.parametrize(
    ("cost", "discount", "margin"),
    [("60", "0", "40"), ("60", "20", "25"), (None, "0", None), ("60", "100", LEAST_MARGIN), ("0", "100", None)],
)
def test_a_margin_is_of_the_net(cost: str | None, discount: str, margin: str | None) -> None:
    known = None if cost is None else Decimal(cost)
    worked = work_out([Line(ONE, Decimal(100), cost=known)], discount=Percent(Decimal(discount)))
    assert worked.margin == (None if margin is None else Decimal(margin))


@pytest.mark.parametrize(("digits", "total"), [(0, "1410"), (2, "1410.30"), (3, "1410.299")])
def test_a_currency_has_its_own_decimals(digits: int, total: str) -> None:
    worked = work_out([Line(Decimal("9.5"), Decimal("124.75"), taxes=(VAT,))], digits=digits)
    assert worked.total == Decimal(total)


def test_nothing_comes_to_nothing() -> None:
    worked = work_out([], discount=Amount(Decimal(5)))
    assert (worked.total, worked.discount, worked.tax_groups, worked.given, worked.margin) == (0, 0, (), 0, None)


def test_rows_keep_a_discount_as_a_kind_and_a_number() -> None:
    assert discount_of("amount", ONE) == Amount(ONE)
    assert discount_of("percent", ONE) == Percent(ONE)
