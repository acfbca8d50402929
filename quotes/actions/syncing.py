"""Exactly one quote is what its deal is worth."""

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User
from pipeline.actions import stop_following
from quotes.actions.following_deals import let_deal_follow
from quotes.actions.rules import expect_same, holding, note
from quotes.lines import rows_of
from quotes.models import Quote, Status

ENDED = (Status.CANCELLED, Status.SUPERSEDED, Status.DECLINED)


def sync_quote(quote: Quote, *, lock: int | None = None, by: User | None) -> Quote:
    """From now on the deal's amount and lines follow this quote, and no other one."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        if quote.status in ENDED:
            raise Refused(status=_("This quote is “%(status)s”.") % {"status": Status(quote.status).label})
        if quote.deal.quotes.filter(status=Status.ACCEPTED).exclude(pk=quote.pk).exists():
            raise Refused(status=_("The deal follows the quote that was accepted."))
        sync(quote, by=by)
    return quote


def sync(quote: Quote, *, by: User | None) -> None:
    """The same within a verb that holds the quote."""
    for other in Quote.objects.select_for_update().filter(deal=quote.deal_id, is_synced=True).exclude(pk=quote.pk):
        other.deal = quote.deal
        other.is_synced = False
        note(other, "unsynced", by=by)
    let_deal_follow(quote, rows_of(quote), by=by)
    if not quote.is_synced:
        quote.is_synced = True
        note(quote, "synced", by=by)


def unsync_quote(quote: Quote, *, lock: int | None = None, by: User | None) -> Quote:
    """The deal keeps its amount and lines, which can be changed there again."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        if quote.status == Status.ACCEPTED:
            raise Refused(status=_("The deal follows the quote that was accepted."))
        unsync(quote, by=by)
    return quote


def unsync(quote: Quote, *, by: User | None) -> None:
    if quote.is_synced:
        quote.is_synced = False
        note(quote, "unsynced", by=by)
        stop_following(quote.deal, by=by)
