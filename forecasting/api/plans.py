"""Planning backwards, and the dashboard's figures: the numbers of the pages."""

from decimal import Decimal
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Amount, Choice, Day, Text, Whole, day, money
from crm.rest.filters import Param, read_params
from crm.rest.periods import ratio, this_quarter
from crm.rest.resource import Answers
from forecasting.api.asking import NARROWED
from forecasting.dashboard import Dashboard, dashboard_of
from forecasting.forms import Asked
from forecasting.plan_forms import HISTORY
from forecasting.plan_screen import PlanScreen, plan_screen
from forecasting.planning import Share, Step, Verdict

COUNT = {"type": "integer", "minimum": 1}
AMOUNT = {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$"}
PERCENT = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})?$"}


def _number(low: str, high: str) -> Any:
    def read(text: str) -> str:
        if not text.replace(".", "", 1).isdigit() or not Decimal(low) <= Decimal(text) <= Decimal(high):
            raise ValueError(text)
        return text

    return read


def _months(text: str) -> str:
    if text not in {str(months) for months in HISTORY}:
        raise ValueError(text)
    return text


IF: dict[str, Param] = {
    "target": Param("What is to be won. By default the quota.", "", AMOUNT, _number("0", "1e15")),
    "win": Param("What if so many percent of new deals were won in time.", "", PERCENT, _number("0", "100")),
    "size": Param("What if a won deal brought so much.", "", AMOUNT, _number("0", "1e15")),
    "leads": Param("Percent of leads that become deals: your own figure.", "", PERCENT, _number("0.1", "100")),
    "people": Param("How many sell. By default those of the forecast.", "", COUNT, _number("1", "100000")),
    "history": Param(
        "Months to measure over; 12 by default.", "", {"type": "integer", "enum": list(HISTORY)}, _months
    ),
}  # fmt: skip


class StepShape(serializers.Serializer[Any]):
    """So many are needed: in all, a week, a week and person. Null: cannot be said."""

    name = Text()
    stage = Whole(allow_null=True)
    needed = Whole(allow_null=True)
    for_80_percent = Whole(allow_null=True, help_text="To reach the target with a chance of 80 %.")
    a_week = Amount(allow_null=True)
    a_week_and_person = Amount(allow_null=True)


class RateShape(serializers.Serializer[Any]):
    """A share with the deals it was seen in and its 95 % interval (Wilson)."""

    value = Amount(allow_null=True)
    deals = Whole()
    low = Amount(allow_null=True)
    high = Amount(allow_null=True)

    @staticmethod
    def of(seen: Share | None) -> dict[str, Any]:
        low, high = (seen.interval if seen else None) or (None, None)
        return {
            "value": ratio(seen.value if seen else None),
            "deals": seen.of if seen else 0,
            "low": None if low is None else f"{low:.6f}",
            "high": None if high is None else f"{high:.6f}",
        }


class PlanShape(serializers.Serializer[Any]):
    """What a target takes, by rates that were measured; each step rounded up from the exact figures."""

    period = Text()
    currency = Text()
    target = Amount()
    won = Amount()
    open_expected = Amount(help_text="Open deals of the period, weighted.")
    missing = Amount(min_value=None, help_text="target − won − open_expected, signed.")
    days_left = Whole()
    verdict = Choice([verdict.value for verdict in Verdict])
    wins = StepShape()
    stages = StepShape(many=True, help_text="Deals that have to enter each open stage; the last is that of the quotes.")
    created = StepShape(help_text="New deals, by the chance to be won in the days left.")
    leads = StepShape()
    created_evenly = Whole(allow_null=True, help_text="New deals, if begun evenly until the last day.")
    closed = Whole(allow_null=True, help_text="By the eventual win rate; null where the time left is too short for it.")
    effort = Amount(allow_null=True, help_text="New deals a week ÷ those of the last 90 days.")
    win_in_time = RateShape()
    win_rate = RateShape()
    mean_won = Amount(allow_null=True)
    cycle_median = Amount(allow_null=True, help_text="Days from opening to winning.")
    measured_from = Day()
    measured_to = Day(help_text="The first day after it.")

    @staticmethod
    def of(screen: PlanScreen) -> dict[str, Any]:
        plan, asked, measured = screen.plan, screen.plan.question, screen.measured
        currency = screen.scope.table.currency

        def step(name: str, step: Step, stage: int | None = None) -> dict[str, Any]:
            a_week = step.a_week(plan.weeks)
            each = None if a_week is None else a_week / asked.people
            return {
                "name": name, "stage": stage, "needed": step.needed, "for_80_percent": step.sure,
                "a_week": ratio(a_week), "a_week_and_person": ratio(each),
            }  # fmt: skip

        return {
            "period": screen.scope.asked.period.key,
            "currency": currency,
            "target": money(asked.target, currency),
            "won": money(asked.won, currency),
            "open_expected": money(asked.open_expected, currency),
            "missing": money(plan.missing, currency),
            "days_left": screen.days_left,
            "verdict": plan.verdict.value,
            "wins": step("wins", plan.wins),
            "stages": [step(each.name, one, each.pk) for each, one in zip(screen.stages, plan.stages, strict=True)],
            "created": step("created", plan.created),
            "leads": step("leads", plan.leads),
            "created_evenly": plan.evenly,
            "closed": plan.closed,
            "effort": ratio(plan.effort),
            "win_in_time": RateShape.of(measured.within),
            "win_rate": RateShape.of(measured.closed.win_rate),
            "mean_won": ratio(asked.size),
            "cycle_median": ratio(asked.cycle),
            "measured_from": day(measured.over.start),
            "measured_to": day(measured.over.end),
        }


def _asked(sent: dict[str, Any]) -> Asked:
    return Asked(sent.get("period") or this_quarter(), sent.get("team"), sent.get("owner"), sent.get("pipeline"))


class Plan(Answers):
    scope = "forecast"
    may_be_unseen = True
    params = {**NARROWED, **IF}

    @extend_schema(responses=PlanShape)
    def get(self, request: Request) -> Response:
        """Plan back from a target"""
        sent = read_params(request, self.params)
        query = QueryDict(mutable=True)
        query.update({name: sent[name] for name in IF if name in sent})
        return Response(PlanShape.of(plan_screen(self.reach, _asked(sent), query)))


# ── The dashboard ──────────────────────────────────────────────────────────────────────────────────


class DayShape(serializers.Serializer[Any]):
    day = Day()
    deals = Whole()
    value = Amount()
    won = Amount(help_text="By its end.")


class AgainstQuotaShape(serializers.Serializer[Any]):
    period = Text()
    won = Amount()
    quota = Amount(allow_null=True)
    attainment = Amount(allow_null=True)


class ConversionShape(serializers.Serializer[Any]):
    """What is open in a stage, and of the deals that entered it in the half-year before: how many went on."""

    stage = Whole()
    name = Text()
    open_deals = Whole()
    open_value = Amount()
    entered = Whole()
    went_on = Whole()
    still_open = Whole()


class DashboardShape(serializers.Serializer[Any]):
    """A period at a glance. Reasons are in `reports/win-loss/`, people and teams in `forecast/`."""

    period = Text()
    currency = Text()
    quota = Amount(allow_null=True)
    pace = Amount(allow_null=True, help_text="What would be won by now at an even pace; null outside the period.")
    win_rate = RateShape()
    value_win_rate = Amount(allow_null=True)
    average_won = Amount(allow_null=True)
    cycle_median = Amount(allow_null=True)
    cycle_mean = Amount(allow_null=True)
    velocity = Amount(allow_null=True, help_text="Money a day: open deals × win rate × mean won ÷ mean cycle.")
    new_deals = Whole()
    open_deals = Whole()
    won_by_day = DayShape(many=True)
    against_quota = AgainstQuotaShape(
        many=True, help_text="The months of the year, or its quarters if only they have quotas."
    )
    stages = ConversionShape(many=True)

    @staticmethod
    def of(screen: Dashboard) -> dict[str, Any]:
        currency, strip = screen.scope.table.currency, screen.strip
        now = strip.closed[-1]
        return {
            "period": screen.scope.asked.period.key,
            "currency": currency,
            "quota": money(screen.scope.row.quota, currency),
            "pace": money(screen.by_day.pace, currency),
            "win_rate": RateShape.of(now.win_rate),
            "value_win_rate": ratio(now.total.value_win_rate),
            "average_won": ratio(now.total.average_won),
            "cycle_median": ratio(now.cycle.median),
            "cycle_mean": ratio(now.cycle.mean),
            "velocity": ratio(strip.velocities[-1]),
            "new_deals": strip.opened[-1],
            "open_deals": strip.open[-1],
            "won_by_day": [
                {"day": day(each.day), "deals": each.deals, "value": money(each.value, currency),
                 "won": money(each.won, currency)} for each in screen.by_day.days
            ],
            "against_quota": [
                {"period": each.period.key, "won": money(each.won, currency), "quota": money(each.quota, currency),
                 "attainment": ratio(each.attainment)} for each in screen.by_period.columns
            ],
            "stages": [
                {"stage": rung.stage.pk, "name": rung.stage.name, "open_deals": rung.open.count,
                 "open_value": money(rung.open.value, currency), **rung.passed._asdict()}
                for rung in screen.funnel.rungs
            ],
        }  # fmt: skip


class DashboardFigures(Answers):
    scope = "forecast"
    may_be_unseen = True
    params = NARROWED

    @extend_schema(responses=DashboardShape)
    def get(self, request: Request) -> Response:
        """Read the dashboard of a period"""
        asked = _asked(read_params(request, self.params))
        return Response(DashboardShape.of(dashboard_of(self.reach, asked, QueryDict())))
