"""Rows as they are entered, and the line items made of them: named, priced and taxed from the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.money import round_to
from pipeline.models import Product, TaxClass
from pipeline.offering import Ask, Offer, expand_all, prices_of, taxes_of_classes, wording_of
from quotes.models import DiscountKind, LineItem, LineKind, Quote

MOST_LINES = 500
MOST = Decimal("1e15")


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a quote as it is entered. What is None or empty is taken from the product and its price book."""

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


def items_of(lines: Sequence[LineItem], *, is_copy: bool = False) -> list[Item]:
    """The same rows once more, to be saved with a change or copied into another quote."""
    places = {line.pk: place for place, line in enumerate(lines)}
    return [
        Item(
            kind=line.kind, pk=None if is_copy else line.pk, product=line.product,
            part_of=places.get(line.bundle_id or 0), name=line.name, description=line.description,
            quantity=line.quantity, unit=line.unit, unit_code=line.unit_code, unit_price=line.unit_price,
            cost=line.cost, discount_kind=line.discount_kind, discount=line.discount, tax_class=line.tax_class,
            is_optional=line.is_optional, is_chosen=line.is_chosen and not is_copy, expands=False,
        )
        for line in lines
    ]  # fmt: skip


def rows_of(quote: Quote) -> list[LineItem]:
    """The quote's lines in their order, with what pricing them needs."""
    return list(quote.lines.select_related("product__unit", "product__tax_class", "tax_class"))


def lines_of(quote: Quote, items: Sequence[Item]) -> list[LineItem]:
    """Unsaved lines in their order, the parts of new bundles put in. Raises Refused, naming the row and the field."""
    items = _with_parts(items)
    if len(items) > MOST_LINES:
        raise Refused(lines=_("A quote has at most %(most)d lines.") % {"most": MOST_LINES})
    offers, default = _offers(quote, items), TaxClass.objects.filter(is_default=True).first()
    lines = [_line_of(quote, item, place, offers.get(place), default) for place, item in enumerate(items)]
    for item, line in zip(items, lines, strict=True):
        line.bundle = lines[item.part_of] if item.part_of is not None else None
    _tax(quote, lines)
    _check(lines)
    return lines


def _with_parts(items: Sequence[Item]) -> list[Item]:
    """Each new bundle followed by its parts. Those in its own price cost the customer nothing by themselves."""
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
    for item, grow in zip(items, grows, strict=True):
        places.append(len(grown))
        grown.append(replace(item, part_of=None if item.part_of is None else places[item.part_of]))
        for part in next(parts) if grow else []:
            price = None if part.is_priced else Decimal(0)
            item = Item(product=part.product, quantity=part.quantity, part_of=places[-1], unit_price=price)
            grown.append(replace(item, is_optional=part.is_optional, expands=False))
    return grown


def _offers(quote: Quote, items: Sequence[Item]) -> dict[int, Offer | None]:
    """By place: what the book says of products that came without a price."""
    asked = {
        place: Ask(item.product, item.quantity)
        for place, item in enumerate(items)
        if item.product and item.unit_price is None
    }
    if not asked:
        return {}
    found = prices_of(
        list(asked.values()), book=quote.book, currency=quote.currency, on=quote.quoted_on, company=quote.company
    )
    return dict(zip(asked, found, strict=True))


def _line_of(quote: Quote, item: Item, place: int, offer: Offer | None, default: TaxClass | None) -> LineItem:
    line = LineItem(pk=item.pk, quote=quote, position=place, kind=item.kind, name=item.name.strip())
    line.description = item.description or ""
    if item.kind != LineKind.ITEM:
        return line
    product = line.product = item.product
    words = wording_of(product, quote.language) if product else None
    line.name = line.name or (words.name if words else "")
    if words and item.description is None:
        line.description = words.description
    line.unit = item.unit if item.unit is not None else (words.unit if words else "")
    line.unit_code = item.unit_code or (words.unit_code if words else "C62")
    line.quantity = round_to(item.quantity, 3)
    line.unit_price = round_to(_price(quote, item, place, offer), 3)
    line.cost = item.cost if item.cost is not None else _cost(quote, item)
    line.discount_kind, line.discount = item.discount_kind, round_to(item.discount, 3)
    line.is_optional, line.is_chosen = item.is_optional, item.is_optional and item.is_chosen
    line.tax_class = item.tax_class or (product.tax_class if product else None) or default
    return line


def _price(quote: Quote, item: Item, place: int, offer: Offer | None) -> Decimal:
    if item.unit_price is not None:
        return item.unit_price
    if item.product is None:
        return Decimal(0)
    if offer is None:
        words = {"product": item.product.name, "currency": quote.currency_id}
        raise _refused(place, "unit_price", _("%(product)s has no price in %(currency)s: enter one.") % words)
    return offer.unit_price


def _cost(quote: Quote, item: Item) -> Decimal | None:
    """The product's own, if it is in this currency. A bundle without one is worth what its parts cost."""
    product = item.product
    if product is None:
        return None
    if product.cost is None and product.is_bundle:
        return Decimal(0)
    return product.cost if product.currency_id == quote.currency_id else None


def _tax(quote: Quote, lines: Sequence[LineItem]) -> None:
    """The taxes of the quote's day."""
    items = [line for line in lines if line.tax_class is not None]
    by_class = taxes_of_classes({line.tax_class_id or 0 for line in items}, quote.quoted_on) if items else {}
    for line in items:
        line.tax_kind = line.tax_class.kind if line.tax_class else line.tax_kind
        line.taxes = [
            {"name": tax.name, "rate": f"{tax.rate.normalize():f}", "is_compound": tax.is_compound}
            for tax in by_class.get(line.tax_class_id or 0, ())
        ]


def _check(lines: Sequence[LineItem]) -> None:
    errors: dict[str, Any] = {}
    for place, line in enumerate(lines):
        for field, text in _wrong(line).items():
            errors[f"lines.{place}.{field}"] = text
    if errors:
        raise Refused(**errors)


def _wrong(line: LineItem) -> dict[str, str]:
    errors: dict[str, str] = {}
    if line.kind not in LineKind.values:
        errors["kind"] = _("There is no such kind of line.")
    if not line.name and line.kind != LineKind.NOTE:
        errors["name"] = _("A line needs a name.")
    elif len(line.name) > 200:
        errors["name"] = _("At most 200 characters.")
    if len(line.unit) > 40 or len(line.unit_code) > 3:
        errors["unit"] = _("At most 40 characters.")
    if line.quantity <= 0:
        errors["quantity"] = _("A quantity must be more than 0.")
    if line.discount_kind not in DiscountKind.values:
        errors["discount_kind"] = _("There is no such kind of discount.")
    elif line.discount < 0 or (line.discount_kind == DiscountKind.PERCENT and line.discount > 100):
        errors["discount"] = _("A discount is between 0 and 100 percent.")
    if line.quantity >= Decimal("1e11") or max(abs(line.unit_price), abs(line.quantity * line.unit_price)) >= MOST:
        errors["unit_price"] = _("This amount is too large.")
    return errors


def _refused(place: int, field: str, text: str) -> Refused:
    return Refused(**{f"lines.{place}.{field}": text})
