"""save_quote: the whole document in one save."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.errors import Conflict, Refused
from crm.models import Currency, Event
from pipeline.actions import Line
from pipeline.models import BundleItem, Price, PriceBook, Product
from quotes.actions import Item, changed_names, mark_sent, save_quote
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted, german_vat, items, shown

pytestmark = pytest.mark.django_db


def errors_of(quote: Quote, cast: Cast, **fields: Any) -> set[str]:
    with pytest.raises(Refused) as refused:
        save_quote(quote, by=cast.alice, **fields)
    return set(refused.value.errors)


def test_it_saves_fields_and_lines_together(cast: Cast) -> None:
    german_vat()
    quote = drafted(cast)
    pumps, sensor = items(quote)
    free = Item(name="Commissioning", quantity=Decimal("9.5"), unit_price=Decimal("124.75"), unit="h", unit_code="HUR")
    lines = [replace(sensor, discount=Decimal(10)), Item(kind="heading", name="On site"), free, pumps]
    quote = save_quote(quote, lines=lines, title="Phase 1", discount=Decimal(5), by=cast.alice)
    assert shown(quote) == [
        ("Sensor", Decimal("89.91")), ("On site", 0), ("Commissioning", Decimal("1185.13")), ("Pump", 500),
    ]  # fmt: skip
    assert (quote.title, quote.lines_total, quote.discount_total) == (
        "Phase 1", Decimal("1775.04"), Decimal("88.75"),
    )  # fmt: skip
    assert (quote.net, quote.tax, quote.total) == (Decimal("1686.29"), Decimal("320.40"), Decimal("2006.69"))


def test_lines_keep_their_ids(cast: Cast) -> None:
    quote = drafted(cast)
    before = [line.pk for line in quote.lines.all()]
    pumps, sensor = items(quote)
    quote = save_quote(quote, lines=[sensor, replace(pumps, quantity=Decimal(3))], by=cast.alice)
    assert [line.pk for line in quote.lines.all()] == before[::-1]


def test_a_line_keeps_its_cost_when_it_is_saved_without(cast: Cast) -> None:
    Product.objects.filter(pk=cast.pump.pk).update(cost=Decimal(100))
    quote = save_quote(drafted(cast), lines=[Item(product=Product.objects.get(pk=cast.pump.pk))], by=cast.alice)
    (line,) = items(quote)
    assert (line.cost, quote.margin) == (100, 60)
    Product.objects.filter(pk=cast.pump.pk).update(cost=Decimal(1))
    quote = save_quote(quote, lines=[replace(line, cost=None, quantity=Decimal(2))], by=cast.alice)
    assert (items(quote)[0].cost, quote.margin) == (100, 60)


def test_an_optional_line_counts_when_it_is_chosen(cast: Cast) -> None:
    quote = drafted(cast)
    pumps, sensor = items(quote)
    quote = save_quote(quote, lines=[pumps, replace(sensor, is_optional=True)], by=cast.alice)
    assert (quote.net, shown(quote)[1]) == (500, ("Sensor", Decimal("99.90")))
    quote = save_quote(quote, lines=[pumps, replace(sensor, is_optional=True, is_chosen=True)], by=cast.alice)
    assert quote.net == Decimal("599.90")


def test_a_new_product_is_named_and_priced_by_the_catalogue(cast: Cast) -> None:
    cast.pump.translations = {"de": {"name": "Pumpe", "description": "Aus Edelstahl"}}
    cast.pump.save()
    book = PriceBook.objects.create(name="List", currency_id="EUR", is_default=True)
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(230))
    Price.objects.create(book=book, product=cast.pump, unit_price=Decimal(200), min_quantity=Decimal(10))
    quote = drafted(cast, language="de")
    lines = [Item(product=cast.pump), Item(product=cast.pump, quantity=Decimal(10))]
    quote = save_quote(quote, lines=lines, by=cast.alice)
    assert [(line.name, line.description, line.unit_price) for line in quote.lines.all()] == [
        ("Pumpe", "Aus Edelstahl", 230), ("Pumpe", "Aus Edelstahl", 200),
    ]  # fmt: skip


def test_another_language_takes_what_the_catalogue_says_and_leaves_what_somebody_wrote(cast: Cast) -> None:
    cast.pump.translations = {"de": {"name": "Pumpe"}}
    cast.pump.save()
    quote = drafted(cast)
    pumps, sensor = items(quote)
    quote = save_quote(quote, lines=[pumps, replace(pumps, pk=None, name="Spare pump"), sensor], by=cast.alice)
    quote = save_quote(quote, language="de", by=cast.alice)
    assert [name for name, _net in shown(quote)] == ["Pumpe", "Spare pump", "Sensor"]


def test_another_currency_prices_anew_and_never_takes_an_amount_as_it_is(cast: Cast) -> None:
    quote, usd = drafted(cast), Currency.objects.get(pk="USD")
    assert errors_of(quote, cast, currency=usd) == {"currency"}
    book = PriceBook.objects.create(name="Dollars", currency=usd, is_default=True)
    for product, price in ((cast.pump, 300), (cast.sensor, 120)):
        Price.objects.create(book=book, product=product, unit_price=Decimal(price))
    quote = save_quote(quote, currency=usd, book=book, by=cast.alice)
    assert (quote.currency_id, quote.net) == ("USD", 720)


def test_a_book_is_in_the_quotes_currency(cast: Cast) -> None:
    book = PriceBook.objects.create(name="Dollars", currency_id="USD")
    assert errors_of(drafted(cast), cast, book=book) == {"book"}


@pytest.fixture
def station(cast: Cast) -> Product:
    """A bundle of one pump and, if wanted, two sensors, at 300."""
    station = Product.objects.create(
        name="Station", unit_price=Decimal(300), currency_id="EUR", is_bundle=True
    )  # fmt: skip
    BundleItem.objects.create(bundle=station, product=cast.pump)
    BundleItem.objects.create(
        bundle=station, product=cast.sensor, quantity=Decimal(2), is_optional=True, position=1
    )  # fmt: skip
    return station


def test_a_bundle_brings_its_parts(cast: Cast, station: Product) -> None:
    quote = save_quote(drafted(cast), lines=[Item(product=station, quantity=Decimal(2))], by=cast.alice)
    head, pump, sensor = quote.lines.all()
    assert [head.net, pump.net, sensor.net, quote.net] == [600, 0, Decimal("399.60"), 600]
    assert (pump.bundle, sensor.bundle, sensor.is_optional, sensor.quantity) == (head, head, True, 4)


def test_a_part_outlives_its_bundle(cast: Cast, station: Product) -> None:
    quote = save_quote(drafted(cast), lines=[Item(product=station)], by=cast.alice)
    _head, pump, _sensor = items(quote)
    quote = save_quote(quote, lines=[replace(pump, part_of=None, unit_price=Decimal(250))], by=cast.alice)
    assert shown(quote) == [("Pump", 250)]
    assert (quote.lines.get().pk, quote.lines.get().bundle, quote.net) == (pump.pk, None, 250)


def test_a_part_that_was_taken_out_stays_out(cast: Cast, station: Product) -> None:
    quote = save_quote(drafted(cast), lines=[Item(product=station)], by=cast.alice)
    quote = save_quote(quote, lines=items(quote)[:1], by=cast.alice)
    quote = save_quote(quote, title="Once more", by=cast.alice)
    assert shown(quote) == [("Station", 300)]


def quantities(quote: Quote) -> list[Decimal]:
    return [line.quantity for line in quote.lines.all()]


def test_the_parts_of_a_bundle_follow_its_quantity(cast: Cast, station: Product) -> None:
    quote = save_quote(drafted(cast), lines=[Item(product=station), Item(name="Travel")], by=cast.alice)
    head, pump, sensor, travel = items(quote)
    quote = save_quote(quote, lines=[replace(head, quantity=Decimal(5)), pump, sensor, travel], by=cast.alice)
    assert quantities(quote) == [5, 5, 10, 1]
    head, pump, sensor, travel = items(quote)
    quote = save_quote(
        quote, lines=[replace(head, quantity=Decimal(2)), pump, replace(sensor, quantity=Decimal(3)), travel],
        by=cast.alice,
    )  # fmt: skip
    assert quantities(quote) == [2, 2, 3, 1]


def test_a_part_changed_by_hand_keeps_its_quantity(cast: Cast, station: Product) -> None:
    quote = save_quote(drafted(cast), lines=[Item(product=station)], by=cast.alice)
    head, pump, sensor = items(quote)
    quote = save_quote(quote, lines=[head, replace(pump, quantity=Decimal(3)), sensor], by=cast.alice)
    head, pump, sensor = items(quote)
    quote = save_quote(quote, lines=[replace(head, quantity=Decimal(4)), pump, sensor], by=cast.alice)
    assert quantities(quote) == [4, 3, 8]


def test_what_is_wrong_below_a_new_bundle_is_named_as_it_was_sent(cast: Cast, station: Product) -> None:
    quote = drafted(cast)
    pumps, sensor = items(quote)
    lines = [Item(product=station), replace(pumps, quantity=Decimal(0)), replace(sensor, discount=Decimal(200))]
    assert errors_of(quote, cast, lines=lines) == {"lines.1.quantity", "lines.2.discount"}


def test_a_part_without_a_price_is_named_at_its_bundle(cast: Cast, station: Product) -> None:
    Product.objects.filter(pk=cast.sensor.pk).update(currency_id="USD")
    quote = drafted(cast, cast.deal(lines=[Line(cast.pump)]))
    assert errors_of(quote, cast, lines=[*items(quote), Item(product=station)]) == {"lines.1.unit_price"}


def test_only_what_is_different_is_written(cast: Cast) -> None:
    quote = drafted(cast)
    pumps, sensor = items(quote)
    with CaptureQueriesContext(connection) as queries:
        save_quote(quote, lines=[replace(pumps, quantity=Decimal(3)), sensor], by=cast.alice)
    (written,) = (
        query["sql"]
        for query in queries
        if query["sql"].startswith('UPDATE "quotes_lineitem"') and "CASE" in query["sql"]
    )
    changed = {column for column in ("name", "position", "quantity", "net", "taxes") if f'"{column}" =' in written}
    assert changed == {"quantity", "net"}
    assert f'"quotes_lineitem"."id" IN ({pumps.pk})' in written


def test_a_part_stands_below_its_bundle(cast: Cast) -> None:
    lines = [Item(product=cast.pump, part_of=1), Item(product=cast.sensor)]
    assert errors_of(drafted(cast), cast, lines=lines) == {"lines.0.part_of"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"discount": Decimal(101)}, "discount"),
        ({"discount": Decimal(-1)}, "discount"),
        ({"unit_price": Decimal("1e15")}, "unit_price"),
        ({"name": "x" * 201}, "name"),
        ({"pk": 999_999}, "id"),
        ({"kind": "song"}, "kind"),
    ],
)
def test_a_wrong_line_is_named(cast: Cast, change: dict[str, Any], field: str) -> None:
    quote = drafted(cast)
    pumps, sensor = items(quote)
    assert errors_of(quote, cast, lines=[pumps, replace(sensor, **change)]) == {f"lines.1.{field}"}
    assert again(quote).net == Decimal("599.90")


def test_wrong_fields_are_named(cast: Cast) -> None:
    quote = drafted(cast)
    assert errors_of(quote, cast, title=" ") == {"title"}
    assert errors_of(quote, cast, valid_until=cast.today - timedelta(days=1)) == {"valid_until"}
    assert errors_of(quote, cast, discount=Decimal(101)) == {"discount"}
    assert errors_of(quote, cast, language="la") == {"language"}
    assert errors_of(quote, cast, number="1") == {"number"}


def test_who_saves_over_somebody_elses_change_is_told(cast: Cast) -> None:
    quote = drafted(cast)
    save_quote(quote, lock=quote.lock, title="Mia’s", lines=items(quote)[:1], by=cast.mia)
    with pytest.raises(Conflict, match="Mia"):
        save_quote(quote, lock=quote.lock, title="Alice’s", by=cast.alice)
    assert changed_names(quote, quote.lock) == ["lines", "title"]
    assert again(quote).title == "Mia’s"


def test_saving_the_same_is_no_change(cast: Cast) -> None:
    quote = drafted(cast)
    same = save_quote(quote, lock=quote.lock, title=quote.title, lines=items(quote), by=cast.alice)
    assert same.lock == quote.lock
    assert not Event.objects.filter(kind="quote.saved").exists()


def test_what_was_sent_stays_as_it_is(cast: Cast) -> None:
    quote = mark_sent(drafted(cast), by=cast.alice)
    assert errors_of(quote, cast, title="Cheaper") == {"status"}


def test_its_queries_do_not_grow_with_its_lines(cast: Cast) -> None:
    quote = drafted(cast)
    counts = []
    for count in (2, 60):
        lines = [Item(product=cast.pump, quantity=Decimal(place + 1)) for place in range(count)]
        with CaptureQueriesContext(connection) as queries:
            quote = save_quote(quote, lines=lines, by=cast.alice)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_it_is_not_valid_for_ever(cast: Cast) -> None:
    """Its link works some days longer, and the next version as long again."""
    quote = drafted(cast)
    assert errors_of(quote, cast, valid_until=date(9999, 12, 31)) == {"valid_until"}
    assert save_quote(quote, valid_until=cast.today + timedelta(days=3650), by=cast.alice).lock == quote.lock + 1
