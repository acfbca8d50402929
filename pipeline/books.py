"""The verbs of price books. Quotes and deals keep the prices that they were given."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.places import COUNTRIES
from crm import events
from crm.changes import apply, check
from crm.errors import Conflict, Refused
from crm.models import User
from crm.money import round_to
from pipeline.catalogue import only_known
from pipeline.models import Price, PriceBook, Product

BOOK_FIELDS = {
    "name", "currency", "parent", "includes_tax", "starts_on", "ends_on", "sector", "country", "is_default",
    "is_active",
}  # fmt: skip
LARGEST = Decimal("1e15")
type PriceKey = tuple[int, Decimal, date | None]  # of a book: product, from quantity, from day


class PriceRow(NamedTuple):
    """What a product costs from a quantity and a day on; without a price, nothing of its own."""

    product: Product
    unit_price: Decimal | None
    min_quantity: Decimal = Decimal(0)
    starts_on: date | None = None
    ends_on: date | None = None  # the last day

    @property
    def key(self) -> PriceKey:
        return self.product.pk, self.min_quantity, self.starts_on


@transaction.atomic
def create_price_book(*, by: User | None, **fields: Any) -> PriceBook:
    """A new book without prices of its own: `name`, `currency`, and any other of BOOK_FIELDS."""
    book = PriceBook()
    only_known(BOOK_FIELDS, fields)
    apply(book, fields)
    _check_book(book)
    book.save()
    events.record([events.event("pricebook.created", book, by=by, is_public=True, data={"name": book.name})])
    return book


@transaction.atomic
def revise_price_book(book: PriceBook, *, by: User | None, **fields: Any) -> PriceBook:
    book = PriceBook.objects.select_for_update().get(pk=book.pk)
    only_known(BOOK_FIELDS, fields)
    if changed := apply(book, fields):
        if "currency" in changed and book.prices.exists():
            raise Refused(currency=_("Its prices are in another currency: make a book of its own for this one."))
        _check_book(book)
        book.save()
        data = {"name": book.name, "changed": changed}
        events.record([events.event("pricebook.revised", book, by=by, is_public=True, data=data)])
    return book


@transaction.atomic
def set_prices(
    book: PriceBook, rows: Sequence[PriceRow], *, seen: dict[PriceKey, Decimal | None] | None = None, by: User | None
) -> list[list[Any]]:
    """Set, replace and (without a price) take away these prices; all others stay. Returns what became different.

    `seen` are the prices the caller saw: Conflict if somebody else changed one of them since.
    """
    book = PriceBook.objects.select_for_update().get(pk=book.pk)
    rows = [_checked(row, book) for row in rows]
    if twice := [key for key, count in Counter(row.key for row in rows).items() if count > 1]:
        name = next(row.product.name for row in rows if row.key == twice[0])
        raise Refused(prices=_("%(product)s: two prices for the same quantity and day.") % {"product": name})
    known = {(each.product_id, each.min_quantity, each.starts_on): each for each in _known(book, rows)}
    _expect_same(rows, known, seen or {})
    wanted = [(row, known.get(row.key)) for row in rows]
    changed = [_change(row, old) for row, old in wanted if _differs(row, old)]
    gone = [old.pk for row, old in wanted if old and row.unit_price is None]
    Price.objects.filter(pk__in=gone).delete()
    Price.objects.bulk_create(
        [Price(book=book, **row._asdict()) for row, old in wanted if row.unit_price is not None and _differs(row, old)],
        update_conflicts=True,
        unique_fields=["book", "product", "min_quantity", "starts_on"],
        update_fields=["unit_price", "ends_on"],
    )
    if changed:
        data = {"name": book.name, "prices": changed[:200], "count": len(changed)}
        events.record([events.event("pricebook.priced", book, by=by, is_public=True, data=data)])
    return changed


def _known(book: PriceBook, rows: Iterable[PriceRow]) -> Iterable[Price]:
    return book.prices.filter(product__in={row.product.pk for row in rows})


def _differs(row: PriceRow, old: Price | None) -> bool:
    if old is None or row.unit_price is None:
        return (old is None) != (row.unit_price is None)
    return (row.unit_price, row.ends_on) != (old.unit_price, old.ends_on)


def _change(row: PriceRow, old: Price | None) -> list[Any]:
    """[product, from quantity, from day, old, new]"""
    prices = (old.unit_price if old else None, row.unit_price)
    day = row.starts_on.isoformat() if row.starts_on else None
    return [row.product.pk, str(row.min_quantity), day, *(None if price is None else str(price) for price in prices)]


def _checked(row: PriceRow, book: PriceBook) -> PriceRow:
    where = {"product": row.product.name}
    row = row._replace(min_quantity=round_to(row.min_quantity, 3))
    if not 0 <= row.min_quantity < Decimal("1e11"):
        raise Refused(prices=_("%(product)s: a quantity is not negative.") % where)
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise Refused(prices=_("%(product)s: a price ends on or after the day it begins.") % where)
    if row.unit_price is None:
        return row
    if not 0 <= row.unit_price < LARGEST:
        raise Refused(prices=_("%(product)s: a price is 0 or more.") % where)
    if (rounded := round_to(row.unit_price, 3)) != row.unit_price:
        raise Refused(prices=_("%(product)s: a price has up to 3 decimals.") % where)
    return row._replace(unit_price=rounded)


def _expect_same(rows: Sequence[PriceRow], known: dict[PriceKey, Price], seen: dict[PriceKey, Decimal | None]) -> None:
    for row in rows:
        now = known[row.key].unit_price if row.key in known else None
        if row.key in seen and now not in (seen[row.key], row.unit_price):
            raise Conflict(
                _("Somebody changed the price of %(product)s in the meantime.") % {"product": row.product.name}
            )


def _check_book(book: PriceBook) -> None:
    others = PriceBook.objects.exclude(pk=book.pk)
    book.country = book.country.upper()
    if others.filter(name__iexact=book.name).exists():
        raise Refused(name=_("There is a price book of that name."))
    if book.country and book.country not in COUNTRIES:
        raise Refused(country=_("There is no such country."))
    if book.starts_on and book.ends_on and book.ends_on < book.starts_on:
        raise Refused(ends_on=_("It ends before it begins."))
    if book.is_default and (book.sector or book.country):
        raise Refused(is_default=_("The usual book of a currency is for everybody: it has no sector and no country."))
    if book.is_default and not book.is_active:
        raise Refused(is_active=_("The usual book of a currency stays in use."))
    check(book)
    _check_parent(book)
    if book.is_default:  # the one before steps back
        others.filter(currency=book.currency, is_default=True).update(is_default=False)


def _check_parent(book: PriceBook) -> None:
    above, parent = {book.pk}, book.parent
    while parent:
        if parent.pk in above:
            raise Refused(parent=_("A price book cannot fall back on itself."))
        above.add(parent.pk)
        if (parent.currency_id, parent.includes_tax) != (book.currency_id, book.includes_tax):
            raise Refused(parent=_("A book falls back on one in the same currency that treats tax alike."))
        parent = parent.parent
    children = book.children.exclude(currency=book.currency, includes_tax=book.includes_tax) if book.pk else None
    if children and children.exists():
        raise Refused(**{"": _("Other books fall back on this one: its currency and its tax stay as they are.")})
