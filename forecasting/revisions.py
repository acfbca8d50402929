"""Who set which quota when and why."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from crm.access import Reach
from crm.models import Membership, Team, User
from crm.periods import Period
from forecasting.actions import change_period
from forecasting.models import QuotaChange

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


def revisions_of(subject: User | Team, period: Period) -> list[Revision]:
    """The revisions of all quotas that lie in the period, newest first."""
    whose: Any = {"owner": subject} if isinstance(subject, User) else {"team": subject}
    changes = QuotaChange.objects.filter(starts_on__gte=period.start, ends_on__lte=period.end, **whose)
    found = changes.select_related("by").order_by("-recorded_at", "-id")[:SHOWN]
    return [Revision(change, change_period(change)) for change in found]
