"""What follows a won deal when it is merged into another, and when that is taken apart."""

from datetime import timedelta

import pytest

from crm.models import Event
from pipeline.actions import Line, merge_deals, reopen_deal, unmerge_deal, win_deal
from pipeline.activities import complete_activity, replan_activity
from pipeline.models import Activity, Deal
from quotes.actions.delivering import StepDraft, add_step, save_template
from quotes.actions.renewing import months_after, open_due_renewals, open_renewal, plan_renewal, revise_renewal
from quotes.aftermath import follow_marked
from quotes.models import Delivery, DeliveryTemplate, FollowMark, Place, Renewal, Sending
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(cast: Cast) -> DeliveryTemplate:
    steps = [StepDraft("Kick-off", 2), StepDraft("Ship", 10), StepDraft("Ask", 30, place=Place.AFTER_WIN)]
    return save_template(name="Pumps", steps=steps, by=cast.dana)


def won(cast: Cast, **fields: object) -> Deal:
    deal = win_deal(cast.deal(**fields), reason=cast.fit, by=cast.alice)  # type: ignore[arg-type]
    follow_marked()
    return fresh(deal)


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def merged(cast: Cast, kept: Deal, gone: Deal) -> Deal:
    merge_deals(fresh(kept), other=fresh(gone), by=cast.alice)
    settled()
    return fresh(kept)


def parted(cast: Cast, gone: Deal) -> None:
    unmerge_deal(fresh(gone), by=cast.alice)
    settled()


def settled() -> None:
    while FollowMark.objects.exists():
        follow_marked()


def checklist(deal: Deal) -> list[tuple[str, bool]]:
    """What is in it, and whether it was done."""
    steps = Activity.objects.filter(delivery_step__delivery__deal=deal, in_checklist=True).order_by("due_on", "pk")
    assert {step.deal_id for step in steps} <= {deal.pk}
    return [(step.subject, step.done_at is not None) for step in steps]


def step(deal: Deal, subject: str) -> Activity:
    return Activity.objects.get(delivery_step__delivery__deal=deal, subject=subject)


def test_a_delivery_goes_on_with_the_deal_that_stays(cast: Cast, template: DeliveryTemplate) -> None:
    gone = won(cast)
    complete_activity(step(gone, "Kick-off"), by=cast.alice)
    template.delete()
    kept = won(cast)
    assert not Delivery.objects.filter(deal=kept).exists()
    merged(cast, kept, gone)
    delivery = Delivery.objects.get()
    assert (delivery.deal, delivery.is_running, checklist(kept)) == (kept, True, [("Kick-off", True), ("Ship", False)])
    assert step(kept, "Ask").done_at is None
    parted(cast, gone)
    delivery = Delivery.objects.get()
    assert (delivery.deal, delivery.is_running, checklist(gone)) == (gone, True, [("Kick-off", True), ("Ship", False)])


def test_two_checklists_become_one_and_what_was_done_stays_done(cast: Cast, template: DeliveryTemplate) -> None:
    kept, gone = won(cast), won(cast)
    complete_activity(step(gone, "Kick-off"), by=cast.alice)
    add_step(Delivery.objects.get(deal=gone), title="Train them", due_on=cast.today + timedelta(days=20), by=cast.alice)
    merged(cast, kept, gone)
    united = [("Kick-off", False), ("Kick-off", True), ("Ship", False), ("Train them", False)]
    assert checklist(kept) == united
    assert Activity.objects.filter(deal=kept, subject="Ship").count() == 1
    for activity in Activity.objects.filter(deal=kept, in_checklist=True, done_at=None):
        complete_activity(activity, by=cast.alice)
    settled()
    assert Delivery.objects.get(deal=kept).finished_at is not None


def test_taken_apart_each_is_delivered_by_itself_again(cast: Cast, template: DeliveryTemplate) -> None:
    kept, gone = won(cast), won(cast)
    complete_activity(step(gone, "Kick-off"), by=cast.alice)
    merged(cast, kept, gone)
    parted(cast, gone)
    assert checklist(kept) == [("Kick-off", False), ("Ship", False)]
    assert checklist(gone) == [("Kick-off", True), ("Ship", False)]
    assert set(Delivery.objects.values_list("deal", "stopped_at")) == {(kept.pk, None), (gone.pk, None)}


def test_merged_into_an_open_deal_it_stops(cast: Cast, template: DeliveryTemplate) -> None:
    gone, kept = won(cast), cast.deal()
    merged(cast, kept, gone)
    delivery = Delivery.objects.get()
    assert (delivery.deal, delivery.stopped_at is None) == (kept, False)
    win_deal(fresh(kept), reason=cast.fit, by=cast.alice)
    settled()
    assert checklist(kept) == [("Kick-off", False), ("Ship", False)]


@pytest.fixture
def yearly(cast: Cast) -> Line:
    cast.sensor.renews_after = 12
    cast.sensor.save()
    return Line(cast.sensor)


def test_renewals_follow_too_and_none_is_planned_twice(cast: Cast, yearly: Line) -> None:
    kept, gone = won(cast, lines=[yearly]), won(cast, lines=[yearly])
    upsell = plan_renewal(gone, due_on=cast.today + timedelta(days=90), kind="upsell", by=cast.alice)
    merged(cast, kept, gone)
    planned = Renewal.objects.filter(deal=kept, state="planned")
    assert (set(planned.values_list("months", flat=True)), upsell in planned) == ({12, None}, True)
    assert not Renewal.objects.filter(deal=gone, state="planned").exists()
    parted(cast, gone)
    assert set(Renewal.objects.filter(deal=gone, state="planned").values_list("months", flat=True)) == {12, None}
    assert Renewal.objects.get(deal=kept).months == 12


def test_the_link_of_a_renewal_that_opened_is_kept(cast: Cast, yearly: Line) -> None:
    kept, gone = won(cast, lines=[yearly]), won(cast, lines=[yearly])
    renewal = Renewal.objects.get(deal=gone)
    opened = open_renewal(renewal, by=None)
    merged(cast, kept, gone)
    renewal.refresh_from_db()
    assert (renewal.deal, renewal.opened_deal, renewal.state) == (kept, opened, "opened")
    parted(cast, gone)
    renewal.refresh_from_db()
    assert (renewal.deal, renewal.months, renewal.state) == (gone, 12, "opened")


def test_a_deal_that_renews_another_still_does(cast: Cast, yearly: Line) -> None:
    opened = open_renewal(Renewal.objects.get(deal=won(cast, lines=[yearly])), by=None)
    assert opened is not None
    kept = merged(cast, cast.deal(), opened)
    assert Renewal.objects.get().opened_deal == kept
    parted(cast, opened)
    assert Renewal.objects.get().opened_deal == opened


@pytest.mark.parametrize("into_the_first", [True, False])
def test_no_deal_comes_to_renew_itself(cast: Cast, yearly: Line, into_the_first: bool) -> None:
    first = won(cast, lines=[yearly])
    opened = open_renewal(Renewal.objects.get(), by=None)
    assert opened is not None
    merged(cast, *((first, opened) if into_the_first else (opened, first)))
    renewal = Renewal.objects.get(opened_deal=opened)
    assert renewal.deal_id != renewal.opened_deal_id


def test_its_mails_are_seen_with_the_deal_that_stays(cast: Cast) -> None:
    kept, gone = cast.deal(), cast.deal()
    sending = Sending.objects.create(key="k", kind="quote", deal=gone, to=["a@example.com"], subject="S", body="B")
    merged(cast, kept, gone)
    assert Sending.objects.get().deal == kept
    parted(cast, gone)
    assert Sending.objects.get() == sending
    assert Sending.objects.get().deal == gone


# ── The day of the win is corrected ────────────────────────────────────────────────────────────────


def redated(cast: Cast, deal: Deal, days: int) -> Deal:
    deal = win_deal(fresh(deal), reason=cast.fit, closed_on=cast.today - timedelta(days=days), by=cast.alice)
    settled()
    return deal


def due_days(cast: Cast, deal: Deal) -> dict[str, int]:
    """In how many days each step is due."""
    planned = Activity.objects.filter(deal=deal, done_at=None, due_on__isnull=False)
    return {row.subject: (row.due_on - cast.today).days for row in planned if row.due_on}


def test_steps_and_follow_ups_move_with_the_day_of_the_win(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    assert due_days(cast, deal) == {"Kick-off": 2, "Ship": 10, "Ask": 30}
    redated(cast, deal, 5)
    assert due_days(cast, deal) == {"Kick-off": -3, "Ship": 5, "Ask": 25}
    assert Delivery.objects.get().won_on == cast.today - timedelta(days=5)
    redated(cast, deal, 0)
    assert due_days(cast, deal) == {"Kick-off": 2, "Ship": 10, "Ask": 30}


def test_what_was_done_or_set_by_hand_stays(cast: Cast, template: DeliveryTemplate) -> None:

    deal = won(cast)
    complete_activity(step(deal, "Kick-off"), by=cast.alice)
    replan_activity(step(deal, "Ship"), due_on=cast.today + timedelta(days=7), by=cast.alice)
    add_step(Delivery.objects.get(), title="Train them", due_on=cast.today + timedelta(days=20), by=cast.alice)
    redated(cast, deal, 5)
    assert due_days(cast, deal) == {"Ship": 7, "Train them": 20, "Ask": 25}


def test_a_renewal_moves_with_it_unless_its_day_was_set_by_hand(cast: Cast, yearly: Line) -> None:

    deal = won(cast, lines=[yearly])
    redated(cast, deal, 10)
    renewal = Renewal.objects.get()
    due_on = months_after(cast.today - timedelta(days=10), 12)
    assert (renewal.due_on, renewal.opens_on) == (due_on, due_on - timedelta(days=60))
    assert Event.objects.filter(kind="renewal.revised", actor=None).count() == 1
    by_hand = cast.today + timedelta(days=200)
    revise_renewal(renewal, due_on=by_hand, by=cast.alice)
    redated(cast, deal, 3)
    assert Renewal.objects.get().due_on == by_hand
    reopen_deal(fresh(deal), by=cast.alice)
    settled()
    redated(cast, deal, 1)
    assert (Renewal.objects.get().due_on, Renewal.objects.get().state) == (by_hand, "planned")


def test_one_that_should_have_opened_by_then_opens(cast: Cast, yearly: Line) -> None:

    deal = won(cast, lines=[yearly])
    redated(cast, deal, 400)
    assert open_due_renewals() == 1
    opened = Renewal.objects.get().opened_deal
    assert opened is not None
    assert opened.expected_close_on == cast.today
