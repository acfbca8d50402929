"""Won and lost deals by what they have in common."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import (
    Amount,
    Choice,
    Instant,
    Text,
    Whole,
    instant,
    money,
)
from crm.rest.filters import read_params, word
from crm.rest.past import AS_OF, OfAnyMoment
from crm.rest.periods import ratio, this_quarter
from crm.rest.resource import Answers
from forecasting.api.asking import NARROWED
from forecasting.reports import DIMENSIONS, WinLossRow, win_loss


class WinLossRowShape(serializers.Serializer[Any]):
    """Closed deals that share one value of the dimension."""

    key = Text(help_text="The id, code or month; empty where there is none.")
    label = Text()  # type: ignore[assignment]
    won_deals = Whole()
    won_value = Amount()
    lost_deals = Whole()
    lost_value = Amount()
    win_rate = Amount(allow_null=True, help_text="By count: won ÷ (won + lost).")
    value_win_rate = Amount(allow_null=True, help_text="By value.")
    average_won = Amount(allow_null=True)
    average_lost = Amount(allow_null=True)
    not_convertible = Whole()

    @staticmethod
    def of(row: WinLossRow, currency: str) -> dict[str, Any]:
        return {
            "key": row.key,
            "label": row.label,
            "won_deals": row.won_deals,
            "won_value": money(row.won_value, currency),
            "lost_deals": row.lost_deals,
            "lost_value": money(row.lost_value, currency),
            "win_rate": ratio(row.win_rate),
            "value_win_rate": ratio(row.value_win_rate),
            "average_won": money(row.average_won, currency),
            "average_lost": money(row.average_lost, currency),
            "not_convertible": row.not_convertible,
        }


class WinLossShape(serializers.Serializer[Any]):
    """Won and lost deals of a period by what they have in common. Values at the rate of each close date.

    By product a deal counts once for each of its products; the total is always of distinct deals.
    """

    period = Text()
    by = Choice(DIMENSIONS)
    currency = Text()
    rows = WinLossRowShape(many=True)
    total = WinLossRowShape()
    with_reason = Whole(help_text="Closed deals that have a reason.")
    fresh_at = Instant(allow_null=True)
    stale_since = Instant(allow_null=True)


class WinLossReport(OfAnyMoment, Answers):
    scope = "reports"
    params = {**NARROWED, **AS_OF, "by": word("What to split by; by default the reason.", DIMENSIONS)}

    @extend_schema(responses=WinLossShape)
    def get(self, request: Request) -> Response:
        """Read won and lost deals of a period"""
        sent = {"period": this_quarter()} | read_params(request, self.params, beside=AS_OF)
        report = win_loss(self.reach, sent.pop("period"), **sent)
        currency = report.currency
        return Response(
            {
                "period": report.period.key,
                "by": report.by,
                "currency": currency,
                "rows": [WinLossRowShape.of(row, currency) for row in report.rows],
                "total": WinLossRowShape.of(report.total, currency),
                "with_reason": report.with_reason,
                "fresh_at": instant(report.fresh_at),
                "stale_since": instant(report.stale_since),
            }
        )
