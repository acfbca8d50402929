"""The verbs of quotas."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.access import reach_of
from crm.calendar import fiscal_calendar, keep
from crm.errors import Conflict, Refused
from crm.models import Membership, Team, User, Workspace
from crm.periods import Period
from forecasting.models import Quota, QuotaChange


@transaction.atomic
def set_quota(
    *,
    owner: User | None = None,
    team: Team | None = None,
    period: Period,
    amount: Decimal | None,
    currency: str = "",
    note: str = "",
    version: int | None = None,
    by: User,
) -> Quota | None:
    """Set, revise or (amount None) remove the quota of a person or a team for a month or a quarter.

    Raises Refused for oneself, for people and teams that are not below `by`, and for other periods; Conflict if it was
    revised since `version`. Each revision is kept as a QuotaChange.
    """
    subject = owner or team
    if subject is None or (owner and team):
        raise Refused(owner=_("A quota is for one person or one team."))
    if not may_set_quota(by, subject):
        raise Refused(owner=_("Quotas are set by a superior, never by oneself."))
    workspace = Workspace.current()
    if period.kind not in {"month", "quarter"} or fiscal_calendar().at(period.start, period.end).kind == "range":
        raise Refused(period=_("A quota is for a month or a quarter of the fiscal calendar."))
    if amount is not None and not 0 <= amount < Decimal("1e15"):
        raise Refused(amount=_("A quota cannot be negative."))
    key: dict[str, Any] = {"owner": owner, "team": team, "starts_on": period.start, "ends_on": period.end}
    quota = Quota.objects.select_for_update().filter(**key).first()
    if version is not None and version != (quota.version if quota else 0):
        raise Conflict(_("This quota was revised in the meantime."), current=quota)
    currency = currency or (quota and quota.currency_id) or workspace.currency_id
    if (quota.amount, quota.currency_id) == (amount, currency) if quota else amount is None:
        return quota
    change = QuotaChange(
        **key,
        amount=amount,
        currency_id=currency,
        note=note,
        by=by,
        was_amount=quota.amount if quota else None,
        was_currency_id=(quota and quota.currency_id) or "",
    )
    quota = _write(quota, key, amount, currency)
    change.save()
    keep(period)
    _tell(change, subject, by)
    return quota


def _write(quota: Quota | None, key: dict[str, Any], amount: Decimal | None, currency: str) -> Quota | None:
    if amount is None:
        if quota:
            quota.delete()
        return None
    if quota is None:
        # Two managers at once: the second finds the first's row and revises it.
        quota, created = Quota.objects.get_or_create(**key, defaults={"amount": amount, "currency_id": currency})
        if created:
            return quota
    quota.amount, quota.currency_id, quota.version = amount, currency, quota.version + 1
    quota.save()
    return quota


def _tell(change: QuotaChange, subject: User | Team, by: User) -> None:
    day = Workspace.current().today
    team = subject if isinstance(subject, Team) else _team_on(subject, day)
    events.record(
        [
            events.event(
                "quota.set",
                change,
                by=by,
                owner_ids=[subject.pk] if isinstance(subject, User) else [],
                team_ids=[team.pk] if team else [],
                data={
                    "owner": change.owner_id,
                    "team": change.team_id,
                    "period": change_period(change).key,
                    "amount": str(change.amount) if change.amount is not None else None,
                    "currency": change.currency_id,
                    "was": str(change.was_amount) if change.was_amount is not None else None,
                    "note": change.note,
                },
            )
        ]
    )
    events.announce("forecast")


def change_period(change: QuotaChange) -> Period:
    return fiscal_calendar().at(change.starts_on, change.ends_on)


def _team_on(user: User, day: date) -> Team | None:
    membership = Membership.objects.on(day).filter(user=user).select_related("team").first()
    return membership.team if membership else None


def may_set_quota(by: User, subject: User | Team) -> bool:
    """Managers for those below them, admins for all, nobody for themselves or for a team they answer for."""
    reach = reach_of(by)
    if subject == by or not (reach.is_manager and reach.may_write):
        return False
    if reach.writes is None:
        return True
    today = Workspace.current().today
    if isinstance(subject, Team):
        answers_for = set(Membership.objects.on(today).filter(user=by).values_list("team_id", flat=True))
        return subject.pk in reach.writes - answers_for
    membership = Membership.objects.on(today).filter(user=subject).first()
    return membership is not None and membership.team_id in reach.writes
