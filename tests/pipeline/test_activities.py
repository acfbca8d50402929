"""Activities: a deal's earliest planned one is its next step, a done one is a touch."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from crm.errors import Refused
from crm.models import Event
from pipeline.actions import hand_over_deal
from pipeline.activities import complete_activity, drop_activity, log_activity, plan_activity
from pipeline.models import Activity, Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    return cast.deal()


def next_step(deal: Deal) -> str | None:
    deal.refresh_from_db()
    return deal.next_step.subject if deal.next_step else None


def test_a_planned_activity_is_the_next_step(cast: Cast, deal: Deal) -> None:
    call = plan_activity(deal, subject=" Call Carol ", due_on=cast.today, kind="call", by=cast.mia)
    assert (call.subject, call.kind, call.owner, call.created_by, call.done_at) == (
        "Call Carol",
        "call",
        cast.alice,
        cast.mia,
        None,
    )
    assert next_step(deal) == "Call Carol"
    assert deal.touched_at is None


def test_the_earliest_one_is_the_next_step(cast: Cast, deal: Deal) -> None:
    tomorrow = cast.today + timedelta(days=1)
    plan_activity(deal, subject="tomorrow, at ten", due_on=tomorrow, due_time=time(10), by=cast.alice)
    assert next_step(deal) == "tomorrow, at ten"
    plan_activity(deal, subject="later", due_on=cast.today + timedelta(days=2), by=cast.alice)
    assert next_step(deal) == "tomorrow, at ten"
    plan_activity(deal, subject="tomorrow, at nine", due_on=tomorrow, due_time=time(9), by=cast.alice)
    assert next_step(deal) == "tomorrow, at nine"
    plan_activity(deal, subject="tomorrow", due_on=tomorrow, by=cast.alice)
    assert next_step(deal) == "tomorrow"
    plan_activity(deal, subject="overdue", due_on=cast.today - timedelta(days=9), by=cast.alice)
    assert next_step(deal) == "overdue"


def test_completing_it_is_a_touch_and_brings_the_following_one(cast: Cast, deal: Deal) -> None:
    first = plan_activity(deal, subject="first", due_on=cast.today, by=cast.alice)
    plan_activity(deal, subject="second", due_on=cast.today + timedelta(days=1), by=cast.alice)
    done = complete_activity(first, by=cast.alice)
    assert (next_step(deal), deal.touched_at) == ("second", done.done_at)
    assert Event.objects.filter(kind="activity.done", object_id=first.pk).count() == 1


def test_completed_twice_is_completed_once(cast: Cast, deal: Deal) -> None:
    activity = plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
    once = complete_activity(activity, by=cast.alice)
    twice = complete_activity(activity, by=cast.mia)
    assert (twice.done_at, twice.version) == (once.done_at, 2)
    assert Event.objects.filter(kind="activity.done").count() == 1


def test_a_logged_activity_is_a_touch(cast: Cast, deal: Deal) -> None:
    note = log_activity(deal, subject="They called", kind="call", by=cast.mia)
    assert (next_step(deal), deal.touched_at, note.owner) == (None, note.done_at, cast.mia)


def test_an_older_touch_does_not_turn_the_clock_back(cast: Cast, deal: Deal) -> None:
    newer = log_activity(deal, subject="today", by=cast.alice)
    log_activity(deal, subject="last week", at=timezone.now() - timedelta(days=7), by=cast.alice)
    deal.refresh_from_db()
    assert deal.touched_at == newer.done_at


def test_nothing_was_done_in_the_future(cast: Cast, deal: Deal) -> None:
    later = timezone.now() + timedelta(hours=1)
    with pytest.raises(Refused):
        log_activity(deal, subject="Soon", at=later, by=cast.alice)
    planned = plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
    with pytest.raises(Refused):
        complete_activity(planned, at=later, by=cast.alice)


def test_a_dropped_activity_is_gone(cast: Cast, deal: Deal) -> None:
    first = plan_activity(deal, subject="first", due_on=cast.today, by=cast.alice)
    plan_activity(deal, subject="second", due_on=cast.today + timedelta(days=1), by=cast.alice)
    drop_activity(first, by=cast.alice)
    assert (next_step(deal), deal.touched_at) == ("second", None)
    assert Event.objects.get(kind="activity.dropped").data["subject"] == "first"


def test_what_was_done_cannot_be_dropped(cast: Cast, deal: Deal) -> None:
    note = log_activity(deal, subject="Called", by=cast.alice)
    with pytest.raises(Refused):
        drop_activity(note, by=cast.alice)
    assert Activity.objects.filter(pk=note.pk).exists()


def test_it_says_what_is_to_be_done(cast: Cast, deal: Deal) -> None:
    with pytest.raises(Refused) as refused:
        plan_activity(deal, subject="  ", due_on=cast.today, by=cast.alice)
    assert refused.value.errors.keys() == {"subject"}
    assert not Activity.objects.exists()


def test_the_events_reach_who_may_see_the_deal(cast: Cast, deal: Deal) -> None:
    plan_activity(deal, subject="Help", owner=cast.bob, due_on=cast.today, by=cast.mia)
    event = Event.objects.get(kind="activity.planned")
    assert (event.owner_ids, event.team_ids) == (sorted([cast.alice.pk, cast.bob.pk]), [cast.north.pk])
    assert event.data["deal"] == deal.pk


def test_a_touch_is_no_version_of_the_deal(cast: Cast, deal: Deal) -> None:
    plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
    log_activity(deal, subject="Called", by=cast.alice)
    deal.refresh_from_db()
    assert (deal.version, deal.changes.count()) == (1, 1)


def test_a_verb_on_an_older_copy_keeps_the_next_step(cast: Cast, deal: Deal) -> None:
    plan_activity(Deal.objects.get(pk=deal.pk), subject="Call", due_on=cast.today, by=cast.alice)
    hand_over_deal(deal, to=cast.bob, by=cast.mia)
    assert next_step(deal) == "Call"
