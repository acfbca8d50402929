"""A won deal is delivered by a checklist made of the templates that apply to it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Refused
from crm.models import Event, Role
from pipeline.actions import (
    Line,
    archive_deal,
    hand_over_deal,
    lose_deal,
    reopen_deal,
    restore_deal,
    set_lines,
    win_deal,
)
from pipeline.activities import complete_activity, drop_activity, reopen_activity, replan_activity
from pipeline.models import Activity, Deal
from quotes.actions.delivering import StepDraft, add_step, save_template, start_delivery
from quotes.aftermath import follow_marked
from quotes.models import Assignee, Delivery, DeliveryTemplate, FollowMark, Place
from tests.cast import Cast, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(cast: Cast) -> DeliveryTemplate:
    steps = [
        StepDraft("Kick-off", 2, kind="meeting"),
        StepDraft("Ship the pumps", 10, assignee=Assignee.PERSON, person=cast.bob),
        StepDraft("Hand over to support", 14, assignee=Assignee.MANAGER),
        StepDraft("How is it going?", 30, place=Place.AFTER_WIN, kind="call"),
        StepDraft("Ask for a reference", 20, place=Place.AFTER_DELIVERY, kind="email"),
    ]
    return save_template(name="Pumps", steps=steps, by=cast.dana)


def won(cast: Cast, **fields: object) -> Deal:
    deal = win_deal(cast.deal(**fields), reason=cast.fit, by=cast.alice)  # type: ignore[arg-type]
    follow_marked()
    return deal


def planned(deal: Deal) -> list[tuple[str, str, int]]:
    """What is to do: what, who, days from today."""
    rows = Activity.objects.filter(deal=deal, done_at=None).order_by("due_on", "pk")
    today = rows and Delivery.objects.get(deal=deal).won_on
    return [(row.subject, row.owner.name, (row.due_on - today).days) for row in rows if row.due_on and today]


def state(deal: Deal) -> str:
    delivery = Delivery.objects.get(deal=deal)
    return "stopped" if delivery.stopped_at else "finished" if delivery.finished_at else "running"


def steps(deal: Deal) -> list[Activity]:
    return list(Activity.objects.filter(deal=deal, in_checklist=True).order_by("due_on", "pk"))


def test_winning_starts_it_with_its_steps_and_the_follow_ups_after_the_win(
    cast: Cast, template: DeliveryTemplate
) -> None:
    deal = won(cast)
    assert planned(deal) == [
        ("Kick-off", "Alice", 2),
        ("Ship the pumps", "Bob", 10),
        ("Hand over to support", "Mia", 14),
        ("How is it going?", "Alice", 30),
    ]
    assert [step.subject for step in steps(deal)] == ["Kick-off", "Ship the pumps", "Hand over to support"]
    deal.refresh_from_db()
    assert deal.next_step is not None
    assert deal.next_step.subject == "Kick-off"
    event = Event.objects.get(kind="delivery.started")
    assert (event.owner_ids, event.team_ids, event.data["deal"]) == ([cast.alice.pk], [cast.north.pk], deal.pk)
    assert not FollowMark.objects.exists()


def test_an_open_or_a_lost_deal_is_not_delivered(cast: Cast, template: DeliveryTemplate) -> None:
    lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    follow_marked()
    assert not Delivery.objects.exists()
    with pytest.raises(Refused):
        start_delivery(cast.deal(), by=cast.alice)


def test_without_a_template_nothing_starts(cast: Cast) -> None:
    won(cast)
    assert not Delivery.objects.exists()


def test_what_was_won_long_ago_is_not_delivered_now(cast: Cast, template: DeliveryTemplate) -> None:
    win_deal(cast.deal(), reason=cast.fit, closed_on=cast.today - timedelta(days=31), by=cast.alice)
    recent = win_deal(cast.deal(), reason=cast.fit, closed_on=cast.today - timedelta(days=30), by=cast.alice)
    follow_marked()
    assert [delivery.deal for delivery in Delivery.objects.all()] == [recent]


def test_a_template_applies_where_its_pipeline_and_its_product_do(cast: Cast) -> None:
    def named(title: str, **where: object) -> None:
        save_template(name=title, steps=[StepDraft(title)], by=None, **where)  # type: ignore[arg-type]

    named("all")
    named("this pipeline", pipeline=cast.pipeline)
    named("pumps", product=cast.pump)
    named("sensors", product=cast.sensor)
    named("not in use", is_active=False)
    deal = cast.deal()
    set_lines(deal, lines=[Line(cast.pump, Decimal(2))], by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    assert sorted(step.subject for step in steps(deal)) == ["all", "pumps", "this pipeline"]


def test_following_twice_changes_nothing(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    before = planned(deal)
    win_deal(deal, reason=cast.fit, note="Signed", by=cast.alice)
    follow_marked()
    assert planned(deal) == before
    assert Event.objects.filter(kind="delivery.started").count() == 1


def test_its_last_step_ends_it_and_plans_the_follow_ups_after_the_delivery(
    cast: Cast, template: DeliveryTemplate
) -> None:
    deal = won(cast)
    first, *others = steps(deal)
    for step in others:
        complete_activity(step, by=cast.mia)
    follow_marked()
    assert state(deal) == "running"
    first = complete_activity(first, by=cast.alice)
    follow_marked()
    assert state(deal) == "finished"
    assert first.done_by == cast.alice
    assert planned(deal) == [("Ask for a reference", "Alice", 20), ("How is it going?", "Alice", 30)]
    assert Event.objects.filter(kind="delivery.finished").count() == 1


def test_a_step_that_is_opened_again_opens_it_again_and_plans_no_follow_up_twice(
    cast: Cast, template: DeliveryTemplate
) -> None:
    deal = won(cast)
    for step in steps(deal):
        complete_activity(step, by=cast.alice)
    follow_marked()
    reopened = reopen_activity(steps(deal)[0], by=cast.alice)
    assert reopened.done_by is None
    follow_marked()
    assert state(deal) == "running"
    complete_activity(reopened, by=cast.alice)
    follow_marked()
    assert state(deal) == "finished"
    assert [subject for subject, _who, _days in planned(deal)] == ["Ask for a reference", "How is it going?"]


def test_dropping_the_last_open_step_ends_it_and_it_does_not_come_back(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    for step in steps(deal):
        drop_activity(step, by=cast.alice)
    follow_marked()
    assert state(deal) == "finished"
    assert steps(deal) == []


def test_reopening_the_deal_stops_it_and_winning_again_goes_on(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    complete_activity(steps(deal)[0], by=cast.alice)
    reopen_deal(deal, by=cast.alice)
    follow_marked()
    assert state(deal) == "stopped"
    assert [(step.subject, step.done_at is not None) for step in steps(deal)] == [("Kick-off", True)]
    assert planned(deal) == []
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    assert state(deal) == "running"
    assert planned(deal) == [
        ("Ship the pumps", "Bob", 10),
        ("Hand over to support", "Mia", 14),
        ("How is it going?", "Alice", 30),
    ]


def test_a_deleted_deal_stops_it_and_restoring_goes_on(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    archive_deal(deal, by=cast.alice)
    follow_marked()
    assert state(deal) == "stopped"
    restore_deal(deal, by=cast.alice)
    follow_marked()
    assert (state(deal), len(steps(deal))) == ("running", 3)


def test_whoever_may_not_see_the_deal_is_given_no_step(cast: Cast) -> None:
    gone = person("Gone", Role.ADMIN)
    gone.is_active = False
    gone.save()
    drafts = [
        StepDraft("Charlie’s", assignee=Assignee.PERSON, person=cast.charlie),
        StepDraft("Gone’s", assignee=Assignee.PERSON, person=gone),
        StepDraft("Dana’s", assignee=Assignee.PERSON, person=cast.dana),
    ]
    save_template(name="Who", steps=drafts, by=cast.dana)
    deal = won(cast)
    assert [(step.subject, step.owner.name) for step in steps(deal)] == [
        ("Charlie’s", "Alice"),
        ("Gone’s", "Alice"),
        ("Dana’s", "Dana"),
    ]


def test_a_step_can_be_added_put_off_and_given_to_another(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    delivery = Delivery.objects.get(deal=deal)
    step = add_step(delivery, title="Train the operators", due_on=cast.today + timedelta(days=5), by=cast.alice)
    assert step.activity is not None
    replan_activity(step.activity, due_on=cast.today + timedelta(days=6), owner=cast.bob, by=cast.alice)
    assert ("Train the operators", "Bob", 6) in planned(deal)


def test_a_template_needs_a_name_of_its_own_and_steps_that_say_who_does_what(
    cast: Cast, template: DeliveryTemplate
) -> None:
    def refused(**fields: object) -> list[str]:
        said = {"name": "New", "steps": [StepDraft("x")], "by": cast.dana} | fields
        with pytest.raises(Refused) as refusal:
            save_template(**said)  # type: ignore[arg-type]
        return list(refusal.value.errors)

    assert refused(name=" ") == ["name"]
    assert refused(name="Pumps") == ["name"]
    assert refused(steps=[]) == ["steps"]
    assert refused(steps=[StepDraft(" ")]) == ["steps"]
    assert refused(steps=[StepDraft("x", assignee=Assignee.PERSON)]) == ["steps"]


def test_saving_a_template_again_leaves_running_deliveries_as_they_are(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    kick_off = template.steps.all()[0]
    kept = StepDraft("Kick-off call", 3, pk=kick_off.pk)
    save_template(template, name="Pumps", steps=[StepDraft("Prepare", 1), kept], by=cast.dana)
    assert [(step.title, step.pk == kick_off.pk) for step in template.steps.all()] == [
        ("Prepare", False),
        ("Kick-off call", True),
    ]
    assert [step.subject for step in steps(deal)] == ["Kick-off", "Ship the pumps", "Hand over to support"]


def test_it_follows_the_deal_into_other_hands(cast: Cast, template: DeliveryTemplate) -> None:
    deal = won(cast)
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    from crm.access import reach_of

    assert list(Delivery.objects.visible_to(reach_of(cast.charlie)).values_list("deal", flat=True)) == [deal.pk]
    assert not Delivery.objects.visible_to(reach_of(cast.mia)).exists()
