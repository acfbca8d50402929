"""Rows as they are entered, and the line items made of them: named, priced and taxed from the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import Workspace
from crm.money import round_to
from pipeline.models import PriceBook, Product, TaxClass
from pipeline.offering import Ask, Offer, expand_all, prices_of, taxes_of_classes, wording_of
from pipeline.pricing import Tax
from quotes.models import DiscountKind, Invoice, InvoiceLine, LineItem, LineKind, PricedDocument, PricedLine, Quote
from quotes.taxwords import in_language

MOST_LINES = 500
MOST = Decimal("1e15")
PRICING = ("product__unit", "product__tax_class", "tax_class")


@dataclass(frozen=True, slots=True)
class Item:
    """A row as it is entered. What is None or empty is taken from the product and its price book."""

    kind: str = LineKind.ITEM
    pk: int | None = None  # a line that is there already
    product: Product | None = None
    part_of: int | None = None  # the place in the list of the bundle it is a part of
    name: str = ""
    description: str | None = None
    quantity: Decimal = Decimal(1)
    unit: str | None = None
    unit_code: str = ""
    unit_price: Decimal | None = None
    cost: Decimal | None = None
    discount_kind: str = DiscountKind.PERCENT
    discount: Decimal = Decimal(0)
    tax_class: TaxClass | None = None
    is_optional: bool = False
    is_chosen: bool = False
    expands: bool = True  # a bundle brings its parts when it is new


def items_of(lines: Sequence[PricedLine], *, is_copy: bool = False) -> list[Item]:
    """The same rows once more, to be saved with a change or copied into another quote."""
    places = {line.pk: place for place, line in enumerate(lines)}
    return [
        Item(
            kind=line.kind, pk=None if is_copy else line.pk, product=line.product, name=line.name,
            description=line.description, quantity=line.quantity, unit=line.unit, unit_code=line.unit_code,
            unit_price=line.unit_price, discount_kind=line.discount_kind, discount=line.discount,
            tax_class=line.tax_class, expands=False, **_of_quote(line, places, is_copy),
        )
        for line in lines
    ]  # fmt: skip


def _of_quote(line: PricedLine, places: Mapping[int, int], is_copy: bool) -> dict[str, Any]:
    """What only a line of a quote knows."""
    if not isinstance(line, LineItem):
        return {}
    is_chosen = line.is_chosen and not is_copy
    part_of = places.get(line.bundle_id or 0)
    return {"part_of": part_of, "cost": line.cost, "is_optional": line.is_optional, "is_chosen": is_chosen}


def rows_of(quote: Quote) -> list[LineItem]:
    """The quote's lines in their order, with what pricing them needs."""
    return list(quote.lines.select_related(*PRICING))


def invoice_rows_of(invoice: Invoice) -> list[InvoiceLine]:
    return list(invoice.lines.select_related(*PRICING))


def lines_of(quote: Quote, items: Sequence[Item]) -> list[LineItem]:
    """Unsaved lines in their order, the parts of new bundles put in. Raises Refused, naming the row and the field."""
    items, origins = _with_parts(items)
    with _naming(origins):
        return _lines_of(quote, items)


def _lines_of(quote: Quote, items: Sequence[Item]) -> list[LineItem]:
    lines = _made(quote, items, LineItem)
    for item, line in zip(items, lines, strict=True):
        line.quote = quote
        line.bundle = lines[item.part_of] if item.part_of is not None else None
        if line.kind == LineKind.ITEM:
            line.cost = item.cost if item.cost is not None else _cost(quote, item)
            line.is_optional, line.is_chosen = item.is_optional, item.is_optional and item.is_chosen
    _tax(lines, quote.quoted_on, quote.language)
    _check(lines)
    return lines


def invoice_lines_of(invoice: Invoice, items: Sequence[Item], standing: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """The same for an invoice: bundles with all that is in them for sure. What was agreed stays taxed as it was."""
    grown, origins = _with_parts(items)
    sure = [(item, origin) for item, origin in zip(grown, origins, strict=True) if not item.is_optional]
    with _naming([origin for _item, origin in sure]):
        return _invoice_lines_of(invoice, [item for item, _origin in sure], standing)


def _invoice_lines_of(invoice: Invoice, items: Sequence[Item], standing: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    lines, agreed = _made(invoice, items, InvoiceLine), {line.pk: line for line in standing}
    new = []
    for item, line in zip(items, lines, strict=True):
        line.invoice = invoice
        if (was := agreed.get(line.pk)) and was.tax_class == item.tax_class:
            line.tax_class, line.tax_kind, line.taxes = was.tax_class, was.tax_kind, was.taxes
        else:
            new.append(line)
    _tax(new, _day_of(invoice), invoice.language)
    _check(lines)
    return lines


def offers_of(document: Quote | Invoice, asks: Sequence[Ask]) -> list[Offer | None]:
    """What products cost in it: in its currency, by its price book, on its day."""
    quote = document if isinstance(document, Quote) else document.quote
    on, company = _day_of(document), document.company
    return prices_of(list(asks), book=quote.book if quote else None, currency=document.currency, on=on, company=company)


def taxed_otherwise(document: Quote | Invoice, book: PriceBook | None) -> str:
    """Why a book's prices are none of this document's: one has the tax in its prices and the other hasn't."""
    if book is None or book.includes_tax == document.includes_tax:
        return ""
    if book.includes_tax:
        text = _("The prices of “%(book)s” include tax, and here it comes on top: make both alike or enter a price.")
    else:
        text = _("The prices of “%(book)s” are before tax, and here they include it: make both alike or enter a price.")
    return text % {"book": book.name}


def _day_of(document: Quote | Invoice) -> date:
    """Whose prices and taxes it has."""
    if isinstance(document, Quote):
        return document.quoted_on
    return document.delivered_on or Workspace.current().today


def _made[L: PricedLine](document: Quote | Invoice, items: Sequence[Item], kind: type[L]) -> list[L]:
    if len(items) > MOST_LINES:
        raise Refused(lines=_("There may be %(most)d lines at most.") % {"most": MOST_LINES})
    offers = _offers(document, items)
    lines = [_line_of(document, item, place, offers.get(place), kind) for place, item in enumerate(items)]
    _classify(items, lines)
    return lines


def _with_parts(items: Sequence[Item]) -> tuple[list[Item], list[int]]:
    """Each new bundle followed by its parts, and the place where each was entered: a part's is its bundle's.

    Parts in the bundle's own price cost the customer nothing by themselves.
    """
    for place, item in enumerate(items):
        if item.part_of is not None and not (0 <= item.part_of < place and items[item.part_of].part_of is None):
            raise _refused(place, "part_of", _("A part stands below its bundle."))
    taken = {item.part_of for item in items}
    grows = [
        bool(item.pk is None and item.expands and place not in taken and item.product and item.product.is_bundle)
        for place, item in enumerate(items)
    ]
    asks = [Ask(item.product, item.quantity) for item, grow in zip(items, grows, strict=True) if grow and item.product]
    parts = iter(expand_all(asks)) if asks else iter([])
    grown: list[Item] = []
    places: list[int] = []
    origins: list[int] = []
    for place, (item, grow) in enumerate(zip(items, grows, strict=True)):
        places.append(len(grown))
        grown.append(replace(item, part_of=None if item.part_of is None else places[item.part_of]))
        for part in next(parts) if grow else []:
            price = None if part.is_priced else Decimal(0)
            item = Item(product=part.product, quantity=part.quantity, part_of=places[-1], unit_price=price)
            grown.append(replace(item, is_optional=part.is_optional, expands=False))
        origins += [place] * (len(grown) - len(origins))
    return grown, origins


@contextmanager
def _naming(origins: Sequence[int]) -> Iterator[None]:
    """What is refused names the row as it was entered."""
    try:
        yield
    except Refused as refused:
        errors: dict[str, Any] = {}
        for name, texts in refused.errors.items():
            lines, _dot, rest = name.partition(".")
            place, _dot, fact = rest.partition(".")
            entered = f"{lines}.{origins[int(place)]}.{fact}" if fact else name
            errors[entered] = [*errors.get(entered, []), *texts]
        raise Refused(**errors) from None


def _offers(document: Quote | Invoice, items: Sequence[Item]) -> dict[int, Offer | None]:
    """By place: what the book says of products that came without a price."""
    asked = {
        place: Ask(item.product, item.quantity)
        for place, item in enumerate(items)
        if item.product and item.unit_price is None
    }
    if not asked:
        return {}
    return dict(zip(asked, offers_of(document, list(asked.values())), strict=True))


def _line_of[L: PricedLine](document: Quote | Invoice, item: Item, place: int, offer: Offer | None, kind: type[L]) -> L:
    line = kind(pk=item.pk, position=place, kind=item.kind, name=item.name.strip())
    line.description = item.description or ""
    if item.kind != LineKind.ITEM:
        return line
    product = line.product = item.product
    words = wording_of(product, document.language) if product else None
    line.name = line.name or (words.name if words else "")
    if words and item.description is None:
        line.description = words.description
    line.unit = item.unit if item.unit is not None else (words.unit if words else "")
    line.unit_code = item.unit_code or (words.unit_code if words else "C62")
    line.quantity = round_to(item.quantity, 3)
    line.unit_price = round_to(_price(document, item, place, offer), 3)
    line.discount_kind, line.discount = item.discount_kind, round_to(item.discount, 3)
    return line


def _price(document: Quote | Invoice, item: Item, place: int, offer: Offer | None) -> Decimal:
    if item.unit_price is not None:
        return item.unit_price
    if item.product is None:
        return Decimal(0)
    if offer is None:
        words = {"product": item.product.name, "currency": document.currency_id}
        raise _refused(place, "unit_price", _("%(product)s has no price in %(currency)s: enter one.") % words)
    if problem := taxed_otherwise(document, offer.book):
        raise _refused(place, "unit_price", problem)
    return offer.unit_price


def _cost(quote: Quote, item: Item) -> Decimal | None:
    """The product's own, if it is in this currency. A bundle without one is worth what its parts cost."""
    product = item.product
    if product is None:
        return None
    if product.cost is None and product.is_bundle:
        return Decimal(0)
    return product.cost if product.currency_id == quote.currency_id else None


def _classify(items: Sequence[Item], lines: Sequence[PricedLine]) -> None:
    """As it is said, else as the product, else as usual; a new line for which nothing is usual as the one above."""
    usual, above = TaxClass.objects.filter(is_default=True).first(), None
    for item, line in zip(items, lines, strict=True):
        if line.kind == LineKind.ITEM:
            line.tax_class = item.tax_class or (item.product.tax_class if item.product else None) or usual
            if line.tax_class is None and line.pk is None:
                line.tax_class = above
            above = line.tax_class


def _tax(lines: Sequence[PricedLine], day: date, language: str) -> None:
    """The taxes of the day, as they are called in the language."""
    items = [line for line in lines if line.tax_class is not None]
    found = taxes_of_classes({line.tax_class_id or 0 for line in items}, day) if items else {}
    by_class = {pk: [_said(tax, language) for tax in taxes] for pk, taxes in found.items()}
    for line in items:
        line.tax_kind = line.tax_class.kind if line.tax_class else line.tax_kind
        line.taxes = list(by_class.get(line.tax_class_id or 0, ()))


def _said(tax: Tax, language: str) -> dict[str, Any]:
    name = in_language(tax.name, language)
    return {"name": name, "rate": f"{tax.rate.normalize():f}", "is_compound": tax.is_compound}


def _check(lines: Sequence[PricedLine]) -> None:
    errors: dict[str, Any] = {}
    for place, line in enumerate(lines):
        for field, text in _wrong(line).items():
            errors[f"lines.{place}.{field}"] = text
    if errors:
        raise Refused(**errors)


def _wrong(line: PricedLine) -> dict[str, str]:
    errors: dict[str, str] = {}
    if line.kind not in LineKind.values:
        errors["kind"] = _("There is no such kind of line.")
    if not line.name and line.kind != LineKind.NOTE:
        errors["name"] = _("A line needs a name.")
    elif len(line.name) > 200:
        errors["name"] = _("At most 200 characters.")
    if len(line.unit) > 40 or len(line.unit_code) > 3:
        errors["unit"] = _("At most 40 characters.")
    if line.quantity <= 0 and isinstance(line, LineItem):
        errors["quantity"] = _("A quantity must be more than 0.")
    elif not line.quantity:
        errors["quantity"] = _("A quantity is not 0.")
    if line.discount_kind not in DiscountKind.values:
        errors["discount_kind"] = _("There is no such kind of discount.")
    elif problem := wrong_discount(line):
        errors["discount"] = problem
    if abs(line.quantity) >= Decimal("1e11") or max(abs(line.unit_price), abs(line.quantity * line.unit_price)) >= MOST:
        errors["unit_price"] = _("This amount is too large.")
    return errors


def wrong_discount(priced: PricedDocument | PricedLine) -> str:
    """On the whole or on a line."""
    if priced.discount < 0 or (priced.discount_kind == DiscountKind.PERCENT and priced.discount > 100):
        return _("A discount is between 0 and 100 percent.")
    return _("This amount is too large.") if priced.discount >= MOST else ""


def _refused(place: int, field: str, text: str) -> Refused:
    return Refused(**{f"lines.{place}.{field}": text})
