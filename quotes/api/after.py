"""What follows a won deal: deliveries, the templates they are made of, and renewals."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm.access import people_in
from crm.rest.fields import Amount, Choice, Day, Expandable, Flag, Instant, Ref, Text, Whole, day, instant, money
from crm.rest.filters import choices, flag, ids
from crm.rest.filters import day as day_filter
from crm.rest.guard import guarded
from crm.rest.people import UserShape
from crm.rest.resource import Expansion, Input, Resource, Row, Shape
from pipeline.api.shapes import ActivityShape, DealShape
from pipeline.models import Activity, ActivityKind, Deal, Pipeline, Product
from quotes.actions.delivering import StepDraft, add_step, save_template, start_delivery
from quotes.actions.renewing import cancel_renewal, open_renewal, plan_renewal, resume_renewal, revise_renewal
from quotes.models import (
    Assignee,
    Delivery,
    DeliveryTemplate,
    Place,
    Renewal,
    RenewalKind,
    RenewalState,
    TemplateStep,
)

DEALS = Expansion(DealShape, lambda reach: Deal.objects.visible_to(reach))


def _visible_deals(reach: Any) -> Any:
    return Deal.objects.visible_to(reach).live()


# ── Templates ──────────────────────────────────────────────────────────────────────────────────────


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


# ── Deliveries ─────────────────────────────────────────────────────────────────────────────────────


class OfDeal(Resource):
    """What is seen and changed by whom its deal is."""

    scope = "quotes"
    model: ClassVar[Any]

    def visible(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(self.reach).select_related("deal")
        return rows

    def editable(self, pk: Any) -> Any:
        found = self.find(pk)
        self.may_change(found.deal)
        return found

    def may_change(self, deal: Deal) -> None:
        if not self.reach.changes(deal.owner_id, deal.team_id):
            raise PermissionDenied(_("You may read this, but not change it."))


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
    deal = Ref(_visible_deals)
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


# ── Renewals ───────────────────────────────────────────────────────────────────────────────────────


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
    deal = Ref(_visible_deals)
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


RESOURCES = {"deliveries": Deliveries, "delivery-templates": DeliveryTemplates, "renewals": Renewals}
