"""What is sent to draft, save and decide on quotes."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from crm.models import Currency
from crm.rest.fields import Amount, Choice, CurrencyCode, Day, Flag, Ref, Text, Whole
from crm.rest.lookup import MOST
from crm.rest.resource import Input
from pipeline.api.inputs import companies, contacts, seen_version
from pipeline.models import Deal, PriceBook, Product, TaxClass
from quotes.lines import Item
from quotes.models import LANGUAGES, DiscountKind, LineKind, Rounding

SEEN = "What you last saw: 409 if it was changed since, with `changed` naming what."


class LineItemInput(Input):
    """What is left out is taken from the product and its price book."""

    id = Whole(required=False, max_value=MOST, help_text="Of a line that is there already: it is changed.")
    kind = Choice(LineKind.choices, required=False, default=LineKind.ITEM)
    product = Ref(lambda reach: Product.objects.filter(is_active=True), required=False, allow_null=True)
    part_of = Whole(required=False, allow_null=True, help_text="The place, from 0, of the bundle it is a part of.")
    name = Text(max_length=200, required=False, allow_blank=True, default="")
    description = Text(required=False, allow_blank=True)
    quantity = Amount(max_digits=14, required=False, default=Decimal(1), min_value=Decimal("0.001"))
    unit = Text(max_length=40, required=False, allow_blank=True)
    unit_code = Text(max_length=3, required=False, allow_blank=True, default="", help_text="UN/ECE 20: HUR, DAY …")
    unit_price = Amount(required=False, allow_null=True, min_value=None, help_text="By default the price book’s.")
    cost = Amount(required=False, allow_null=True, help_text="Managers and admins only; null leaves it.")
    discount_kind = Choice(DiscountKind.choices, required=False, default=DiscountKind.PERCENT)
    discount = Amount(required=False, default=Decimal(0))
    tax_class = Ref(lambda reach: TaxClass.objects.filter(is_active=True), required=False, allow_null=True)
    is_optional = Flag(required=False, default=False)
    is_chosen = Flag(required=False, default=False)

    def validate_cost(self, cost: Decimal | None) -> Decimal | None:
        """A margin that its author could lift would need no approval."""
        if cost is not None and not self.context["reach"].sees_costs:
            raise ValidationError(_("Only managers and admins set a cost."))
        return cost

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" in attrs:
            attrs["pk"] = attrs.pop("id")
        return attrs


class LineItemsInput(Input):
    lines = LineItemInput(many=True)
    version = seen_version(SEEN)


class QuoteRevision(Input):
    elsewhere = {
        "status": gettext_lazy("A status is not set: POST to approvals/, sendings/ or cancellations/."),
        "is_synced": gettext_lazy("POST to syncs/."),
        "number": gettext_lazy("A number is given once and stays."),
    }

    title = Text(max_length=200, required=False)
    company = Ref(companies, required=False, allow_null=True)
    contact = Ref(contacts, required=False, allow_null=True)
    address = Text(required=False, allow_blank=True)
    language = Choice(LANGUAGES, required=False)
    currency = CurrencyCode(required=False)
    book = Ref(lambda reach: PriceBook.objects.filter(is_active=True), required=False, allow_null=True)
    includes_tax = Flag(required=False, help_text="Prices have the tax in them.")
    rounding = Choice(Rounding.choices, required=False)
    quoted_on = Day(required=False)
    valid_until = Day(required=False)
    payment_days = Whole(required=False, max_value=3650)
    introduction = Text(required=False, allow_blank=True)
    terms = Text(required=False, allow_blank=True)
    discount_kind = Choice(DiscountKind.choices, required=False)
    discount = Amount(required=False, help_text="On the whole, before tax: percent, or an amount.")
    lines = LineItemInput(many=True, required=False, help_text="All of them, in order.")
    version = seen_version(SEEN)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "currency" in attrs:
            attrs["currency"] = Currency.objects.get(pk=attrs["currency"])
        return attrs


class QuoteInput(QuoteRevision):
    elsewhere = QuoteRevision.elsewhere

    deal = Ref(lambda reach: Deal.objects.visible_to(reach))
    version = None  # type: ignore[assignment]


class SeenInput(Input):
    version = seen_version(SEEN)


class RemarkInput(SeenInput):
    remark = Text(max_length=255, required=False, allow_blank=True)


class RepricingInput(SeenInput):
    lines = serializers.ListField(
        child=Whole(max_value=MOST), required=False, help_text="Only of the lines with these ids."
    )


def items_of(sent: list[dict[str, Any]]) -> list[Item]:
    return [Item(**line) for line in sent]
