"""A sheet of a price book as a grid: products down, quantities across, for the prices that begin on one day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import AmountField, Form, as_typed, date_input
from crm.models import User
from crm.request import current_workspace
from pipeline.books import PriceKey, PriceRow, set_prices
from pipeline.models import Price, PriceBook, Product
from pipeline.offering import Ask, Offer, prices_of
from pipeline.settings_forms import decimal_input

ONE = Decimal(0)  # the first column: from any quantity
PRICE = AmountField(required=False)


class SheetForm(Form):
    """Which prices: those from a day on (empty: at all times), and one more column if a quantity is named."""

    starts_on = forms.DateField(label=_("Prices from"), required=False, widget=date_input())
    quantity = forms.DecimalField(
        label=_("from a quantity of"), required=False, max_digits=14, decimal_places=3, min_value=0, localize=True,
        widget=decimal_input(),
    )  # fmt: skip


@dataclass(slots=True)
class Cell:
    """The price of a product from a quantity on. `typed` is as the person wrote it."""

    product: Product
    quantity: Decimal
    price: Price | None
    offer: Offer | None  # what holds on that day, be it of another book
    digits: int = 2  # of the book's currency
    typed: str | None = None
    error: str = ""

    @property
    def name(self) -> str:
        return f"p-{self.product.pk}-{self.quantity.normalize():f}"

    @property
    def text(self) -> str:
        return self.shown if self.typed is None else self.typed

    @property
    def shown(self) -> str:
        """The price that is kept, as it is written here."""
        return as_typed(self.price.unit_price, self.digits) if self.price else ""

    @property
    def in_force(self) -> str:
        """What holds without a price of the book's own."""
        return as_typed(self.offer.unit_price, self.digits) if self.offer else "–"


@dataclass
class Sheet:
    book: PriceBook
    starts_on: date | None
    quantities: Sequence[Decimal]
    days: Sequence[date]  # on which other prices of the book begin
    lines: Sequence[tuple[Product, Sequence[Cell]]]
    seen: dict[PriceKey, Decimal | None] = field(default_factory=dict)
    ends_on: date | None = None
    error: str = ""

    @property
    def cells(self) -> Iterable[Cell]:
        return (cell for _product, cells in self.lines for cell in cells)

    def take(self, posted: Mapping[str, str]) -> None:
        """What was typed, beneath it (`was-…`) what the person saw before, and until when that holds."""
        for cell in self.cells:
            if (typed := posted.get(cell.name, "").strip()) == (saw := posted.get(f"was-{cell.name}", "").strip()):
                continue
            cell.typed = typed
            try:
                PRICE.clean(typed)
                self.seen[(cell.product.pk, cell.quantity, self.starts_on)] = PRICE.clean(saw)
            except forms.ValidationError as error:
                cell.error = error.messages[0]

        try:
            self.ends_on = forms.DateField(required=False).clean(posted.get("ends_on", ""))
        except forms.ValidationError as error:
            self.error = error.messages[0]

    def point_out(self) -> None:
        """Beside what was typed, what somebody else made of it meanwhile."""
        for cell in self.cells:
            seen = self.seen.get((cell.product.pk, cell.quantity, self.starts_on))
            if cell.typed is not None and seen != (cell.price.unit_price if cell.price else None):
                cell.error = _("It is %(price)s now.") % {"price": cell.shown or "–"}

    def is_valid(self) -> bool:
        return not self.error and not any(cell.error for cell in self.cells)

    def save(self, *, by: User | None) -> list[list[Any]]:
        rows = [
            PriceRow(
                cell.product, PRICE.clean(cell.typed), cell.quantity, self.starts_on,
                self.ends_on or (cell.price.ends_on if cell.price else None),
            )
            for cell in self.cells
            if cell.typed is not None
        ]  # fmt: skip
        return set_prices(self.book, rows, seen=self.seen, by=by)


def sheet_of(book: PriceBook, products: Sequence[Product], form: SheetForm) -> Sheet:
    """In a fixed number of queries, however many products and quantities."""
    asked = form.cleaned_data if form.is_valid() else {}
    starts_on = asked.get("starts_on")
    known = book.prices.filter(starts_on=starts_on)
    quantities = sorted({ONE, *known.values_list("min_quantity", flat=True), *_more(asked)})
    days = book.prices.exclude(starts_on=None).order_by("starts_on").values_list("starts_on", flat=True).distinct()
    prices = {(each.product_id, each.min_quantity): each for each in known.filter(product__in=products)}
    offers = _in_force(book, products, quantities, starts_on or current_workspace().today)

    def cell(product: Product, at: Decimal) -> Cell:
        key = product.pk, at
        return Cell(product, at, prices.get(key), offers[key], book.currency.digits)

    lines = [(product, [cell(product, at) for at in quantities]) for product in products]
    return Sheet(book, starts_on, quantities, [day for day in days if day], lines)


def _more(asked: Mapping[str, Any]) -> list[Decimal]:
    return [asked["quantity"]] if asked.get("quantity") else []


def _in_force(
    book: PriceBook, products: Sequence[Product], quantities: Sequence[Decimal], on: date
) -> dict[tuple[int, Decimal], Offer | None]:
    asks = [Ask(product, quantity) for product in products for quantity in quantities]
    offers = prices_of(asks, book=book, currency=book.currency, on=on)
    return {(ask.product.pk, ask.quantity): offer for ask, offer in zip(asks, offers, strict=True)}
