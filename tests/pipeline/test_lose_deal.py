"""lose_deal: closed, with a reason, at the amount it had when last open."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Conflict, Refused
from crm.models import Event
from pipeline.actions import lose_deal, move_deal, reopen_deal, win_deal
from pipeline.structure import revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_loses(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.price, note="Too dear", by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.outcome, deal.closed_on) == (cast.stages["Lost"], "lost", cast.today)
    assert (deal.loss_reason, deal.win_reason, deal.closing_note) == (cast.price, None, "Too dear")


def test_it_has_a_date_like_a_won_one(cast: Cast) -> None:
    closed_on = cast.today - timedelta(days=2)
    assert lose_deal(cast.deal(), reason=cast.price, closed_on=closed_on, by=cast.alice).closed_on == closed_on


def test_its_chance_is_zero(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    assert (deal.win_probability, deal.weighted.amount) == (0, 0)


def test_it_keeps_the_amount_it_had_when_last_open(cast: Cast) -> None:
    deal = lose_deal(cast.deal(amount=Decimal(800), currency_id="USD"), reason=cast.price, by=cast.alice)
    assert (deal.amount, deal.base_amount) == (800, 720)


def test_it_names_the_competitor(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.competitor, competitor=" Hydrolog ", by=cast.alice)
    assert deal.competitor == "Hydrolog"


def test_it_remembers_the_stage_it_was_lost_from(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Solution"], by=cast.alice)
    assert lose_deal(deal, reason=cast.price, by=cast.alice).lost_from == cast.stages["Solution"]


def test_lost_as_lost_keeps_date_and_stage(cast: Cast) -> None:
    closed_on = cast.today - timedelta(days=9)
    deal = lose_deal(cast.deal(stage="Demo"), reason=cast.price, closed_on=closed_on, by=cast.alice)
    deal = lose_deal(deal, reason=cast.competitor, competitor="Hydrolog", by=cast.mia)
    assert (deal.closed_on, deal.lost_from, deal.loss_reason) == (closed_on, cast.stages["Demo"], cast.competitor)


def test_a_won_deal_can_turn_out_lost(cast: Cast) -> None:
    deal = win_deal(cast.deal(stage="Demo"), reason=cast.fit, closed_on=cast.today - timedelta(days=9), by=cast.alice)
    deal = lose_deal(deal, reason=cast.price, by=cast.alice)
    assert (deal.outcome, deal.closed_on, deal.win_reason) == ("lost", cast.today, None)


def test_lost_again_after_reopening_it_is_lost_from_where_it_stood_then(cast: Cast) -> None:
    deal = lose_deal(cast.deal(stage="Demo"), reason=cast.price, by=cast.alice)
    deal = reopen_deal(deal, to=cast.stages["Solution"], by=cast.alice)
    assert deal.lost_from is None
    assert lose_deal(deal, reason=cast.price, by=cast.alice).lost_from == cast.stages["Solution"]


def test_losing_asks_for_no_fields(cast: Cast) -> None:
    revise_stage(cast.stages["Lost"], required_fields=["source"], by=cast.dana)
    assert lose_deal(cast.deal(), reason=cast.price, by=cast.alice).is_lost


def test_it_cannot_be_lost_in_the_future(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        lose_deal(cast.deal(), reason=cast.price, closed_on=cast.today + timedelta(days=1), by=cast.alice)
    assert refused.value.errors.keys() == {"closed_on"}


def test_a_competitor_has_a_reasonable_name(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        lose_deal(cast.deal(), reason=cast.competitor, competitor="x" * 121, by=cast.alice)
    assert refused.value.errors.keys() == {"competitor"}


def test_it_leaves_a_change_and_an_event(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    change = deal.changes.get(version=2)
    assert (change.verb, change.outcome, change.was["loss_reason_id"]) == ("lost", "lost", None)
    assert Event.objects.get(kind="deal.lost").object_id == deal.pk


def test_somebody_elses_move_is_told(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Demo"], by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        lose_deal(deal, reason=cast.price, version=1, by=cast.alice)
    assert (conflict.value.change.by, conflict.value.current.version) == (cast.mia, 2)
