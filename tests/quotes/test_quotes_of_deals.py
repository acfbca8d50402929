"""What becomes of a deal's quotes when it is merged, taken apart or deleted."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.errors import Refused
from pipeline.actions import Line, archive_deal, clone_deal, merge_deals, purge_deleted, undo_change, unmerge_deal
from pipeline.models import Deal
from quotes.actions import sync_quote
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted

pytestmark = pytest.mark.django_db


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


def test_a_merge_unites_them(cast: Cast) -> None:
    ours, theirs = drafted(cast), drafted(cast)
    kept = merge_deals(ours.deal, other=theirs.deal, by=cast.alice)
    assert set(kept.quotes.all()) == {ours, theirs}


def test_the_deal_goes_on_to_follow_its_own(cast: Cast) -> None:
    ours, theirs = sync_quote(drafted(cast), by=cast.alice), sync_quote(drafted(cast), by=cast.alice)
    kept = merge_deals(ours.deal, other=theirs.deal, by=cast.alice)
    assert (again(ours).is_synced, again(theirs).is_synced) == (True, False)
    assert (fresh(kept).amount, fresh(kept).amount_from_quote, kept.lines.count()) == (Decimal("599.90"), True, 2)
    assert not fresh(theirs.deal).amount_from_quote


def test_its_amount_is_not_taken_from_the_other(cast: Cast) -> None:
    ours = sync_quote(drafted(cast), by=cast.alice)
    with pytest.raises(Refused) as refused:
        merge_deals(ours.deal, other=cast.deal(amount=Decimal(9)), take=["amount"], by=cast.alice)
    assert set(refused.value.errors) == {"amount"}


def test_taken_apart_each_has_its_own_again(cast: Cast) -> None:
    ours, theirs = drafted(cast), sync_quote(drafted(cast), by=cast.alice)
    kept, gone = ours.deal, theirs.deal
    merge_deals(kept, other=gone, by=cast.alice)
    sync_quote(again(theirs), by=cast.alice)
    unmerge_deal(fresh(gone), by=cast.alice)
    assert (list(kept.quotes.all()), list(gone.quotes.all())) == ([ours], [theirs])
    assert (fresh(kept).amount_from_quote, again(theirs).is_synced) == (False, False)


def test_a_merge_that_is_undone_gives_them_back(cast: Cast) -> None:
    ours, theirs = sync_quote(drafted(cast), by=cast.alice), drafted(cast)
    kept = merge_deals(fresh(ours.deal), other=theirs.deal, by=cast.alice)
    undo_change(kept, version=kept.version, by=cast.alice)
    assert again(theirs).deal_id == theirs.deal_id
    assert (again(ours).is_synced, fresh(ours.deal).amount_from_quote) == (True, True)


def test_two_sales_that_were_accepted_are_not_one(cast: Cast) -> None:
    ours, theirs = drafted(cast), drafted(cast)
    Quote.objects.update(status="accepted")
    with pytest.raises(Refused):
        merge_deals(ours.deal, other=theirs.deal, by=cast.alice)
    assert again(theirs).deal_id == theirs.deal_id


def test_a_deal_with_a_quote_is_never_forgotten(cast: Cast) -> None:
    quote, other = drafted(cast), cast.deal()
    for deal in (quote.deal, other):
        archive_deal(deal, by=cast.alice)
    Deal.objects.update(archived_at=timezone.now() - timedelta(days=31))
    assert purge_deleted() == 1
    assert again(quote).deal == quote.deal


def test_a_clone_has_an_amount_of_its_own(cast: Cast) -> None:
    quote = sync_quote(drafted(cast, deal=cast.deal(lines=[Line(cast.pump)])), by=cast.alice)
    clone = clone_deal(fresh(quote.deal), by=cast.alice)
    assert (clone.amount, clone.amount_from_quote, clone.quotes.exists()) == (250, False, False)
