"""mark_sent, cancel_quote, expire_quotes."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Conflict, Refused
from crm.models import Event
from pipeline.actions import archive_deal, lose_deal, restore_deal
from quotes.actions import (
    Caller,
    Item,
    accept_quote,
    cancel_quote,
    draft_quote,
    expire_quotes,
    mark_sent,
    save_quote,
    sync_quote,
)
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted

pytestmark = pytest.mark.django_db


def test_sending_locks_it(cast: Cast) -> None:
    quote = mark_sent(drafted(cast), by=cast.alice)
    assert (quote.status, quote.sent_at is not None) == ("sent", True)
    assert Event.objects.filter(kind="quote.sent", object_id=quote.pk, actor=cast.alice).exists()


def test_it_is_sent_once(cast: Cast) -> None:
    quote = mark_sent(drafted(cast), by=cast.alice)
    with pytest.raises(Refused):
        mark_sent(quote, by=cast.alice)


def test_the_deals_first_sent_quote_is_what_it_is_worth(cast: Cast) -> None:
    first = mark_sent(drafted(cast), by=cast.alice)
    second = mark_sent(drafted(cast, deal=first.deal), by=cast.alice)
    assert (again(first).is_synced, again(second).is_synced) == (True, False)


def test_nothing_is_not_sent(cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    for lines in ([], [Item(kind="heading", name="Pumps")], [Item(product=cast.pump, is_optional=True)]):
        quote = save_quote(quote, lines=lines, by=cast.alice)
        with pytest.raises(Refused) as refused:
            mark_sent(quote, by=cast.alice)
        assert set(refused.value.errors) == {"lines"}


def test_less_than_nothing_is_not_sent(cast: Cast) -> None:
    """The customer could not accept it: no deal is worth less than nothing."""
    quote = save_quote(drafted(cast), lines=[Item(name="Refund", unit_price=Decimal(-100))], by=cast.alice)
    with pytest.raises(Refused, match="below zero"):
        mark_sent(quote, by=cast.alice)


def test_what_nobody_could_accept_any_more_is_not_sent(cast: Cast) -> None:
    first = mark_sent(drafted(cast), by=cast.alice)
    accept_quote(first, caller=Caller("Carol"), by=cast.alice)
    with pytest.raises(Refused, match="accepted"):
        mark_sent(drafted(cast, deal=first.deal), by=cast.alice)


def test_a_deleted_deal_sends_nothing(cast: Cast) -> None:
    quote = drafted(cast)
    archive_deal(quote.deal, by=cast.alice)
    with pytest.raises(Refused, match="deleted"):
        mark_sent(quote, by=cast.alice)


def test_a_day_that_is_over_is_refused(cast: Cast) -> None:
    yesterday = cast.today - timedelta(days=1)
    quote = drafted(cast, quoted_on=yesterday, valid_until=yesterday)
    with pytest.raises(Refused) as refused:
        mark_sent(quote, by=cast.alice)
    assert set(refused.value.errors) == {"valid_until"}


def test_what_was_changed_since_it_was_seen_is_not_sent(cast: Cast) -> None:
    quote = drafted(cast)
    save_quote(quote, title="Dearer", by=cast.mia)
    with pytest.raises(Conflict):
        mark_sent(quote, lock=quote.lock, by=cast.alice)


def test_cancelled_it_keeps_its_number_and_the_deal_its_amount(cast: Cast) -> None:
    quote = cancel_quote(sync_quote(drafted(cast), by=cast.alice), by=cast.alice)
    assert (quote.status, again(quote).is_synced, again(quote).deal.amount_from_quote) == ("cancelled", False, False)
    assert again(quote).deal.amount == quote.net
    assert draft_quote(quote.deal, by=cast.alice).number > quote.number


def test_an_accepted_one_is_not_cancelled(cast: Cast) -> None:
    quote = drafted(cast)
    Quote.objects.filter(pk=quote.pk).update(status="accepted")
    with pytest.raises(Refused):
        cancel_quote(quote, by=cast.alice)


def test_what_nobody_answered_in_time_expires(cast: Cast) -> None:
    late, open_, draft = drafted(cast), drafted(cast), drafted(cast)
    for quote in (late, open_):
        mark_sent(quote, by=cast.alice)
    yesterday = cast.today - timedelta(days=1)
    Quote.objects.filter(pk__in=[late.pk, draft.pk]).update(valid_until=yesterday, quoted_on=yesterday)
    assert expire_quotes() == 1
    assert [again(quote).status for quote in (late, open_, draft)] == ["expired", "sent", "draft"]
    assert again(late).answered_at is not None
    assert expire_quotes() == 0


def test_a_lost_archived_or_restored_deal_keeps_its_quotes(cast: Cast) -> None:
    quote = mark_sent(drafted(cast), by=cast.alice)
    deal = lose_deal(quote.deal, reason=cast.price, by=cast.alice)
    deal = restore_deal(archive_deal(deal, by=cast.alice), by=cast.alice)
    assert list(deal.quotes.all()) == [quote]
    assert again(quote).status == "sent"
