"""The fiscal calendar, and the rates that quotas of its periods are planned with."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.calendar import fiscal_calendar, periods_in, this
from crm.models import Currency, FiscalPeriod, PlanRate
from crm.periods import YEARS, BadPeriod, Period
from crm.rates import set_plan_rate
from crm.rest.fields import Amount, Choice, CurrencyCode, Day, Flag, Instant, Text, Whole, day, instant
from crm.rest.filters import Param, read_params, text
from crm.rest.filters import day as day_param
from crm.rest.guard import guarded
from crm.rest.resource import Answers, Input, Resource, Row, Shape


class FiscalPeriodShape(serializers.Serializer[Any]):
    """A month, a quarter or a year of the fiscal calendar."""

    key = Text(help_text="What other addresses call it: 2026-11, 2026-Q4, 2026; in a short year 2027-01..2027-03.")
    kind = Choice(FiscalPeriod.Kind.choices)
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    in_short_year = Flag(help_text="It lies between the last year of one start and the first of the next.")

    @staticmethod
    def of(period: Period) -> dict[str, Any]:
        return {
            "key": period.key,
            "kind": period.kind,
            "starts_on": day(period.start),
            "ends_on": day(period.end),
            "in_short_year": period.in_short_year,
        }


class FiscalYearShape(FiscalPeriodShape):
    """A fiscal year with its months and quarters in order, each quarter after its months."""

    periods = FiscalPeriodShape(many=True)
    previous = Text(help_text="The key of the year before.")
    next = Text(help_text="The key of the year after.")


def _day_in_reach(text: str) -> Any:
    found = day_param("").read(text)
    if found.year not in YEARS[1:-1]:
        raise ValueError(text)
    return found


class FiscalYear(Answers):
    scope = ""
    params = {
        "on": Param("A day of the year; by default today.", "", {"type": "string", "format": "date"}, _day_in_reach)
    }

    @extend_schema(responses=FiscalYearShape)
    def get(self, request: Request) -> Response:
        """Read a fiscal year and its periods."""
        calendar, asked = fiscal_calendar(), read_params(request, self.params)
        year = calendar.year_of(asked["on"]) if "on" in asked else this("year")
        return Response(
            {
                **FiscalPeriodShape.of(year),
                "periods": [FiscalPeriodShape.of(period) for period in periods_in(year, calendar)],
                "previous": calendar.beside(year, -1).key,
                "next": calendar.beside(year, 1).key,
            }
        )


class PlanRateShape(Shape):
    """What quotas of a period count one unit of `currency` for, in `base`: of a period and currency the newest."""

    id = Whole()
    currency = Text()
    base = Text()
    period = Text(help_text="2026-11, 2026-Q4 or 2026.")
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    rate = Amount(allow_null=True, help_text="null: from then on the newest rate of a quota’s first day again.")
    recorded_at = Instant()

    columns = (
        "id", "currency_id", "base_id", "period__kind", "period__starts_on", "period__ends_on", "period__fiscal_start",
        "rate", "recorded_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        start, end = row["period__starts_on"], row["period__ends_on"]
        return {
            "id": row["id"],
            "currency": row["currency_id"],
            "base": row["base_id"],
            "period": Period(start, end, row["period__kind"], row["period__fiscal_start"]).key,
            "starts_on": day(start),
            "ends_on": day(end),
            "rate": None if row["rate"] is None else f"{row['rate']:f}",
            "recorded_at": instant(row["recorded_at"]),
        }


class PlanRateInput(Input):
    currency = CurrencyCode()
    period = Text(max_length=20, help_text="2026-11, 2026-Q4 or 2026, by the fiscal calendar.")
    rate = Amount(max_digits=20, decimal_places=10, allow_null=True, help_text="null removes it.")

    def validate_period(self, text: str) -> Period:
        try:
            return fiscal_calendar().parse(text)
        except BadPeriod:
            raise ValidationError(_("This is not a period.")) from None


class PlanRates(Resource):
    scope = "exchange-rates"
    model = PlanRate
    shape = PlanRateShape
    filters = {
        "currency": text("The code of a currency.", "currency_id"),
        "from": day_param("Only of periods that start on this day or later.", "period__starts_on__gte"),
        "to": day_param("Only of periods that end on this day or earlier.", "period__ends_on__lte"),
    }

    def visible(self) -> QuerySet[PlanRate]:
        return PlanRate.objects.all()

    @extend_schema(request=PlanRateInput, responses={201: PlanRateShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Set the plan rate of a period. A correction is a newer row. Admins only."""
        self.only_admins()
        sent = self.read_body(PlanRateInput)
        currency = Currency.objects.get(pk=sent.pop("currency"))
        planned = set_plan_rate(currency=currency, by=self.me, **sent)
        if planned is None:
            raise ValidationError({"rate": [_("There is none to remove.")]})
        return self.written(planned, status=201)
