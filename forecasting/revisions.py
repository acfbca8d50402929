"""Who set which quota when and why."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from crm.access import Reach
from crm.calendar import fiscal_calendar
from crm.models import Membership, Team, User
from crm.periods import Period
from forecasting.models import QuotaChange
from forecasting.types import REVENUE, ForecastType

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Revision:
    change: QuotaChange
    period: Period


def quota_subject(reach: Reach, kind: str, pk: int, period: Period) -> User | Team | None:
    """A team within reach, oneself, or somebody who was in such a team in the period; None: not to be known."""
    if kind == "team":
        return Team.objects.filter(pk=pk).first() if reach.reads is None or pk in reach.reads else None
    people = User.objects.filter(pk=pk)
    if reach.reads is None or pk == reach.user_id:
        return people.first()
    stays = Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gt=period.start), starts_on__lt=period.end)
    return people.filter(pk__in=stays.filter(team_id__in=reach.reads).values("user_id")).first()


def revisions_of(subject: User | Team, period: Period, type: ForecastType = REVENUE) -> list[Revision]:
    """The revisions of all quotas of a type that lie in the period, newest first."""
    whose: Any = {"owner": subject} if isinstance(subject, User) else {"team": subject}
    of_type = QuotaChange.objects.filter(unit=type.unit, family=type.family, **whose)
    changes = of_type.filter(starts_on__gte=period.start, ends_on__lte=period.end)
    found = changes.select_related("by").order_by("-recorded_at", "-id")[:SHOWN]
    calendar = fiscal_calendar()
    return [Revision(change, calendar.at(change.starts_on, change.ends_on)) for change in found]
