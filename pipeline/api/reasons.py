"""The reasons why deals are won and lost. Admins change them; everyone reads them."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Flag, Text
from crm.rest.filters import flag
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource
from pipeline.api.shapes import LossReasonShape, ReasonShape
from pipeline.catalogue import create_reason, revise_reason
from pipeline.models import LossReason, WinReason

IN_USE = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}


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
