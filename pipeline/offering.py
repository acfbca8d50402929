"""What a thing costs for whom and when, how it is taxed, and what a bundle is made of. Reads only; never converts.

A price is looked for in the book, then in the books it falls back on, then in the usual one of its currency, then at
the product itself, and always in the currency asked for. Books that are out of use or out of date are passed over.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from contacts.models import Company
from crm.models import Currency
from pipeline import pricing
from pipeline.models import BundleItem, Price, PriceBook, Product, Tax, TaxClass


class Offer(NamedTuple):
    unit_price: Decimal
    currency: str
    book: PriceBook | None  # None: the product's own price
    min_quantity: Decimal


class Ask(NamedTuple):
    product: Product
    quantity: Decimal


class Part(NamedTuple):
    """A line that a bundle stands for. One that isn't priced is in the bundle's own price."""

    product: Product
    quantity: Decimal
    is_optional: bool
    is_priced: bool


class Wording(NamedTuple):
    name: str
    description: str
    unit: str
    unit_code: str


def price_of(
    product: Product, *, book: PriceBook | None, currency: Currency, quantity: Decimal, on: date,
    company: Company | None = None,
) -> Offer | None:  # fmt: skip
    """None: nobody has set a price in this currency. Without a book, the one for the company is asked."""
    return prices_of([Ask(product, quantity)], book=book, currency=currency, on=on, company=company)[0]


def prices_of(
    asks: Sequence[Ask], *, book: PriceBook | None, currency: Currency, on: date, company: Company | None = None
) -> list[Offer | None]:
    """An offer for each, in two queries however many there are."""
    books = list(PriceBook.objects.filter(currency=currency))
    chain = _chain(books, book or _fitting(books, on, company), on)
    rows = _prices([ask.product.pk for ask in asks], chain, on)
    return [_offer(ask, chain, rows, currency) for ask in asks]


def book_for(*, currency: Currency, on: date, company: Company | None) -> PriceBook | None:
    """The book of the company's segment (sector and country before either alone), else the usual one."""
    return _fitting(PriceBook.objects.filter(currency=currency), on, company)


def tax_class_of(product: Product | None) -> TaxClass | None:
    """The product's, else the one that is taken when none is named."""
    if product and product.tax_class:
        return product.tax_class
    return TaxClass.objects.filter(is_default=True).first()


def taxes_of(tax_class: TaxClass | None, on: date) -> tuple[pricing.Tax, ...]:
    return taxes_of_classes([tax_class.pk], on)[tax_class.pk] if tax_class else ()


def taxes_of_classes(ids: Collection[int], on: date) -> dict[int, tuple[pricing.Tax, ...]]:
    """The taxes of several classes in force on a day, in their order, in one query."""
    found: dict[int, tuple[pricing.Tax, ...]] = dict.fromkeys(ids, ())
    since, until = Q(starts_on=None) | Q(starts_on__lte=on), Q(ends_on=None) | Q(ends_on__gt=on)
    for tax in Tax.objects.filter(since, until, tax_class__in=found).order_by("tax_class", "position", "id"):
        found[tax.tax_class_id] += (pricing.Tax(tax.name, tax.rate, tax.is_compound),)
    return found


def expand(product: Product, quantity: Decimal) -> list[Part]:
    """The lines beneath a bundle's own; none for what is no bundle."""
    return expand_all([Ask(product, quantity)])[0]


def expand_all(asks: Sequence[Ask]) -> list[list[Part]]:
    bundles = {ask.product.pk for ask in asks if ask.product.is_bundle}
    items: dict[int, list[BundleItem]] = {}
    if bundles:
        rows = BundleItem.objects.filter(bundle__in=bundles, product__is_active=True)
        for item in rows.select_related("product__unit", "product__tax_class"):
            items.setdefault(item.bundle_id, []).append(item)
    return [[_part(ask, item) for item in items.get(ask.product.pk, [])] for ask in asks]


def recipes_of(bundles: Collection[int]) -> dict[int, list[tuple[int, Decimal]]]:
    """By bundle: which products are in one of it, and how many."""
    found: dict[int, list[tuple[int, Decimal]]] = {}
    items = BundleItem.objects.filter(bundle__in=bundles).values_list("bundle_id", "product_id", "quantity")
    for bundle, product, quantity in items if bundles else ():
        found.setdefault(bundle, []).append((product, quantity))
    return found


def wording_of(product: Product, language: str) -> Wording:
    """What a product and its unit are called in a language; in their own where nobody has translated them."""
    words, unit = product.translations.get(language, {}), product.unit
    return Wording(
        words.get("name") or product.name,
        words.get("description") or product.description,
        unit.name_in(language) if unit else "",
        unit.code if unit else "C62",
    )


def _part(ask: Ask, item: BundleItem) -> Part:
    is_priced = item.is_optional or ask.product.sums_parts
    return Part(item.product, item.quantity * ask.quantity, item.is_optional, is_priced)


def _fitting(books: Iterable[PriceBook], on: date, company: Company | None) -> PriceBook | None:
    sector, country = (company.sector.casefold(), company.country.upper()) if company else ("", "")

    def fits(book: PriceBook) -> bool:
        return book.sector.casefold() in ("", sector) and book.country.upper() in ("", country)

    def exactly(book: PriceBook) -> tuple[bool, bool, bool]:
        return bool(book.sector and book.country), bool(book.sector), bool(book.country)

    usable = [book for book in books if _in_force(book, on)]
    segments = [book for book in usable if any(exactly(book)) and fits(book)]
    usual = (book for book in usable if book.is_default)
    return max(segments, key=lambda book: (exactly(book), -book.pk)) if segments else next(usual, None)


def _in_force(book: PriceBook, on: date) -> bool:
    begun = book.starts_on is None or book.starts_on <= on
    return book.is_active and begun and (book.ends_on is None or on <= book.ends_on)


def _chain(books: Iterable[PriceBook], first: PriceBook | None, on: date) -> list[PriceBook]:
    """The books to ask, in order: the first, those it falls back on, the usual one (where both treat tax alike)."""
    by_id = {book.pk: book for book in books}
    chain: list[PriceBook] = []
    at = by_id.get(first.pk) if first else None
    while at and at not in chain:
        chain.append(at)
        at = by_id.get(at.parent_id or 0)
    usual = next((book for book in by_id.values() if book.is_default), None)
    if usual and usual not in chain and (not chain or usual.includes_tax == chain[0].includes_tax):
        chain.append(usual)
    return [book for book in chain if _in_force(book, on)]


def _prices(products: Collection[int], chain: list[PriceBook], on: date) -> dict[tuple[int, int], list[Price]]:
    """By book and product, the best first: of the largest quantity, then of the latest beginning."""
    if not chain:
        return {}
    since, until = Q(starts_on=None) | Q(starts_on__lte=on), Q(ends_on=None) | Q(ends_on__gte=on)
    found: dict[tuple[int, int], list[Price]] = {}
    for price in Price.objects.filter(since, until, book__in=chain, product__in=products).order_by():
        found.setdefault((price.book_id, price.product_id), []).append(price)
    for prices in found.values():
        prices.sort(key=lambda price: (price.min_quantity, price.starts_on or date.min), reverse=True)
    return found


def _offer(
    ask: Ask, chain: list[PriceBook], rows: dict[tuple[int, int], list[Price]], currency: Currency
) -> Offer | None:
    if ask.product.is_bundle and ask.product.sums_parts:
        return Offer(Decimal(0), currency.pk, None, Decimal(0))
    for book in chain:
        for price in rows.get((book.pk, ask.product.pk), []):
            if price.min_quantity <= abs(ask.quantity):
                return Offer(price.unit_price, currency.pk, book, price.min_quantity)
    with_tax = bool(chain) and chain[0].includes_tax  # a product's own price goes without
    if ask.product.currency_id != currency.pk or with_tax:
        return None
    return Offer(ask.product.unit_price, currency.pk, None, Decimal(0))
