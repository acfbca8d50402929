"""What the forecast remembers: how a period changed, deal by deal; what slipped; how right it was."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Workspace
from crm.rest.fields import Amount, Choice, Day, Instant, Text, Whole, day, instant, money
from crm.rest.filters import Param, read_params, whole, word
from crm.rest.past import SCHEMA
from crm.rest.periods import ratio, this_quarter
from crm.rest.resource import Answers
from forecasting.accuracy import HORIZONS, MEASURES
from forecasting.accuracy import accuracy as accuracy_of
from forecasting.api.asking import NARROWED
from forecasting.movements import CAUSES, Movement, Slippage, Waterfall, ledger, slippage, waterfall
from forecasting.span import read_since, read_until, usual_span

MOST = 1000
ENDS = ("start", "end")
BETWEEN: dict[str, Param] = {
    **NARROWED,
    "since": Param("The beginning of this day, or this instant. By default the period’s.", "", SCHEMA, read_since),
    "until": Param("The end of this day, or this instant. By default the period’s, or now.", "", SCHEMA, read_until),
}


class Between(Answers):
    """Answers about a period between two instants."""

    scope = "forecast"
    params = BETWEEN

    def movement(self, request: Request) -> tuple[Movement, dict[str, Any]]:
        """What was asked, and what was asked beside it."""
        sent = {"period": this_quarter()} | read_params(request, self.params)
        period = sent.pop("period")
        since, until = usual_span(period)
        is_said = "until" in sent
        since, until = sent.pop("since", since), sent.pop("until", max(until, sent.get("since", until)))
        if since > until or (is_said and since == until):
            raise ValidationError({"until": [_("The end must come after the beginning.")]})
        narrowed = {name: sent.pop(name) for name in ("team", "owner", "pipeline") if name in sent}
        return Movement(self.reach, period, since, until, **narrowed), sent

    @staticmethod
    def told(movement: Movement) -> dict[str, Any]:
        return {
            "period": movement.period.key,
            "since": instant(movement.since),
            "until": instant(movement.until),
            "currency": Workspace.current().currency_id,
        }


# ── The waterfall ──────────────────────────────────────────────────────────────────────────────────


class WaterfallStepShape(serializers.Serializer[Any]):
    cause = Choice([*ENDS, *CAUSES])
    deals = Whole()
    amount = Amount(min_value=None, help_text="Signed; of `start` and `end` what stood open.")
    not_convertible = Whole(help_text="Deals in no sum for want of an exchange rate.")


class WaterfallShape(serializers.Serializer[Any]):
    """What became of the open deals expected to close in the period. `end` is `start` plus all causes, to the cent.

    The owner, team and pipeline are those of that time. Amounts are in the company’s currency.
    """

    period = Text()
    since = Instant()
    until = Instant()
    currency = Text()
    start = WaterfallStepShape()
    causes = WaterfallStepShape(many=True)
    end = WaterfallStepShape()


class Changes(Between):
    @extend_schema(responses=WaterfallShape)
    def get(self, request: Request) -> Response:
        """Read how the pipeline of a period changed"""
        movement, _more = self.movement(request)
        found = waterfall(movement)
        ends = {name: _step(found, name) for name in ENDS}
        return Response(self.told(movement) | ends | {"causes": [_step(found, cause) for cause in CAUSES]})


def _step(found: Waterfall, cause: str) -> dict[str, Any]:
    each = found.of(cause)
    return {
        "cause": cause,
        "deals": each.deals,
        "amount": money(each.value, found.currency),
        "not_convertible": each.missing,
    }


class LedgerRowShape(serializers.Serializer[Any]):
    deal = Whole()
    cause = Choice([*ENDS, *CAUSES])
    amount = Amount(min_value=None)
    at = Instant(help_text="When it first happened.")


class LedgerShape(serializers.Serializer[Any]):
    """One row for each deal and cause, in the order in which they happened."""

    period = Text()
    since = Instant()
    until = Instant()
    currency = Text()
    rows = LedgerRowShape(many=True)
    next_offset = Whole(allow_null=True, help_text="Where the next rows begin; null: these are the last.")


class ChangesLedger(Between):
    params = {
        **BETWEEN,
        "cause": word("Only this cause, or what stood open at the `start` or the `end`.", [*ENDS, *CAUSES]),
        "offset": Param("How many rows to pass over.", "", {"type": "integer", "minimum": 0}, whole),
    }

    @extend_schema(responses=LedgerShape)
    def get(self, request: Request) -> Response:
        """List the changes of a period deal by deal"""
        movement, more = self.movement(request)
        causes, offset = [more["cause"]] if "cause" in more else CAUSES, more.get("offset", 0)
        rows = ledger(movement, causes, limit=MOST + 1, offset=offset)
        currency = Workspace.current().currency_id
        return Response(
            self.told(movement)
            | {
                "rows": [
                    {
                        "deal": row.deal_id,
                        "cause": row.cause,
                        "amount": money(row.value, currency),
                        "at": instant(row.at),
                    }
                    for row in rows[:MOST]
                ],
                "next_offset": offset + MOST if len(rows) > MOST else None,
            }
        )


# ── Slippage ───────────────────────────────────────────────────────────────────────────────────────


class SlippedOwnerShape(serializers.Serializer[Any]):
    """Of the deals that were expected in the period as of `since`."""

    owner = Whole(allow_null=True, help_text="Whose they then were; null: everybody’s.")
    expected = Whole()
    expected_amount = Amount()
    still_open = Whole()
    still_open_amount = Amount()
    slippage = Amount(allow_null=True, help_text="still_open ÷ expected: 0.25 is 25 %.")
    won = Whole()
    lost = Whole()
    pushes = Whole(help_text="How often a close date was moved to a later day.")
    pushed_deals = Whole()
    pushed_days = Whole()

    @staticmethod
    def of(row: Slippage, currency: str) -> dict[str, Any]:
        return {
            "owner": row.owner,
            "expected": row.due,
            "expected_amount": money(row.due_value, currency),
            "still_open": row.slipped,
            "still_open_amount": money(row.slipped_value, currency),
            "slippage": ratio(row.share),
            "won": row.won,
            "lost": row.lost,
            "pushes": row.pushes,
            "pushed_deals": row.pushed,
            "pushed_days": row.pushed_days,
        }


class SlippageShape(serializers.Serializer[Any]):
    period = Text()
    since = Instant()
    until = Instant()
    currency = Text()
    total = SlippedOwnerShape()
    owners = SlippedOwnerShape(many=True)


class SlippageReport(Between):
    @extend_schema(responses=SlippageShape)
    def get(self, request: Request) -> Response:
        """Read which expected deals slipped"""
        movement, _more = self.movement(request)
        currency = Workspace.current().currency_id
        total, *owners = [SlippedOwnerShape.of(row, currency) for row in slippage(movement)]
        return Response(self.told(movement) | {"total": total, "owners": owners})


# ── Accuracy ───────────────────────────────────────────────────────────────────────────────────────


class LockedFigureShape(serializers.Serializer[Any]):
    horizon = Choice([*map(str, HORIZONS)], help_text="The day of the period at whose end it was locked.")
    measure = Choice(MEASURES)
    amount = Amount(min_value=None)


class MeasuredPeriodShape(serializers.Serializer[Any]):
    period = Text()
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    won = Amount()
    figures = LockedFigureShape(many=True, help_text="Those that were locked.")


class ForecastMissShape(serializers.Serializer[Any]):
    horizon = Choice([*map(str, HORIZONS)])
    measure = Choice(MEASURES)
    wape = Amount(allow_null=True, help_text="Σ|figure − won| ÷ Σ won: 0.18 is 18 %.")
    bias = Amount(allow_null=True, min_value=None, help_text="Σ(figure − won) ÷ Σ won.")
    periods = Whole()


class AccuracyShape(serializers.Serializer[Any]):
    """What was locked on days of the periods that have ended, against what was won in them."""

    currency = Text()
    locked_since = Day(allow_null=True)
    periods = MeasuredPeriodShape(many=True)
    misses = ForecastMissShape(many=True, help_text="Over all these periods.")


class Accuracy(Answers):
    scope = "forecast"
    params = NARROWED

    @extend_schema(responses=AccuracyShape)
    def get(self, request: Request) -> Response:
        """Read how right the forecast was"""
        sent = {"period": this_quarter()} | read_params(request, self.params)
        found = accuracy_of(self.reach, sent.pop("period"), **sent)
        return Response(
            {
                "currency": found.currency,
                "locked_since": day(found.locked_since),
                "periods": [
                    {
                        "period": told.period.key,
                        "starts_on": day(told.period.start),
                        "ends_on": day(told.period.end),
                        "won": money(told.actual, found.currency),
                        "figures": [
                            {"horizon": str(horizon), "measure": measure, "amount": money(figure, found.currency)}
                            for (horizon, measure), figure in told.said.items()
                        ],
                    }
                    for told in found.periods
                ],
                "misses": [
                    {
                        "horizon": str(horizon),
                        "measure": measure,
                        "wape": ratio(error.wape),
                        "bias": ratio(error.bias),
                        "periods": error.periods,
                    }
                    for (horizon, measure), error in sorted(found.errors.items())
                ],
            }
        )
