"""The catalogue as CSV files, out and in: on the page, by the API, by the command."""

from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Currency, Job
from pipeline.books import PriceRow, create_price_book, revise_price_book, set_prices
from pipeline.catalogue import Item, create_product, revise_product, set_items
from pipeline.exchange import KINDS
from pipeline.models import Price, PriceBook, Product, TaxClass, Unit
from pipeline.taxing import TaxRow, create_unit, revise_tax_class
from tests.api.conftest import Caller
from tests.cast import Cast

URL = "/products/import/"
EXPORTS = {
    "units": "/settings/units/export/",
    "tax_classes": "/settings/taxes/export/",
    "taxes": "/settings/taxes/rates/export/",
    "products": "/products/export/",
    "bundle_items": "/products/items/export/",
    "price_books": "/price-books/export/",
    "prices": "/price-books/prices/export/",
}


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


@pytest.fixture
def book(cast: Cast) -> PriceBook:
    made = create_price_book(name="List", currency=Currency.objects.get(pk="EUR"), by=cast.dana)
    tier = PriceRow(cast.pump, Decimal("199.125"), Decimal(10), date(2027, 1, 1), date(2027, 12, 31))
    set_prices(made, [PriceRow(cast.pump, Decimal(240)), tier], by=cast.dana)
    return made


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]


def upload(text: str, name: str = "rows.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


@pytest.fixture
def taxes(cast: Cast) -> TaxClass:
    """Another rate from a day on, and a tax upon it."""
    until, since = TaxRow("VAT", Decimal(19), ends_on=date(2027, 1, 1)), date(2027, 1, 1)
    rows = [until, TaxRow("VAT", Decimal("20.5"), starts_on=since), TaxRow("Levy", Decimal("0.125"), is_compound=True)]
    return revise_tax_class(TaxClass.objects.get(is_default=True), taxes=rows, by=cast.dana)


@pytest.fixture
def kit(cast: Cast) -> Product:
    """Two and a half sensors, and a pump for those who want one."""
    made = create_product(name="Kit", currency=cast.pump.currency, sums_parts=True, by=None)
    return set_items(made, [Item(cast.sensor, Decimal("2.5")), Item(cast.pump, is_optional=True)], by=None)


def look(client: Client, kind: str, text: str) -> str:
    return client.post(URL, {"kind": kind, "file": upload(text), "decimal": "."}).content.decode()


def take(client: Client, kind: str, text: str) -> list[str]:
    """What was left out, after it is written."""
    client.post(URL, {"kind": kind, "text": text, "name": "rows.csv", "decimal": ".", "commit": "1"})
    return [row["reason"] for row in Job.objects.latest("pk").report]


def test_what_goes_out_comes_in_unchanged(
    dana: Client, cast: Cast, book: PriceBook, kit: Product, taxes: TaxClass
) -> None:
    facts = {
        "name": "=Pump", "description": "Steel,\n\"IP68\"", "unit": Unit.objects.get(code="C62"),
        "cost": Decimal("0.125"), "tax_class": TaxClass.objects.get(name="Exempt"), "renews_after": 12,
        "translations": {"de": {"name": "Pumpe"}},
    }  # fmt: skip
    revise_product(cast.pump, by=cast.dana, **facts)
    revise_price_book(book, ends_on=date(2029, 12, 31), includes_tax=True, is_default=True, by=cast.dana)
    book.refresh_from_db()
    create_price_book(name="A child", parent=book, includes_tax=True, country="BG", currency=book.currency, by=None)
    texts = {kind: text_of(dana, path) for kind, path in EXPORTS.items()}
    assert texts.keys() == KINDS.keys()
    for kind, rows in {
        "units": 4,
        "tax_classes": 5,
        "taxes": 3,
        "products": 3,
        "bundle_items": 2,
        "price_books": 2,
        "prices": 2,
    }.items():
        assert f"<li>unchanged: {rows}</li>" in look(dana, kind, texts[kind])
    assert texts["units"].splitlines()[1] == "pcs,C62,Stk.,шт.,cái,件"
    assert texts["tax_classes"].splitlines()[1] == "Standard rate,S,,yes,yes"
    assert texts["taxes"].splitlines()[1:] == [
        "Standard rate,VAT,19,no,,2027-01-01", "Standard rate,VAT,20.5,no,2027-01-01,",
        "Standard rate,Levy,0.125,yes,,",
    ]  # fmt: skip
    assert texts["bundle_items"].splitlines()[1:] == ["Kit,Sensor,2.5,no", "Kit,'=Pump,1,yes"]
    assert texts["price_books"].splitlines()[1:] == [
        "A child,EUR,List,yes,,,,BG,no,yes", "List,EUR,,yes,,2029-12-31,,,yes,yes",
    ]  # fmt: skip
    assert texts["prices"].splitlines()[1:] == [
        "List,'=Pump,240.00,0,,",
        "List,'=Pump,199.125,10,2027-01-01,2027-12-31",
    ]
    assert f"{book.name}," in text_of(dana, f"/price-books/prices/export/?book={book.pk}")
    assert text_of(dana, "/price-books/prices/export/?book=999999").count("\n") == 1


def test_an_empty_penstock_becomes_the_one_the_files_are_of(
    dana: Client, cast: Cast, book: PriceBook, kit: Product, taxes: TaxClass
) -> None:
    unit = create_unit(name="litre", code="ltr", names={"de": "Liter"}, by=None)
    revise_product(cast.pump, unit=unit, tax_class=taxes, by=None)
    create_price_book(name="A child", parent=book, currency=book.currency, sector="Water", by=None)
    texts = {kind: text_of(dana, path) for kind, path in EXPORTS.items()}
    PriceBook.objects.exclude(parent=None).delete()
    PriceBook.objects.all().delete()
    kit.delete()
    for model in (Product, Unit, TaxClass):
        model.objects.all().delete()
    for kind, text in texts.items():  # a book stands before the one it falls back on
        assert take(dana, kind, text) == []
    assert {kind: text_of(dana, path) for kind, path in EXPORTS.items()} == texts
    assert list(Product.objects.filter(is_bundle=True).values_list("name", "sums_parts")) == [("Kit", True)]


def test_parts_come_in(dana: Client, cast: Cast, kit: Product) -> None:
    """Those that no row names stay, a quantity of 0 takes one out, and the first row of a thing counts."""
    valve = create_product(name="Valve", currency=cast.pump.currency, by=None)
    head = "bundle,product,quantity,is_optional\n"
    assert take(dana, "bundle_items", f"{head}Kit,Pump,3,\nKit,Valve,,no\nKit,Sensor,0,\nKit,Valve,9,\n") == [
        "Line 3 says something else of it."
    ]
    items = list(kit.items.values_list("product__name", "quantity", "is_optional"))
    assert items == [("Pump", 3, True), ("Valve", 1, False)]
    assert take(dana, "bundle_items", f"{head}Kit,Kit,1,\nValve,Sensor,1,\nKit,Hose,1,\nKit,Pump,-1,\nKit,,1,\n") == [
        "items: A bundle cannot hold itself.",
        "items: This is a part of another bundle, so it cannot be one.",
        "There are no products called “Hose”.",
        "items: A quantity must be more than 0.",
        "product: it is empty.",
    ]
    assert take(dana, "bundle_items", f"{head}Kit,Pump,0,\nKit,Valve,0,\n") == []
    valve.refresh_from_db()
    assert not Product.objects.filter(is_bundle=True).exists()


def test_price_books_come_in(dana: Client, cast: Cast, book: PriceBook) -> None:
    text = (
        "name,currency,parent,starts_on,ends_on,sector,country,includes_tax,is_default\n"
        "Austria,eur,List,2027-01-01,2027-12-31,Water,at,,\n"
        "Swiss,CHF,,,,,,yes,yes\n"
        "Late,EUR,,2027-02-01,2027-01-01,,,,\n"
        "Wrong,USD,List,,,,,,\n"
        "Round,EUR,Trip,,,,,,\n"
        "Trip,EUR,Round,,,,,,\n"
        "Where,EUR,,,,,XX,,\n"
        "What,QQQ,,,,,,,\n"
        "List,,,,2030-12-31,,,,\n"
    )
    page = look(dana, "price_books", text)
    assert "<li>created: 2</li>" in page
    assert "<li>updated: 1</li>" in page
    assert PriceBook.objects.count() == 1
    assert take(dana, "price_books", text) == [
        "ends_on: It ends before it begins.",
        "parent: A book falls back on one in the same currency that treats tax alike.",
        "There are no price books called “Trip”.",
        "There are no price books called “Round”.",
        "country: There is no such country.",
        "currency: There is no currency “QQQ”.",
    ]
    books = PriceBook.objects.values_list(
        "name", "currency", "parent__name", "starts_on", "ends_on", "sector", "country", "includes_tax", "is_default"
    )
    assert list(books) == [
        ("Austria", "EUR", "List", date(2027, 1, 1), date(2027, 12, 31), "Water", "AT", False, False),
        ("List", "EUR", None, None, date(2030, 12, 31), "", "", False, False),
        ("Swiss", "CHF", None, None, None, "", "", True, True),
    ]
    assert "<li>unchanged: 3</li>" in look(dana, "price_books", text)


def test_it_first_says_what_would_happen(dana: Client, cast: Cast) -> None:
    text = "Name;Unit price;unit\nValve;12,50;pcs\nSensor;100;pcs\nHose;cheap;pcs\nTap;1;barrel\n"
    page = dana.post(URL, {"kind": "products", "file": upload(text), "decimal": ","}).content.decode()
    assert "Nothing is written yet." in page
    for said in ("<li>created: 1</li>", "<li>updated: 1</li>", "<li>failed: 2</li>", "“cheap” is not a number",
                 "There are no units called “barrel”."):  # fmt: skip
        assert said in page
    assert not Product.objects.filter(name="Valve").exists()
    sent = {"kind": "products", "text": text, "name": "rows.csv", "decimal": ",", "commit": "1"}
    job = Job.objects.latest("pk") if Job.objects.exists() else None
    answer = dana.post(URL, sent)
    noted = Job.objects.latest("pk")
    assert answer["Location"] == f"/jobs/{noted.pk}/"
    assert noted != job
    assert (noted.total, noted.changed, noted.left_out) == (4, 2, 2)
    assert Product.objects.get(name="Valve").unit_price == Decimal("12.500")


def test_prices_come_in(dana: Client, cast: Cast, book: PriceBook) -> None:
    text = (
        "book,product,unit_price,min_quantity,starts_on\nList,Sensor,95,,\nList,Pump,230,10,2027-01-01\nNone,Pump,1,,\n"
    )
    dana.post(URL, {"kind": "prices", "text": text, "name": "p.csv", "decimal": ".", "commit": "1"})
    rows = Price.objects.order_by("product__name", "min_quantity").values_list("product__name", "unit_price")
    assert list(rows) == [("Pump", 240), ("Pump", 230), ("Sensor", 95)]
    assert Job.objects.get().report[0]["reason"] == "There are no price books called “None”."
    twice = "book,product,unit_price\nList,Sensor,95\nList,Sensor,95\nList,Sensor,96\n"
    assert take(dana, "prices", twice) == ["Line 2 says something else of it."]


def test_thousands_of_prices_come_in_at_once_and_only_the_bad_ones_fail(
    dana: Client, cast: Cast, book: PriceBook, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    head, rows = "book,product,unit_price,min_quantity\n", [f"List,Pump,{n},{n}\n" for n in range(100, 500)]
    with django_assert_max_num_queries(60):
        assert take(dana, "prices", head + "".join(rows)) == []
    assert book.prices.count() == 402
    rows[7], rows[300] = "List,Pump,-1,107\n", "List,Pump,0.0001,400\n"
    assert take(dana, "prices", head + "".join(rows) + "List,Sensor,9,\n") == [
        "prices: Pump: a price is 0 or more.", "prices: Pump: a price has up to 3 decimals.",
    ]  # fmt: skip
    assert book.prices.count() == 403


def test_it_leads_back_to_where_the_rows_are(dana: Client, cast: Cast) -> None:
    for query, back in {"": "/products/", "?kind=units": "/settings/units/", "?kind=nothing": "/products/"}.items():
        assert f'href="{back}">Cancel</a>' in dana.get(f"{URL}{query}").content.decode()


def test_units_come_in(dana: Client, cast: Cast) -> None:
    """By their names alone: a code is of several."""
    create_unit(name="HUR", code="C62", names={"ru": "х"}, by=None)
    text = "name,code,name_de\nHUR,hur,Stunde\npallet,,Palette\nhours,,Stunden\nHours,HUR,\nbarrel,barrel,\n"
    assert take(dana, "units", text) == [
        "name: There is one of that name.",
        "code: Codes of UN/ECE recommendation 20 are two or three letters and digits: C62, HUR, DAY.",
    ]
    assert list(Unit.objects.order_by("name").values_list("name", "code", "names__de", "names__ru")) == [
        ("HUR", "HUR", "Stunde", "х"), ("days", "DAY", "Tage", "дн."), ("hours", "HUR", "Stunden", "ч"),
        ("months", "MON", "Mon.", "мес."), ("pallet", "C62", "Palette", None), ("pcs", "C62", "Stk.", "шт."),
    ]  # fmt: skip
    assert "<li>unchanged: 3</li>" in look(dana, "units", text)


def test_tax_classes_come_in(dana: Client, cast: Cast, taxes: TaxClass) -> None:
    text = (
        "name,kind,reason,is_default,is_active\n"
        "Food,s,,yes,\n"
        "Books,Z,,,no\n"
        "Abroad,G,,,\n"
        "Odd,Q,,,\n"
        "Standard rate,Z,,,\n"
        "Export,G,Article 146,,\n"
    )
    assert take(dana, "tax_classes", text) == [
        "reason: An invoice must say why there is no tax: give the reason.",
        "kind: Value 'Q' is not a valid choice.",
        "taxes: “Zero rated” has no rate above 0.",
    ]
    assert list(TaxClass.objects.filter(name__in=["Food", "Books", "Standard rate"]).values_list("name", "kind")) == [
        ("Standard rate", "S"), ("Food", "S"), ("Books", "Z"),
    ]  # fmt: skip
    assert TaxClass.objects.get(is_default=True).name == "Food"
    assert "<li>unchanged: 3</li>" in look(dana, "tax_classes", text)


def test_taxes_come_in(dana: Client, cast: Cast, taxes: TaxClass) -> None:
    """All of a class at once, so that one may end on the day on which another begins, in whatever order they stand."""
    head = "tax_class,name,rate,is_compound,starts_on,ends_on\n"
    text = (
        f"{head}Standard rate,VAT,23,,2028-01-01,\nStandard rate,VAT,20.5,,2027-01-01,2028-01-01\n"
        "Reduced rate,VAT,7,no,,\n"
    )
    assert "<li>created: 2</li><li>updated: 1</li>" in look(dana, "taxes", text)
    assert take(dana, "taxes", text) == []
    assert "<li>unchanged: 3</li>" in look(dana, "taxes", text)
    rows = taxes.taxes.values_list("name", "rate", "is_compound", "starts_on", "ends_on")
    assert list(rows) == [
        ("VAT", 19, False, None, date(2027, 1, 1)),
        ("VAT", Decimal("20.5"), False, date(2027, 1, 1), date(2028, 1, 1)),
        ("Levy", Decimal("0.125"), True, None, None),
        ("VAT", 23, False, date(2028, 1, 1), None),
    ]
    bad = (
        f"{head}Standard rate,VAT,1,,2027-06-01,\nStandard rate,Levy,0.5,,,\nStandard rate,Levy,,,,\nExempt,VAT,5,,,\n"
        "Standard rate,Levy,9,,,\nLuxury,VAT,33,,,\nStandard rate,VAT,101,,2027-01-01,\n"
    )
    assert take(dana, "taxes", bad) == [
        "taxes: VAT 20.5% and VAT 1% are in force at the same time.",
        "rate: it is empty.",
        "taxes: “Exempt” has no rate above 0.",
        "Line 3 says something else of it.",
        "There are no tax classes called “Luxury”.",
        "taxes: Ensure this value is less than or equal to 100.",
    ]
    assert taxes.taxes.get(name="Levy").rate == Decimal("0.5")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("products", "Title,Price\nValve,1\n", "The first line names no column: name."),
        ("prices", "book,product\nList,Pump\n", "The first line names no column: unit_price."),
        ("products", "", "Choose a file."),
        ("products", "name\n" + "x\n" * 5001, "At once it takes 5000 rows"),
        ("nothing", "name\nx\n", "Select a valid choice."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(dana: Client, cast: Cast, kind: str, text: str, said: str) -> None:
    answer = dana.post(URL, {"kind": kind, "text": text, "decimal": "."})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_file_of_another_encoding_is_refused(dana: Client, cast: Cast) -> None:
    file = SimpleUploadedFile("x.csv", "name\nVentil für Öl\n".encode("latin-1"), "text/csv")
    answer = dana.post(URL, {"kind": "products", "file": file})
    assert answer.status_code == 422
    assert "CSV UTF-8" in answer.content.decode()


def test_everyone_takes_them_out_and_administrators_put_them_in(
    client: Client, cast: Cast, book: PriceBook, kit: Product, taxes: TaxClass
) -> None:
    create_price_book(name="Another", currency=book.currency, by=None)
    client.force_login(cast.alice)
    for path in EXPORTS.values():
        assert text_of(client, path).count("\n") > 2
    assert client.post(URL, {"kind": "products", "text": "name\nx\n", "commit": "1"}).status_code == 403


# ── API and command ────────────────────────────────────────────────────────────────────────────────


def test_the_api_gives_and_takes_the_same_files(
    dana: Client, cast: Cast, book: PriceBook, kit: Product, taxes: TaxClass
) -> None:
    api = Caller(cast.dana)
    for kind, path in EXPORTS.items():
        answer: Any = api.get(f"products/files/{kind}/")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert text == text_of(dana, path)
        report = api.post(f"products/files/{kind}/", {"content": text}).json()
        assert report["counts"] == {"unchanged": text.count("\n") - 1}
    sent = {"content": "book;product;unit_price\nList;Sensor;9,5\nList;Hose;1\n", "decimal": ",", "dry_run": True}
    rows = [
        {"line": 2, "action": "created", "object": "price of Sensor in List", "message": ""},
        {"line": 3, "action": "failed", "object": "price List", "message": "There are no products called “Hose”."},
    ]
    for dry in (True, False):
        assert not book.prices.filter(product=cast.sensor).exists()
        report = api.post("products/files/prices/", sent | {"dry_run": dry}).json()
        assert report == {"counts": {"created": 1, "failed": 1}, "rows": rows}
    assert book.prices.get(product=cast.sensor).unit_price == Decimal("9.5")
    refused = api.post("products/files/prices/", {"content": "book\nx\n"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["file"])


def test_the_command_writes_what_the_import_takes(
    dana: Client, cast: Cast, book: PriceBook, kit: Product, taxes: TaxClass, tmp_path: Path
) -> None:
    for kind, path in EXPORTS.items():
        call_command("export", kind, str(tmp_path / "x.csv"), stdout=StringIO())
        assert (tmp_path / "x.csv").read_bytes().decode("utf-8-sig") == text_of(dana, path)
        columns = "\n".join(f'{name} = "{name}"' for name in KINDS[kind].fields)
        key = 'key = "name"' if KINDS[kind].keys else ""
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(f'[[tables]]\nkind = "{kind}"\nfile = "x.csv"\n{key}\n[tables.columns]\n{columns}\n')
        said = StringIO()
        call_command("import", mapping, commit=True, stdout=said)
        assert "created" not in said.getvalue()
        assert "updated" not in said.getvalue()
