"""What became of quotes, and what is owed: the numbers of the report's page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Amount, Choice, Day, Text, Whole, day, money
from crm.rest.filters import one_id, read_params, word
from crm.rest.periods import IN_PERIOD, ratio, this_quarter
from crm.rest.resource import Answers
from quotes.ageing import Age, ageing
from quotes.report import DIMENSIONS, Count, Row, quote_report


class CountShape(serializers.Serializer[Any]):
    """Quotes, and what they come to without tax."""

    quotes = Whole()
    value = Amount()

    @staticmethod
    def of(count: Count, currency: str) -> dict[str, Any]:
        return {"quotes": count.quotes, "value": money(count.value, currency)}


class QuotesRowShape(serializers.Serializer[Any]):
    """Quotes that share one value of the dimension."""

    key = Text(help_text="The id or month; empty where there is none.")
    label = Text()  # type: ignore[assignment]
    above = Text(help_text="By team, the key of the row it is counted in too; else empty.")
    sent = CountShape()
    accepted = CountShape()
    declined = CountShape()
    expired = CountShape()
    acceptance = Amount(allow_null=True, help_text="By count: accepted ÷ (accepted + declined + expired).")
    days_to_accept = Amount(allow_null=True, help_text="The median, from sending to acceptance.")
    list_value = Amount(help_text="What the quotes sent would be without any discount.")
    discount = Amount()
    discount_share = Amount(allow_null=True, help_text="Discount ÷ list value.")
    not_convertible = Whole()

    @staticmethod
    def of(row: Row, currency: str) -> dict[str, Any]:
        return {
            "key": row.key,
            "label": row.label,
            "above": row.above,
            "sent": CountShape.of(row.sent, currency),
            "accepted": CountShape.of(row.accepted, currency),
            "declined": CountShape.of(row.declined, currency),
            "expired": CountShape.of(row.expired, currency),
            "acceptance": ratio(row.acceptance),
            "days_to_accept": None if row.days is None else f"{row.days:f}",
            "list_value": money(row.listed, currency),
            "discount": money(row.discount, currency),
            "discount_share": ratio(row.given),
            "not_convertible": row.missing,
        }


class AgeShape(serializers.Serializer[Any]):
    """Unpaid invoices by their due days; null: no bound."""

    key = Text()
    due_from = Day(allow_null=True)
    due_until = Day(allow_null=True)
    invoices = Whole()
    owed = Amount(help_text="With tax, at today’s rates.")
    not_convertible = Whole()

    @staticmethod
    def of(age: Age, currency: str) -> dict[str, Any]:
        return {
            "key": age.key,
            "due_from": day(age.first),
            "due_until": day(age.last),
            "invoices": age.invoices,
            "owed": money(age.owed, currency),
            "not_convertible": age.missing,
        }


class QuotesReportShape(serializers.Serializer[Any]):
    """What became of the quotes of a period, and what is unpaid today.

    A quote counts once, by its newest version that was sent, each event at the rate of its day. By product it counts
    once for each of its products, by team for its deal's and for those above it; the total is always of quotes.
    """

    period = Text()
    by = Choice(DIMENSIONS)
    currency = Text()
    rows = QuotesRowShape(many=True)
    total = QuotesRowShape()
    unpaid = AgeShape(many=True)
    unpaid_total = AgeShape()
    overdue = AgeShape()


class QuotesReport(Answers):
    scope = "reports"
    params = {
        "period": IN_PERIOD,
        "owner": one_id("Only this person’s deals."),
        "team": one_id("Only deals of this team and of those below it."),
        "by": word("What to split by; by default the person.", DIMENSIONS),
    }

    @extend_schema(responses=QuotesReportShape)
    def get(self, request: Request) -> Response:
        """Read what became of quotes in a period"""
        sent = {"period": this_quarter()} | read_params(request, self.params)
        report = quote_report(self.reach, sent.pop("period"), **sent)
        owed, currency = ageing(self.reach, owner=sent.get("owner"), team=sent.get("team")), report.currency
        return Response(
            {
                "period": report.period.key,
                "by": report.by,
                "currency": currency,
                "rows": [QuotesRowShape.of(row, currency) for row in report.rows],
                "total": QuotesRowShape.of(report.total, currency),
                "unpaid": [AgeShape.of(age, currency) for age in owed.ages],
                "unpaid_total": AgeShape.of(owed.total, currency),
                "overdue": AgeShape.of(owed.overdue, currency),
            }
        )
