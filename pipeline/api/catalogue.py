"""Products, and the reasons why deals are won and lost. Admins change them; everyone reads them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Currency
from crm.rest.fields import Amount, CurrencyCode, Flag, Text
from crm.rest.filters import flag, text
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource
from pipeline.api.shapes import LossReasonShape, ProductShape, ReasonShape
from pipeline.catalogue import create_product, create_reason, revise_product, revise_reason
from pipeline.models import LossReason, Product, WinReason

IN_USE = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}


class ProductRevision(Input):
    name = Text(max_length=160, required=False)
    code = Text(max_length=60, required=False, allow_blank=True)
    family = Text(max_length=80, required=False, allow_blank=True)
    unit_price = Amount(required=False)
    currency = CurrencyCode(required=False)
    is_active = Flag(required=False)
    external_id = Text(max_length=120, required=False, allow_blank=True)


class ProductInput(ProductRevision):
    name = Text(max_length=160)
    unit_price = Amount()
    currency = CurrencyCode()


class Products(Resource):
    scope = "products"
    model = Product
    shape = ProductShape
    ordering = ("name", "id")
    filters = {
        **IN_USE,
        "q": text("Part of the name.", "name__icontains"),
        "code": text("The whole code.", "code"),
        "family": text("The whole family.", "family"),
        "external_id": text("The id in your own system.", "external_id"),
    }

    def visible(self) -> QuerySet[Product]:
        return Product.objects.all()

    @extend_schema(request=ProductInput, responses={201: ProductShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a product

        Admins only.
        """
        self.only_admins()
        return self.written(create_product(by=self.me, **self._read(ProductInput)), status=201)

    @extend_schema(request=ProductRevision, responses=ProductShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a product

        Admins only. Deals keep the prices they were given.
        """
        self.only_admins()
        product = self.find(pk)
        return self.written(revise_product(product, by=self.me, **self._read(ProductRevision, partial=True)))

    def _read(self, kind: type[Input], *, partial: bool = False) -> dict[str, Any]:
        sent = self.read_body(kind, partial=partial)
        if "currency" in sent:
            sent["currency"] = Currency.objects.get(pk=sent["currency"])
        return sent


class ReasonRevision(Input):
    name = Text(max_length=120, required=False)
    is_active = Flag(required=False)


class ReasonInput(Input):
    name = Text(max_length=120)


class LossReasonRevision(ReasonRevision):
    asks_competitor = Flag(required=False, help_text="Whoever loses a deal for it is asked to whom.")


class LossReasonInput(ReasonInput):
    asks_competitor = Flag(required=False, help_text="Whoever loses a deal for it is asked to whom.")


class Reasons(Resource):
    scope = "pipelines"
    ordering = ("position", "id")
    filters = IN_USE
    model: ClassVar[Any]
    inputs: ClassVar[tuple[type[Input], type[Input]]]

    def visible(self) -> QuerySet[Any]:
        reasons: QuerySet[Any] = self.model.objects.all()
        return reasons

    @guarded
    def create(self, request: Request) -> Response:
        """Create a reason

        Admins only.
        """
        self.only_admins()
        reason: Any = create_reason(self.model, by=self.me, **self.read_body(self.inputs[0]))
        return self.written(reason, status=201)

    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename a reason, or take it in or out of use

        Admins only. Deals closed for it keep it.
        """
        self.only_admins()
        reason = self.find(pk)
        return self.written(revise_reason(reason, by=self.me, **self.read_body(self.inputs[1], partial=True)))


@extend_schema_view(
    create=extend_schema(request=ReasonInput, responses={201: ReasonShape}),
    partial_update=extend_schema(request=ReasonRevision, responses=ReasonShape),
)
class WinReasons(Reasons):
    model = WinReason
    shape = ReasonShape
    inputs = (ReasonInput, ReasonRevision)


@extend_schema_view(
    create=extend_schema(request=LossReasonInput, responses={201: LossReasonShape}),
    partial_update=extend_schema(request=LossReasonRevision, responses=LossReasonShape),
)
class LossReasons(Reasons):
    model = LossReason
    shape = LossReasonShape
    inputs = (LossReasonInput, LossReasonRevision)
