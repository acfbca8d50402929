"""Encodings, delimiters, numbers and dates as other programs write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contacts.models import Company
from crm.imports.reading import BadFile, BadValue, Formats, read_csv, read_day, read_moment, read_number, read_yes
from pipeline.models import Product
from tests.imports.conftest import Importer

SOFIA = ZoneInfo("Europe/Sofia")
PRODUCTS = '[[tables]]\nkind = "products"\nfile = "p.csv"\n[tables.columns]\nname = "Name"\nunit_price = "Preis"\n'


def number(text: str, **formats: str) -> Decimal:
    return read_number(text, Formats(**formats), SOFIA)  # type: ignore[arg-type]


def test_numbers() -> None:
    assert number("1234.50") == Decimal("1234.50")
    assert number("-7") == -7
    assert number("1.234.567,89", decimal=",", thousands=".") == Decimal("1234567.89")
    assert number("1,234", thousands=",") == 1234
    assert number("1\u202f234,5", decimal=",", thousands=" ") == Decimal("1234.5")
    assert number("1234,5", decimal=",", thousands=".") == Decimal("1234.5")


@pytest.mark.parametrize("text", ["1,5", "12,34", "1.2.3", "€5", "ten", "1e5", "--1", "1 000"])
def test_a_number_in_another_style_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(BadValue, match="is not a number"):
        number(text, thousands=",")


def test_days_and_moments() -> None:
    german = Formats(dates=("%d.%m.%Y", "%d.%m.%Y %H:%M"))
    assert read_day("31.12.2017", german, SOFIA) == date(2017, 12, 31)
    assert read_moment("31.12.2017", german, SOFIA).astimezone(UTC) == datetime(2017, 12, 31, 10, tzinfo=UTC)
    assert read_moment("31.12.2017 08:30", german, SOFIA).astimezone(UTC) == datetime(2017, 12, 31, 6, 30, tzinfo=UTC)
    assert read_moment("2017-12-31T23:30:00Z", Formats(), SOFIA) == datetime(2017, 12, 31, 23, 30, tzinfo=UTC)
    assert read_day("2017-12-31T23:30:00Z", Formats(), SOFIA) == date(2018, 1, 1)
    with pytest.raises(BadValue, match=r"is not a date like %d\.%m\.%Y"):
        read_day("12/31/2017", german, SOFIA)


def test_yes_and_no() -> None:
    assert [read_yes(text, Formats(), SOFIA) for text in ("Yes", "1", "false", "N")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("encoding", "setting"),
    [("utf-8", ""), ("utf-8-sig", ""), ("cp1251", 'encoding = "cp1251"'), ("utf-16", 'encoding = "utf-16"')],
)
def test_encodings(importer: Importer, db: None, encoding: str, setting: str) -> None:
    importer.file("p.csv", "Name,Preis\nПомпа,5\n", encoding)
    importer.run(f"[format]\n{setting}\n{PRODUCTS}")
    assert list(Product.objects.values_list("name", "unit_price")) == [("Помпа", Decimal(5))]


def test_text_in_another_encoding_is_refused_with_its_line(importer: Importer, db: None) -> None:
    importer.file("p.csv", "Name,Preis\nPump,5\nKühler,6\n", "latin-1")
    assert importer.fails(PRODUCTS) == "p.csv line 3 is not utf-8: set “encoding” in the mapping’s [format]."


def test_delimiter_is_found_and_cells_may_hold_lines(importer: Importer, db: None) -> None:
    importer.file("p.csv", 'Name;Preis\r\n"Pump;\r\nlarge";"1.000,50"\r\n\r\nSensor;7\r\n')
    importer.run(f'[format]\ndecimal = ","\nthousands = "."\n{PRODUCTS}')
    assert list(Product.objects.order_by("id").values_list("name", "unit_price")) == [
        ("Pump;\r\nlarge", Decimal("1000.50")),
        ("Sensor", Decimal(7)),
    ]
    assert importer.actions("p.csv") == [(2, "created"), (5, "created")]


def test_bad_files(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("")
    with pytest.raises(BadFile, match="is empty"):
        read_csv(path, Formats())
    path.write_text("a,b,a\n")
    with pytest.raises(BadFile, match="several columns named a"):
        read_csv(path, Formats())
    path.write_text('a,b\n"x" y,2\n')
    with pytest.raises(BadFile, match=r"x\.csv line 2 is not CSV"):
        list(read_csv(path, Formats()).rows)


def test_values_templates_constants_and_skipped_rows(importer: Importer, cast: object) -> None:
    importer.file("firms.csv", "Firm,City,Type,Branch\nAcme 2,Sofia,customer,wtr\nOld,,dead,wtr\nBeta,,customer,\n")
    importer.run(
        """
        [[tables]]
        kind = "companies"
        file = "firms.csv"
        skip.Type = ["dead"]
        [tables.columns]
        name = "${Firm}[ (${City})]"
        sector = { column = "Branch", values = { wtr = "Water" }, default = "Other" }
        country = { constant = "BG" }
        [tables.defaults]
        owner = "alice@example.com"
        """
    )
    assert importer.actions("firms.csv") == [(2, "created"), (3, "skipped"), (4, "created")]
    assert list(Company.objects.order_by("-id").values_list("name", "sector", "country")[:2]) == [
        ("Beta", "Other", "BG"),
        ("Acme 2 (Sofia)", "Water", "BG"),
    ]
