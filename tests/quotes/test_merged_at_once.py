"""Two won deals are merged while a worker brings in line what follows them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from pipeline.actions import Line, merge_deals, unmerge_deal, win_deal
from pipeline.activities import complete_activity
from pipeline.models import Activity, Deal
from quotes.actions.delivering import StepDraft, add_step, save_template
from quotes.aftermath import follow_marked, mark
from quotes.models import Delivery, DeliveryStep, FollowMark, Renewal
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.crowd import Elsewhere

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


@pytest.fixture
def yearly(cast: Cast) -> Line:
    save_template(name="Pumps", steps=[StepDraft("Kick-off"), StepDraft("Ship", 5)], by=cast.dana)
    cast.sensor.renews_after = 12
    cast.sensor.save()
    return Line(cast.sensor)


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def settled() -> None:
    while FollowMark.objects.exists():
        follow_marked()


def both_won(cast: Cast, line: Line) -> tuple[Deal, Deal]:
    kept, gone = (win_deal(cast.deal(lines=[line]), reason=cast.fit, by=cast.alice) for _ in range(2))
    return kept, gone


def open_steps(deal: Deal) -> list[str]:
    steps = Activity.objects.filter(deal=deal, in_checklist=True, done_at=None)
    return sorted(steps.values_list("subject", flat=True))


def planned(deal: Deal) -> list[int | None]:
    return list(Renewal.objects.filter(deal=deal, state="planned").values_list("months", flat=True))


@pytest.mark.parametrize("is_followed", [True, False])
def test_nothing_is_lost_and_nothing_is_there_twice(cast: Cast, yearly: Line, is_followed: bool) -> None:
    """Whether the worker had been there before, or comes to both deals just as they become one."""
    for _round in range(ROUNDS):
        kept, gone = both_won(cast, yearly)
        if is_followed:
            settled()
        mark([kept.pk, gone.pk])
        workers = [Elsewhere(follow_marked) for _ in range(2)]
        merging = Elsewhere(partial(merge_deals, kept, other=gone, by=cast.alice))
        workers += [Elsewhere(follow_marked) for _ in range(2)]
        assert not [each.result for each in (merging, *workers) if isinstance(each.done(), Exception)]
        settled()
        assert fresh(gone).merged_into == kept
        assert (open_steps(kept), planned(kept)) == (["Kick-off", "Ship"], [12])
        assert (open_steps(gone), planned(gone)) == ([], [])
        assert Delivery.objects.get(deal=kept).is_running
        assert not Delivery.objects.filter(deal=gone, stopped_at=None).exists()


def test_taken_apart_meanwhile_each_follows_its_own(cast: Cast, yearly: Line) -> None:
    for _round in range(ROUNDS):
        kept, gone = both_won(cast, yearly)
        settled()
        merge_deals(fresh(kept), other=fresh(gone), by=cast.alice)
        workers = [Elsewhere(follow_marked) for _ in range(2)]
        parting = Elsewhere(partial(unmerge_deal, fresh(gone), by=cast.alice))
        workers += [Elsewhere(follow_marked) for _ in range(2)]
        assert not [each.result for each in (parting, *workers) if isinstance(each.done(), Exception)]
        settled()
        for deal in (kept, gone):
            assert (open_steps(deal), planned(deal)) == (["Kick-off", "Ship"], [12])
            assert Delivery.objects.get(deal=deal).is_running


def test_a_step_that_is_done_or_added_meanwhile_is_not_lost(cast: Cast, yearly: Line) -> None:
    for _round in range(ROUNDS):
        kept, gone = both_won(cast, yearly)
        settled()
        done = Activity.objects.get(deal=gone, subject="Ship")
        delivery, day = Delivery.objects.get(deal=gone), cast.today + timedelta(days=9)
        people = [
            Elsewhere(partial(complete_activity, done, by=cast.alice)),
            Elsewhere(partial(merge_deals, kept, other=gone, by=cast.alice)),
            Elsewhere(partial(add_step, delivery, title="Train them", due_on=day, by=cast.alice)),
            Elsewhere(follow_marked),
        ]
        done_or_refused, merged, added, _worker = (person.done() for person in people)
        assert not isinstance(merged, Exception)
        settled()
        assert Activity.objects.filter(pk=done.pk, done_at__isnull=False).exists() == isinstance(
            done_or_refused, Activity
        )
        assert Activity.objects.filter(deal=kept, subject="Train them").count() == isinstance(added, DeliveryStep)
        assert not Activity.objects.filter(delivery_step__delivery__stopped_at__isnull=False, done_at=None).exists()
        assert Delivery.objects.get(deal=kept).is_running
