"""Price books: their verbs and the sheet of prices."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from crm.errors import Conflict, Refused
from crm.models import Currency, Event
from pipeline.books import PriceRow, create_price_book, revise_price_book, set_prices
from pipeline.models import Price, PriceBook
from tests.cast import Cast


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


@pytest.fixture
def book(cast: Cast) -> PriceBook:
    return create_price_book(name="List", currency=Currency.objects.get(pk="EUR"), by=cast.dana)


def prices(book: PriceBook) -> list[tuple[Any, ...]]:
    rows = book.prices.order_by("product__name", "starts_on", "min_quantity")
    return list(rows.values_list("product__name", "min_quantity", "unit_price", "starts_on", "ends_on"))


# ── The verbs ──────────────────────────────────────────────────────────────────────────────────────


def test_prices_are_set_replaced_and_taken_away(cast: Cast, book: PriceBook) -> None:
    set_prices(book, [PriceRow(cast.pump, Decimal(240)), PriceRow(cast.sensor, Decimal("99.125"))], by=cast.dana)
    set_prices(book, [PriceRow(cast.pump, Decimal(235)), PriceRow(cast.pump, Decimal(200), Decimal(10))], by=cast.dana)
    assert prices(book) == [
        ("Pump", 0, 235, None, None),
        ("Pump", 10, 200, None, None),
        ("Sensor", 0, Decimal("99.125"), None, None),
    ]
    set_prices(book, [PriceRow(cast.pump, None, Decimal(10)), PriceRow(cast.pump, None, Decimal(99))], by=cast.dana)
    assert len(prices(book)) == 2
    last = Event.objects.filter(kind="pricebook.priced").order_by("-id")[0]
    assert last.data["prices"] == [[cast.pump.pk, "10.000", None, "200.000", None]]


def test_the_same_prices_again_change_nothing(cast: Cast, book: PriceBook) -> None:
    row = PriceRow(cast.pump, Decimal(240), starts_on=date(2026, 1, 1), ends_on=date(2026, 6, 30))
    assert len(set_prices(book, [row], by=cast.dana)) == 1
    assert set_prices(book, [row], by=cast.dana) == []
    assert Event.objects.filter(kind="pricebook.priced").count() == 1


def test_a_price_that_somebody_changed_is_not_overwritten(cast: Cast, book: PriceBook) -> None:
    set_prices(book, [PriceRow(cast.pump, Decimal(240))], by=cast.dana)
    row = PriceRow(cast.pump, Decimal(230))
    with pytest.raises(Conflict) as conflict:
        set_prices(book, [row], seen={row.key: Decimal(250)}, by=cast.dana)
    assert "Pump" in str(conflict.value)
    set_prices(book, [row], seen={row.key: Decimal(240)}, by=cast.dana)
    assert prices(book) == [("Pump", 0, 230, None, None)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price": Decimal(-1)},
        {"unit_price": Decimal("1.2345")},
        {"unit_price": Decimal(1), "min_quantity": Decimal(-1)},
        {"unit_price": Decimal(1), "starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)},
    ],
)
def test_a_price_that_cannot_be_is_refused(cast: Cast, book: PriceBook, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        set_prices(book, [PriceRow(cast.pump, **wrong)], by=None)
    assert refused.value.errors["prices"][0].startswith("Pump: ")
    assert Price.objects.count() == 0


def test_two_prices_of_one_key_are_refused(cast: Cast, book: PriceBook) -> None:
    with pytest.raises(Refused):
        set_prices(book, [PriceRow(cast.pump, Decimal(1)), PriceRow(cast.pump, Decimal(2))], by=None)


def test_a_book_says_what_is_wrong(cast: Cast, book: PriceBook) -> None:
    child = create_price_book(name="Child", currency=book.currency, parent=book, by=None)
    usd = Currency.objects.get(pk="USD")
    wrongs: list[tuple[PriceBook, dict[str, Any], str]] = [
        (child, {"name": "list"}, "name"),
        (child, {"country": "XX"}, "country"),
        (child, {"starts_on": date(2026, 2, 1), "ends_on": date(2026, 1, 1)}, "ends_on"),
        (child, {"is_default": True, "sector": "Water"}, "is_default"),
        (child, {"currency": usd}, "parent"),
        (child, {"includes_tax": True}, "parent"),
        (book, {"parent": child}, "parent"),
        (book, {"currency": usd}, ""),
    ]
    for record, fields, field in wrongs:
        with pytest.raises(Refused) as refused:
            revise_price_book(record, by=None, **fields)
        assert list(refused.value.errors) == [field]
    set_prices(child, [PriceRow(cast.pump, Decimal(1))], by=None)
    with pytest.raises(Refused) as refused:
        revise_price_book(child, currency=usd, parent=None, by=None)
    assert list(refused.value.errors) == ["currency"]


def test_one_book_is_the_usual_one_of_its_currency(cast: Cast, book: PriceBook) -> None:
    revise_price_book(book, is_default=True, by=None)
    other = create_price_book(name="List 2027", currency=book.currency, is_default=True, by=None)
    assert list(PriceBook.objects.filter(is_default=True)) == [other]
    with pytest.raises(Refused):
        revise_price_book(other, is_active=False, by=None)


# ── The pages ──────────────────────────────────────────────────────────────────────────────────────


def test_a_book_is_added_and_revised(dana: Client, cast: Cast) -> None:
    form = {"name": "Germany", "currency": "EUR", "country": "DE", "is_active": "on"}
    assert dana.post("/price-books/new/", form).status_code == 302
    made = PriceBook.objects.get()
    page = dana.get("/price-books/").content.decode()
    assert "Germany" in page
    assert dana.post(f"/price-books/{made.pk}/edit/", form | {"parent": made.pk}).status_code == 422
    assert dana.post(f"/price-books/{made.pk}/edit/", form | {"name": "German list"}).status_code == 302


def test_a_sheet_is_saved_at_once(dana: Client, cast: Cast, book: PriceBook) -> None:
    pump, sensor = f"p-{cast.pump.pk}", f"p-{cast.sensor.pk}"
    typed = {f"{pump}-0": "240", f"{pump}-10": "230.50", f"{sensor}-0": ""}
    assert dana.post(f"/price-books/{book.pk}/?quantity=10", typed).status_code == 302
    assert prices(book) == [("Pump", 0, 240, None, None), ("Pump", 10, Decimal("230.5"), None, None)]
    page = dana.get(f"/price-books/{book.pk}/").content.decode()
    assert f'name="{pump}-10" value="230.50"' in page
    assert f'name="was-{pump}-10" value="230.50"' in page
    kept = {f"{pump}-0": "240", f"was-{pump}-0": "240", f"{pump}-10": "", f"was-{pump}-10": "230.50"}
    assert dana.post(f"/price-books/{book.pk}/", kept).status_code == 302
    assert prices(book) == [("Pump", 0, 240, None, None)]


def test_prices_from_a_day_on_are_a_sheet_of_their_own(dana: Client, cast: Cast, book: PriceBook) -> None:
    pump = f"p-{cast.pump.pk}-0"
    dana.post(f"/price-books/{book.pk}/", {pump: "240"})
    dana.post(f"/price-books/{book.pk}/?starts_on=2027-01-01", {pump: "260", "ends_on": "2027-12-31"})
    assert prices(book) == [
        ("Pump", 0, 260, date(2027, 1, 1), date(2027, 12, 31)),
        ("Pump", 0, 240, None, None),
    ]
    assert "Prices from 1 Jan 2027" in dana.get(f"/price-books/{book.pk}/").content.decode()


def test_what_was_typed_is_kept_when_it_cannot_be_saved(dana: Client, cast: Cast, book: PriceBook) -> None:
    pump = f"p-{cast.pump.pk}-0"
    answer = dana.post(f"/price-books/{book.pk}/", {pump: "much"})
    assert answer.status_code == 422
    assert 'value="much"' in answer.content.decode()
    set_prices(book, [PriceRow(cast.pump, Decimal(240))], by=None)
    answer = dana.post(f"/price-books/{book.pk}/", {pump: "230", f"was-{pump}": "250"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Somebody changed the price of Pump in the meantime." in page
    assert "It is 240.00 now." in page
    assert f'name="was-{pump}" value="240.00"' in page
    assert prices(book) == [("Pump", 0, 240, None, None)]


def test_everyone_reads_prices_and_administrators_change_them(client: Client, cast: Cast, book: PriceBook) -> None:
    set_prices(book, [PriceRow(cast.pump, Decimal(240))], by=None)
    client.force_login(cast.alice)
    page = client.get(f"/price-books/{book.pk}/").content.decode()
    assert "€240.00" in page
    assert "price-input" not in page
    assert client.post(f"/price-books/{book.pk}/", {f"p-{cast.pump.pk}-0": "1"}).status_code == 403
    assert client.post(f"/price-books/{book.pk}/edit/", {}).status_code == 403
    assert prices(book) == [("Pump", 0, 240, None, None)]
