"""What is typed into the editor of a quote or an invoice: its rows as text, and as the verbs take them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

from babel.numbers import format_decimal
from django.db.models import Case, Q, When
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.forms import as_typed, number_typed
from crm.request import whole_number
from crm.templatetags.penstock import MINUS, locale
from pipeline.models import Product, TaxClass, Unit
from quotes.actions import Item, items_of
from quotes.models import DiscountKind, LineItem, LineKind, PricedDocument, PricedLine

MOST_FOUND = 12
TEXTS = ("name", "description", "quantity", "unit", "unit_price", "discount")


@dataclass
class Row:
    """A line as the editor shows it. `key` is its handle while the page stands: the line's id, or the page's own."""

    key: str
    kind: str = LineKind.ITEM
    pk: int | None = None
    bundle: str = ""  # the key of the row it is a part of
    product: int | None = None
    tax_class: int | None = None
    tax_name: str = ""  # what that is called
    is_optional: bool = False
    name: str = ""
    description: str = ""
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    discount: str = ""
    line: PricedLine | None = None  # as it is stored
    is_sent: bool = True  # what only stands in its place was not touched
    is_drawn: bool = True  # what the page shows already isn't drawn again
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rate(self) -> str:
        """What is taxed, in short: 19%, or 5% + 9.975%."""
        taxes = self.line.taxes if self.line else []
        return " + ".join(f"{format_decimal(Decimal(tax['rate']), locale=locale())}%" for tax in taxes) or "–"

    @property
    def is_item(self) -> bool:
        return self.kind == LineKind.ITEM


def rows_of(lines: Sequence[PricedLine], digits: int) -> list[Row]:
    """Of what is stored."""
    return [
        Row(
            key=str(line.pk), kind=line.kind, pk=line.pk, product=line.product_id, tax_class=line.tax_class_id,
            name=line.name, description=line.description, quantity=as_typed(line.quantity), unit=line.unit,
            unit_price=as_typed(line.unit_price, digits),
            discount=discount_typed(line.discount_kind, line.discount, digits), line=line,
            **_of_quote(line),
        )
        for line in lines
    ]  # fmt: skip


def _of_quote(line: PricedLine) -> dict[str, Any]:
    """What only a row of a quote has."""
    return {"bundle": str(line.bundle_id or ""), "is_optional": line.is_optional} if isinstance(line, LineItem) else {}


def keyed(rows: Sequence[Row], entry: "Entry", document: PricedDocument) -> list[Row]:
    """What was stored of an entry, under the keys that its page gave the rows. Parts of a new bundle are new to it.

    A row that the page did not send and that is as it was needn't be drawn.
    """
    keys = {row.pk: row.key for row in entry.rows if row.pk}
    new = iter([row.key for row in entry.rows if row.pk not in entry.stored])
    for row in rows:
        is_part = bool(row.bundle) and row.pk not in keys
        row.key = keys.get(row.pk or 0) or (row.key if is_part else next(new, row.key))
        row.is_drawn = row.line is None or entry.untouched.get(row.pk) != _content(row.line, document)
    by_pk = {str(row.pk): row.key for row in rows}
    for row in rows:
        row.bundle = by_pk.get(row.bundle, "")
    return list(rows)


def _content(line: PricedLine, document: PricedDocument) -> tuple[Any, ...]:
    """What a row shows of it, wherever it stands."""
    names = [field.attname for field in line._meta.concrete_fields if field.name != "position"]
    return document.currency_id, *(getattr(line, name) for name in names)


class Entry:
    """What was sent: `rows` as they were typed, in their order, after what the pressed button says.

    Of a row that nobody touched the page may send its place and its id only.
    """

    def __init__(self, document: PricedDocument, lines: Sequence[PricedLine], sent: QueryDict) -> None:
        self.sent = sent
        self.stored = {line.pk: item for line, item in zip(lines, items_of(lines), strict=True)}
        self.rows = list(_rows(sent, {line.pk: line for line in lines}, document.currency.digits))
        self.untouched = {row.pk: _content(row.line, document) for row in self.rows if row.line and not row.is_sent}
        self.focus = ""  # the key of the row that the button made
        _press(self, sent)

    @property
    def lock(self) -> int | None:
        """What was last seen of the quote; None if that does not matter any more."""
        return None if "insist" in self.sent else whole_number(self.sent.get("lock", "")) or 0

    def items(self) -> list[Item]:
        """Raises Refused, naming the row and the field."""
        errors: dict[str, Any] = {}
        places = {row.key: place for place, row in enumerate(self.rows)}
        made = [self._item(row, place, places, errors) for place, row in enumerate(self.rows)]
        if errors:
            raise Refused(**errors)
        return made

    def refuse(self, refused: Refused) -> dict[str, list[str]]:
        """Put the sentences to their rows; what is left is about the quote."""
        left = {}
        for name, texts in refused.errors.items():
            _lines, _dot, rest = name.partition("lines.")
            place, _dot, fact = rest.partition(".")
            if fact and int(place) < len(self.rows):
                self.rows[int(place)].errors[fact] = texts
            else:
                left[name] = texts
        for row in self.rows:
            row.is_drawn = row.is_sent or bool(row.errors)
        return left

    def _item(self, row: Row, place: int, places: Mapping[str, int], errors: dict[str, Any]) -> Item:
        part_of = places.get(row.bundle) if row.bundle else None
        base = self.stored.get(row.pk or 0) or Item(kind=row.kind, product=self._products.get(row.product or 0))
        if not row.is_sent:
            return replace(base, part_of=part_of)
        if row.pk is None or base.pk is None:
            base = replace(base, pk=None, expands=row.pk is None)
        said: dict[str, Any] = {"name": row.name, "part_of": part_of}
        if row.description or base.pk:
            said["description"] = row.description
        if row.kind != LineKind.ITEM:
            return replace(base, **said)
        if row.unit != (base.unit or ""):
            said |= {"unit": row.unit, "unit_code": self._codes.get(row.unit.casefold(), "C62")}
        said |= {"tax_class": self._classes.get(row.tax_class or 0) or base.tax_class, "is_optional": row.is_optional}
        for name, read in {"quantity": _quantity, "unit_price": _price, "discount": _discount}.items():
            try:
                said |= read(getattr(row, name), base)
            except ValueError:
                errors[f"lines.{place}.{name}"] = not_a_number()
        return replace(base, **said)

    @cached_property
    def _products(self) -> dict[int, Product]:
        wanted = [row.product for row in self.rows if row.product and row.pk is None]
        rows = Product.objects.filter(pk__in=wanted, is_active=True) if wanted else Product.objects.none()
        return {product.pk: product for product in rows.select_related("unit", "tax_class")}

    @cached_property
    def _classes(self) -> dict[int, TaxClass]:
        return {each.pk: each for each in TaxClass.objects.all()}

    @cached_property
    def _codes(self) -> dict[str, str]:
        """The code of a unit by what it is called, in any language."""
        units = Unit.objects.all()
        return {name.casefold(): unit.code for unit in units for name in (*unit.names.values(), unit.name)}


def _rows(sent: QueryDict, lines: Mapping[int, PricedLine], digits: int) -> Iterator[Row]:
    keys = {sent.get(f"{key}.id", ""): key for key in sent.getlist("row")}
    for key in dict.fromkeys(sent.getlist("row")):
        pk = whole_number(sent.get(f"{key}.id", ""))
        kind = sent.get(f"{key}.kind")
        if kind is None:
            there = lines.get(pk or 0)
            for row in rows_of([there] if there else [], digits):
                yield replace(row, key=key, bundle=keys.get(row.bundle, ""), is_sent=False)
            continue
        texts: dict[str, Any] = {name: _text(sent.get(f"{key}.{name}", "")) for name in TEXTS}
        yield Row(
            key=key, pk=pk, kind=kind, bundle=sent.get(f"{key}.bundle", ""), line=lines.get(pk or 0),
            product=whole_number(sent.get(f"{key}.product", "")),
            tax_class=whole_number(sent.get(f"{key}.tax_class", "")), is_optional=f"{key}.is_optional" in sent, **texts,
        )  # fmt: skip


def _text(sent: str) -> str:
    """The database takes no NUL, which nobody types."""
    return sent.replace("\r\n", "\n").replace("\0", "").strip()


# ── The buttons ────────────────────────────────────────────────────────────────────────────────────


def _press(entry: Entry, sent: QueryDict) -> None:
    rows = entry.rows
    if what := sent.get("add"):
        row = _new(what, _text(sent.get("find", "")), {row.key for row in rows})
        rows.append(row)
        entry.focus = row.key
    gone = _about("remove", sent)
    rows[:] = [row for row in rows if not gone or gone not in (row.key, row.bundle)]
    for row in rows:
        if row.key == _about("tax", sent):
            row.tax_class = whole_number(sent.get("taxed", ""))
    for step, name in ((-1, "up"), (1, "down")):
        at = next((place for place, row in enumerate(rows) if row.key == _about(name, sent)), None)
        if at is not None and 0 <= at + step < len(rows):
            rows.insert(at + step, rows.pop(at))


def _about(button: str, sent: QueryDict) -> str | None:
    """The key of the row that a button was pressed for: the one it names, else the one that was picked."""
    return sent.get(button) or sent.get("line") if button in sent else None


def _new(what: str, text: str, taken: Collection[str]) -> Row:
    """`what` is a product's id or a kind of line; “found” is the product called like the text, else a free line."""
    key = next(key for number in count() if (key := f"n{number}") not in taken)
    if what == "found":
        found = products_like(text)[:1]
        what = str(found[0].pk) if found else LineKind.ITEM
    if pk := whole_number(what):
        return Row(key=key, product=pk, quantity="1")
    kind = LineKind(what) if what in LineKind.values else LineKind.ITEM
    return Row(key=key, kind=kind, name=text[:200] or _NEW[kind](), quantity="1")


_NEW = {LineKind.ITEM: lambda: _("New line"), LineKind.HEADING: lambda: _("Heading"), LineKind.NOTE: lambda: _("Note")}


def products_like(text: str) -> list[Product]:
    """What can be sold and holds every word, those first whose name or code begins with the text."""
    words = text.casefold().split()
    if not words:
        return []
    holds = (Q(name__icontains=word) | Q(code__icontains=word) | Q(family__icontains=word) for word in words)
    found = Product.objects.filter(*holds, is_active=True).select_related("unit", "tax_class")
    first = Case(When(Q(name__istartswith=text) | Q(code__istartswith=text), then=0), default=1)
    return list(found.order_by(first, "name")[:MOST_FOUND])


# ── Numbers as they are typed ──────────────────────────────────────────────────────────────────────


def discount_typed(kind: str, value: Decimal, digits: int) -> str:
    if not value:
        return ""
    return f"{as_typed(value)}%" if kind == DiscountKind.PERCENT else f"{MINUS}{as_typed(value, digits)}"


def number_of(text: str) -> Decimal:
    """As the reader's language writes it, with either minus. Raises ValueError."""
    return number_typed(text.replace(MINUS, "-").replace(" ", ""))


def discount_of(text: str) -> dict[str, Any]:
    """“8%”, or “8”, is in percent; “−50”, and what is more than 100, is an amount. Raises ValueError."""
    bare = text.rstrip("%").strip()
    value = number_of(bare) if bare else Decimal(0)
    is_amount = not text.endswith("%") and (value < 0 or value > 100)
    return {"discount_kind": DiscountKind.AMOUNT if is_amount else DiscountKind.PERCENT, "discount": abs(value)}


def not_a_number() -> str:
    return _("Enter a number, such as %(example)s.") % {"example": as_typed(Decimal("1234.5"), 2)}


def _quantity(text: str, base: Item) -> dict[str, Any]:
    return {"quantity": number_of(text)} if text else {}


def _price(text: str, base: Item) -> dict[str, Any]:
    """Left empty it is asked of the price book; of a line without a product it is 0."""
    return {"unit_price": number_of(text) if text else None}


def _discount(text: str, base: Item) -> dict[str, Any]:
    return discount_of(text)
