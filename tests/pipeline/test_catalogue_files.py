"""Products and prices as CSV files, out and in."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm.models import Currency, Job
from pipeline.books import PriceRow, create_price_book, set_prices
from pipeline.catalogue import revise_product
from pipeline.models import Price, PriceBook, Product, TaxClass, Unit
from tests.cast import Cast

URL = "/products/import/"


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


def test_what_goes_out_comes_in_unchanged(dana: Client, cast: Cast, book: PriceBook) -> None:
    facts = {
        "name": "=Pump", "description": "Steel,\n\"IP68\"", "unit": Unit.objects.get(code="C62"),
        "cost": Decimal("0.125"), "tax_class": TaxClass.objects.get(name="Exempt"), "renews_after": 12,
        "translations": {"de": {"name": "Pumpe"}},
    }  # fmt: skip
    revise_product(cast.pump, by=cast.dana, **facts)
    products, prices = text_of(dana, "/products/export/"), text_of(dana, "/price-books/export/")
    for kind, text in {"products": products, "prices": prices}.items():
        page = dana.post(URL, {"kind": kind, "file": upload(text), "decimal": "."}).content.decode()
        assert "<li>unchanged: 2</li>" in page
    assert prices.splitlines()[1:] == ["List,'=Pump,240.00,0,,", "List,'=Pump,199.125,10,2027-01-01,2027-12-31"]
    assert f"{book.name}," in text_of(dana, f"/price-books/export/?book={book.pk}")
    assert text_of(dana, "/price-books/export/?book=999999").count("\n") == 1


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


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("products", "Title,Price\nValve,1\n", "The first line names no column: name."),
        ("prices", "book,product\nList,Pump\n", "The first line names no column: unit_price."),
        ("products", "", "Choose a file."),
        ("products", "name\n" + "x\n" * 5001, "A page takes 5000 rows"),
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


def test_everyone_takes_them_out_and_administrators_put_them_in(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    assert "Pump" in text_of(client, "/products/export/")
    assert client.post(URL, {"kind": "products", "text": "name\nx\n", "commit": "1"}).status_code == 403
