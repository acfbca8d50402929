"""open_deal: a new deal on top of its stage."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from crm.errors import NeedsFields, Refused
from crm.models import Event, Membership
from pipeline.actions import Line, open_deal
from pipeline.models import Category, Deal, DealChange, Pipeline
from pipeline.structure import revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_opens_in_the_first_stage_of_the_default_pipeline(cast: Cast) -> None:
    deal = open_deal(title="Pump station", owner=cast.alice, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.pipeline, deal.outcome) == (cast.stages["Qualify"], cast.pipeline, "open")
    assert (deal.owner, deal.team, deal.currency_id, deal.version) == (cast.alice, cast.north, "EUR", 1)
    assert (deal.amount, deal.expected_close_on, deal.closed_on) == (None, None, None)


def test_it_opens_in_the_stage_asked_for(cast: Cast) -> None:
    assert cast.deal(stage="Solution").stage == cast.stages["Solution"]


def test_it_starts_in_the_first_open_stage_of_another_pipeline(cast: Cast) -> None:
    from pipeline.processes import NEW_BUSINESS
    from pipeline.structure import create_pipeline

    renewal = create_pipeline(template=NEW_BUSINESS, name="Renewal", by=cast.dana)
    deal = open_deal(title="Renewal", owner=cast.alice, pipeline=renewal, by=cast.alice)
    assert (deal.pipeline_id, deal.stage.name) == (renewal.pk, "Qualify")


def test_it_needs_an_open_stage_somewhere(cast: Cast) -> None:
    empty = Pipeline.objects.create(name="Empty")
    with pytest.raises(Refused) as refused:
        open_deal(title="Pump", owner=cast.alice, pipeline=empty, by=cast.alice)
    assert refused.value.errors.keys() == {"stage"}


@pytest.mark.parametrize("name", ["Won", "Lost"])
def test_it_does_not_open_closed_deals(cast: Cast, name: str) -> None:
    with pytest.raises(Refused) as refused:
        cast.deal(stage=name)
    assert refused.value.errors.keys() == {"stage"}
    assert not Deal.objects.exists()


def test_it_takes_the_chance_and_category_of_the_stage(cast: Cast) -> None:
    deal = cast.deal(stage="Solution")
    assert (deal.win_probability, deal.category) == (Decimal(65), Category.BEST_CASE)
    assert (deal.probability_override, deal.category_override) == (None, "")


def test_it_keeps_zero_percent(cast: Cast) -> None:
    deal = cast.deal(probability_override=Decimal(0))
    deal.refresh_from_db()
    assert (deal.probability_override, deal.win_probability, deal.weighted.amount) == (0, 0, 0)


def test_it_lands_on_top_of_its_column(cast: Cast) -> None:
    titles = ["first", "second", "third"]
    for title in titles:
        cast.deal(title)
    column = Deal.objects.filter(stage=cast.stages["Qualify"]).order_by("rank")
    assert [deal.title for deal in column] == titles[::-1]


def test_it_takes_the_amount_from_its_lines(cast: Cast) -> None:
    deal = cast.deal(amount=None, lines=[Line(cast.pump, Decimal(2)), Line(cast.sensor, Decimal(1))])
    deal.refresh_from_db()
    assert (deal.amount, deal.amount_from_lines) == (Decimal("599.90"), True)
    assert [line.total for line in deal.lines.all()] == [Decimal(500), Decimal("99.90")]


def test_an_amount_by_hand_is_kept_beside_the_lines(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(5), lines=[Line(cast.pump)])
    assert (deal.amount, deal.amount_from_lines) == (Decimal(5), False)


def test_it_links_people_with_their_roles(cast: Cast) -> None:
    deal = cast.deal(people=[(cast.carol, "decides")])
    assert [(link.contact, link.role) for link in deal.people.all()] == [(cast.carol, "decides")]


def test_it_leaves_a_change_and_an_event(cast: Cast) -> None:
    before = timezone.now()
    deal = cast.deal()
    change = DealChange.objects.get(deal=deal)
    assert (change.verb, change.version, change.was, change.by) == ("opened", 1, {}, cast.alice)
    assert (change.stage_id, change.amount, change.owner_id) == (deal.stage_id, Decimal(1000), cast.alice.pk)
    assert before <= change.effective_at == change.recorded_at <= timezone.now()
    event = Event.objects.get(kind="deal.opened")
    assert (event.object_id, event.actor, event.owner_ids, event.team_ids) == (
        deal.pk,
        cast.alice,
        [cast.alice.pk],
        [cast.north.pk],
    )


def test_it_may_be_dated_back(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=40)
    deal = cast.deal(at=at)
    deal.refresh_from_db()
    change = deal.changes.get()
    assert deal.opened_at == deal.stage_since == change.effective_at == at
    assert change.recorded_at > at


def test_dated_back_it_counts_for_the_team_the_owner_was_in_then(cast: Cast) -> None:
    moved_on = cast.today - timedelta(days=10)
    Membership.objects.filter(user=cast.alice).update(ends_on=moved_on)
    Membership.objects.create(user=cast.alice, team=cast.south, starts_on=moved_on)
    assert cast.deal(at=timezone.now() - timedelta(days=20)).team == cast.north
    assert cast.deal().team == cast.south


def test_it_cannot_have_happened_in_the_future(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        cast.deal(at=datetime(2999, 1, 1, tzinfo=UTC))
    assert refused.value.errors.keys() == {"at"}


def test_it_asks_for_what_the_stage_requires(cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["amount", "contact", "product"], by=cast.dana)
    demo = cast.pipeline.stages.get(name="Demo")
    with pytest.raises(NeedsFields) as needs:
        open_deal(title="Pump", owner=cast.alice, stage=demo, by=cast.alice)
    assert (needs.value.stage, needs.value.fields) == (demo, ["amount", "contact", "product"])
    deal = open_deal(
        title="Pump", owner=cast.alice, stage=demo, people=[(cast.carol, "")], lines=[Line(cast.pump)], by=cast.alice
    )
    assert (deal.stage, deal.amount) == (demo, Decimal(250))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "x" * 201),
        ("amount", Decimal(-1)),
        ("amount", Decimal("1e15")),
        ("probability_override", Decimal("100.01")),
        ("probability_override", Decimal(-1)),
        ("category_override", "hopeful"),
        ("category_override", "closed"),
        ("competitor", "x" * 121),
        ("external_id", "x" * 121),
    ],
)
def test_it_refuses_bad_values_with_a_sentence_each(cast: Cast, field: str, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        open_deal(**{"title": "Pump", "owner": cast.alice, "by": cast.alice, field: value})
    assert refused.value.errors.keys() == {field}
    assert not Deal.objects.exists()


@pytest.mark.parametrize("field", ["version", "rank", "outcome", "closed_on", "base_amount", "no_such_field"])
def test_it_sets_only_what_a_person_may_set(cast: Cast, field: str) -> None:
    fields: dict[str, Any] = {field: 7}
    with pytest.raises(Refused) as refused:
        open_deal(title="Pump", owner=cast.alice, by=cast.alice, **fields)
    assert refused.value.errors.keys() == {field}


def test_an_external_id_is_given_once(cast: Cast) -> None:
    first = cast.deal(external_id="A-1")
    with pytest.raises(Refused) as refused:
        cast.deal("Another", external_id="A-1")
    assert refused.value.errors.keys() == {"external_id"}
    assert list(Deal.objects.all()) == [first]
