"""The catalogue as CSV: out with the columns that come in, and in through the machinery of every import."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.errors import Refused
from crm.forms import tidy
from crm.imports.mapping import BadMapping, Cell, Mapped, Segment, Table
from crm.imports.reading import ISO, BadFile, lines_of
from crm.imports.run import Kind, Outcome, import_files
from crm.models import User
from crm.money import round_to
from crm.sheets import GUARDED, Rows, Value
from pipeline.imports import CATALOGUE
from pipeline.imports.catalogue import TRANSLATIONS, Products
from pipeline.imports.tariffs import BundleItems, PriceBooks, Prices
from pipeline.imports.taxes import NAMES as UNIT_NAMES
from pipeline.imports.taxes import TaxClasses, Taxes, Units
from pipeline.models import BundleItem, Price, PriceBook, Product, Tax, TaxClass, Unit

KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in CATALOGUE}
NAMES = {
    "units": gettext_lazy("Units"),
    "tax_classes": gettext_lazy("Tax classes"),
    "taxes": gettext_lazy("Taxes of tax classes"),
    "products": gettext_lazy("Products"),
    "bundle_items": gettext_lazy("Parts of bundles"),
    "price_books": gettext_lazy("Price books"),
    "prices": gettext_lazy("Prices of price books"),
}
MOST = 5000  # rows at once: for more there is the command
MOST_BYTES = 1_000_000


# ── Out ────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(kind: str, found: QuerySet[Any] | None = None, *, costs: bool) -> Rows:
    """Everything of a kind, or what was found of it; what it costs us only with `costs`."""
    model, rows = SOURCES[kind]
    listed = rows(model._default_manager.all() if found is None else found)
    return listed if costs else _without("cost", iter(listed))


def _without(column: str, rows: Iterator[Sequence[Value]]) -> Rows:
    names = next(rows)
    kept = [place for place, name in enumerate(names) if name != column]
    yield [names[place] for place in kept]
    yield from ([row[place] for place in kept] for row in rows)


def unit_rows(units: QuerySet[Unit]) -> Rows:
    yield list(Units.fields)
    for unit in units.order_by("position", "pk"):
        words = {name: unit.names.get(language, "") for name, language in UNIT_NAMES.items()}
        yield _row(words, unit, Units)


def tax_class_rows(classes: QuerySet[TaxClass]) -> Rows:
    yield list(TaxClasses.fields)
    for tax_class in classes.order_by("position", "pk"):
        yield _row({}, tax_class, TaxClasses)


def tax_rows(taxes: QuerySet[Tax]) -> Rows:
    """In the order in which they are worked out."""
    yield list(Taxes.fields)
    for tax in taxes.select_related("tax_class").order_by("tax_class__position", "tax_class", "position", "pk"):
        yield _row({"tax_class": tax.tax_class.name, "rate": tidy(tax.rate)}, tax, Taxes)


def product_rows(products: QuerySet[Product]) -> Rows:
    yield list(Products.fields)
    for product in products.select_related("unit", "tax_class").order_by("name", "pk").iterator():
        plain: dict[str, Value] = {
            "unit_price": _plain(product.unit_price), "cost": _plain(product.cost), "currency": product.currency_id,
            "unit": product.unit.name if product.unit else None,
            "tax_class": product.tax_class.name if product.tax_class else None,
        }  # fmt: skip
        words = {name: _words(product, name) for name in TRANSLATIONS}
        yield _row({**plain, **words}, product, Products)


def item_rows(items: QuerySet[BundleItem]) -> Rows:
    yield list(BundleItems.fields)
    for item in items.select_related("bundle", "product").order_by("bundle__name", "position", "pk").iterator():
        names = {"bundle": item.bundle.name, "product": item.product.name}
        yield _row({**names, "quantity": tidy(item.quantity)}, item, BundleItems)


def book_rows(books: QuerySet[PriceBook]) -> Rows:
    yield list(PriceBooks.fields)
    for book in books.select_related("parent").order_by("name", "pk").iterator():
        yield _row(
            {"currency": book.currency_id, "parent": book.parent.name if book.parent else None}, book, PriceBooks
        )


def price_rows(prices: QuerySet[Price]) -> Rows:
    yield list(Prices.fields)
    order = ("book__name", "product__name", F("starts_on").asc(nulls_first=True), "min_quantity")
    for price in prices.select_related("book", "product").order_by(*order).iterator():
        names = {"book": price.book.name, "product": price.product.name}
        numbers = {"unit_price": _plain(price.unit_price), "min_quantity": tidy(price.min_quantity)}
        yield _row({**names, **numbers}, price, Prices)


SOURCES: dict[str, tuple[type[Model], Callable[[Any], Rows]]] = {
    "units": (Unit, unit_rows),
    "tax_classes": (TaxClass, tax_class_rows),
    "taxes": (Tax, tax_rows),
    "products": (Product, product_rows),
    "bundle_items": (BundleItem, item_rows),
    "price_books": (PriceBook, book_rows),
    "prices": (Price, price_rows),
}


def _row(known: Mapping[str, Value], record: Model, kind: type[Kind]) -> list[Value]:
    """A cell for every field of the kind: what is known, else what the record says."""
    values = (known[name] if name in known else getattr(record, name) for name in kind.fields)
    return [("yes" if value else "no") if isinstance(value, bool) else value for value in values]


def _words(product: Product, name: str) -> str:
    kind, _sep, language = name.partition("_")
    return str(product.translations.get(language, {}).get(kind, ""))


def _plain(number: Decimal | None) -> Value:
    """Two decimals, or three where there is a third."""
    if number is None:
        return None
    return short if (short := round_to(number, 2)) == number else number


# ── In ─────────────────────────────────────────────────────────────────────────────────────────────


class Upload(NamedTuple):
    """A file of a kind: its text, and how it writes decimals."""

    kind: str
    name: str
    text: str
    decimal: str = "."


def take_in(upload: Upload, *, commit: bool, by: User) -> Outcome:
    """What became (without `commit`: would become) of every row. Columns are found by their names. Raises Refused."""
    try:
        with TemporaryDirectory() as folder:
            lines = list(_lines(upload))
            with (Path(folder) / "rows.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(lines)
            mapped = _mapped(upload, lines)
            (outcome,) = import_files(mapped, KINDS, Path(folder), commit=commit, by=by, tell=lambda _outcome: None)
            return outcome
    except BadFile as error:
        raise Refused(file=str(error)) from None
    except BadMapping as error:
        raise Refused(file=error.problems) from None


def _lines(upload: Upload) -> Iterator[list[str]]:
    """Names of columns as the fields are called, cells without the mark that keeps spreadsheets from computing them."""
    lines = lines_of(upload.text.encode(), upload.name, ISO)
    header = [name.casefold().replace(" ", "_") for name in lines.header]
    known = KINDS[upload.kind].fields
    if missing := [name for name, field in known.items() if field.is_needed and name not in header]:
        raise Refused(file=_("The first line names no column: %(names)s.") % {"names": ", ".join(missing)})
    yield header
    for count, (_line, cells) in enumerate(lines.rows):
        if count == MOST:
            raise Refused(file=_("At once it takes %(n)d rows: import more by the command.") % {"n": MOST})
        yield [cell[1:] if cell[:1] == "'" and cell[1:].startswith(GUARDED) else cell for cell in cells]


def _mapped(upload: Upload, lines: Sequence[list[str]]) -> Mapped:
    kind, header = KINDS[upload.kind], lines[0]
    cells = {name: Cell(segments=(Segment(False, ((True, name),)),)) for name in kind.fields if name in header}
    formats = ISO._replace(decimal=upload.decimal, thousands="." if upload.decimal == "," else ",", delimiter=",")
    table = Table(
        number=1, kind=upload.kind, file="rows.csv", rows=(), cells=cells,
        key=_key(kind, lines), formats=formats, skip={}, values={}, create=frozenset(), options={},
    )  # fmt: skip
    return Mapped(Path(upload.name), {}, formats, [table])


def _key(kind: type[Kind], lines: Sequence[list[str]]) -> str:
    """The first of its keys that every row has; else its name, and rows without one fail."""
    for name in kind.keys:
        place = lines[0].index(name) if name in lines[0] else len(lines[0])
        if all(cells[place : place + 1] and cells[place].strip() for cells in lines[1:]):
            return name
    return "name" if kind.keys else ""
