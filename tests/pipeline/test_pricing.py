"""pricing.work_out: what a document says about money."""

from decimal import Decimal

from pipeline.pricing import Line, Tax, work_out

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
