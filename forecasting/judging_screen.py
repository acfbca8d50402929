"""One figure of the table, opened to be judged: raw and adjusted, from every seat, with all that was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import reach_of
from crm.models import User
from crm.periods import Period
from forecasting.adjusting import Views
from forecasting.adjustments import Adjusted, Laid, Seats, Subject, standing, views_of
from forecasting.judging import row_of, seat_of
from forecasting.models import Adjustment
from forecasting.table import forecast_table
from forecasting.weighting import Row

SHOWN = 200


class Seen(NamedTuple):
    label: str
    amount: Decimal
    note: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A line's figure in a period."""

    row: Row
    subject: Subject
    period: Period
    measure: str
    currency: str
    views: Views
    adjusted: Adjusted | None
    mine: Laid | None  # what stands from the reader's own seat
    may_adjust: bool
    history: Sequence[Adjustment]

    @property
    def amount(self) -> Decimal:
        return self.views.amount

    @property
    def standing(self) -> Laid | None:
        return self.adjusted.standing if self.adjusted else None

    @property
    def is_overruled(self) -> bool:
        """Whether the reader's own adjustment is there, and a superior's counts."""
        return self.mine is not None and self.mine != self.standing

    @property
    def seen(self) -> list[Seen]:
        """The four views, the raw figure first."""
        views = self.views
        return [
            Seen(_("Own deals"), views.owner_only, _("without anybody below")),
            Seen(_("Raw"), views.without_adjustments, _("all deals, nobody’s adjustments")),
            Seen(_("Without their own"), views.without_owner, _("those below as adjusted, own deals raw")),
            Seen(_("As they see it"), views.without_manager, _("without what was adjusted above them")),
            Seen(_("As it counts"), views.amount, _("with every adjustment")),
        ]


def judged(user: User, subject: Subject, period: Period, measure: str) -> Judged | None:
    """None: there is no such line within the user's reach, or not the whole of it."""
    reach = reach_of(user)
    table = forecast_table(reach, period, team=subject.team, owner=subject.owner)
    row = row_of(table, subject)
    if row is None:
        return None
    laid = [each for each in standing(period) if each.measure == measure]
    views = views_of(table.rows, Seats(table.tree), measure, laid)
    seat = seat_of(user, subject)
    from_where = None
    if seat:
        from_where = subject.key if seat["is_own"] else Subject(None, seat["seat_id"]).key
    return Judged(
        row=row,
        subject=subject,
        period=period,
        measure=measure,
        currency=table.currency,
        views=views[row.key],
        adjusted=row.adjusted.get(measure),
        mine=next((each for each in laid if (each.line, each.seat) == (subject.key, from_where)), None),
        may_adjust=seat is not None,
        history=history_of(subject, period, measure),
    )


def history_of(subject: Subject, period: Period, measure: str) -> Sequence[Adjustment]:
    """Everything ever said of one figure, newest first."""
    slot: dict[str, Any] = {"owner_id": subject.owner, "team_id": subject.team, "measure": measure}
    said = Adjustment.objects.filter(**slot, starts_on=period.start, ends_on=period.end)
    return list(said.select_related("by", "seat").order_by("-id")[:SHOWN])


def adjustment_url(subject: Subject, period: Period, measure: str) -> str:
    return reverse("forecasting:adjustment", args=[subject.key, period.key, measure])
