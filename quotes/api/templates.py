"""Templates of deliveries."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import people_in
from crm.rest.fields import Choice, Flag, Ref, Text, Whole
from crm.rest.filters import flag
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape
from pipeline.models import ActivityKind, Pipeline, Product
from quotes.actions.delivering import StepDraft, save_template
from quotes.models import (
    Assignee,
    DeliveryTemplate,
    Place,
    TemplateStep,
)


class DeliveryTemplateShape(Shape):
    """What is planned for every won deal that it fits."""

    id = Whole()
    name = Text()
    pipeline = Whole(allow_null=True, help_text="Only for deals won in it.")
    product = Whole(allow_null=True, help_text="Only for deals that sell it.")
    is_active = Flag()
    version = Whole()

    columns = ("id", "name", "pipeline_id", "product_id", "is_active", "version")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "pipeline": row["pipeline_id"],
            "product": row["product_id"],
            "is_active": row["is_active"],
            "version": row["version"],
        }


class TemplateStepShape(Shape):
    id = Whole()
    title = Text()
    place = Choice(Place.choices)
    kind = Choice(ActivityKind.choices)
    days = Whole()
    assignee = Choice(Assignee.choices)
    person = Whole(allow_null=True)
    is_sparse = False

    columns = ("id", "title", "place", "kind", "days", "assignee", "person_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {**{name: row[name] for name in TemplateStepShape.columns[:-1]}, "person": row["person_id"]}


class TemplateStepInput(Input):
    id = Whole(required=False, help_text="Of a step that is there already: it is changed.")
    title = Text(max_length=200)
    place = Choice(Place.choices, required=False, default=Place.STEP)
    kind = Choice(ActivityKind.choices, required=False, default=ActivityKind.TASK)
    days = Whole(required=False, default=0, max_value=3650, help_text="After the win, or after the delivery.")
    assignee = Choice(Assignee.choices, required=False, default=Assignee.OWNER)
    person = Ref(people_in, required=False, allow_null=True, help_text="With `assignee` “person”.")


class DeliveryTemplateRevision(Input):
    name = Text(max_length=120, required=False)
    pipeline = Ref(lambda reach: Pipeline.objects.all(), required=False, allow_null=True)
    product = Ref(lambda reach: Product.objects.all(), required=False, allow_null=True)
    is_active = Flag(required=False)
    steps = TemplateStepInput(many=True, required=False, help_text="All of them, in their order.")


class DeliveryTemplateInput(DeliveryTemplateRevision):
    name = Text(max_length=120)
    steps = TemplateStepInput(many=True)


def _drafts(sent: list[dict[str, Any]]) -> list[StepDraft]:
    return [StepDraft(pk=step.pop("id", None), **step) for step in sent]


class DeliveryTemplates(Resource):
    """Admins change them; everyone reads them."""

    scope = "quotes"
    model = DeliveryTemplate
    shape = DeliveryTemplateShape
    ordering = ("name", "id")
    filters = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}

    def visible(self) -> QuerySet[DeliveryTemplate]:
        return DeliveryTemplate.objects.all()

    def editable(self, pk: Any) -> DeliveryTemplate:
        self.only_admins()
        template: DeliveryTemplate = self.find(pk)
        return template

    @extend_schema(request=DeliveryTemplateInput, responses={201: DeliveryTemplateShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a template of deliveries

        Admins only.
        """
        self.only_admins()
        sent = self.read_body(DeliveryTemplateInput)
        return self.written(save_template(by=self.me, **sent | {"steps": _drafts(sent["steps"])}), status=201)

    @extend_schema(request=DeliveryTemplateRevision, responses=DeliveryTemplateShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a template of deliveries

        Admins only. Deliveries that run keep the steps they have.
        """
        found, sent = self.to_change(pk, DeliveryTemplateRevision, partial=True)
        steps = sent.pop("steps", None)
        kept = {name: getattr(found, name) for name in ("name", "pipeline", "product", "is_active")}
        drafts = _as_they_are(found) if steps is None else _drafts(steps)
        return self.written(save_template(found, by=self.me, steps=drafts, **kept | sent))

    @extend_schema(responses=TemplateStepShape(many=True))
    @action(detail=True, methods=["get"])
    def steps(self, request: Request, pk: int) -> Response:
        """List a template’s steps"""
        return self.page(self.find(pk).steps.all(), TemplateStepShape, ordering=("position", "id"))


def _as_they_are(template: DeliveryTemplate) -> list[StepDraft]:
    steps = TemplateStep.objects.filter(template=template).select_related("person")
    return [
        StepDraft(each.title, each.days, each.place, each.kind, each.assignee, each.person, each.pk) for each in steps
    ]
