"""Products, and the reasons why deals are won and lost."""

from django.db.models import QuerySet

from crm.rest.filters import flag, text
from crm.rest.resource import Resource
from pipeline.api.shapes import LossReasonShape, ProductShape, ReasonShape
from pipeline.models import LossReason, Product, WinReason

IN_USE = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}


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


class WinReasons(Resource):
    scope = "pipelines"
    model = WinReason
    shape = ReasonShape
    ordering = ("position", "id")
    filters = IN_USE

    def visible(self) -> QuerySet[WinReason]:
        return WinReason.objects.all()


class LossReasons(Resource):
    scope = "pipelines"
    model = LossReason
    shape = LossReasonShape
    ordering = ("position", "id")
    filters = IN_USE

    def visible(self) -> QuerySet[LossReason]:
        return LossReason.objects.all()
