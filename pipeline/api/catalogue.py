"""What can be sold: products, units, taxes and price books. Admins change them; everyone reads them."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Currency
from crm.rest.fields import Amount, Choice, CurrencyCode, Day, Flag, Percent, Ref, Text, Whole, Words
from crm.rest.filters import flag, text
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource
from pipeline import books, catalogue, taxing
from pipeline.api.catalogue_files import WithFiles
from pipeline.api.shapes import ProductShape
from pipeline.api.tariffs import (
    BundleItemShape,
    PriceBookShape,
    PriceShape,
    TaxClassShape,
    TaxShape,
    UnitShape,
)
from pipeline.models import PriceBook, Product, TaxClass, TaxKind, Unit

IN_USE = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}
MOST_PRICES = 1000


class Catalogue(Resource):
    """Everyone reads all of it."""

    scope = "products"
    ordering = ("name", "id")

    def visible(self) -> QuerySet[Any]:
        return self.model._default_manager.all()

    def sent(self, kind: type[Input], *, partial: bool = False) -> dict[str, Any]:
        self.only_admins()
        sent = self.read_body(kind, partial=partial)
        if "currency" in sent:
            sent["currency"] = Currency.objects.get(pk=sent["currency"])
        return sent


# ── Products ───────────────────────────────────────────────────────────────────────────────────────


class ProductRevision(Input):
    name = Text(max_length=160, required=False)
    code = Text(max_length=60, required=False, allow_blank=True)
    family = Text(max_length=80, required=False, allow_blank=True)
    description = Text(max_length=5000, required=False, allow_blank=True)
    unit_price = Amount(required=False)
    currency = CurrencyCode(required=False)
    cost = Amount(required=False, allow_null=True)
    unit = Ref(lambda reach: Unit.objects.all(), required=False, allow_null=True)
    tax_class = Ref(lambda reach: TaxClass.objects.all(), required=False, allow_null=True)
    sums_parts = Flag(required=False)
    renews_after = Whole(required=False, allow_null=True, min_value=1, max_value=1200, help_text="Months.")
    translations = Words(required=False)
    is_active = Flag(required=False)
    external_id = Text(max_length=120, required=False, allow_blank=True)


class ProductInput(ProductRevision):
    name = Text(max_length=160)
    unit_price = Amount()
    currency = CurrencyCode()


class ItemInput(Input):
    product = Ref(lambda reach: Product.objects.all())
    quantity = Amount(max_digits=14, required=False, default=Decimal(1), min_value=Decimal("0.001"))
    is_optional = Flag(required=False, default=False)


class ItemsInput(Input):
    items = ItemInput(many=True)


class Products(WithFiles, Catalogue):
    model = Product
    shape = ProductShape
    filters = {
        **IN_USE,
        "q": text("Part of the name.", "name__icontains"),
        "code": text("The whole code.", "code"),
        "family": text("The whole family.", "family"),
        "external_id": text("The id in your own system.", "external_id"),
    }

    @extend_schema(request=ProductInput, responses={201: ProductShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a product

        Admins only.
        """
        return self.written(catalogue.create_product(by=self.me, **self.sent(ProductInput)), status=201)

    @extend_schema(request=ProductRevision, responses=ProductShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a product

        Admins only. Deals and quotes keep the prices they were given.
        """
        self.only_admins()
        product = self.find(pk)
        sent = self.sent(ProductRevision, partial=True)
        return self.written(catalogue.revise_product(product, by=self.me, **sent))

    @extend_schema(responses=BundleItemShape(many=True))
    @action(detail=True, methods=["get"])
    def items(self, request: Request, pk: int) -> Response:
        """List what a bundle is made of"""
        return self.page(self.find(pk).items.all(), BundleItemShape, ordering=("position", "id"))

    @extend_schema(request=ItemsInput, responses=ProductShape)
    @items.mapping.put
    @guarded
    def replace_items(self, request: Request, pk: int) -> Response:
        """Replace what a bundle is made of

        Admins only. With no items it is no bundle any more.
        """
        self.only_admins()
        product = self.find(pk)
        items = [catalogue.Item(**item) for item in self.sent(ItemsInput)["items"]]
        return self.written(catalogue.set_items(product, items, by=self.me))


# ── Units and taxes ────────────────────────────────────────────────────────────────────────────────


class UnitRevision(Input):
    name = Text(max_length=40, required=False)
    code = Text(max_length=3, required=False, help_text="Of UN/ECE recommendation 20.")
    names = serializers.DictField(child=Text(max_length=40, allow_blank=True), required=False)


class UnitInput(UnitRevision):
    name = Text(max_length=40)
    code = Text(max_length=3)


class Units(Catalogue):
    model = Unit
    shape = UnitShape
    ordering = ("position", "id")

    @extend_schema(request=UnitInput, responses={201: UnitShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a unit

        Admins only.
        """
        return self.written(taxing.create_unit(by=self.me, **self.sent(UnitInput)), status=201)

    @extend_schema(request=UnitRevision, responses=UnitShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a unit

        Admins only.
        """
        self.only_admins()
        unit = self.find(pk)
        return self.written(taxing.revise_unit(unit, by=self.me, **self.sent(UnitRevision, partial=True)))

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a unit

        Admins only; refused while a product is counted in it.
        """
        self.only_admins()
        taxing.delete_unit(self.find(pk), by=self.me)
        return Response(status=204)


class TaxClassRevision(Input):
    name = Text(max_length=60, required=False)
    kind = Choice(TaxKind.choices, required=False)
    reason = Text(max_length=200, required=False, allow_blank=True)
    is_default = Flag(required=False)
    is_active = Flag(required=False)


class TaxClassInput(TaxClassRevision):
    name = Text(max_length=60)


class TaxInput(Input):
    name = Text(max_length=40)
    rate = Percent(decimal_places=4, max_digits=7)
    is_compound = Flag(required=False, default=False)
    starts_on = Day(required=False, allow_null=True, default=None)
    ends_on = Day(required=False, allow_null=True, default=None)


class TaxesInput(Input):
    taxes = TaxInput(many=True)


class TaxClasses(Catalogue):
    model = TaxClass
    shape = TaxClassShape
    ordering = ("position", "id")
    filters = IN_USE

    @extend_schema(request=TaxClassInput, responses={201: TaxClassShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a tax class

        Admins only.
        """
        return self.written(taxing.create_tax_class(by=self.me, **self.sent(TaxClassInput)), status=201)

    @extend_schema(request=TaxClassRevision, responses=TaxClassShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a tax class

        Admins only.
        """
        self.only_admins()
        found = self.find(pk)
        return self.written(taxing.revise_tax_class(found, by=self.me, **self.sent(TaxClassRevision, partial=True)))

    @extend_schema(responses=TaxShape(many=True))
    @action(detail=True, methods=["get"])
    def taxes(self, request: Request, pk: int) -> Response:
        """List the taxes of a class"""
        return self.page(self.find(pk).taxes.all(), TaxShape, ordering=("position", "id"))

    @extend_schema(request=TaxesInput, responses=TaxClassShape)
    @taxes.mapping.put
    @guarded
    def replace_taxes(self, request: Request, pk: int) -> Response:
        """Replace the taxes of a class

        Admins only. Quotes and invoices keep the rates of their day.
        """
        self.only_admins()
        found = self.find(pk)
        taxes = [taxing.TaxRow(**tax) for tax in self.sent(TaxesInput)["taxes"]]
        return self.written(taxing.revise_tax_class(found, taxes=taxes, by=self.me))


# ── Price books ────────────────────────────────────────────────────────────────────────────────────


class PriceBookRevision(Input):
    name = Text(max_length=120, required=False)
    currency = CurrencyCode(required=False)
    parent = Ref(lambda reach: PriceBook.objects.all(), required=False, allow_null=True)  # type: ignore[assignment]
    includes_tax = Flag(required=False)
    starts_on = Day(required=False, allow_null=True)
    ends_on = Day(required=False, allow_null=True)
    sector = Text(max_length=80, required=False, allow_blank=True)
    country = Text(max_length=2, required=False, allow_blank=True)
    is_default = Flag(required=False)
    is_active = Flag(required=False)


class PriceBookInput(PriceBookRevision):
    name = Text(max_length=120)
    currency = CurrencyCode()


class PriceInput(Input):
    product = Ref(lambda reach: Product.objects.all())
    unit_price = Amount(allow_null=True, help_text="Null takes the price away.")
    min_quantity = Amount(max_digits=14, required=False, default=Decimal(0))
    starts_on = Day(required=False, allow_null=True, default=None)
    ends_on = Day(required=False, allow_null=True, default=None)


class PricesInput(Input):
    prices = serializers.ListField(child=PriceInput(), max_length=MOST_PRICES)


class PriceBooks(Catalogue):
    model = PriceBook
    shape = PriceBookShape
    filters = {**IN_USE, "q": text("Part of the name.", "name__icontains"), "currency": text("Its code.", "currency")}

    @extend_schema(request=PriceBookInput, responses={201: PriceBookShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a price book

        Admins only.
        """
        return self.written(books.create_price_book(by=self.me, **self.sent(PriceBookInput)), status=201)

    @extend_schema(request=PriceBookRevision, responses=PriceBookShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a price book

        Admins only.
        """
        self.only_admins()
        book = self.find(pk)
        return self.written(books.revise_price_book(book, by=self.me, **self.sent(PriceBookRevision, partial=True)))

    @extend_schema(responses=PriceShape(many=True))
    @action(detail=True, methods=["get"])
    def prices(self, request: Request, pk: int) -> Response:
        """List the prices of a book"""
        return self.page(self.find(pk).prices.all(), PriceShape, ordering=("id",))

    @extend_schema(request=PricesInput, responses=PriceBookShape)
    @prices.mapping.patch
    @guarded
    def set_prices(self, request: Request, pk: int) -> Response:
        """Set, replace and take away prices of a book

        Admins only. A price is known by its product, quantity and first day; those not sent stay as they are.
        """
        self.only_admins()
        book = self.find(pk)
        books.set_prices(book, [books.PriceRow(**row) for row in self.sent(PricesInput)["prices"]], by=self.me)
        return self.written(book)
