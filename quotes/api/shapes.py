"""Quotes as they are read."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from contacts.api import CompanyShape, ContactShape
from crm.rest.fields import (
    Amount,
    Choice,
    Day,
    Expandable,
    Flag,
    Instant,
    Percent,
    Text,
    Whole,
    day,
    digits_of,
    instant,
    money,
    percent,
)
from crm.rest.lookup import MOST
from crm.rest.people import UserShape
from crm.rest.resource import Row, Shape
from pipeline.api.shapes import HIDDEN, DealShape, ProductShape
from pipeline.models import TaxKind
from pipeline.pricing import Totals
from quotes.models import LANGUAGES, DiscountKind, LineKind, Rounding, Status


def off(kind: str, value: Decimal, currency: str) -> str:
    """A discount: an amount, or percent with as many decimals as it has."""
    return f"{value:.{digits_of(currency)}f}" if kind == DiscountKind.AMOUNT else f"{value.normalize():f}"


class QuoteShape(Shape):
    """What a customer is offered. A revision is a quote of its own under the same number."""

    id = Whole()
    deal = Expandable(DealShape)
    number = Text()
    revision = Whole(help_text="1, 2, 3 … under the same number.")
    replaces = Whole(allow_null=True, help_text="The quote that this is the next revision of.")
    status = Choice(Status.choices)
    is_synced = Flag(help_text="The deal’s amount and lines follow it.")
    title = Text()
    company = Expandable(CompanyShape, allow_null=True)
    contact = Expandable(ContactShape, allow_null=True)
    address = Text()
    language = Choice(LANGUAGES)
    currency = Text()
    book = Whole(allow_null=True)
    includes_tax = Flag()
    rounding = Choice(Rounding.choices)
    quoted_on = Day()
    valid_until = Day()
    payment_days = Whole()
    introduction = Text()
    terms = Text()
    discount_kind = Choice(DiscountKind.choices)
    discount = Text(help_text="On the whole, before tax.")
    lines_total = Amount(min_value=None)
    discount_total = Amount(min_value=None)
    net = Amount(min_value=None)
    tax = Amount(min_value=None)
    total = Amount(min_value=None)
    discount_given = Percent(help_text="Lines’ and whole discount together, of the list value.")
    margin = Percent(allow_null=True, min_value=None, help_text=f"Of net; null when a cost is unknown, and {HIDDEN}.")
    made_by = Expandable(UserShape)
    created_at = Instant()
    changed_at = Instant()
    sent_at = Instant(allow_null=True)
    viewed_at = Instant(allow_null=True, help_text="When the customer first saw it.")
    views = Whole()
    answered_at = Instant(allow_null=True, help_text="When it was accepted or declined, ran out or was superseded.")
    version = Whole(help_text="Counts its changes.")

    columns = (
        "id", "deal_id", "number", "version", "replaces_id", "status", "is_synced", "title", "company_id", "contact_id",
        "address", "language", "currency_id", "book_id", "includes_tax", "rounding", "quoted_on", "valid_until",
        "payment_days", "introduction", "terms", "discount_kind", "discount", "lines_total", "discount_total", "net",
        "tax", "total", "given", "margin", "made_by_id", "created_at", "changed_at", "sent_at", "viewed_at", "views",
        "answered_at", "lock",
    )  # fmt: skip
    costs = ("margin",)
    as_is = (
        "number", "status", "is_synced", "title", "address", "language", "includes_tax", "rounding", "payment_days",
        "introduction", "terms", "discount_kind", "views",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        currency = row["currency_id"]
        sums = ("lines_total", "discount_total", "net", "tax", "total")
        links = ("deal", "replaces", "company", "contact", "currency", "book", "made_by")
        moments = ("created_at", "changed_at", "sent_at", "viewed_at", "answered_at")
        values = {
            "id": row["id"],
            "revision": row["version"],
            "discount": off(row["discount_kind"], row["discount"], currency),
            "discount_given": percent(row["given"]),
            "margin": percent(row["margin"]),
            "version": row["lock"],
            **{name: row[name] for name in QuoteShape.as_is},
            **{name: row[f"{name}_id"] for name in links},
            **{name: money(row[name], currency) for name in sums},
            **{name: day(row[name]) for name in ("quoted_on", "valid_until")},
            **{name: instant(row[name]) for name in moments},
        }
        return {name: values[name] for name in QuoteShape._declared_fields}


class TaxPartShape(serializers.Serializer[Any]):
    name = Text()
    rate = Text(help_text="In percent.")
    is_compound = Flag(help_text="It is upon the taxes before it.")


class LineItemShape(Shape):
    """A row of a quote. `net` is before the discount on the whole, and with tax in it where prices have."""

    id = Whole(max_value=MOST)
    kind = Choice(LineKind.choices)
    product = Expandable(ProductShape, allow_null=True)
    bundle = Whole(allow_null=True, help_text="The line it is a part of.")
    name = Text()
    description = Text()
    quantity = Amount()
    unit = Text()
    unit_code = Text()
    unit_price = Amount(min_value=None)
    cost = Amount(allow_null=True, help_text=f"Of one, for the margin; {HIDDEN}.")
    discount_kind = Choice(DiscountKind.choices)
    discount = Text()
    tax_class = Whole(allow_null=True)
    tax_kind = Choice(TaxKind.choices)
    taxes = TaxPartShape(many=True)
    is_optional = Flag()
    is_chosen = Flag()
    net = Amount(min_value=None)
    is_sparse = False

    columns = (
        "id", "position", "kind", "product_id", "bundle_id", "name", "description", "quantity", "unit", "unit_code",
        "unit_price", "cost", "discount_kind", "discount", "tax_class_id", "tax_kind", "taxes", "is_optional",
        "is_chosen", "net", "quote__currency_id",
    )  # fmt: skip
    costs = ("cost",)

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        currency = row["quote__currency_id"]
        as_is = ("id", "kind", "name", "description", "unit", "unit_code", "discount_kind", "tax_kind", "taxes")
        values = {
            **{name: row[name] for name in (*as_is, "is_optional", "is_chosen")},
            **{name: row[f"{name}_id"] for name in ("product", "bundle", "tax_class")},
            "quantity": f"{row['quantity']:f}",
            "unit_price": f"{row['unit_price']:f}",
            "cost": None if row["cost"] is None else f"{row['cost']:f}",
            "discount": off(row["discount_kind"], row["discount"], currency),
            "net": money(row["net"], currency),
        }
        return {name: values[name] for name in LineItemShape._declared_fields}


class TaxGroupShape(TaxPartShape):
    base = Amount(min_value=None, help_text="What is taxed, in the quote’s currency.")
    tax = Amount(min_value=None)


class TotalsShape(serializers.Serializer[Any]):
    """What the quote comes to, worked out from its lines."""

    lines_total = Amount(min_value=None)
    discount = Amount(min_value=None)
    net = Amount(min_value=None)
    tax_groups = TaxGroupShape(many=True)
    tax = Amount(min_value=None)
    total = Amount(min_value=None)
    currency = Text()

    @staticmethod
    def of(totals: Totals, currency: str) -> dict[str, Any]:
        groups = [
            {
                "name": group.name,
                "rate": f"{group.rate:f}",
                "is_compound": group.is_compound,
                "base": money(group.base, currency),
                "tax": money(group.tax, currency),
            }
            for group in totals.tax_groups
        ]
        sums = ("lines_total", "discount", "net", "tax", "total")
        values = {name: money(getattr(totals, name), currency) for name in sums}
        return values | {"tax_groups": groups, "currency": currency}


class ApprovalShape(Shape):
    """Asked when a quote passes a limit. Granted or refused by somebody above who is not its author."""

    id = Whole()
    why = serializers.ListField(child=Text(), help_text="`discount`, `margin`.")
    asked_by = Whole()
    asked_at = Instant()
    remark = Text()
    granted = Flag(allow_null=True, help_text="null: not decided yet.")
    decided_by = Whole(allow_null=True)
    decided_at = Instant(allow_null=True)
    note = Text()
    is_sparse = False

    columns = ("id", "why", "asked_by_id", "asked_at", "remark", "granted", "decided_by_id", "decided_at", "note")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        people = {name: row[f"{name}_id"] for name in ("asked_by", "decided_by")}
        moments = {name: instant(row[name]) for name in ("asked_at", "decided_at")}
        return {name: (people | moments).get(name, row.get(name)) for name in ApprovalShape._declared_fields}


class PriceChangeShape(serializers.Serializer[Any]):
    line = Whole(max_value=MOST)
    name = Text()
    unit_price = Amount(min_value=None, help_text="As the quote has it.")
    now = Amount(help_text="As the price book has it.")
    book = Whole(max_value=MOST, allow_null=True, help_text="Whose price it is; null if it is the product’s own.")


class DifferenceShape(serializers.Serializer[Any]):
    what = Text(help_text="A field of the quote or of a line; `line` where one came or went.")
    line = Text(help_text="The line’s name; empty for the quote itself.")
    before = Text(allow_null=True)
    after = Text(allow_null=True)
