"""Deliveries of won deals, and their steps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import people_in
from crm.rest.fields import Day, Expandable, Instant, Ref, Text, Whole, day, instant
from crm.rest.filters import flag, ids
from crm.rest.guard import guarded
from crm.rest.resource import Input, Row, Shape
from pipeline.api.shapes import ActivityShape, DealShape
from pipeline.models import Activity
from quotes.actions.delivering import add_step, start_delivery
from quotes.api.of_deal import DEALS, OfDeal, visible_deals
from quotes.models import (
    Delivery,
    DeliveryTemplate,
)


class DeliveryShape(Shape):
    """What is owed to the customer of a won deal."""

    id = Whole()
    deal = Expandable(DealShape)
    won_on = Day()
    started_at = Instant()
    finished_at = Instant(allow_null=True)
    stopped_at = Instant(allow_null=True, help_text="When its deal was opened again.")

    columns = ("id", "deal_id", "won_on", "started_at", "finished_at", "stopped_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "deal": row["deal_id"],
            "won_on": day(row["won_on"]),
            "started_at": instant(row["started_at"]),
            "finished_at": instant(row["finished_at"]),
            "stopped_at": instant(row["stopped_at"]),
        }


class DeliveryInput(Input):
    deal = Ref(visible_deals)
    template = Ref(lambda reach: DeliveryTemplate.objects.filter(is_active=True))


class DeliveryStepInput(Input):
    title = Text(max_length=200)
    due_on = Day()
    owner = Ref(people_in, required=False)


class Deliveries(OfDeal):
    """A step is an activity: `activities/{id}/completions/` says that it is done."""

    model = Delivery
    shape = DeliveryShape
    filters = {
        "deal": ids("Only of these deals.", "deal"),
        "owner": ids("Only of deals of these owners.", "deal__owner"),
        "finished": flag(
            "Only what is delivered, or only the others.", lambda rows, yes: rows.filter(finished_at__isnull=not yes)
        ),
        "stopped": flag(
            "Only what was stopped, or only the others.", lambda rows, yes: rows.filter(stopped_at__isnull=not yes)
        ),
    }
    expandable = {"deal": DEALS}

    @extend_schema(request=DeliveryInput, responses={201: DeliveryShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Start a delivery by hand

        Of a won deal, by a template. Where templates apply, winning starts it by itself.
        """
        sent = self.read_body(DeliveryInput)
        self.may_change(sent["deal"])
        delivery = start_delivery(sent["deal"], template=sent["template"], by=self.me)
        assert delivery is not None  # it has a template
        return self.written(delivery, status=201)

    @extend_schema(responses=ActivityShape(many=True))
    @action(detail=True, methods=["get"])
    def steps(self, request: Request, pk: int) -> Response:
        """List the steps of a delivery’s checklist"""
        steps = Activity.objects.filter(delivery_step__delivery=self.find(pk), in_checklist=True)
        return self.page(steps, ActivityShape, ordering=("due_on", "id"))

    @extend_schema(request=DeliveryStepInput, responses={201: ActivityShape})
    @steps.mapping.post
    @guarded
    def add(self, request: Request, pk: int) -> Response:
        """Add a step to a delivery’s checklist"""
        delivery, sent = self.to_change(pk, DeliveryStepInput)
        step = add_step(delivery, by=self.me, **sent)
        row = Activity.objects.filter(delivery_step=step).values(*ActivityShape.columns).get()
        return Response(ActivityShape.of(row), status=201)
