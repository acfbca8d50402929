"""What is sent to open, revise, move and close deals."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from contacts.models import Company, Contact, Source
from crm.access import Reach, people_in
from crm.rest.fields import (
    Amount,
    Choice,
    CurrencyCode,
    CustomValues,
    Day,
    Flag,
    Instant,
    Percent,
    Ref,
    Text,
    Whole,
    digits_of,
)
from crm.rest.lookup import MOST
from crm.rest.resource import Input
from pipeline.actions import MERGEABLE, PARTS
from pipeline.models import ActivityKind, Category, Deal, DealRole, LossReason, Pipeline, Product, Stage, WinReason

CATEGORIES = [choice for choice in Category.choices if choice[0] != Category.CLOSED]


def companies(reach: Reach) -> Any:
    return Company.objects.visible_to(reach)


def contacts(reach: Reach) -> Any:
    return Contact.objects.visible_to(reach)


def seen_version(about: str) -> Whole:
    return Whole(required=False, min_value=1, help_text=about)


def effective() -> Instant:
    return Instant(required=False, help_text="When it took effect, if not now.")


class LineInput(Input):
    product = Ref(lambda reach: Product.objects.all())
    quantity = Amount(max_digits=14, required=False, default=Decimal(1), min_value=Decimal("0.001"))
    unit_price = Amount(
        required=False,
        allow_null=True,
        default=None,
        help_text="By default the product’s, or the price book’s in another currency.",
    )
    discount = Percent(required=False, default=Decimal(0), help_text="In percent.")


class LinesInput(Input):
    lines = LineInput(many=True)
    feed_amount = Flag(required=False, help_text="The deal’s amount is their sum. By default as before.")


class DealContactInput(Input):
    contact = Ref(contacts)
    role = Choice(DealRole.choices, required=False, allow_blank=True, default="")


class DealContactsInput(Input):
    contacts = DealContactInput(many=True)


class DealRevision(Input):
    elsewhere = {
        "stage": gettext_lazy("A stage is not set: POST to moves/, wins/, losses/ or reopenings/."),
        "pipeline": gettext_lazy("A pipeline is not set: move the deal into one of its stages."),
        "owner": gettext_lazy("An owner is not set: POST to handovers/."),
        "team": gettext_lazy("A deal is in its owner’s team: POST to handovers/."),
        "probability": gettext_lazy("Set probability_override; null goes back to the stage’s."),
        "category": gettext_lazy("Set category_override; empty goes back to the stage’s."),
        "closed_on": gettext_lazy("POST to wins/ or losses/ with the date."),
        "lines": gettext_lazy("PUT them to lines/."),
        "contacts": gettext_lazy("PUT them to contacts/."),
    }

    title = Text(max_length=200, required=False)
    company = Ref(companies, required=False, allow_null=True)
    source = Ref(lambda reach: Source.objects.all(), required=False, allow_null=True)  # type: ignore[assignment]
    amount = Amount(required=False, allow_null=True)
    currency = CurrencyCode(required=False)
    amount_from_lines = Flag(required=False)
    expected_close_on = Day(required=False, allow_null=True)
    probability_override = Percent(required=False, allow_null=True)
    category_override = Choice(CATEGORIES, required=False, allow_blank=True)
    win_reason = Ref(lambda reach: WinReason.objects.all(), required=False)
    loss_reason = Ref(lambda reach: LossReason.objects.all(), required=False)
    competitor = Text(max_length=120, required=False, allow_blank=True)
    closing_note = Text(required=False, allow_blank=True)
    external_id = Text(max_length=120, required=False, allow_blank=True)
    custom = CustomValues()
    version = seen_version("What you last saw: 409 if one of the same fields was changed since.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "currency" in attrs:
            attrs["currency_id"] = attrs.pop("currency")
        fits(attrs.get("amount"), attrs.get("currency_id") or self.context["currency"])
        if name := attrs.get("external_id"):
            others = Deal.objects.exclude(pk=self.context.get("deal") or 0)
            if others.filter(external_id=name).exists():
                raise serializers.ValidationError({"external_id": [_("Another deal has this id.")]})
        return attrs


class DealInput(DealRevision):
    elsewhere = DealRevision.elsewhere

    title = Text(max_length=200)
    stage = Ref(lambda reach: Stage.objects.all(), required=False, help_text="By default the pipeline’s first.")
    pipeline = Ref(lambda reach: Pipeline.objects.all(), required=False, help_text="By default the default one.")
    owner = Ref(lambda reach: people_in(reach, writing=True), required=False, help_text="By default yourself.")
    lines = LineInput(many=True, required=False)
    contacts = DealContactInput(many=True, required=False)
    at = Instant(required=False, help_text="When it was opened, if not now.")
    version = None  # type: ignore[assignment]
    win_reason = None  # type: ignore[assignment]
    loss_reason = None  # type: ignore[assignment]
    closing_note = None  # type: ignore[assignment]
    competitor = None  # type: ignore[assignment]


class NextStepInput(Input):
    subject = Text(max_length=200)
    due_on = Day()


class EntryInput(Input):
    """What a stage asks for before a deal enters it."""

    amount = Amount(required=False)
    currency = CurrencyCode(required=False)
    expected_close_on = Day(required=False)
    company = Ref(companies, required=False)
    source = Ref(lambda reach: Source.objects.all(), required=False)  # type: ignore[assignment]
    contact = Ref(contacts, required=False)
    product = Ref(lambda reach: Product.objects.all(), required=False)
    next_step = NextStepInput(required=False)
    custom = CustomValues()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "currency" in attrs:
            attrs["currency_id"] = attrs.pop("currency")
        fits(attrs.get("amount"), attrs.get("currency_id") or self.context["currency"])
        if step := attrs.get("next_step"):
            attrs["next_step"] = (step["subject"], step["due_on"])
        attrs |= attrs.pop("custom", {})
        return attrs


class MoveInput(Input):
    stage = Ref(lambda reach: Stage.objects.all())
    after = Whole(required=False, max_value=MOST, help_text="The deal above it in the column.")
    before = Whole(required=False, max_value=MOST, help_text="The deal below it. By default it goes on top.")
    fields = EntryInput(required=False)  # type: ignore[assignment]
    version = seen_version("What you last saw: 409 if it was moved or closed since.")
    at = effective()


class WinInput(Input):
    reason = Ref(lambda reach: WinReason.objects.filter(is_active=True))
    closed_on = Day(required=False, help_text="By default today.")
    note = Text(required=False, allow_blank=True)
    fields = EntryInput(required=False)  # type: ignore[assignment]
    version = seen_version("What you last saw: 409 if it was moved or closed since.")
    at = effective()


class LossInput(Input):
    reason = Ref(lambda reach: LossReason.objects.filter(is_active=True))
    competitor = Text(max_length=120, required=False, allow_blank=True)
    closed_on = Day(required=False, help_text="By default today.")
    note = Text(required=False, allow_blank=True)
    version = seen_version("What you last saw: 409 if it was moved or closed since.")
    at = effective()


class ReopeningInput(Input):
    stage = Ref(lambda reach: Stage.objects.all(), required=False, help_text="By default the one it was closed from.")
    at = effective()


class HandoverInput(Input):
    owner = Ref(people_in, help_text="Somebody whose records you may read.")
    at = effective()


class CloneInput(Input):
    title = Text(max_length=200, required=False, help_text="By default its title with “(copy)”.")
    stage = Ref(lambda reach: Stage.objects.all(), required=False, help_text="By default the pipeline’s first.")
    parts = serializers.ListField(
        child=Choice([(part, part) for part in PARTS]), required=False, help_text="What comes along; by default all."
    )


class MergeInput(Input):
    other = Ref(lambda reach: Deal.objects.visible_to(reach), help_text="The deal that becomes part of this one.")
    take = serializers.ListField(
        child=Text(max_length=60),
        required=False,
        help_text=f"Facts where the other’s value stays: {', '.join(MERGEABLE)}, or `custom.<key>`.",
    )
    version = seen_version("What you last saw of this deal: 409 if it was changed since.")
    other_version = seen_version("What you last saw of the other.")


class UndoingInput(Input):
    version = Whole(min_value=1, help_text="The deal’s newest version: the change that made it is taken back.")


class ActivityInput(Input):
    deal = Ref(lambda reach: Deal.objects.visible_to(reach))
    subject = Text(max_length=200)
    kind = Choice(ActivityKind.choices, required=False)
    body = Text(required=False, allow_blank=True)
    owner = Ref(people_in, required=False)
    due_on = Day(required=False, help_text="Plans it. Without it, it was done.")
    due_time = serializers.TimeField(required=False, help_text="With `due_on`.")
    done_at = Instant(required=False, help_text="When it was done, if not now; not with `due_on`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "done_at" in attrs and "due_on" in attrs:
            raise serializers.ValidationError({"done_at": [_("It is either planned or done.")]})
        if "due_time" in attrs and "due_on" not in attrs:
            raise serializers.ValidationError({"due_on": [_("A time needs its day.")]})
        return attrs


class CompletionInput(Input):
    at = effective()


def fits(amount: Decimal | None, currency: str) -> None:
    """Refuse an amount with more decimals than its currency has."""
    digits = digits_of(currency)
    if amount is not None and -int(amount.as_tuple().exponent) > digits and amount != round(amount, digits):
        text = _("%(currency)s has %(digits)d decimals.") % {"currency": currency, "digits": digits}
        raise serializers.ValidationError({"amount": [text]})
