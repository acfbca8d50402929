"""The forecast: the numbers of the manager’s page."""

from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from crm.rest.fields import (
    Amount,
    Choice,
    Day,
    Instant,
    Text,
    Whole,
    day,
    instant,
    money,
)
from crm.rest.filters import read_params
from crm.rest.past import AS_OF, OfAnyMoment
from crm.rest.periods import ratio, this_quarter
from crm.rest.resource import Answers
from forecasting.adjustments import Adjusted
from forecasting.api.asking import COUNTED, NARROWED
from forecasting.links import Opening
from forecasting.models import Measure
from forecasting.table import forecast_table
from forecasting.weighting import Row as TableRow


class FiguresDealsShape(serializers.Serializer[Any]):
    """Where the deals are that sum to the figures."""

    won = serializers.URLField()
    open = serializers.URLField()


class AdjustedShape(serializers.Serializer[Any]):
    """A figure of the row that somebody adjusted, or a row below it."""

    measure = Choice(Measure.choices)
    amount = Amount(help_text="With every adjustment.")
    raw = Amount(help_text="What the deals add up to.")
    as_owner_sees = Amount(help_text="Without what was adjusted above the row’s owner.")
    without_owner = Amount(help_text="The rows below as adjusted, the owner’s own deals raw.")
    adjustment = Whole(allow_null=True, help_text="The id of the one that counts; null: only rows below were adjusted.")
    drift = Amount(allow_null=True, min_value=None, help_text="What `raw` changed by since; null where not known.")

    @staticmethod
    def of(measure: str, adjusted: Adjusted, currency: str) -> dict[str, Any]:
        return {
            "measure": measure,
            "amount": money(adjusted.amount, currency),
            "raw": money(adjusted.raw, currency),
            "as_owner_sees": money(adjusted.views.without_manager, currency),
            "without_owner": money(adjusted.views.without_owner, currency),
            "adjustment": adjusted.standing.pk if adjusted.standing else None,
            "drift": money(adjusted.drift, currency),
        }


class ForecastRowShape(serializers.Serializer[Any]):
    """The company, a team or a person, with everything below added up. Amounts are in the forecast’s currency."""

    key = Text()
    parent = Text(help_text="The `key` of the row above; empty for the first.")  # type: ignore[assignment]
    kind = Choice(["company", "team", "person"])
    id = Whole(help_text="Of the team or the person; 0 for a company of several teams.")
    name = Text()
    depth = Whole()
    quota = Amount(allow_null=True, help_text="As set, else the sum of those below; null without any.")
    quota_mismatch = Amount(allow_null=True, min_value=None, help_text="Quotas below less the team’s own, signed.")
    won = Amount()
    won_deals = Whole()
    gap = Amount(allow_null=True, min_value=None, help_text="quota − won, signed.")
    attainment = Amount(allow_null=True, help_text="won ÷ quota: 0.85 is 85 %.")
    open = Amount(help_text="All open deals but the omitted ones.")
    open_deals = Whole()
    pipeline = Amount()
    best_case = Amount()
    commit = Amount()
    weighted = Amount()
    coverage = Amount(allow_null=True, help_text="open ÷ gap; null where the quota is reached or there is none.")
    not_convertible = Whole(help_text="Deals left out for want of an exchange rate.")
    adjusted = AdjustedShape(many=True)
    deals = FiguresDealsShape()

    @staticmethod
    def of(row: TableRow, currency: str, behind: Opening) -> dict[str, Any]:
        figures = row.figures
        return {
            "key": row.key,
            "parent": row.parent,
            "kind": row.kind,
            "id": row.id,
            "name": row.name,
            "depth": row.depth,
            "quota": money(row.quota, currency),
            "quota_mismatch": money(row.quota_mismatch, currency),
            "won": money(figures.won, currency),
            "won_deals": figures.won_deals,
            "gap": money(row.gap, currency),
            "attainment": ratio(row.attainment),
            "open": money(figures.open, currency),
            "open_deals": figures.open_deals,
            "pipeline": money(figures.pipeline, currency),
            "best_case": money(figures.best_case, currency),
            "commit": money(figures.commit, currency),
            "weighted": money(figures.weighted, currency),
            "coverage": ratio(row.coverage),
            "not_convertible": figures.not_convertible,
            "adjusted": [AdjustedShape.of(measure, cell, currency) for measure, cell in row.adjusted.items()],
            "deals": {"won": behind.won, "open": behind.open},
        }


class UndatedShape(serializers.Serializer[Any]):
    deals = Whole()
    amount = Amount()
    not_convertible = Whole()


class ForecastShape(serializers.Serializer[Any]):
    """Quota, won, gap and pipeline of everyone within reach. Each number opens the deals that sum to it."""

    period = Text()
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    currency = Text(help_text="Empty where deals are counted.")
    rows = ForecastRowShape(many=True, help_text="The tree of teams and people, depth first; the first is the total.")
    undated = UndatedShape(help_text="Open deals without an expected close date: in no period.")
    overdue = Whole(help_text="Open deals of the period whose expected close has passed.")
    fresh_at = Instant(allow_null=True, help_text="When the numbers were last brought up to date.")
    stale_since = Instant(allow_null=True, help_text="Since when a change waits to be counted; null: none does.")


class Forecast(OfAnyMoment, Answers):
    scope = "forecast"
    params = NARROWED | COUNTED | AS_OF

    @extend_schema(responses=ForecastShape)
    def get(self, request: Request) -> Response:
        """Read the forecast of a period"""
        sent = {"period": this_quarter()} | read_params(request, self.params, beside=AS_OF)
        period = sent.pop("period")
        table = forecast_table(self.reach, period, **sent)
        currency = table.currency
        deals = reverse("api:deals-list", request=request)
        pipeline = [("pipeline", str(sent["pipeline"]))] if "pipeline" in sent else []
        return Response(
            {
                "period": period.key,
                "starts_on": day(period.start),
                "ends_on": day(period.end),
                "currency": currency,
                "rows": [
                    ForecastRowShape.of(row, currency, Opening(period, urlencode([*row.deals, *pipeline]), deals))
                    for row in table.rows
                ],
                "undated": {
                    "deals": table.undated.deals,
                    "amount": money(table.undated.amount, currency),
                    "not_convertible": table.undated.not_convertible,
                },
                "overdue": table.overdue,
                "fresh_at": instant(table.fresh_at),
                "stale_since": instant(table.stale_since),
            }
        )
