"""merge_deals and unmerge_deal: two that are one sale, together and apart again."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.errors import Conflict, Refused
from crm.models import Event
from forecasting.tasks import refresh_cells
from pipeline.actions import (
    Line,
    archive_deal,
    merge_deals,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
    undo_change,
    unmerge_deal,
)
from pipeline.activities import log_activity, plan_activity
from pipeline.models import Deal
from tests.cast import Cast
from tests.custom.fields import custom, custom_field
from tests.pipeline.history import assert_history_replays
from tests.pipeline.pages import fresh
from tests.pipeline.test_undo_deal import state
from tests.recount import assert_cells_are_right

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    deal = cast.deal("Pump station")
    set_lines(deal, [Line(cast.pump)], by=cast.alice)
    return set_people(deal, [(cast.carol, "")], by=cast.alice)


@pytest.fixture
def other(cast: Cast) -> Deal:
    other = cast.deal("Pumps for Acme", owner=cast.bob, stage="Demo", amount=Decimal(3000), source=cast.referral)
    set_lines(other, [Line(cast.sensor, Decimal(10))], by=cast.bob)
    set_people(other, [(cast.carol, "decides")], by=cast.bob)
    plan_activity(other, subject="Show it", due_on=cast.today, by=cast.bob)
    log_activity(other, subject="Called", by=cast.bob)
    return Deal.objects.get(pk=other.pk)


def test_it_unites_what_belongs_to_both(cast: Cast, deal: Deal, other: Deal) -> None:
    merge_deals(deal, other=other, by=cast.mia)
    kept, gone = fresh(deal), fresh(other)
    assert [line.product for line in kept.lines.all()] == [cast.pump, cast.sensor]
    assert [(link.contact, link.role) for link in kept.people.all()] == [(cast.carol, "decides")]
    assert sorted(kept.activities.values_list("subject", flat=True)) == ["Called", "Show it"]
    assert kept.next_step is not None
    assert (kept.next_step.subject, gone.next_step, gone.activities.count()) == ("Show it", None, 0)
    assert kept.touched_at is not None
    assert (gone.merged_into, gone.archived_at is not None, kept.archived_at) == (kept, True, None)


def test_its_own_values_stay_unless_the_others_are_taken(cast: Cast, deal: Deal, other: Deal) -> None:
    merge_deals(deal, other=other, take={"amount", "source", "owner"}, by=cast.mia)
    kept = fresh(deal)
    assert (kept.title, kept.stage.name, kept.amount) == ("Pump station", "Qualify", Decimal(3000))
    assert (kept.source, kept.owner, kept.team) == (cast.referral, cast.bob, cast.north)


def test_custom_fields_are_united_and_chosen(cast: Cast, deal: Deal, other: Deal) -> None:
    for key in ("region", "site", "depth"):
        custom_field("text", key=key, label=key, by=cast.dana)
    revise_deal(deal, by=cast.alice, **custom(region="North", site="A"))
    revise_deal(other, by=cast.bob, **custom(region="South", site="B", depth="3 m"))
    merge_deals(deal, other=other, take={"custom.site"}, by=cast.mia)
    assert fresh(deal).custom == {"region": "North", "site": "B", "depth": "3 m"}
    unmerge_deal(fresh(other), by=cast.mia)
    assert fresh(deal).custom == {"region": "North", "site": "A"}


def test_a_fact_that_is_none_is_refused(cast: Cast, deal: Deal, other: Deal) -> None:
    with pytest.raises(Refused) as refused:
        merge_deals(deal, other=other, take={"stage"}, by=cast.mia)
    assert refused.value.errors == {"take": ["Not known here: stage."]}


def test_an_amount_from_lines_is_the_sum_of_all(cast: Cast, deal: Deal, other: Deal) -> None:
    set_lines(deal, [Line(cast.pump)], feed_amount=True, by=cast.alice)
    assert merge_deals(deal, other=other, by=cast.mia).amount == Decimal(1249)


def test_lines_in_two_currencies_are_refused(cast: Cast, deal: Deal, other: Deal) -> None:
    revise_deal(other, currency_id="USD", by=cast.bob)
    with pytest.raises(Refused) as refused:
        merge_deals(deal, other=other, by=cast.mia)
    assert refused.value.errors == {
        "amount": ["Both have product lines, in two currencies. Change the currency of one first."]
    }
    assert fresh(other).archived_at is None


def test_it_refuses_itself_and_what_is_deleted(cast: Cast, deal: Deal, other: Deal) -> None:
    with pytest.raises(Refused):
        merge_deals(deal, other=deal, by=cast.mia)
    archive_deal(other, by=cast.mia)
    with pytest.raises(Refused):
        merge_deals(deal, other=other, by=cast.mia)


def test_whoever_chose_by_old_values_is_told(cast: Cast, deal: Deal, other: Deal) -> None:
    seen = other.version
    revise_deal(other, amount=Decimal(7), by=cast.bob)
    with pytest.raises(Conflict) as conflict:
        merge_deals(deal, other=other, take={"amount"}, version=deal.version, other_version=seen, by=cast.alice)
    assert "Bob" in str(conflict.value)


def test_both_have_it_in_their_history(cast: Cast, deal: Deal, other: Deal) -> None:
    kept = merge_deals(deal, other=other, by=cast.mia)
    merged = assert_history_replays(kept)[-1]
    assert (merged.verb, merged.by, merged.was["merged"]) == ("merged", cast.mia, [other.pk, "Pumps for Acme"])
    assert [change.verb for change in assert_history_replays(fresh(other))][-1] == "archived"
    assert set(Event.objects.filter(actor=cast.mia).values_list("kind", flat=True)) == {"deal.merged", "deal.archived"}


def test_forecasts_count_it_once(cast: Cast, deal: Deal, other: Deal) -> None:
    refresh_cells()
    merge_deals(deal, other=other, take={"amount"}, by=cast.mia)
    refresh_cells()
    assert_cells_are_right()
    unmerge_deal(fresh(other), by=cast.mia)
    refresh_cells()
    assert_cells_are_right()


# ── Apart ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["unmerge", "restore", "undo of the one", "undo of the other"])
def test_it_comes_apart_as_it_was(cast: Cast, deal: Deal, other: Deal, how: str) -> None:
    ours, theirs = state(fresh(deal)), state(other)
    kept = merge_deals(deal, other=other, take={"title", "amount", "owner"}, by=cast.mia)
    match how:
        case "unmerge":
            unmerge_deal(fresh(other), by=cast.mia)
        case "restore":
            restore_deal(fresh(other), by=cast.mia)
        case "undo of the one":
            undo_change(kept, version=kept.version, by=cast.mia)
        case _:
            undo_change(fresh(other), version=fresh(other).version, by=cast.mia)
    assert state(fresh(deal)) == ours
    assert state(fresh(other)) | {"rank": ""} == theirs | {"rank": ""}
    assert fresh(other).activities.count() == 2
    assert [change.verb for change in assert_history_replays(fresh(deal))][-2:] == ["merged", "unmerged"]


def test_what_was_changed_since_stays(cast: Cast, deal: Deal, other: Deal) -> None:
    merge_deals(deal, other=other, take={"title", "amount"}, by=cast.mia)
    revise_deal(fresh(deal), title="Both stations", by=cast.alice)
    unmerge_deal(fresh(other), by=cast.mia)
    assert (fresh(deal).title, fresh(deal).amount, fresh(other).title) == (
        "Both stations", Decimal(1000), "Pumps for Acme",
    )  # fmt: skip


def test_after_30_days_it_stays_one(cast: Cast, deal: Deal, other: Deal) -> None:
    merge_deals(deal, other=other, by=cast.mia)
    Deal.objects.filter(pk=other.pk).update(archived_at=timezone.now() - timedelta(days=31))
    with pytest.raises(Refused):
        unmerge_deal(fresh(other), by=cast.mia)


def test_what_was_taken_apart_is_not_put_together_by_undo(cast: Cast, deal: Deal, other: Deal) -> None:
    merge_deals(deal, other=other, by=cast.mia)
    apart = unmerge_deal(fresh(other), by=cast.mia)
    for each in (fresh(deal), apart):
        with pytest.raises(Refused):
            undo_change(each, version=each.version, by=cast.mia)
