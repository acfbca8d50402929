from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from crm.errors import Refused
from crm.models import Event
from pipeline.activities import Entry, complete_activity, enter_activities, plan_activity
from pipeline.models import Activity
from tests.cast import Cast


def test_many_at_once_are_what_one_by_one_they_would_be(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal("Other")
    at = timezone.now() - timedelta(days=2)
    plan_activity(deal, subject="later", due_on=cast.today + timedelta(days=9), by=cast.alice)

    made = enter_activities(
        [
            Entry(deal, cast.alice, " Called Carol ", "call", at=at),
            Entry(deal, cast.bob, "Visit", "meeting", due_on=cast.today + timedelta(days=3)),
            Entry(other, cast.alice, "Sent the data sheet", "email", at=at - timedelta(days=1)),
        ]
    )

    deal.refresh_from_db()
    other.refresh_from_db()
    assert (deal.touched_at, str(deal.next_step)) == (at, "Visit")
    assert (other.touched_at, other.next_step) == (at - timedelta(days=1), None)
    assert [(each.subject, each.owner, each.created_by, each.team) for each in made[:2]] == [
        ("Called Carol", cast.alice, cast.alice, cast.north),
        ("Visit", cast.bob, cast.bob, cast.north),
    ]
    events = Event.objects.filter(noun="activity").order_by("id")
    assert list(events.values_list("kind", "actor__name", "data__subject"))[1:] == [
        ("activity.done", "Alice", "Called Carol"),
        ("activity.planned", "Bob", "Visit"),
        ("activity.done", "Alice", "Sent the data sheet"),
    ]
    complete_activity(made[1], by=cast.bob)
    deal.refresh_from_db()
    assert str(deal.next_step) == "later"


def test_an_older_touch_does_not_turn_the_clock_back(cast: Cast) -> None:
    deal, at = cast.deal(), timezone.now() - timedelta(days=1)
    enter_activities([Entry(deal, cast.alice, "New", at=at)])
    enter_activities([Entry(deal, cast.alice, "Old", at=at - timedelta(days=5))])
    deal.refresh_from_db()
    assert deal.touched_at == at


def test_the_number_of_statements_is_fixed(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(30)]
    with django_assert_max_num_queries(10):
        enter_activities([Entry(deal, cast.alice, "Call", "call", due_on=cast.today) for deal in deals])


@pytest.mark.parametrize(
    ("due_in", "done_in"), [(None, None), (0, 0), (None, 1)], ids=["neither", "both", "done tomorrow"]
)
def test_bad_ones_leave_nothing(cast: Cast, due_in: int | None, done_in: int | None) -> None:
    deal = cast.deal()
    due_on = None if due_in is None else cast.today + timedelta(days=due_in)
    at = None if done_in is None else timezone.now() + timedelta(days=done_in)
    with pytest.raises(Refused):
        enter_activities(
            [Entry(deal, cast.alice, "Fine", due_on=cast.today), Entry(deal, cast.alice, "Bad", at=at, due_on=due_on)]
        )
    assert not Activity.objects.exists()
