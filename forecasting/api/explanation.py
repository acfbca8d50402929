"""What makes one number of the forecast: the same explanation as beside the table."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Amount, Choice, Day, Text, Whole, day, money
from crm.rest.filters import Param, read_params
from crm.rest.past import AS_OF, OfAnyMoment
from crm.rest.periods import ratio, this_quarter
from crm.rest.resource import Answers
from forecasting.api.asking import COUNTED, NARROWED
from forecasting.cell_screen import cell_of
from forecasting.explaining import DealLine, Explanation
from forecasting.forms import Asked
from forecasting.types import REVENUE
from forecasting.weighting import MEASURES


class ExplainedDealShape(serializers.Serializer[Any]):
    """One deal beneath a number, and how it comes to what it adds."""

    deal = Whole()
    title = Text()
    outcome = Choice(["won", "open"])
    amount = Amount()
    currency = Text()
    rate = Amount(allow_null=True, help_text="What it was converted at; null: it needed no rate, or none is known.")
    rate_on = Day(allow_null=True)
    worth = Amount(allow_null=True, help_text="In the forecast’s currency; null: not convertible, in no sum.")
    on = Day(allow_null=True, help_text="Closed, or expected to close.")
    probability = Amount(help_text="In percent.")
    probability_from = Choice(["stage", "deal"])
    category = Text()
    category_from = Choice(["stage", "deal"])
    adds = Amount(help_text="To the number.")

    @staticmethod
    def of(line: DealLine, currency: str) -> dict[str, Any]:
        rate, rate_on = line.rate or (None, None)
        return {
            "deal": line.pk,
            "title": line.title,
            "outcome": "won" if line.is_won else "open",
            "amount": money(line.amount, line.currency),
            "currency": line.currency,
            "rate": None if rate is None else f"{rate:f}",
            "rate_on": day(rate_on),
            "worth": money(line.worth, currency),
            "on": day(line.day),
            "probability": f"{100 if line.is_won else line.chance:.2f}",
            "probability_from": "deal" if line.own_chance else "stage",
            "category": line.category,
            "category_from": "deal" if line.own_category else "stage",
            "adds": f"{line.counts:f}",
        }


class ExplainedQuotaShape(serializers.Serializer[Any]):
    row = Text(help_text="The `key` of the row whose quota it is.")
    period = Text()
    amount = Amount(help_text="As set.")
    currency = Text()
    worth = Amount(allow_null=True, help_text="At the plan rate; null: not convertible.")


class ExplainedRowShape(serializers.Serializer[Any]):
    row = Text()
    adds = Amount(min_value=None)


class ExplanationShape(serializers.Serializer[Any]):
    """The deals, quotas or lines below that make a number. In the company’s currency."""

    row = Text()
    measure = Text()
    currency = Text()
    value = Amount(allow_null=True, min_value=None, help_text="As the table says; null where there is none.")
    deals_value = Amount(min_value=None, help_text="What its deals have to add up to.")
    deals_summed = Amount(min_value=None, help_text="What they do; different only while a change waits to be counted.")
    adds_up = serializers.BooleanField()
    not_convertible = Whole()
    quotas = ExplainedQuotaShape(many=True)
    deals = ExplainedDealShape(many=True, help_text="At most 500, the largest first.")
    below = ExplainedRowShape(many=True, help_text="In the place of the deals, where these are more than 500.")

    @staticmethod
    def of(found: Explanation, currency: str) -> dict[str, Any]:
        written = ratio if found.is_ratio else lambda value: None if value is None else f"{value:f}"
        return {
            "row": found.row.key,
            "measure": found.measure,
            "currency": currency,
            "value": written(found.value),
            "deals_value": f"{found.figure:f}",
            "deals_summed": f"{found.summed:f}",
            "adds_up": found.adds_up,
            "not_convertible": found.missing,
            "quotas": [
                {
                    "row": row.key,
                    "period": part.period.key,
                    "amount": f"{part.set_amount:f}",
                    "currency": part.currency,
                    "worth": None if part.amount is None else f"{part.amount:f}",
                }
                for row, part in (found.quotas.lines if found.quotas else [])
            ],
            "deals": [ExplainedDealShape.of(line, currency) for part in found.deals for line in part.lines],
            "below": [{"row": each.row.key, "adds": f"{each.value:f}"} for each in found.below],
        }


WHICH = {
    "row": Param("The `key` of a row of the forecast.", "", {"type": "string"}, str),
    "measure": Param("Which of its numbers.", "", {"type": "string", "enum": list(MEASURES)}, str),
}


class ForecastExplanation(OfAnyMoment, Answers):
    scope = "forecast"
    may_be_unseen = True
    params = NARROWED | {"type": COUNTED["type"]} | WHICH | AS_OF

    @extend_schema(responses=ExplanationShape)
    def get(self, request: Request) -> Response:
        """Read what makes a number of the forecast"""
        sent = {"period": this_quarter(), "type": REVENUE} | read_params(request, self.params, beside=AS_OF)
        row, measure, kind = sent.pop("row", ""), sent.pop("measure", ""), sent.pop("type")
        cell = cell_of(self.reach, Asked(**sent, type=kind.key), row, measure)
        if cell is None:
            raise NotFound
        return Response(ExplanationShape.of(cell.found, cell.table.currency))
