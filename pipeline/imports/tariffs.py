"""What a row about a bundle, a price book or a price means."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.rows import Action, Row
from crm.imports.run import BAD_ROW, Index, Kind, Run
from crm.money import round_to
from pipeline.books import PriceRow, create_price_book, revise_price_book, set_prices
from pipeline.catalogue import Item, set_items
from pipeline.imports.catalogue import products, put
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


class Together[Whole: Model, Part](Said):
    """Rows that are parts of something, which is written with all of them at once."""

    def write(self, rows: Sequence[Row]) -> None:
        found: dict[Whole, dict[Row, Part]] = defaultdict(dict)
        for row in rows:
            try:
                whole, part = self.read(row)
                found[whole][row] = part
            except Refused as refused:
                row.fail(refused)
        for whole, parts in found.items():
            self._set(whole, parts)

    def read(self, row: Row) -> tuple[Whole, Part]:
        raise NotImplementedError

    def set(self, whole: Whole, rows: Mapping[Row, Part]) -> dict[Row, Action]:
        raise NotImplementedError

    def _set(self, whole: Whole, rows: Mapping[Row, Part]) -> None:
        try:
            with transaction.atomic():
                became = self.set(whole, rows)
        except BAD_ROW as error:
            self._set_halves(whole, rows, error)
            return
        for row, action in became.items():
            row.done(action)

    def _set_halves(self, whole: Whole, rows: Mapping[Row, Part], error: Exception) -> None:
        """What is refused at once is tried in halves, so that only the bad rows fail."""
        listed, middle = list(rows), len(rows) // 2
        if not middle:
            listed[0].fail(error)
            return
        for half in (listed[:middle], listed[middle:]):
            self._set(whole, {row: rows[row] for row in half})


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
        return put(price_books(self.run), book, create_price_book, revise_price_book, by=self.by, **facts)


def _above(row: Row, named: Mapping[str, Row]) -> list[Row]:
    """The rows of the books that this one falls back on, however far."""
    found: list[Row] = []
    while (above := named.get(row.values.get("parent", ""))) and above not in found:
        found.append(above)
        row = above
    return found


class Prices(Together[PriceBook, PriceRow]):
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
        products(self.run).fetch(row.values["product"] for row in rows)
        super().write(rows)

    def read(self, row: Row) -> tuple[PriceBook, PriceRow]:
        facts = dict(row.values)
        book = price_books(self.run).find(facts.pop("book"))
        price = PriceRow(**facts | {"product": products(self.run).find(facts["product"])})
        row.name = f"price of {price.product} in {book}"
        self.say(row, book.pk, price.key)
        return book, price

    def set(self, book: PriceBook, rows: Mapping[Row, PriceRow]) -> dict[Row, Action]:
        changed = set_prices(book, list({each.key: each for each in rows.values()}.values()), by=self.by)
        olds = {(product, Decimal(quantity), day): old for product, quantity, day, old, _new in changed}
        became = {}
        for row, price in rows.items():
            day = price.starts_on.isoformat() if price.starts_on else None
            key = (price.product.pk, round_to(price.min_quantity, 3), day)
            became[row] = Action.UNCHANGED if key not in olds else Action.UPDATED if olds.pop(key) else Action.CREATED
        return became
