"""What a product costs, for whom and when: pipeline.offering."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from contacts.models import Company
from crm.models import Currency
from pipeline.books import PriceRow, create_price_book, revise_price_book, set_prices
from pipeline.catalogue import Item, create_product, revise_product, set_items
from pipeline.models import PriceBook, Product, TaxClass, Unit
from pipeline.offering import Ask, book_for, expand, price_of, prices_of, tax_class_of, taxes_of, wording_of
from pipeline.pricing import Tax
from pipeline.taxing import TaxRow, revise_tax_class
from tests.cast import Cast

EUR, USD = "EUR", "USD"


def book_of(cast: Cast, name: str, prices: Any = (), currency: str = EUR, **fields: Any) -> PriceBook:
    book = create_price_book(name=name, currency=Currency.objects.get(pk=currency), by=cast.dana, **fields)
    set_prices(book, [PriceRow(cast.pump, Decimal(price), **more) for price, more in prices], by=cast.dana)
    return book


def ask(cast: Cast, book: PriceBook | None = None, quantity: Any = 1, currency: str = EUR, **asked: Any) -> str:
    """“price book” of the pump."""
    known: dict[str, Any] = {"on": cast.today, "company": None} | asked
    offer = price_of(
        cast.pump, book=book, currency=Currency.objects.get(pk=currency), quantity=Decimal(quantity), **known
    )
    return f"{offer.unit_price:.2f} {offer.book or 'own'}" if offer else "none"


def test_without_a_book_the_products_own_price_holds(cast: Cast) -> None:
    assert ask(cast) == "250.00 own"


def test_it_never_converts(cast: Cast) -> None:
    assert ask(cast, currency=USD) == "none"
    book_of(cast, "Dollars", [("275", {})], USD, is_default=True)
    assert ask(cast, currency=USD) == "275.00 Dollars"
    assert ask(cast) == "250.00 own"


def test_a_book_of_another_currency_is_not_asked(cast: Cast) -> None:
    dollars = book_of(cast, "Dollars", [("275", {})], USD)
    assert ask(cast, dollars) == "250.00 own"


def test_the_quantity_chooses_the_tier(cast: Cast) -> None:
    book = book_of(
        cast, "List", [("240", {}), ("230", {"min_quantity": Decimal(10)}), ("200", {"min_quantity": Decimal(100)})]
    )
    found = [ask(cast, book, quantity) for quantity in ("1", "9.999", "10", "99", "100", "1000", "-10")]
    assert found == [f"{price}.00 List" for price in (240, 240, 230, 230, 200, 200, 230)]


def test_below_the_smallest_tier_the_next_book_is_asked(cast: Cast) -> None:
    book = book_of(cast, "Bulk", [("200", {"min_quantity": Decimal(100)})])
    assert (ask(cast, book, 99), ask(cast, book, 100)) == ("250.00 own", "200.00 Bulk")


def test_days_are_included_at_both_ends(cast: Cast) -> None:
    spring = {"starts_on": date(2026, 3, 1), "ends_on": date(2026, 5, 31)}
    book = book_of(cast, "List", [("240", {}), ("199", spring)])
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 31), date(2026, 6, 1)]
    assert [ask(cast, book, on=day) for day in days] == ["240.00 List", "199.00 List", "199.00 List", "240.00 List"]


def test_of_two_prices_the_later_holds(cast: Cast) -> None:
    book = book_of(
        cast, "List", [("240", {}), ("245", {"starts_on": date(2026, 1, 1)}), ("255", {"starts_on": date(2027, 1, 1)})]
    )
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [ask(cast, book, on=day)[:3] for day in days] == ["240", "245", "245", "255"]


def test_a_book_falls_back_on_its_parent_the_usual_one_and_the_product(cast: Cast) -> None:
    usual = book_of(cast, "Usual", is_default=True)
    parent = book_of(cast, "Partners")
    child = book_of(cast, "Gold partners", parent=parent)
    assert ask(cast, child) == "250.00 own"
    set_prices(usual, [PriceRow(cast.pump, Decimal(245))], by=None)
    assert ask(cast, child) == "245.00 Usual"
    set_prices(parent, [PriceRow(cast.pump, Decimal(220))], by=None)
    assert ask(cast, child) == "220.00 Partners"
    set_prices(child, [PriceRow(cast.pump, Decimal(210))], by=None)
    assert ask(cast, child) == "210.00 Gold partners"


def test_a_book_out_of_date_or_use_is_passed_over(cast: Cast) -> None:
    parent = book_of(cast, "Partners", [("220", {})])
    child = book_of(cast, "Gold partners", [("210", {})], parent=parent, ends_on=cast.today)
    assert ask(cast, child) == "210.00 Gold partners"
    assert ask(cast, child, on=cast.today + timedelta(days=1)) == "220.00 Partners"
    revise_price_book(child, is_active=False, by=None)
    assert ask(cast, child) == "220.00 Partners"


def test_prices_with_tax_are_not_mixed_with_those_without(cast: Cast) -> None:
    book_of(cast, "Usual", [("245", {})], is_default=True)
    shop = book_of(cast, "Shop", includes_tax=True)
    assert ask(cast, shop) == "none"
    set_prices(shop, [PriceRow(cast.pump, Decimal(299))], by=None)
    assert ask(cast, shop) == "299.00 Shop"


def test_the_book_is_that_of_the_companys_segment(cast: Cast) -> None:
    eur = Currency.objects.get(pk=EUR)

    def chosen(company: Company | None, on: date = cast.today) -> str:
        return str(book_for(currency=eur, on=on, company=company))

    assert chosen(cast.acme) == "None"
    book_of(cast, "Usual", is_default=True)
    book_of(cast, "For whom it is chosen")
    assert (chosen(cast.acme), chosen(None)) == ("Usual", "Usual")
    book_of(cast, "Germany", country="de")
    assert (chosen(cast.acme), chosen(cast.globex)) == ("Germany", "Usual")
    book_of(cast, "Waterworks", sector="water")
    assert (chosen(cast.acme), chosen(None)) == ("Waterworks", "Usual")
    both = book_of(cast, "German waterworks", sector="Water", country="DE", starts_on=cast.today)
    assert chosen(cast.acme) == "German waterworks"
    assert chosen(cast.acme, cast.today - timedelta(days=1)) == "Waterworks"
    revise_price_book(both, is_active=False, by=None)
    assert chosen(cast.acme) == "Waterworks"
    assert ask(cast, company=cast.acme) == "250.00 own"


def test_any_number_of_lines_is_priced_in_two_queries(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    book = book_of(cast, "List", [("240", {})])
    eur = book.currency
    more = [create_product(name=f"Part {n}", unit_price=Decimal(n), currency=eur, by=None) for n in range(30)]
    with django_assert_num_queries(2):
        offers = prices_of(
            [Ask(each, Decimal(1)) for each in [cast.pump, *more]], book=book, currency=eur, on=cast.today
        )
    assert [offer and offer.unit_price for offer in offers] == [240, *range(30)]


# ── Taxes ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_tax_holds_from_its_day_to_the_day_before_its_end(cast: Cast) -> None:
    standard = TaxClass.objects.get(is_default=True)
    covid = [
        TaxRow("VAT", Decimal(19), ends_on=date(2020, 7, 1)),
        TaxRow("VAT", Decimal(16), starts_on=date(2020, 7, 1), ends_on=date(2021, 1, 1)),
        TaxRow("VAT", Decimal(19), starts_on=date(2021, 1, 1)),
    ]
    revise_tax_class(standard, taxes=covid, by=cast.dana)
    days = [date(2020, 6, 30), date(2020, 7, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [[tax.rate for tax in taxes_of(standard, day)] for day in days] == [[19], [16], [16], [19]]


def test_a_class_may_have_several_taxes_in_their_order(cast: Cast) -> None:
    quebec = TaxClass.objects.get(is_default=True)
    revise_tax_class(
        quebec, taxes=[TaxRow("GST", Decimal(5)), TaxRow("QST", Decimal("9.975"), is_compound=True)], by=None
    )
    assert taxes_of(quebec, cast.today) == (Tax("GST", Decimal(5)), Tax("QST", Decimal("9.975"), is_compound=True))


def test_a_product_without_a_class_is_taxed_as_usual(cast: Cast) -> None:
    exempt = TaxClass.objects.get(name="Exempt")
    assert tax_class_of(cast.pump) == tax_class_of(None) == TaxClass.objects.get(name="Standard rate")
    assert tax_class_of(revise_product(cast.pump, tax_class=exempt, by=None)) == exempt
    assert taxes_of(None, cast.today) == ()


# ── Bundles and words ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def station(cast: Cast) -> Product:
    made = create_product(name="Station", unit_price=Decimal(500), currency=cast.pump.currency, by=None)
    parts = [Item(cast.pump, Decimal(2)), Item(cast.sensor, Decimal("0.5"), is_optional=True)]
    return set_items(made, parts, by=cast.dana)


def test_a_bundle_becomes_its_parts(cast: Cast, station: Product) -> None:
    assert expand(station, Decimal(3)) == [
        (cast.pump, Decimal(6), False, False),
        (cast.sensor, Decimal("1.5"), True, True),
    ]
    assert expand(cast.pump, Decimal(3)) == []


def test_a_bundle_that_sums_its_parts_costs_nothing_itself(cast: Cast, station: Product) -> None:
    summed = revise_product(station, sums_parts=True, by=cast.dana)
    assert [part.is_priced for part in expand(summed, Decimal(1))] == [True, True]
    offer = price_of(summed, book=None, currency=summed.currency, quantity=Decimal(1), on=cast.today)
    assert offer
    assert offer.unit_price == 0


def test_parts_out_of_use_are_left_out(cast: Cast, station: Product) -> None:
    revise_product(cast.sensor, is_active=False, by=None)
    assert [part.product for part in expand(station, Decimal(1))] == [cast.pump]


def test_it_is_called_in_the_language_of_the_document(cast: Cast) -> None:
    words = {"de": {"name": "Pumpe", "description": ""}, "ru": {"name": "  "}}
    pump = revise_product(
        cast.pump, translations=words, description="Steel", unit=Unit.objects.get(code="C62"), by=None
    )
    assert pump.translations == {"de": {"name": "Pumpe"}}
    assert wording_of(pump, "de") == ("Pumpe", "Steel", "Stk.", "C62")
    assert wording_of(pump, "ru") == ("Pump", "Steel", "шт.", "C62")
    assert wording_of(cast.sensor, "en") == ("Sensor", "", "", "C62")
