"""Adjustments: what people think a line of the forecast will come to."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE
from crm.access import owned_by, people_in
from crm.calendar import fiscal_calendar
from crm.models import Team
from crm.periods import BadPeriod, Period
from crm.rest.fields import (
    Amount,
    Choice,
    CurrencyCode,
    Day,
    Expandable,
    Flag,
    Instant,
    Ref,
    Text,
    Whole,
    instant,
    money,
)
from crm.rest.fields import day as day_text
from crm.rest.filters import choices, day, ids
from crm.rest.guard import guarded
from crm.rest.people import TeamShape, UserShape
from crm.rest.periods import read_period
from crm.rest.resource import Input, Resource, Row, Shape
from forecasting.judging import adjust
from forecasting.models import Adjustment, Measure


class AdjustmentShape(Shape):
    """What somebody said a figure will come to. Nothing of it is ever changed: the newest of a seat counts.

    The line is a person’s in a team, a team’s (`owner` null) or the company’s (both null). The seat is the line’s owner
    (`is_own`), whoever answers for the team `seat`, or (both absent) above all teams.
    """

    id = Whole()
    owner = Expandable(UserShape, allow_null=True)
    team = Expandable(TeamShape, allow_null=True)
    period = Text(help_text="2026-11, 2026-Q4 or 2026, by the fiscal calendar.")
    starts_on = Day()
    ends_on = Day(help_text="The first day after it.")
    measure = Choice(Measure.choices)
    amount = Amount(allow_null=True, help_text="The whole figure; null: it was taken back.")
    currency = Text()
    raw = Amount(help_text="What the figure was then.")
    raw_currency = Text()
    note = Text()
    is_own = Flag(help_text="Whether the line’s owner said so.")
    seat = Whole(allow_null=True, help_text="The team from above which it was said; null: the company.")
    by = Whole(allow_null=True)
    recorded_at = Instant()

    columns = (
        "id", "owner_id", "team_id", "starts_on", "ends_on", "measure", "amount", "currency_id", "raw",
        "raw_currency_id", "note", "is_own", "seat_id", "by_id", "recorded_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "owner": row["owner_id"],
            "team": row["team_id"],
            "period": fiscal_calendar().at(row["starts_on"], row["ends_on"]).key,
            "starts_on": day_text(row["starts_on"]),
            "ends_on": day_text(row["ends_on"]),
            "measure": row["measure"],
            "amount": money(row["amount"], row["currency_id"]),
            "currency": row["currency_id"],
            "raw": money(row["raw"], row["raw_currency_id"]),
            "raw_currency": row["raw_currency_id"],
            "note": row["note"],
            "is_own": row["is_own"],
            "seat": row["seat_id"],
            "by": row["by_id"],
            "recorded_at": instant(row["recorded_at"]),
        }


class AdjustmentInput(Input):
    owner = Ref(people_in, required=False, help_text="Whose line; none: the team’s.")
    team = Ref(
        lambda reach: Team.objects.all(), required=False,
        help_text="The team in which the line stands; none: that of a person in no team, or the company’s line.",
    )  # fmt: skip
    period = Text(max_length=20, help_text="2026-11, 2026-Q4 or 2026, by the fiscal calendar.")
    measure = Choice(Measure.choices)
    amount = Amount(allow_null=True, help_text="The whole figure; null takes your adjustment back.")
    currency = CurrencyCode(required=False, help_text="By default as before, else the company’s.")
    note = Text(required=False, allow_blank=True, max_length=255)
    version = Whole(required=False, help_text="The id you last saw from your seat: 409 if there is another. 0: none.")

    def validate_period(self, text: str) -> Period:
        try:
            return read_period(text)
        except BadPeriod:
            raise ValidationError(_("This is not a period.")) from None


class Adjustments(Resource):
    scope = "forecast"
    model = Adjustment
    shape = AdjustmentShape
    filters = {
        "owner": ids("Only of these people’s lines.", "owner"),
        "team": ids("Only of lines in these teams.", "team"),
        "measure": choices("Only of these figures.", "measure", Measure.values),
        "from": day("Only periods that start on this day or later.", "starts_on__gte"),
        "to": day("Only periods that end on this day or earlier.", "ends_on__lte"),
    }
    expandable = {"owner": PEOPLE["owner"], "team": PEOPLE["team"]}

    def visible(self) -> QuerySet[Adjustment]:
        """Of one’s own lines, and of all that one may read."""
        return Adjustment.objects.filter(owned_by(self.reach, self.reach.reads))

    @extend_schema(request=AdjustmentInput, responses={201: AdjustmentShape, 204: None})
    @guarded
    def create(self, request: Request) -> Response:
        """Adjust a line of the forecast, or take your adjustment back

        Everyone adjusts their own lines, superiors those below them. 204: it was taken back, or there was none.
        """
        said = adjust(by=self.me, **self.read_body(AdjustmentInput))
        return self.written(said, status=201) if said else Response(status=204)
