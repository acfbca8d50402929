"""Currencies and what they were worth."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.actions import set_exchange_rate
from crm.errors import Refused
from crm.imports.reading import BadFile
from crm.models import Currency, ExchangeRate, Workspace
from crm.models.jobs import LONGEST_REPORT
from crm.rate_files import read_rates
from crm.rates import import_rates
from crm.rest.fields import Amount, CurrencyCode, Day, Flag, Instant, Text, Whole, day, instant
from crm.rest.filters import day as day_param
from crm.rest.filters import flag, text
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape


class CurrencyShape(Shape):
    """A currency, and how many decimals its amounts have."""

    id = Text(help_text="ISO 4217.")
    digits = Whole()
    is_active = Flag()

    columns = ("code", "digits", "is_active")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {"id": row["code"], "digits": row["digits"], "is_active": row["is_active"]}


class Currencies(Resource):
    scope = "exchange-rates"
    model = Currency
    shape = CurrencyShape
    ordering = ("code",)
    lookup_value_regex = "[A-Z]{3}"
    filters = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}

    def visible(self) -> QuerySet[Currency]:
        return Currency.objects.all()


class ExchangeRateShape(Shape):
    """`rate` units of `base` for one unit of `currency`, from `on` until a newer one."""

    id = Whole()
    currency = Text()
    base = Text()
    on = Day()
    rate = Amount()
    recorded_at = Instant()

    columns = ("id", "currency_id", "base_id", "on", "rate", "recorded_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "currency": row["currency_id"],
            "base": row["base_id"],
            "on": day(row["on"]),
            "rate": f"{row['rate']:f}",
            "recorded_at": instant(row["recorded_at"]),
        }


class ExchangeRateInput(Input):
    currency = CurrencyCode()
    on = Day()
    rate = Amount(max_digits=20, decimal_places=10, min_value=Decimal("1e-10"))


class RatesFileInput(Input):
    content = Text(
        max_length=2_000_000,
        trim_whitespace=False,
        help_text="A CSV file with the columns currency, on and rate, or the European Central Bank’s eurofxref XML.",
    )
    name = Text(max_length=200, required=False, help_text="What the audit calls it.")
    dry_run = Flag(required=False, help_text="Only say what would happen.")


class LeftOutShape(serializers.Serializer[Any]):
    row = Text()
    reason = Text()


class RatesReportShape(serializers.Serializer[Any]):
    """What became of the rates of a file."""

    set = Whole(help_text="Of days that had none.")
    corrected = Whole(help_text="Of days that had another one.")
    unchanged = Whole(help_text="Known already.")
    left_out = LeftOutShape(many=True, help_text="What was not taken, and why: the first thousand.")


class ExchangeRates(Resource):
    scope = "exchange-rates"
    model = ExchangeRate
    shape = ExchangeRateShape
    filters = {
        "currency": text("The code of a currency.", "currency_id"),
        "base": text("The code of the currency it is expressed in.", "base_id"),
        "on_from": day_param("From this day on.", "on__gte"),
        "on_to": day_param("Until this day.", "on__lte"),
    }

    def visible(self) -> QuerySet[ExchangeRate]:
        return ExchangeRate.objects.all()

    @extend_schema(request=ExchangeRateInput, responses={201: ExchangeRateShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Set a rate in the company’s currency. A correction is a newer row. Admins only."""
        self.only_admins()
        sent = self.read_body(ExchangeRateInput)
        currency = Currency.objects.get(pk=sent.pop("currency"))
        return self.written(set_exchange_rate(currency=currency, by=self.me, **sent), status=201)

    @extend_schema(request=RatesFileInput, responses=RatesReportShape)
    @action(detail=False, methods=["post"], url_path="import", url_name="import")
    @guarded
    def take(self, request: Request) -> Response:
        """Import the rates of a file

        What is known stays as it is. In the company’s currency: the bank’s are crossed over the euro. Admins only.
        """
        self.only_admins()
        sent = self.read_body(RatesFileInput)
        data = sent["content"].encode("utf-8", "surrogatepass")
        try:
            lines = read_rates(data, Workspace.current().currency_id)
            report = import_rates(lines, source=sent.get("name", "API"), dry_run=sent.get("dry_run", False), by=self.me)
        except BadFile as bad:
            raise Refused(content=bad) from None
        return Response(
            {
                "set": report.set,
                "corrected": report.corrected,
                "unchanged": report.unchanged,
                "left_out": [{"row": row.label, "reason": row.reason} for row in report.report[:LONGEST_REPORT]],
            }
        )
