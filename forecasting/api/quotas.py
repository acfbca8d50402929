"""Quotas: what a person or a team is to win in a month or a quarter."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm.access import people_in
from crm.calendar import fiscal_calendar
from crm.models import Team, User
from crm.periods import Period
from crm.rest.fields import (
    Amount,
    CurrencyCode,
    Day,
    Expandable,
    Instant,
    Ref,
    Text,
    Whole,
    day,
    instant,
)
from crm.rest.filters import Param, ids
from crm.rest.filters import day as day_param
from crm.rest.guard import guarded
from crm.rest.past import AS_OF, OfAnyMoment
from crm.rest.people import TeamShape, UserShape
from crm.rest.resource import Input, Resource, Row, Shape
from forecasting.actions import set_quota
from forecasting.api.asking import FiscalPeriodText, TypeText
from forecasting.api.quota_batches import quota_amount
from forecasting.models import Quota, QuotaChange
from forecasting.setting import KEY
from forecasting.types import ForecastType


class QuotaShape(Shape):
    """What a person or a team is to win in a month or a quarter."""

    id = Whole()
    owner = Expandable(UserShape, allow_null=True)
    team = Expandable(TeamShape, allow_null=True)
    period = Text(help_text="2026-11 or 2026-Q4, by the fiscal calendar.")
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    type = Text(help_text="`revenue`, `count`, `family-…` or `count-family-…`.")
    amount = Amount(help_text="Money, or a number of deals.")
    currency = Text(help_text="Empty: a number of deals.")
    version = Whole()

    columns = (
        "id", "owner_id", "team_id", "starts_on", "ends_on", "unit", "family", "amount", "currency_id", "version",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "owner": row["owner_id"],
            "team": row["team_id"],
            "period": _period_of(row).key,
            "starts_on": day(row["starts_on"]),
            "ends_on": day(row["ends_on"]),
            "type": ForecastType(row["unit"], row["family"]).key,
            "amount": quota_amount(row["amount"], row["currency_id"]),
            "currency": row["currency_id"] or "",
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
            "amount": quota_amount(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "was_amount": quota_amount(row["was_amount"], row["was_currency_id"] or row["currency_id"]),
            "was_currency": row["was_currency_id"],
            "note": row["note"],
            "by": row["by_id"],
            "effective_at": instant(row["effective_at"]),
            "recorded_at": instant(row["recorded_at"]),
        }


def _period_of(row: Mapping[str, Any]) -> Period:
    return fiscal_calendar().at(row["starts_on"], row["ends_on"])


class QuotaRevision(Input):
    amount = Amount()
    currency = CurrencyCode(required=False, help_text="By default as before, else the company’s.")
    note = Text(required=False, allow_blank=True, help_text="Why; kept in its history.")
    version = Whole(required=False, help_text="What you last saw: 409 if it was revised since. 0: there was none.")


class QuotaInput(QuotaRevision):
    owner = Ref(people_in, required=False, help_text="A person, or a team: one of the two.")
    team = Ref(lambda reach: Team.objects.all(), required=False)
    period = FiscalPeriodText(help_text="2026-11 or 2026-Q4, by the fiscal calendar.")
    type = TypeText(required=False)


def _of_type(quotas: QuerySet[Any], kind: ForecastType) -> QuerySet[Any]:
    return quotas.filter(unit=kind.unit, family=kind.family)


class Quotas(OfAnyMoment, Resource):
    scope = "quotas"
    model = Quota
    shape = QuotaShape
    filters = AS_OF | {
        "owner": ids("Only of these people.", "owner"),
        "team": ids("Only of these teams.", "team"),
        "type": Param("Only this forecast type.", _of_type, {"type": "string"}, ForecastType.parse),
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
        quota = set_quota(by=self.me, **self.read_body(QuotaInput))
        assert quota is not None
        return self.written(quota, status=201)

    @extend_schema(request=QuotaRevision, responses=QuotaShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a quota"""
        quota, sent = self.to_change(pk, QuotaRevision, partial=True)
        return self.written(self._set(quota, self.me, **{"amount": quota.amount, **sent}))

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove a quota"""
        self._set(self.find_to_change(pk), self.me, amount=None)
        return Response(status=204)

    @extend_schema(responses=QuotaChangeShape(many=True))
    @action(detail=True, methods=["get"])
    def changes(self, request: Request, pk: int) -> Response:
        """List a quota’s revisions, newest first"""
        quota = self.find(pk)
        same = QuotaChange.objects.filter(**{name: getattr(quota, name) for name in KEY})
        return self.page(same, QuotaChangeShape, ordering=("-id",))

    def editable(self, pk: Any) -> Quota:
        """Whether one may set it is the verb's to say."""
        quota: Quota = self.find_in(self.visible().select_related("owner", "team"), pk=pk)
        return quota

    def _set(self, quota: Quota, by: User, **sent: Any) -> Any:
        period = _period_of(quota.__dict__)
        return set_quota(owner=quota.owner, team=quota.team, period=period, type=quota.type, by=by, **sent)
