"""win_deal: closed, with a reason, at the rate of the day."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.errors import Conflict, NeedsFields, Refused
from crm.models import Event, ExchangeRate
from pipeline.actions import lose_deal, move_deal, reopen_deal, revise_deal, win_deal
from pipeline.models import WinReason
from pipeline.structure import revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_wins(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, note="They liked it.", by=cast.alice)
    deal.refresh_from_db()
    assert (deal.stage, deal.outcome, deal.closed_on) == (cast.stages["Won"], "won", cast.today)
    assert (deal.win_reason, deal.loss_reason, deal.closing_note) == (cast.fit, None, "They liked it.")
    assert (deal.win_probability, deal.category) == (100, "closed")


def test_it_freezes_the_value(cast: Cast) -> None:
    deal = win_deal(cast.deal(amount=Decimal("123.45"), currency_id="USD"), reason=cast.fit, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.base_rate, deal.base_amount) == (Decimal("0.9"), Decimal("111.11"))  # 111.105, half away from zero


def test_it_freezes_the_rate_of_the_close_date(cast: Cast) -> None:
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    closed_on = cast.today - timedelta(days=3)
    deal = win_deal(cast.deal(currency_id="USD"), reason=cast.fit, closed_on=closed_on, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.closed_on, deal.base_rate, deal.base_amount) == (closed_on, Decimal("0.9"), Decimal(900))


def test_a_later_rate_changes_nothing(cast: Cast) -> None:
    deal = win_deal(cast.deal(currency_id="USD"), reason=cast.fit, by=cast.alice)
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    deal.refresh_from_db()
    assert deal.base_amount == Decimal(900)


def test_without_a_rate_there_is_no_value_rather_than_a_wrong_one(cast: Cast) -> None:
    deal = win_deal(cast.deal(currency_id="JPY"), reason=cast.fit, by=cast.alice)
    assert (deal.base_rate, deal.base_amount) == (None, None)


def test_an_unknown_amount_is_worth_nothing(cast: Cast) -> None:
    deal = win_deal(cast.deal(amount=None), reason=cast.fit, by=cast.alice)
    assert (deal.amount, deal.base_amount) == (None, 0)


def test_it_leaves_a_change_and_an_event(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.mia)
    change = deal.changes.get(version=2)
    assert (change.verb, change.by, change.outcome, change.closed_on) == ("won", cast.mia, "won", cast.today)
    assert (change.was["stage_id"], change.was["outcome"]) == (cast.stages["Qualify"].pk, "open")
    assert Event.objects.get(kind="deal.won").object_id == deal.pk


def test_dated_back_it_took_effect_on_that_day(cast: Cast) -> None:
    closed_on = cast.today - timedelta(days=5)
    deal = cast.deal(at=timezone.now() - timedelta(days=30))
    deal = win_deal(deal, reason=cast.fit, closed_on=closed_on, by=cast.alice)
    change = deal.changes.get(version=2)
    noon = datetime.combine(closed_on, time(12), cast.workspace.zone)
    assert (deal.closed_on, change.effective_at, deal.stage_since) == (closed_on, noon, noon)
    assert change.recorded_at > noon


def test_dated_back_before_its_last_change_it_follows_that_change(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    deal = win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=5), by=cast.alice)
    assert deal.closed_on == cast.today - timedelta(days=5)
    newest = deal.changes.filter(effective_at__lte=timezone.now()).order_by("-effective_at", "-id").first()
    assert newest is not None
    assert (newest.verb, newest.outcome) == ("won", "won")


def test_it_cannot_be_won_in_the_future(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        win_deal(cast.deal(), reason=cast.fit, closed_on=cast.today + timedelta(days=1), by=cast.alice)
    assert refused.value.errors.keys() == {"closed_on"}


def test_won_as_won_keeps_its_date(cast: Cast) -> None:
    closed_on = cast.today - timedelta(days=5)
    deal = win_deal(cast.deal(), reason=cast.fit, closed_on=closed_on, by=cast.alice)
    other = WinReason.objects.get(name="Price")
    deal = win_deal(deal, reason=other, by=cast.mia)
    assert (deal.closed_on, deal.win_reason, deal.version) == (closed_on, other, 3)


def test_won_again_in_the_same_words_is_no_change(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, note="Yes", by=cast.alice)
    assert win_deal(deal, reason=cast.fit, note="Yes", by=cast.alice).version == 2
    assert deal.changes.count() == 2


def test_a_date_given_again_corrects_it_and_its_rate(cast: Cast) -> None:
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    deal = win_deal(cast.deal(currency_id="USD"), reason=cast.fit, by=cast.alice)
    assert deal.base_amount == 500
    deal = win_deal(deal, reason=cast.fit, closed_on=cast.today - timedelta(days=1), by=cast.alice)
    assert (deal.closed_on, deal.base_amount) == (cast.today - timedelta(days=1), 900)


def test_a_lost_deal_can_be_won_after_all(cast: Cast) -> None:
    deal = lose_deal(cast.deal(), reason=cast.competitor, competitor="Hydrolog", note="Too slow", by=cast.alice)
    deal = win_deal(deal, reason=cast.fit, by=cast.alice)
    deal.refresh_from_db()
    assert (deal.outcome, deal.win_reason, deal.loss_reason) == ("won", cast.fit, None)
    assert (deal.competitor, deal.closing_note, deal.lost_from) == ("Hydrolog", "", None)


def test_after_reopening_it_counts_at_its_last_close(cast: Cast) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, closed_on=cast.today - timedelta(days=40), by=cast.alice)
    deal = reopen_deal(deal, by=cast.alice)
    deal = win_deal(deal, reason=cast.fit, by=cast.alice)
    assert deal.closed_on == cast.today


def test_an_amount_corrected_after_the_win_keeps_the_rate_of_the_close(cast: Cast) -> None:
    deal = win_deal(
        cast.deal(currency_id="USD"), reason=cast.fit, closed_on=cast.today - timedelta(days=3), by=cast.alice
    )
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.5"))
    deal = revise_deal(deal, amount=Decimal(2000), by=cast.alice)
    assert (deal.base_rate, deal.base_amount) == (Decimal("0.9"), 1800)


def test_it_asks_for_what_the_stage_requires(cast: Cast) -> None:
    won = revise_stage(cast.stages["Won"], required_fields=["source"], by=cast.dana)
    deal = cast.deal()
    with pytest.raises(NeedsFields) as needs:
        win_deal(deal, reason=cast.fit, by=cast.alice)
    assert (needs.value.stage, needs.value.fields) == (won, ["source"])
    deal = win_deal(deal, reason=cast.fit, fields={"source": cast.referral}, by=cast.alice)
    assert (deal.outcome, deal.source) == ("won", cast.referral)


def test_somebody_elses_loss_is_not_overwritten(cast: Cast) -> None:
    deal = cast.deal()
    lose_deal(deal, reason=cast.price, version=1, by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        win_deal(deal, reason=cast.fit, version=1, by=cast.alice)
    assert "Mia" in str(conflict.value)
    deal.refresh_from_db()
    assert deal.outcome == "lost"
