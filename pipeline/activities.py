"""The verbs of activities. A deal's earliest planned activity is its next step; a done one is a touch."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Refused
from crm.models import Event, User
from pipeline.ledger import writing
from pipeline.models import Activity, ActivityKind, Deal, DealChange
from pipeline.signals import checklist_changed


@transaction.atomic
def plan_activity(
    deal: Deal,
    *,
    subject: str,
    due_on: date,
    due_time: time | None = None,
    kind: str = ActivityKind.TASK,
    owner: User | None = None,
    body: str = "",
    in_checklist: bool = False,
    by: User,
) -> Activity:
    """Something to do about the deal, by `owner` (default: the deal's owner)."""
    when = {"due_on": due_on, "due_time": due_time, "in_checklist": in_checklist}
    activity = _write(deal, subject=subject, kind=kind, owner=owner, body=body, by=by, **when)
    _tell(deal, activity, "activity.planned", by)
    return activity


@transaction.atomic
def log_activity(
    deal: Deal,
    *,
    subject: str,
    kind: str = ActivityKind.NOTE,
    owner: User | None = None,
    body: str = "",
    by: User,
    at: datetime | None = None,
) -> Activity:
    """Something that was done: a touch."""
    at = _not_later(at)
    done = {"done_at": at, "done_by": by}
    activity = _write(deal, subject=subject, kind=kind, owner=owner or by, body=body, by=by, **done)
    _tell(deal, activity, "activity.done", by)
    return activity


class Entry(NamedTuple):
    """One of many activities: done `at`, or planned for `due_on`."""

    deal: Deal
    owner: User
    subject: str
    kind: str = ActivityKind.NOTE
    at: datetime | None = None
    due_on: date | None = None
    due_time: time | None = None
    body: str = ""
    in_checklist: bool = False


@transaction.atomic
def enter_activities(entries: Sequence[Entry]) -> list[Activity]:
    """Log and plan many in a fixed number of statements, each by its owner. Raises Refused for the first bad one."""
    made = [_entered(entry) for entry in entries]
    Activity.objects.bulk_create(made, batch_size=2000)
    deals = sorted({entry.deal.pk for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pipeline_deal WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [deals])
        cursor.execute(TOUCH_AND_PLAN, [deals])
    events.record(
        _event_of(entry.deal, activity, "activity.done" if activity.done_at else "activity.planned", entry.owner)
        for entry, activity in zip(entries, made, strict=True)
    )
    return made


TOUCH_AND_PLAN = """
UPDATE pipeline_deal d SET
    touched_at = greatest(d.touched_at, (SELECT max(a.done_at) FROM pipeline_activity a WHERE a.deal_id = d.id)),
    next_step_id = (
        SELECT a.id FROM pipeline_activity a WHERE a.deal_id = d.id AND a.done_at IS NULL AND a.due_on IS NOT NULL
        ORDER BY a.due_on, a.due_time NULLS FIRST, a.id LIMIT 1
    )
WHERE d.id = ANY(%s)
"""


def _entered(entry: Entry) -> Activity:
    if (entry.at is None) == (entry.due_on is None):
        raise Refused(due_on=_("Say when it is due, or when it was done."))
    if not entry.subject.strip():
        raise Refused(subject=_("Say what is to be done."))
    return Activity(
        deal=entry.deal,
        owner=entry.owner,
        team_id=entry.deal.team_id,
        created_by=entry.owner,
        kind=entry.kind,
        subject=entry.subject.strip()[:200],
        body=entry.body,
        due_on=entry.due_on,
        due_time=entry.due_time,
        done_at=_not_later(entry.at) if entry.at else None,
        done_by=entry.owner if entry.at else None,
        in_checklist=entry.in_checklist,
    )


def _locked(activity: Activity) -> Activity:
    """Its deal before itself: whoever merges deals holds them, and then writes to what was done for them."""
    list(Deal.objects.select_for_update(of=("self",)).filter(activities=activity.pk).only("pk"))
    return Activity.objects.select_for_update().select_related("deal").get(pk=activity.pk)


@transaction.atomic
def complete_activity(activity: Activity, *, by: User, at: datetime | None = None) -> Activity:
    activity = _locked(activity)
    if activity.done_at is None:
        activity.done_at = activity.updated_at = _not_later(at)
        activity.done_by = by
        activity.version += 1
        activity.save(update_fields=["done_at", "done_by", "updated_at", "version"])
        _tell(activity.deal, activity, "activity.done", by)
    return activity


@transaction.atomic
def replan_activity(activity: Activity, *, due_on: date, owner: User | None = None, by: User | None) -> Activity:
    """Another day for something planned, or (`owner`) another person."""
    activity = _locked(activity)
    if activity.done_at is not None:
        raise Refused(activity=_("This was done already."))
    activity.due_on, activity.owner, activity.updated_at = due_on, owner or activity.owner, timezone.now()
    activity.version += 1
    activity.save(update_fields=["due_on", "owner", "updated_at", "version"])
    _tell(activity.deal, activity, "activity.planned", by)
    return activity


@transaction.atomic
def drop_activity(activity: Activity, *, by: User | None) -> None:
    """Cancel something planned."""
    activity = _locked(activity)
    if activity.done_at is not None:
        raise Refused(activity=_("This was done already."))
    deal = activity.deal
    _tell_of(deal, activity, "activity.dropped", by)
    activity.delete()
    _refresh_next_step(deal)


@transaction.atomic
def reopen_activity(activity: Activity, *, by: User) -> Activity:
    """It was not done after all: what was planned is to do again."""
    activity = _locked(activity)
    if activity.due_on is None:
        raise Refused(activity=_("This was never planned: it can only be deleted."))
    if activity.done_at is not None:
        activity.done_at, activity.done_by, activity.updated_at = None, None, timezone.now()
        activity.version += 1
        activity.save(update_fields=["done_at", "done_by", "updated_at", "version"])
        _tell(activity.deal, activity, "activity.reopened", by)
        _refresh_touch(activity.deal)
    return activity


@transaction.atomic
def revise_activity(activity: Activity, *, subject: str, body: str = "", by: User) -> Activity:
    """Say it in other words. What it said before stays in the deal's history."""
    activity = _locked(activity)
    if not subject.strip():
        raise Refused(text=_("Say what happened."))
    if (subject.strip()[:200], body) != (activity.subject, activity.body):
        _keep_words(activity, by, is_gone=False)
        activity.subject, activity.body, activity.updated_at = subject.strip()[:200], body, timezone.now()
        activity.version += 1
        activity.save(update_fields=["subject", "body", "updated_at", "version"])
        _tell_of(activity.deal, activity, "activity.revised", by)
    return activity


@transaction.atomic
def delete_activity(activity: Activity, *, by: User) -> Activity:
    """Take away something that was done or noted. What it said stays in the deal's history."""
    activity = _locked(activity)
    deal = activity.deal
    _keep_words(activity, by, is_gone=True)
    _tell_of(deal, activity, "activity.deleted", by)
    Activity.objects.filter(pk=activity.pk).delete()
    _refresh_touch(deal)
    _refresh_next_step(deal)
    return activity


def _keep_words(activity: Activity, by: User, *, is_gone: bool) -> None:
    said = {"id": activity.pk, "kind": activity.kind, "text": f"{activity.subject}\n{activity.body}".strip()}
    with writing() as ledger:
        deal = ledger.lock(activity.deal)
        ledger.note(deal, DealChange.Verb.NOTED, by=by, activity={**said, "is_gone": is_gone})


def _refresh_touch(deal: Deal) -> None:
    done = Activity.objects.filter(deal_id=deal.pk, done_at__isnull=False)
    Deal.objects.filter(pk=deal.pk).update(touched_at=done.aggregate(last=Max("done_at"))["last"])


def _not_later(at: datetime | None) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise Refused(at=_("This cannot have happened in the future."))
    return at or now


def _write(deal: Deal, *, subject: str, owner: User | None, by: User, **fields: object) -> Activity:
    if not subject.strip():
        raise Refused(subject=_("Say what is to be done."))
    owner = owner or deal.owner
    return Activity.objects.create(
        deal=deal, subject=subject.strip()[:200], owner=owner, team_id=deal.team_id, created_by=by, **fields
    )


def _tell(deal: Deal, activity: Activity, kind: str, by: User | None) -> None:
    if activity.done_at:
        Deal.objects.filter(pk=deal.pk).update(touched_at=_later(activity.done_at))
    _refresh_next_step(deal)
    _tell_of(deal, activity, kind, by)


def _tell_of(deal: Deal, activity: Activity, kind: str, by: User | None) -> None:
    events.record([_event_of(deal, activity, kind, by)])
    if activity.in_checklist:
        checklist_changed.send(None, deal_id=deal.pk)


def _event_of(deal: Deal, activity: Activity, kind: str, by: User | None) -> Event:
    data = {
        "deal": deal.pk,
        "stage": deal.stage_id,
        "pipeline": deal.pipeline_id,
        "subject": activity.subject,
        "activity_kind": activity.kind,
    }
    owners = sorted({deal.owner_id, activity.owner_id})
    return events.event(kind, activity, by=by, data=data, owner_ids=owners)


def _later(at: datetime) -> object:
    return Greatest(Coalesce(F("touched_at"), at), at)


def _refresh_next_step(deal: Deal) -> None:
    Deal.objects.select_for_update().filter(pk=deal.pk).first()
    planned = Activity.objects.filter(deal_id=deal.pk, done_at=None, due_on__isnull=False)
    first = planned.order_by("due_on", F("due_time").asc(nulls_first=True), "id").first()
    deal.next_step = first
    Deal.objects.filter(pk=deal.pk).update(next_step=first)
