"""Renewals and upsells of won deals."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm.access import people_in
from crm.rest.fields import Amount, Choice, Day, Expandable, Instant, Ref, Text, Whole, day, instant, money
from crm.rest.filters import choices, ids
from crm.rest.filters import day as day_filter
from crm.rest.guard import guarded
from crm.rest.people import UserShape
from crm.rest.resource import Input, Row, Shape
from pipeline.api.shapes import DealShape
from quotes.actions.renewing import cancel_renewal, open_renewal, plan_renewal, resume_renewal, revise_renewal
from quotes.api.of_deal import DEALS, OfDeal, visible_deals
from quotes.models import (
    Renewal,
    RenewalKind,
    RenewalState,
)


class RenewalShape(Shape):
    """A deal to come: `opened_deal` is what became of it."""

    id = Whole()
    deal = Expandable(DealShape, help_text="The won one.")
    kind = Choice(RenewalKind.choices)
    state = Choice(RenewalState.choices)
    title = Text(help_text="Empty: as the won deal, with the year.")
    due_on = Day()
    opens_on = Day()
    owner = Expandable(UserShape, allow_null=True, help_text="Null: whoever owns the won deal then.")
    amount = Amount(allow_null=True, help_text="Null: the lines of the won deal, at their prices then.")
    currency = Text()
    uplift = Text(help_text="How much dearer, in percent.")
    opened_deal = Expandable(DealShape, allow_null=True)
    problem = Text(help_text="Why it could not be opened when its day had come.")
    version = Whole()
    created_at = Instant()

    columns = (
        "id", "deal_id", "kind", "state", "title", "due_on", "opens_on", "owner_id", "amount", "currency_id", "uplift",
        "opened_deal_id", "problem", "version", "created_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "deal": row["deal_id"],
            "kind": row["kind"],
            "state": row["state"],
            "title": row["title"],
            "due_on": day(row["due_on"]),
            "opens_on": day(row["opens_on"]),
            "owner": row["owner_id"],
            "amount": money(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "uplift": f"{row['uplift']:.2f}",
            "opened_deal": row["opened_deal_id"],
            "problem": row["problem"],
            "version": row["version"],
            "created_at": instant(row["created_at"]),
        }


class RenewalRevision(Input):
    due_on = Day(required=False)
    lead_days = Whole(required=False, max_value=730, help_text="How many days before it is due its deal opens.")
    kind = Choice(RenewalKind.choices, required=False)
    title = Text(max_length=200, required=False, allow_blank=True)
    owner = Ref(people_in, required=False, allow_null=True)
    amount = Amount(required=False, allow_null=True)
    uplift = Amount(required=False, max_digits=6, decimal_places=2, min_value=Decimal(-100), max_value=Decimal(1000))

    def validate_due_on(self, value: Any) -> Any:
        if value.year > 9000:
            raise ValidationError(_("This is too far away."))
        return value


class RenewalInput(RenewalRevision):
    deal = Ref(visible_deals)
    due_on = Day()


class Renewals(OfDeal):
    model = Renewal
    shape = RenewalShape
    ordering = ("due_on", "id")
    filters = {
        "deal": ids("Only of these won deals.", "deal"),
        "owner": ids("Only of deals of these owners.", "deal__owner"),
        "kind": choices("Only of these kinds.", "kind", RenewalKind.values),
        "state": choices("Only in these states.", "state", RenewalState.values),
        "due_from": day_filter("Due on this day or later.", "due_on__gte"),
        "due_to": day_filter("Due on this day or earlier.", "due_on__lte"),
    }
    expandable = {"deal": DEALS, "opened_deal": DEALS, "owner": PEOPLE["owner"]}

    @extend_schema(request=RenewalInput, responses={201: RenewalShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Plan a renewal of a won deal

        Products that renew plan theirs when the deal is won.
        """
        sent = self.read_body(RenewalInput)
        deal = sent.pop("deal")
        self.may_change(deal)
        return self.written(plan_renewal(deal, by=self.me, **sent), status=201)

    @extend_schema(request=RenewalRevision, responses=RenewalShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a renewal that is planned"""
        found, sent = self.to_change(pk, RenewalRevision, partial=True)
        return self.written(revise_renewal(found, by=self.me, **sent))

    @extend_schema(request=None, responses=RenewalShape)
    @action(detail=True, methods=["post"])
    @guarded
    def cancellations(self, request: Request, pk: int) -> Response:
        """Cancel a renewal that is planned"""
        return self.written(cancel_renewal(self.find_to_change(pk), by=self.me))

    @extend_schema(request=None, responses=RenewalShape)
    @action(detail=True, methods=["post"])
    @guarded
    def plannings(self, request: Request, pk: int) -> Response:
        """Plan a cancelled renewal again"""
        return self.written(resume_renewal(self.find_to_change(pk), by=self.me))

    @extend_schema(request=None, responses=RenewalShape)
    @action(detail=True, methods=["post"])
    @guarded
    def openings(self, request: Request, pk: int) -> Response:
        """Open a renewal’s deal before its time"""
        found = self.find_to_change(pk)
        open_renewal(found, by=self.me)
        return self.written(found)
