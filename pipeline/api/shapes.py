"""How pipelines, deals and what belongs to them read as JSON."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from contacts.api import CompanyShape, ContactShape, SourceShape
from crm.models import Workspace
from crm.money import round_to
from crm.rest.fields import (
    Amount,
    Choice,
    CustomValues,
    Day,
    Expandable,
    Flag,
    Instant,
    Percent,
    Text,
    Whole,
    Words,
    custom,
    day,
    digits_of,
    instant,
    money,
    percent,
    price,
)
from crm.rest.people import TeamShape, UserShape
from crm.rest.resource import Row, Shape
from pipeline.models import ActivityKind, Category, DealChange, DealRole, Kind, RequiredField

REQUIRED = f"Any of {', '.join(RequiredField.values)}, or custom.<key>."
HIDDEN = "null for whoever is neither manager nor admin"


class PipelineShape(Shape):
    """A pipeline. Its stages are under /stages/?pipeline=."""

    id = Whole()
    name = Text()
    position = Whole()
    is_default = Flag()
    is_active = Flag()

    columns = ("id", "name", "position", "is_default", "is_active")


class StageShape(Shape):
    """A stage: open, won or lost by its kind, never by its name."""

    id = Whole()
    pipeline = Expandable(PipelineShape)
    name = Text()
    kind = Choice(Kind.choices)
    probability = Percent()
    category = Choice(Category.choices)
    stall_days = Whole(allow_null=True)
    guidance = Text()
    required_fields = serializers.ListField(child=Text(), help_text=REQUIRED)
    position = Whole()

    columns = (
        "id", "pipeline_id", "name", "kind", "probability", "category", "stall_days", "guidance", "required_fields",
        "position",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "pipeline": row["pipeline_id"],
            "name": row["name"],
            "kind": row["kind"],
            "probability": percent(row["probability"]),
            "category": row["category"],
            "stall_days": row["stall_days"],
            "guidance": row["guidance"],
            "required_fields": row["required_fields"],
            "position": row["position"],
        }


class ReasonShape(Shape):
    """Why deals are won."""

    id = Whole()
    name = Text()
    position = Whole()
    is_active = Flag()

    columns = ("id", "name", "position", "is_active")


class LossReasonShape(ReasonShape):
    """Why deals are lost."""

    asks_competitor = Flag()

    columns = (*ReasonShape.columns, "asks_competitor")  # type: ignore[assignment]


class ProductShape(Shape):
    """What can be sold, and its usual price."""

    id = Whole()
    name = Text()
    code = Text()
    family = Text()
    description = Text()
    unit_price = Amount()
    currency = Text()
    cost = Amount(allow_null=True, help_text=f"What it costs us, in the same currency; {HIDDEN}.")
    unit = Whole(allow_null=True, help_text="The id of its unit.")
    tax_class = Whole(allow_null=True, help_text="The id of its tax class; null is the usual one.")
    is_bundle = Flag(help_text="Its parts are under items/.")
    sums_parts = Flag(help_text="A bundle that costs what its parts cost.")
    renews_after = Whole(allow_null=True, help_text="Months.")
    translations = Words(help_text="Name and description by language: {“de”: {“name”: …}}.")
    is_active = Flag()
    external_id = Text()

    columns = (
        "id", "name", "code", "family", "description", "unit_price", "currency_id", "cost", "unit_id", "tax_class_id",
        "is_bundle", "sums_parts", "renews_after", "translations", "is_active", "external_id",
    )  # fmt: skip
    costs = ("cost",)

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "code": row["code"],
            "family": row["family"],
            "description": row["description"],
            "unit_price": price(row["unit_price"], row["currency_id"]),
            "currency": row["currency_id"],
            "cost": price(row["cost"], row["currency_id"]),
            "unit": row["unit_id"],
            "tax_class": row["tax_class_id"],
            "is_bundle": row["is_bundle"],
            "sums_parts": row["sums_parts"],
            "renews_after": row["renews_after"],
            "translations": row["translations"],
            "is_active": row["is_active"],
            "external_id": row["external_id"],
        }


class DealShape(Shape):
    """One possible sale. `probability` and `category` are the override if there is one, else the stage’s."""

    id = Whole()
    title = Text()
    pipeline = Expandable(PipelineShape)
    stage = Expandable(StageShape)
    outcome = Choice(Kind.choices)
    owner = Expandable(UserShape)
    team = Expandable(TeamShape, allow_null=True)
    company = Expandable(CompanyShape, allow_null=True)
    source = Expandable(SourceShape, allow_null=True)  # type: ignore[assignment]
    amount = Amount(allow_null=True)
    currency = Text()
    amount_from_lines = Flag(help_text="The amount is the sum of the lines.")
    amount_from_quote = Flag(help_text="Amount and lines follow a quote: change them there.")
    weighted_amount = Amount(help_text="Amount × probability.")
    probability = Percent()
    probability_override = Percent(allow_null=True)
    category = Choice(Category.choices)
    category_override = Choice(Category.choices, allow_blank=True)
    expected_close_on = Day(allow_null=True)
    pushes = Whole(help_text="How often the expected close was put off.")
    pushed_days = Whole()
    closed_on = Day(allow_null=True)
    base_amount = Amount(allow_null=True, help_text="In the company’s currency at the rate of the close date.")
    base_rate = serializers.CharField(allow_null=True)
    win_reason = Expandable(ReasonShape, allow_null=True)
    loss_reason = Expandable(LossReasonShape, allow_null=True)
    competitor = Text()
    closing_note = Text()
    lost_from = Whole(allow_null=True, help_text="The open stage it was lost from.")
    opened_at = Instant()
    stage_since = Instant()
    touched_at = Instant(allow_null=True, help_text="When an activity was last done.")
    next_step = Whole(allow_null=True, help_text="The earliest planned activity.")
    has_full_history = Flag()
    archived_at = Instant(allow_null=True)
    merged_into = Whole(allow_null=True, help_text="The deal it became part of; then it is archived.")
    custom = CustomValues()
    external_id = Text()
    version = Whole()
    created_at = Instant()

    columns = (
        "id", "title", "pipeline_id", "stage_id", "outcome", "owner_id", "team_id", "company_id", "source_id", "amount",
        "currency_id", "amount_from_lines", "amount_from_quote", "probability_override", "category_override",
        "expected_close_on", "pushes", "pushed_days", "closed_on", "base_amount", "base_rate", "win_reason_id",
        "loss_reason_id", "competitor", "closing_note", "lost_from_id", "opened_at", "stage_since", "touched_at",
        "next_step_id", "has_full_history", "archived_at", "merged_into_id", "custom", "external_id", "version",
        "created_at", "stage__probability", "stage__category",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        currency, amount, override = row["currency_id"], row["amount"], row["probability_override"]
        chance = row["stage__probability"] if override is None else override
        weighted = round_to((amount or Decimal(0)) * chance / 100, digits_of(currency))
        rate = row["base_rate"]
        return {
            "id": row["id"],
            "title": row["title"],
            "pipeline": row["pipeline_id"],
            "stage": row["stage_id"],
            "outcome": row["outcome"],
            "owner": row["owner_id"],
            "team": row["team_id"],
            "company": row["company_id"],
            "source": row["source_id"],
            "amount": money(amount, currency),
            "currency": currency,
            "amount_from_lines": row["amount_from_lines"],
            "amount_from_quote": row["amount_from_quote"],
            "weighted_amount": money(weighted, currency),
            "probability": percent(chance),
            "probability_override": percent(override),
            "category": row["category_override"] or row["stage__category"],
            "category_override": row["category_override"],
            "expected_close_on": day(row["expected_close_on"]),
            "pushes": row["pushes"],
            "pushed_days": row["pushed_days"],
            "closed_on": day(row["closed_on"]),
            "base_amount": None
            if row["base_amount"] is None
            else money(row["base_amount"], Workspace.current().currency_id),
            "base_rate": None if rate is None else f"{rate:f}",
            "win_reason": row["win_reason_id"],
            "loss_reason": row["loss_reason_id"],
            "competitor": row["competitor"],
            "closing_note": row["closing_note"],
            "lost_from": row["lost_from_id"],
            "opened_at": instant(row["opened_at"]),
            "stage_since": instant(row["stage_since"]),
            "touched_at": instant(row["touched_at"]),
            "next_step": row["next_step_id"],
            "has_full_history": row["has_full_history"],
            "archived_at": instant(row["archived_at"]),
            "merged_into": row["merged_into_id"],
            "custom": custom("deal", row["custom"]),
            "external_id": row["external_id"],
            "version": row["version"],
            "created_at": instant(row["created_at"]),
        }


class DealLineShape(Shape):
    """A product on a deal. `discount` is in percent."""

    product = Expandable(ProductShape)
    quantity = Amount()
    unit_price = Amount()
    discount = Percent()
    total = Amount()
    is_sparse = False

    columns = ("id", "position", "product_id", "quantity", "unit_price", "discount", "total", "deal__currency_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "product": row["product_id"],
            "quantity": f"{row['quantity']:f}",
            "unit_price": price(row["unit_price"], row["deal__currency_id"]),
            "discount": percent(row["discount"]),
            "total": money(row["total"], row["deal__currency_id"]),
        }


class DealContactShape(Shape):
    """A person on a deal, and what they are in it."""

    contact = Expandable(ContactShape)
    role = Choice(DealRole.choices, allow_blank=True)
    is_sparse = False

    columns = ("id", "contact_id", "role")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {"contact": row["contact_id"], "role": row["role"]}


class DealChangeShape(Shape):
    """The deal as it stood after a change, and what the changed fields were before (`was`)."""

    id = Whole()
    version = Whole()
    verb = Choice(DealChange.Verb.choices)
    was = serializers.DictField(help_text="Previous values of what changed, by column.")
    by = Whole(allow_null=True, help_text="The user who did it; null for Penstock itself.")
    effective_at = Instant(help_text="When it became true.")
    recorded_at = Instant(help_text="When Penstock learnt it.")
    pipeline = Whole()
    stage = Whole()
    outcome = Choice(Kind.choices)
    owner = Whole()
    team = Whole(allow_null=True)
    amount = Amount(allow_null=True)
    currency = Text()
    expected_close_on = Day(allow_null=True)
    probability_override = Percent(allow_null=True)
    category_override = Choice(Category.choices, allow_blank=True)
    closed_on = Day(allow_null=True)
    is_archived = Flag()
    is_sparse = False

    columns = (
        "id", "version", "verb", "was", "by_id", "effective_at", "recorded_at", "pipeline_id", "stage_id", "outcome",
        "owner_id", "team_id", "amount", "currency_id", "expected_close_on", "probability_override",
        "category_override", "closed_on", "is_archived",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "version": row["version"],
            "verb": row["verb"],
            "was": row["was"],
            "by": row["by_id"],
            "effective_at": instant(row["effective_at"]),
            "recorded_at": instant(row["recorded_at"]),
            "pipeline": row["pipeline_id"],
            "stage": row["stage_id"],
            "outcome": row["outcome"],
            "owner": row["owner_id"],
            "team": row["team_id"],
            "amount": money(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "expected_close_on": day(row["expected_close_on"]),
            "probability_override": percent(row["probability_override"]),
            "category_override": row["category_override"],
            "closed_on": day(row["closed_on"]),
            "is_archived": row["is_archived"],
        }


class ActivityShape(Shape):
    """What a person did (`done_at`) or will do (`due_on`) about a deal."""

    id = Whole()
    deal = Expandable(DealShape)
    kind = Choice(ActivityKind.choices)
    subject = Text()
    body = Text()
    owner = Expandable(UserShape)
    due_on = Day(allow_null=True)
    due_time = serializers.TimeField(allow_null=True)
    done_at = Instant(allow_null=True)
    version = Whole()
    created_at = Instant()

    columns = (
        "id", "deal_id", "kind", "subject", "body", "owner_id", "due_on", "due_time", "done_at", "version",
        "created_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "deal": row["deal_id"],
            "kind": row["kind"],
            "subject": row["subject"],
            "body": row["body"],
            "owner": row["owner_id"],
            "due_on": day(row["due_on"]),
            "due_time": row["due_time"] and row["due_time"].isoformat(),
            "done_at": instant(row["done_at"]),
            "version": row["version"],
            "created_at": instant(row["created_at"]),
        }
