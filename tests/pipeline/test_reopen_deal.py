"""reopen_deal: back to work."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import NeedsFields, Refused
from pipeline.actions import lose_deal, move_deal, reopen_deal, win_deal
from pipeline.structure import delete_stage, revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_reopens_in_the_stage_it_was_closed_from(cast: Cast) -> None:
    deal = lose_deal(cast.deal(stage="Solution"), reason=cast.price, by=cast.alice)
    deal = reopen_deal(deal, by=cast.mia)
    deal.refresh_from_db()
    assert (deal.stage, deal.outcome, deal.version) == (cast.stages["Solution"], "open", 3)


def test_it_reopens_where_it_is_told(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    assert reopen_deal(deal, to=cast.stages["Demo"], by=cast.alice).stage == cast.stages["Demo"]


def test_reopen_clears_the_close(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.competitor, competitor="Hydrolog", note="Slow", by=cast.alice)
    deal = reopen_deal(deal, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.closed_on, deal.base_amount, deal.base_rate) == (None, None, None)
    assert (deal.loss_reason, deal.win_reason, deal.competitor, deal.closing_note) == (None, None, "", "")
    assert deal.lost_from is None


def test_it_keeps_amount_owner_and_own_probability(cast: Cast) -> None:
    deal = win_deal(cast.deal(probability_override=Decimal(0)), reason=cast.fit, by=cast.mia)
    deal = reopen_deal(deal, by=cast.mia)
    assert (deal.amount, deal.owner, deal.win_probability) == (1000, cast.alice, 0)


def test_it_forgets_nothing(cast: Cast) -> None:
    closed_on = cast.today - timedelta(days=1)
    deal = lose_deal(cast.deal(), reason=cast.price, closed_on=closed_on, by=cast.alice)
    change = reopen_deal(deal, by=cast.alice).changes.get(version=3)
    assert (change.verb, change.outcome) == ("reopened", "open")
    assert (change.was["closed_on"], change.was["loss_reason_id"]) == (closed_on.isoformat(), cast.price.pk)


def test_an_open_deal_is_open_already(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        reopen_deal(cast.deal(), by=cast.alice)
    assert refused.value.errors.keys() == {"stage"}


def test_if_its_stage_is_gone_it_goes_to_the_last_open_one(cast: Cast) -> None:
    deal = lose_deal(cast.deal(stage="Demo"), reason=cast.price, by=cast.alice)
    delete_stage(cast.stages["Demo"], by=cast.dana)
    assert reopen_deal(deal, by=cast.alice).stage == cast.stages["Quote and contract"]


def test_it_asks_for_what_the_stage_requires(cast: Cast) -> None:
    deal = lose_deal(cast.deal(amount=None), reason=cast.price, by=cast.alice)
    revise_stage(cast.stages["Qualify"], required_fields=["amount"], by=cast.dana)
    with pytest.raises(NeedsFields):
        reopen_deal(deal, by=cast.alice)


def test_it_lands_on_top(cast: Cast) -> None:
    deal = lose_deal(cast.deal("old"), reason=cast.price, by=cast.alice)
    other = cast.deal("new")
    assert reopen_deal(deal, by=cast.alice).rank < other.rank


def test_it_goes_on_from_there(cast: Cast) -> None:
    deal = reopen_deal(win_deal(cast.deal(), reason=cast.fit, by=cast.alice), by=cast.alice)
    assert move_deal(deal, to=cast.stages["Demo"], by=cast.alice).version == 4
