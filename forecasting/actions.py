"""The verbs of quotas."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crm import events
from crm.access import reach_of
from crm.calendar import fiscal_calendar, keep
from crm.errors import Conflict, Refused
from crm.models import Event, Team, User, Workspace
from crm.periods import FiscalCalendar, Period
from forecasting.authority import Authority
from forecasting.models import Quota, QuotaBatch, QuotaChange
from forecasting.setting import Entry, Step, examine, key_of, quotas_of
from forecasting.types import REVENUE, ForecastType

REVISE = """
UPDATE forecasting_quota q SET amount = v.amount, currency_id = nullif(v.currency, ''), version = q.version + 1
FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS v(id, amount, currency) WHERE q.id = v.id
"""
WITH_RANK_BEFORE = """
SELECT c.id, (SELECT p.rank FROM forecasting_quotachange p
              WHERE p.owner_id IS NOT DISTINCT FROM c.owner_id AND p.team_id IS NOT DISTINCT FROM c.team_id
                AND p.starts_on = c.starts_on AND p.ends_on = c.ends_on AND p.unit = c.unit AND p.family = c.family
                AND p.id < c.id ORDER BY p.id DESC LIMIT 1)
FROM forecasting_quotachange c WHERE c.batch_id = %s
"""


@transaction.atomic
def set_quota(
    *,
    owner: User | None = None,
    team: Team | None = None,
    period: Period,
    amount: Decimal | None,
    currency: str = "",
    type: ForecastType = REVENUE,
    note: str = "",
    version: int | None = None,
    by: User,
) -> Quota | None:
    """Set, revise or (amount None) remove the quota of a person or a team for a month or a quarter.

    Raises Refused for oneself, for people and teams that are not below `by`, for what was set from above, and for other
    periods; Conflict if it was revised since `version`. Each revision is kept as a QuotaChange.
    """
    subject = owner or team
    if subject is None or (owner and team):
        raise Refused(owner=_("A quota is for one person or one team."))
    (step,) = _set([Entry(subject, period, amount, currency, type, note, version)], None, by)
    return step.quota


@transaction.atomic
def set_quotas(entries: Sequence[Entry], *, kind: str, by: User) -> QuotaBatch | None:
    """Set many quotas, all of them or none: what `set_quota` does, taken back as one. None: nothing was different.

    Refused names the fields as `3.amount`: that of the fourth entry.
    """
    if len({entry.key for entry in entries}) < len(entries):
        raise Refused(**{"": _("One quota is named twice.")})
    batch = QuotaBatch.objects.create(kind=kind, by=by)
    _set(entries, batch, by)
    if batch.changes.exists():
        return batch
    batch.delete()
    return None


@transaction.atomic
def undo_quotas(batch: QuotaBatch, *, by: User) -> QuotaBatch:
    """Put back what was set together, but for what was revised since. Raises Refused if nothing is left of it."""
    batch = QuotaBatch.objects.select_for_update().get(pk=batch.pk)
    if QuotaBatch.objects.filter(undoes=batch).exists():
        raise Refused(**{"": _("This was taken back already.")})
    entries = _entries_before(batch)
    if not entries:
        raise Refused(**{"": _("All of it was revised since.")})
    undo = QuotaBatch.objects.create(kind=QuotaBatch.Kind.UNDO, by=by, undoes=batch)
    _set(entries, undo, by)
    return undo


def _entries_before(batch: QuotaBatch) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(WITH_RANK_BEFORE, [batch.pk])
        ranks = dict(cursor.fetchall())
    calendar = fiscal_calendar()
    changes = batch.changes.select_related("owner", "team")
    entries = {
        change.pk: Entry(
            change.owner or change.team,  # type: ignore[arg-type]
            calendar.at(change.starts_on, change.ends_on),
            change.was_amount,
            change.was_currency_id,
            change.type,
            rank=ranks[change.pk],
        )
        for change in changes
    }
    newer = QuotaChange.objects.filter(pk__gt=min(entries, default=0)).exclude(batch=batch)
    revised = {key_of(change) for change in newer}
    return [entry for entry in entries.values() if entry.key not in revised]


# ── Writing ────────────────────────────────────────────────────────────────────────────────────────


def _set(entries: Sequence[Entry], batch: QuotaBatch | None, by: User) -> list[Step]:
    """Whoever sets the same quota at the same time waits here: its row is locked, an empty one if there is none."""
    authority = Authority(reach_of(by))
    places = _places([entry for entry in entries if authority.covers(entry.subject)])
    steps = examine(entries, by=by, held=places)
    _raise(steps, alone=batch is None)
    changing = [step for step in steps if step.changes]
    changes = [_change(step, batch, authority.rank, by) for step in changing]
    _write(changing, {key_of(place): place for place in places})
    QuotaChange.objects.bulk_create(changes)
    keep(*{step.entry.period for step in changing})
    _tell(changes, by, authority)
    return steps


def _places(entries: Sequence[Entry]) -> list[Quota]:
    """The rows of the quotas, locked; of what is to be set for the first time, one with version 0."""
    wanted = {entry.key: entry for entry in entries if entry.amount is not None}
    while True:
        places = list(quotas_of(entries).select_for_update().order_by("pk")) if entries else []
        missing = wanted.keys() - {key_of(place) for place in places}
        if not missing:
            return places
        base = Workspace.current().currency_id
        new = [_place(wanted[key], base) for key in sorted(missing, key=str)]
        Quota.objects.bulk_create(new, ignore_conflicts=True)  # somebody else's, made meanwhile, is locked next


def _place(entry: Entry, base: str) -> Quota:
    return Quota(**_columns(entry), currency_id=None if entry.type.is_count else base, amount=0, version=0)


def _columns(entry: Entry) -> dict[str, Any]:
    start, end = entry.period.start, entry.period.end
    return {**entry.whose, "starts_on": start, "ends_on": end, "unit": entry.type.unit, "family": entry.type.family}


def _raise(steps: Sequence[Step], *, alone: bool) -> None:
    refused = {
        name if alone else f"{number}.{name}": text
        for number, step in enumerate(steps)
        for name, text in step.errors.items()
    }
    if refused:
        raise Refused(**refused)
    for step in steps:
        if step.is_conflict:
            raise Conflict(_("This quota was revised in the meantime."), current=step.quota)


def _change(step: Step, batch: QuotaBatch | None, rank: int, by: User) -> QuotaChange:
    entry, was = step.entry, step.quota
    return QuotaChange(
        **_columns(entry),
        amount=entry.amount,
        currency_id=step.currency,
        note=entry.note,
        by=by,
        rank=rank if entry.rank == -1 else entry.rank,
        batch=batch,
        was_amount=was.amount if was else None,
        was_currency_id=(was and was.currency_id) or "",
    )


def _write(steps: Sequence[Step], places: dict[tuple[object, ...], Quota]) -> None:
    set_, removed = [], []
    for step in steps:
        if step.entry.amount is None:
            assert step.quota is not None
            removed.append(step.quota.pk)
            step.quota = None
            continue
        step.quota = quota = places[step.entry.key]
        quota.amount, quota.currency_id, quota.version = step.entry.amount, step.currency or None, quota.version + 1
        set_.append(quota)
    Quota.objects.filter(pk__in=removed).delete()
    with connection.cursor() as cursor:
        ids, amounts = [quota.pk for quota in set_], [quota.amount for quota in set_]
        cursor.execute(REVISE, [ids, amounts, [quota.currency_id or "" for quota in set_]])


def _tell(changes: Sequence[QuotaChange], by: User, authority: Authority) -> None:
    if not changes:
        return
    calendar = fiscal_calendar()
    events.record(_event(change, by, authority, calendar) for change in changes)
    events.announce("forecast")


def _event(change: QuotaChange, by: User, authority: Authority, calendar: FiscalCalendar) -> Event:
    team = change.team_id or authority.team_of.get(change.owner_id or 0)
    return events.event(
        "quota.set",
        change,
        by=by,
        owner_ids=[change.owner_id] if change.owner_id else [],
        team_ids=[team] if team else [],
        data={
            "owner": change.owner_id,
            "team": change.team_id,
            "period": calendar.at(change.starts_on, change.ends_on).key,
            "type": change.type.key,
            "amount": str(change.amount) if change.amount is not None else None,
            "currency": change.currency_id,
            "was": str(change.was_amount) if change.was_amount is not None else None,
            "note": change.note,
        },
    )
