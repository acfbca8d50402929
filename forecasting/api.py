"""Quotas, the forecast and the reports: the same numbers as on the pages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm import periods
from crm.access import people_in
from crm.models import Team, User, Workspace
from crm.periods import BadPeriod, Period
from crm.rest.fields import (
    Amount,
    Choice,
    CurrencyCode,
    Day,
    Expandable,
    Instant,
    Ref,
    Text,
    Whole,
    day,
    instant,
    money,
)
from crm.rest.filters import Param, ids, one_id, read_params, word
from crm.rest.filters import day as day_param
from crm.rest.guard import guarded
from crm.rest.people import TeamShape, UserShape
from crm.rest.resource import Answers, Input, Resource, Row, Shape
from forecasting.actions import set_quota
from forecasting.models import Quota, QuotaChange
from forecasting.reports import DIMENSIONS, WinLossRow, win_loss
from forecasting.table import forecast_table
from forecasting.weighting import Row as TableRow

PERIOD = r"[0-9]{4}(-Q[1-4]|-[0-9]{2})?(\.\.[0-9]{4}(-Q[1-4]|-[0-9]{2})?)?"


def read_period(text: str) -> Period:
    """`2026-11`, `2026-Q4`, `2026` or `2026-07..2026-12`. Raises BadPeriod, a ValueError."""
    return periods.parse(text, Workspace.current().fiscal_start)


def ratio(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.6f}"


# ── Quotas ─────────────────────────────────────────────────────────────────────────────────────────


class QuotaShape(Shape):
    """What a person or a team is to win in a month or a quarter."""

    id = Whole()
    owner = Expandable(UserShape, allow_null=True)
    team = Expandable(TeamShape, allow_null=True)
    period = Text(help_text="2026-11 or 2026-Q4, by the fiscal calendar.")
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    amount = Amount()
    currency = Text()
    version = Whole()

    columns = ("id", "owner_id", "team_id", "starts_on", "ends_on", "amount", "currency_id", "version")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "owner": row["owner_id"],
            "team": row["team_id"],
            "period": _period_of(row).key,
            "starts_on": day(row["starts_on"]),
            "ends_on": day(row["ends_on"]),
            "amount": money(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "version": row["version"],
        }


class QuotaChangeShape(Shape):
    """One revision of a quota: who, when, why. `amount` null: it was removed."""

    id = Whole()
    amount = Amount(allow_null=True)
    currency = Text()
    was_amount = Amount(allow_null=True)
    was_currency = Text()
    note = Text()
    by = Whole(allow_null=True)
    effective_at = Instant()
    recorded_at = Instant()
    is_sparse = False

    columns = (
        "id", "amount", "currency_id", "was_amount", "was_currency_id", "note", "by_id", "effective_at", "recorded_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "amount": money(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "was_amount": money(row["was_amount"], row["was_currency_id"] or row["currency_id"]),
            "was_currency": row["was_currency_id"],
            "note": row["note"],
            "by": row["by_id"],
            "effective_at": instant(row["effective_at"]),
            "recorded_at": instant(row["recorded_at"]),
        }


def _period_of(row: Mapping[str, Any]) -> Period:
    kind = "month" if (row["ends_on"] - row["starts_on"]).days < 32 else "quarter"
    return Period(row["starts_on"], row["ends_on"], kind, Workspace.current().fiscal_start)  # type: ignore[arg-type]


class QuotaRevision(Input):
    amount = Amount()
    currency = CurrencyCode(required=False, help_text="By default as before, else the company’s.")
    note = Text(required=False, allow_blank=True, help_text="Why; kept in its history.")
    version = Whole(required=False, help_text="What you last saw: 409 if it was revised since. 0: there was none.")


class QuotaInput(QuotaRevision):
    owner = Ref(people_in, required=False, help_text="A person, or a team: one of the two.")
    team = Ref(lambda reach: Team.objects.all(), required=False)
    period = Text(max_length=20, help_text="2026-11 or 2026-Q4, by the fiscal calendar.")

    def validate_period(self, text: str) -> Period:
        try:
            return read_period(text)
        except BadPeriod:
            raise ValidationError(_("This is not a period.")) from None


class Quotas(Resource):
    scope = "quotas"
    model = Quota
    shape = QuotaShape
    filters = {
        "owner": ids("Only of these people.", "owner"),
        "team": ids("Only of these teams.", "team"),
        "from": day_param("Only periods that start on this day or later.", "starts_on__gte"),
        "to": day_param("Only periods that end on this day or earlier.", "ends_on__lte"),
    }
    expandable = {"owner": PEOPLE["owner"], "team": PEOPLE["team"]}

    def visible(self) -> QuerySet[Quota]:
        """Of oneself, of everyone within reach, and of their teams."""
        reach = self.reach
        if reach.reads is None:
            return Quota.objects.all()
        return Quota.objects.filter(Q(team__in=reach.reads) | Q(owner__in=people_in(reach).values("pk")))

    @extend_schema(request=QuotaInput, responses={201: QuotaShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Set the quota of a person or a team

        Or revise it, if there is one. Superiors set quotas; nobody sets their own.
        """
        quota = set_quota(by=request.user, **self.read_body(QuotaInput))
        assert quota is not None
        return self.written(quota, status=201)

    @extend_schema(request=QuotaRevision, responses=QuotaShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a quota"""
        quota, sent = self.to_change(pk, QuotaRevision, partial=True)
        return self.written(self._set(quota, request.user, **{"amount": quota.amount, **sent}))

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove a quota"""
        self._set(self.find_to_change(pk), request.user, amount=None)
        return Response(status=204)

    @extend_schema(responses=QuotaChangeShape(many=True))
    @action(detail=True, methods=["get"])
    def changes(self, request: Request, pk: int) -> Response:
        """List a quota’s revisions, newest first"""
        quota = self.find(pk)
        same = {"owner": quota.owner_id, "team": quota.team_id, "starts_on": quota.starts_on, "ends_on": quota.ends_on}
        return self.page(QuotaChange.objects.filter(**same), QuotaChangeShape, ordering=("-id",))

    def editable(self, pk: Any) -> Quota:
        """Whether one may set it is the verb's to say."""
        quota: Quota = self.find_in(self.visible().select_related("owner", "team"), pk=pk)
        return quota

    def _set(self, quota: Quota, by: User, **sent: Any) -> Any:
        period = _period_of(quota.__dict__)
        return set_quota(owner=quota.owner, team=quota.team, period=period, by=by, **sent)


# ── The forecast ───────────────────────────────────────────────────────────────────────────────────

NARROWED: dict[str, Param] = {
    "period": Param(
        "2026-11, 2026-Q4, 2026 or 2026-07..2026-12, by the fiscal calendar. By default the quarter of today.",
        "", {"type": "string", "pattern": f"^{PERIOD}$", "examples": ["2026-Q4"]}, read_period,
    ),
    "owner": one_id("Only this person."),
    "team": one_id("Only this team and those below it."),
    "pipeline": one_id("Only this pipeline."),
}  # fmt: skip


def this_quarter() -> Period:
    workspace = Workspace.current()
    return periods.quarter_of(workspace.today, workspace.fiscal_start)


class ForecastRowShape(serializers.Serializer[Any]):
    """The company, a team or a person, with everything below added up. Amounts are in the forecast’s currency."""

    key = Text()
    parent = Text(help_text="The `key` of the row above; empty for the first.")
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

    @staticmethod
    def of(row: TableRow, currency: str) -> dict[str, Any]:
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
        }


class UndatedShape(serializers.Serializer[Any]):
    deals = Whole()
    amount = Amount()


class ForecastShape(serializers.Serializer[Any]):
    """Quota, won, gap and pipeline of everyone within reach. Each number is the sum of deals listed under /deals/."""

    period = Text()
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    currency = Text()
    rows = ForecastRowShape(many=True, help_text="The tree of teams and people, depth first; the first is the total.")
    undated = UndatedShape(help_text="Open deals without an expected close date: in no period.")
    overdue = Whole(help_text="Open deals of the period whose expected close has passed.")
    fresh_at = Instant(allow_null=True, help_text="When the numbers were last brought up to date.")
    stale_since = Instant(allow_null=True, help_text="Since when a change waits to be counted; null: none does.")


class Forecast(Answers):
    scope = "forecast"
    params = NARROWED

    @extend_schema(responses=ForecastShape)
    def get(self, request: Request) -> Response:
        """Read the forecast of a period"""
        sent = {"period": this_quarter()} | read_params(request, self.params)
        period = sent.pop("period")
        table = forecast_table(self.reach, period, **sent)
        currency = table.currency
        return Response(
            {
                "period": period.key,
                "starts_on": day(period.start),
                "ends_on": day(period.end),
                "currency": currency,
                "rows": [ForecastRowShape.of(row, currency) for row in table.rows],
                "undated": {"deals": table.undated.deals, "amount": money(table.undated.amount, currency)},
                "overdue": table.overdue,
                "fresh_at": instant(table.fresh_at),
                "stale_since": instant(table.stale_since),
            }
        )


# ── Win and loss ───────────────────────────────────────────────────────────────────────────────────


class WinLossRowShape(serializers.Serializer[Any]):
    """Closed deals that share one value of the dimension."""

    key = Text(help_text="The id, code or month; empty where there is none.")
    label = Text()
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


class WinLossReport(Answers):
    scope = "reports"
    params = {**NARROWED, "by": word("What to split by; by default the reason.", DIMENSIONS)}

    @extend_schema(responses=WinLossShape)
    def get(self, request: Request) -> Response:
        """Read won and lost deals of a period"""
        sent = {"period": this_quarter()} | read_params(request, self.params)
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


RESOURCES = {"quotas": Quotas}
ANSWERS = {"forecast": Forecast, "reports/win-loss": WinLossReport}
