"""How units, taxes, bundles and price books read as JSON."""

from typing import Any

from rest_framework import serializers

from crm.rest.fields import Amount, Choice, Day, Flag, Percent, Text, Whole, day, price
from crm.rest.resource import Row, Shape
from pipeline.models import TaxKind


class UnitShape(Shape):
    """What products are counted in."""

    id = Whole()
    name = Text()
    code = Text(help_text="Of UN/ECE recommendation 20.")
    names = serializers.DictField(child=Text(), help_text="By language: {“de”: “Stk.”}.")
    position = Whole()

    columns = ("id", "name", "code", "names", "position")


class TaxClassShape(Shape):
    """What is taxed alike. Its taxes are under taxes/."""

    id = Whole()
    name = Text()
    kind = Choice(TaxKind.choices, help_text="A category of UNCL 5305.")
    reason = Text(help_text="For no tax, as a document says it.")
    is_default = Flag(help_text="Taken when a product names none.")
    is_active = Flag()
    position = Whole()

    columns = ("id", "name", "kind", "reason", "is_default", "is_active", "position")


class TaxShape(Shape):
    """A tax of a class, from a day on to the day before another."""

    name = Text()
    rate = Percent(decimal_places=4, max_digits=7)
    is_compound = Flag(help_text="Upon the taxes before it.")
    starts_on = Day(allow_null=True)
    ends_on = Day(allow_null=True, help_text="The first day on which it is no longer in force.")
    is_sparse = False

    columns = ("id", "position", "name", "rate", "is_compound", "starts_on", "ends_on")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "name": row["name"],
            "rate": f"{row['rate']:f}",
            "is_compound": row["is_compound"],
            "starts_on": day(row["starts_on"]),
            "ends_on": day(row["ends_on"]),
        }


class BundleItemShape(Shape):
    """A part of a bundle."""

    product = Whole()
    quantity = Amount()
    is_optional = Flag(help_text="Offered beside the bundle, at its own price.")
    is_sparse = False

    columns = ("id", "position", "product_id", "quantity", "is_optional")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {"product": row["product_id"], "quantity": f"{row['quantity']:f}", "is_optional": row["is_optional"]}


class PriceBookShape(Shape):
    """Prices in one currency, for a time and a segment. They are under prices/."""

    id = Whole()
    name = Text()
    currency = Text()
    parent = Whole(allow_null=True, help_text="The book it falls back on.")  # type: ignore[assignment]
    includes_tax = Flag()
    starts_on = Day(allow_null=True)
    ends_on = Day(allow_null=True, help_text="The last day.")
    sector = Text(help_text="Only for companies of this sector.")
    country = Text(help_text="Only for companies of this country: ISO 3166 alpha-2.")
    is_default = Flag(help_text="The usual one of its currency.")
    is_active = Flag()

    columns = (
        "id", "name", "currency_id", "parent_id", "includes_tax", "starts_on", "ends_on", "sector", "country",
        "is_default", "is_active",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "currency": row["currency_id"],
            "parent": row["parent_id"],
            "includes_tax": row["includes_tax"],
            "starts_on": day(row["starts_on"]),
            "ends_on": day(row["ends_on"]),
            "sector": row["sector"],
            "country": row["country"],
            "is_default": row["is_default"],
            "is_active": row["is_active"],
        }


class PriceShape(Shape):
    """Of a product in a book, from a quantity and a day on."""

    product = Whole()
    min_quantity = Amount()
    unit_price = Amount()
    starts_on = Day(allow_null=True)
    ends_on = Day(allow_null=True, help_text="The last day.")
    is_sparse = False

    columns = ("id", "product_id", "min_quantity", "unit_price", "starts_on", "ends_on", "book__currency_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "product": row["product_id"],
            "min_quantity": f"{row['min_quantity']:f}",
            "unit_price": price(row["unit_price"], row["book__currency_id"]),
            "starts_on": day(row["starts_on"]),
            "ends_on": day(row["ends_on"]),
        }
