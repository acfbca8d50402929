"""set_lines: what the deal is made of, and whether its amount follows."""

from decimal import Decimal

import pytest

from crm.errors import Refused
from crm.models import Currency, Event
from pipeline.actions import Line, set_lines, win_deal
from pipeline.models import Deal, Price, PriceBook
from pipeline.pricing import line_total, lines_total
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def totals(deal: Deal) -> list[Decimal]:
    return [line.total for line in deal.lines.all()]


def test_it_sets_lines_in_their_order(cast: Cast) -> None:
    deal = set_lines(
        cast.deal(), [Line(cast.sensor, Decimal(3)), Line(cast.pump, Decimal(2), Decimal(200))], by=cast.alice
    )
    lines = [(line.product, line.quantity, line.unit_price, line.total) for line in deal.lines.all()]
    assert lines == [
        (cast.sensor, 3, Decimal("99.90"), Decimal("299.70")),
        (cast.pump, 2, Decimal(200), Decimal(400)),
    ]


def test_by_default_an_amount_by_hand_stays(cast: Cast) -> None:
    deal = set_lines(cast.deal(), [Line(cast.pump)], by=cast.alice)
    assert (deal.amount, deal.amount_from_lines) == (1000, False)


def test_the_amount_can_follow_the_lines(cast: Cast) -> None:
    deal = set_lines(cast.deal(), [Line(cast.pump, Decimal(2))], feed_amount=True, by=cast.alice)
    deal = set_lines(deal, [Line(cast.pump, Decimal(3))], by=cast.alice)
    assert (deal.amount, deal.amount_from_lines, totals(deal)) == (750, True, [750])


def test_without_lines_a_following_amount_is_zero(cast: Cast) -> None:
    deal = cast.deal(amount=None, lines=[Line(cast.pump)])
    assert set_lines(deal, [], by=cast.alice).amount == 0


def test_a_closed_deals_value_follows_too(cast: Cast) -> None:
    deal = cast.deal(amount=None, lines=[Line(cast.pump, unit_price=Decimal(250))], currency_id="USD")
    deal = win_deal(deal, reason=cast.fit, by=cast.alice)
    assert set_lines(deal, [Line(cast.pump, Decimal(4), Decimal(250))], by=cast.alice).base_amount == 900


@pytest.mark.parametrize(
    ("quantity", "price", "discount", "total"),
    [
        ("9.5", "124.75", "0", "1185.13"),  # 1185.125
        ("1", "100", "33.33", "66.67"),
        ("3", "0.335", "0", "1.01"),  # 1.005
        ("1", "250", "100", "0.00"),
        ("0.001", "999999999999.999", "0", "1000000000.00"),
    ],
)
def test_totals_are_rounded_once_halves_away_from_zero(quantity: str, price: str, discount: str, total: str) -> None:
    assert line_total(Decimal(quantity), Decimal(price), Decimal(discount)) == Decimal(total)


def test_the_amount_is_the_sum_of_what_is_shown(cast: Cast) -> None:
    lines = [Line(cast.pump, Decimal(1), Decimal(price)) for price in ("97.505", "65.005", "32.505")]
    deal = set_lines(cast.deal(), lines, feed_amount=True, by=cast.alice)
    assert deal.amount == lines_total(totals(deal)) == Decimal("195.03")


@pytest.mark.parametrize("quantity", [Decimal(0), Decimal(-1)])
def test_a_quantity_is_more_than_zero(cast: Cast, quantity: Decimal) -> None:
    deal = cast.deal(lines=[Line(cast.pump)])
    with pytest.raises(Refused) as refused:
        set_lines(deal, [Line(cast.pump, quantity)], by=cast.alice)
    assert refused.value.errors.keys() == {"lines"}
    assert totals(deal) == [250]


@pytest.mark.parametrize(
    "line",
    [
        {"discount": Decimal(101)},
        {"discount": Decimal(-1)},
        {"unit_price": Decimal("1e15")},
        {"quantity": Decimal("1e11")},
    ],
)
def test_a_line_the_database_could_not_hold_is_refused(cast: Cast, line: dict[str, Decimal]) -> None:
    with pytest.raises(Refused) as refused:
        set_lines(cast.deal(), [Line(cast.pump, **line)], by=cast.alice)
    assert refused.value.errors.keys() == {"lines"}


def test_a_negative_sum_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        set_lines(cast.deal(), [Line(cast.pump, Decimal(1), Decimal(-5))], feed_amount=True, by=cast.alice)
    assert refused.value.errors.keys() == {"amount"}


def test_it_leaves_the_old_lines_in_history(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump, Decimal(2))])
    deal = set_lines(deal, [Line(cast.sensor)], by=cast.mia)
    change = deal.changes.get(version=2)
    assert (change.verb, change.was) == ("revised", {"lines": [[cast.pump.pk, "2", "250", "0", "500"]]})
    assert Event.objects.filter(kind="deal.revised", object_id=deal.pk).exists()


def test_the_same_lines_are_no_change(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump, Decimal("2.0"))])
    assert set_lines(deal, [Line(cast.pump, Decimal(2))], by=cast.alice).version == 1
    assert totals(deal) == [500]


def test_a_changed_price_of_the_product_leaves_sold_lines_alone(cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump)])
    cast.pump.unit_price = Decimal(999)
    cast.pump.save()
    assert totals(deal) == [250]


def test_a_total_has_the_decimals_of_its_currency(cast: Cast) -> None:
    Currency.objects.get_or_create(code="JPY", defaults={"digits": 0})
    deal = cast.deal(lines=[Line(cast.pump, Decimal(1), Decimal(999), Decimal(10))], currency_id="JPY")
    assert totals(deal) == [899]


def test_a_price_is_never_taken_from_another_currency(cast: Cast) -> None:
    deal = cast.deal(currency_id="USD")
    with pytest.raises(Refused, match="Pump has no price in USD"):
        set_lines(deal, [Line(cast.pump)], by=cast.alice)
    book = PriceBook.objects.create(name="Dollars", currency_id="USD", is_default=True)
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(300))
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(280), min_quantity=Decimal(10))
    lines = [Line(cast.pump), Line(cast.pump, Decimal(10)), Line(cast.sensor, unit_price=Decimal(120))]
    assert totals(set_lines(deal, lines, by=cast.alice)) == [300, 2800, 120]


def test_a_price_with_tax_is_no_deals(cast: Cast) -> None:
    book = PriceBook.objects.create(name="Shop", currency_id="USD", is_default=True, includes_tax=True)
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(300))
    with pytest.raises(Refused, match="no price in USD"):
        set_lines(cast.deal(currency_id="USD"), [Line(cast.pump)], by=cast.alice)
