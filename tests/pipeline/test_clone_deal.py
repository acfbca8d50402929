"""clone_deal: a new sale that begins with what another one has."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import NeedsFields, Refused
from crm.models import Event
from pipeline.actions import Line, clone_deal, revise_deal, set_lines, set_people, undo_change, win_deal
from pipeline.activities import plan_activity
from pipeline.models import Deal
from pipeline.structure import revise_stage
from tests.cast import Cast
from tests.custom.fields import custom, custom_field
from tests.pipeline.history import assert_history_replays

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    deal = cast.deal("Pump station", stage="Solution", source=cast.referral, probability_override=Decimal(90))
    set_lines(deal, [Line(cast.pump, Decimal(2), discount=Decimal(10))], feed_amount=True, by=cast.alice)
    set_people(deal, [(cast.carol, "champion")], by=cast.alice)
    plan_activity(deal, subject="Call Carol", due_on=cast.today - timedelta(days=2), by=cast.alice)
    deal.refresh_from_db()
    return deal


def test_it_clones_the_facts_and_what_belongs_to_it(cast: Cast, deal: Deal) -> None:
    clone = Deal.objects.get(pk=clone_deal(deal, by=cast.mia).pk)
    assert (clone.title, clone.owner, clone.team, clone.stage) == (
        "Pump station (copy)", cast.alice, cast.north, cast.stages["Qualify"],
    )  # fmt: skip
    assert (clone.company, clone.source, clone.amount) == (cast.acme, cast.referral, Decimal(450))
    assert (clone.amount_from_lines, clone.expected_close_on) == (True, cast.today)
    assert [(line.product, line.total) for line in clone.lines.all()] == [(cast.pump, Decimal(450))]
    assert [(link.contact, link.role) for link in clone.people.all()] == [(cast.carol, "champion")]
    assert clone.next_step is not None
    assert (clone.next_step.subject, clone.next_step.due_on) == ("Call Carol", cast.today)


def test_judgements_about_the_other_sale_stay_there(cast: Cast, deal: Deal) -> None:
    won = win_deal(deal, reason=cast.fit, by=cast.alice)
    clone = clone_deal(won, by=cast.alice)
    assert (clone.is_open, clone.probability_override, clone.win_reason, clone.closed_on) == (True, None, None, None)


def test_only_the_parts_asked_for_come_along(cast: Cast, deal: Deal) -> None:
    clone = clone_deal(deal, title="Second station", stage=cast.stages["Demo"], parts={"contacts"}, by=cast.alice)
    assert (clone.title, clone.stage, clone.next_step) == ("Second station", cast.stages["Demo"], None)
    assert (clone.lines.count(), clone.people.count()) == (0, 1)
    assert (clone.amount, clone.amount_from_lines) == (Decimal(450), False)


def test_custom_fields_come_along(cast: Cast, deal: Deal) -> None:
    custom_field("text", key="region", by=cast.dana)
    deal = revise_deal(deal, by=cast.alice, **custom(region="North"))
    assert clone_deal(deal, by=cast.alice).custom == {"region": "North"}
    assert clone_deal(deal, parts={"lines"}, by=cast.alice).custom == {}


def test_a_close_date_that_has_passed_is_left_out(cast: Cast, deal: Deal) -> None:
    revise_deal(deal, expected_close_on=cast.today - timedelta(days=1), by=cast.alice)
    deal.refresh_from_db()
    assert clone_deal(deal, by=cast.alice).expected_close_on is None


def test_it_leaves_history_and_events(cast: Cast, deal: Deal) -> None:
    clone = clone_deal(deal, by=cast.mia)
    assert [change.verb for change in assert_history_replays(clone)] == ["opened", "cloned"]
    assert clone.changes.get(version=2).was == {"cloned_from": [deal.pk, "Pump station"]}
    kinds = Event.objects.filter(noun="deal", object_id=clone.pk).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["deal.opened", "deal.cloned"]


def test_there_is_nothing_to_take_back_in_it(cast: Cast, deal: Deal) -> None:
    clone = clone_deal(deal, by=cast.alice)
    with pytest.raises(Refused):
        undo_change(clone, version=2, by=cast.alice)


def test_a_stage_still_asks_for_what_it_requires(cast: Cast, deal: Deal) -> None:
    revise_stage(cast.stages["Qualify"], required_fields=["contact"], by=cast.dana)
    with pytest.raises(NeedsFields):
        clone_deal(deal, parts=set(), by=cast.alice)
    assert Deal.objects.count() == 1
    assert clone_deal(deal, parts={"contacts"}, by=cast.alice).people.count() == 1
