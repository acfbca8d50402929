"""What a row about a bundle, a price book or a price means."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.rows import Action, Row
from crm.imports.run import BAD_ROW, Index, Kind, Run
from crm.money import round_to
from pipeline.books import PriceRow, create_price_book, revise_price_book, set_prices
from pipeline.catalogue import Item, set_items
from pipeline.imports.catalogue import products
from pipeline.models import PriceBook


def price_books(run: Run) -> Index[PriceBook]:
    return run.share("price books", lambda: Index(PriceBook.objects.all(), _("price books"), "name"))


class Said(Kind):
    """Rows without a key of their own: of one thing two rows say the same, or the second fails."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.said: dict[Hashable, Row] = {}

    def say(self, row: Row, *about: Hashable) -> None:
        if (twin := self.said.setdefault(about, row)).values != row.values:
            raise Refused(**{"": _("Line %(line)d says something else of it.") % {"line": twin.line}})


class BundleItems(Said):
    """A part of a bundle. Those that no row names stay; a quantity of 0 takes one out."""

    name, noun = "bundle_items", "part"
    fields = {
        "bundle": Field(is_needed=True),
        "product": Field(is_needed=True),
        "quantity": Field("number"),
        "is_optional": Field("yes"),
    }

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        bundle, part = (products(self.run).find(facts.pop(name)) for name in ("bundle", "product"))
        row.name = f"{part} in {bundle}"
        self.say(row, bundle.pk, part.pk)
        parts = bundle.items.select_related("product")
        items = {each.product_id: Item(each.product, each.quantity, each.is_optional) for each in parts}
        before = items.get(part.pk)
        items[part.pk] = (before or Item(part))._replace(**facts)
        if not items[part.pk].quantity:
            del items[part.pk]
        if items.get(part.pk) == before:
            return Action.UNCHANGED
        products(self.run).add(set_items(bundle, list(items.values()), by=self.by))
        return Action.UPDATED if before else Action.CREATED


class PriceBooks(Kind):
    """A price book, without its prices."""

    name, noun = "price_books", "price book"
    fields = {
        "name": Field(is_needed=True),
        "currency": Field(),
        "parent": Field(),
        "includes_tax": Field("yes"),
        "starts_on": Field("day"),
        "ends_on": Field("day"),
        "sector": Field(),
        "country": Field(),
        "is_default": Field("yes"),
        "is_active": Field("yes"),
    }
    keys = ("name",)

    def write(self, rows: Sequence[Row]) -> None:
        """Those that others fall back on first, in whatever order they stand."""
        named = {row.values["name"]: row for row in rows}
        super().write(sorted(rows, key=lambda row: len(_above(row, named))))

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        if "currency" in facts:
            facts["currency"] = self.run.currency(facts["currency"])
        if "parent" in facts:
            facts["parent"] = price_books(self.run).find(facts["parent"])
        if "country" in facts:
            facts["country"] = facts["country"].upper()
        book = price_books(self.run).get(facts["name"])
        if book is None:
            facts.setdefault("currency", self.run.workspace.currency)
            price_books(self.run).add(create_price_book(by=self.by, **facts))
            return Action.CREATED
        if all(getattr(book, name) == value for name, value in facts.items()):
            return Action.UNCHANGED
        price_books(self.run).add(revise_price_book(book, by=self.by, **facts))
        return Action.UPDATED


def _above(row: Row, named: Mapping[str, Row]) -> list[Row]:
    """The rows of the books that this one falls back on, however far."""
    found: list[Row] = []
    while (above := named.get(row.values.get("parent", ""))) and above not in found:
        found.append(above)
        row = above
    return found


class Prices(Said):
    """What a product costs in a price book, from a quantity and a day on. The book is there already."""

    name, noun = "prices", "price"
    fields = {
        "book": Field(is_needed=True),
        "product": Field(is_needed=True),
        "unit_price": Field("number", is_needed=True),
        "min_quantity": Field("number"),
        "starts_on": Field("day"),
        "ends_on": Field("day"),
    }

    def write(self, rows: Sequence[Row]) -> None:
        """Each book's at once: a file may have thousands of them."""
        products(self.run).fetch(row.values["product"] for row in rows)
        found: dict[PriceBook, dict[Row, PriceRow]] = defaultdict(dict)
        for row in rows:
            try:
                book, price = self._read(row)
                found[book][row] = price
            except Refused as refused:
                row.fail(refused)
        for book, prices in found.items():
            self._set(book, prices)

    def _read(self, row: Row) -> tuple[PriceBook, PriceRow]:
        facts = dict(row.values)
        book = price_books(self.run).find(facts.pop("book"))
        price = PriceRow(**facts | {"product": products(self.run).find(facts["product"])})
        row.name = f"price of {price.product} in {book}"
        self.say(row, book.pk, price.key)
        return book, price

    def _set(self, book: PriceBook, prices: Mapping[Row, PriceRow]) -> None:
        try:
            with transaction.atomic():
                changed = set_prices(book, list({each.key: each for each in prices.values()}.values()), by=self.by)
        except BAD_ROW as error:
            self._part(book, prices, error)
            return
        olds = {(product, Decimal(quantity), day): old for product, quantity, day, old, _new in changed}
        for row, price in prices.items():
            day = price.starts_on.isoformat() if price.starts_on else None
            key = (price.product.pk, round_to(price.min_quantity, 3), day)
            row.done(Action.UNCHANGED if key not in olds else Action.UPDATED if olds.pop(key) else Action.CREATED)

    def _part(self, book: PriceBook, prices: Mapping[Row, PriceRow], error: Exception) -> None:
        """What is refused at once is tried in halves, so that only the bad rows fail."""
        rows, middle = list(prices), len(prices) // 2
        if not middle:
            rows[0].fail(error)
            return
        for half in (rows[:middle], rows[middle:]):
            self._set(book, {row: prices[row] for row in half})
