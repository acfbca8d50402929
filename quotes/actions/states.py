"""A quote goes to the customer, is called off, or runs out."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User, Workspace
from quotes.actions.approving import limits_passed
from quotes.actions.rules import expect, expect_same, holding, note
from quotes.actions.syncing import sync, unsync
from quotes.documents import plan_for
from quotes.lines import rows_of
from quotes.models import OPEN, Approval, Quote, Status
from quotes.totals import priced

AT_ONCE = 200


def mark_sent(quote: Quote, *, lock: int | None = None, by: User | None) -> Quote:
    """With the customer from now on, and locked. Supersedes its earlier versions.

    The deal follows it if it followed one of those, or if it is the deal's first to be sent.
    """
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        _expect_ready(quote)
        quote.status, quote.sent_at, quote.document = Status.SENT, timezone.now(), plan_for(quote)
        follows = _supersede(quote, by=by) or _is_first(quote)
        note(quote, "sent", by=by)
        if quote.is_synced or follows:
            sync(quote, by=by)
    return quote


def _expect_ready(quote: Quote) -> None:
    expect(quote, Status.DRAFT)
    if quote.valid_until < Workspace.current().today:
        raise Refused(valid_until=_("This day is over: choose a later one."))
    if quote.deal.archived_at:
        raise Refused(status=_("Its deal is deleted: restore that first."))
    if quote.deal.quotes.filter(status=Status.ACCEPTED).exists():
        raise Refused(status=_("Another quote of this deal was accepted: what is sold on top is a deal of its own."))
    if not any(line.counts for line in priced(rows_of(quote))):
        raise Refused(lines=_("There is nothing to buy yet: add a line."))
    if quote.net < 0:
        raise Refused(lines=_("The total is below zero: nobody could accept that."))
    if passed := limits_passed(quote):
        limits = {"discount": _("its discount"), "margin": _("its margin")}
        whys = ", ".join(limits[why] for why in passed)
        raise Refused(status=_("This quote needs an approval first, for %(whys)s.") % {"whys": whys})


def _supersede(quote: Quote, *, by: User | None) -> bool:
    """Close the earlier versions. Says whether the deal followed one of them."""
    earlier = Quote.objects.select_for_update().filter(number=quote.number, version__lt=quote.version)
    followed = False
    for old in earlier.order_by("pk"):
        old.deal = quote.deal
        followed = followed or old.is_synced
        if old.is_open:
            old.status, old.answered_at = Status.SUPERSEDED, quote.sent_at
            note(old, "superseded", by=by, by_version=quote.version)
    return followed


def _is_first(quote: Quote) -> bool:
    others = Quote.objects.filter(deal=quote.deal_id).exclude(pk=quote.pk)
    return not others.filter(sent_at__isnull=False).exists() and not others.filter(is_synced=True).exists()


def cancel_quote(quote: Quote, *, lock: int | None = None, by: User | None) -> Quote:
    """Call it off. It keeps its number, and the deal its amount."""
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.DRAFT, Status.WAITING, Status.SENT, Status.VIEWED, Status.EXPIRED)
        Approval.objects.filter(quote=quote, granted=None).delete()
        quote.status = Status.CANCELLED
        note(quote, "cancelled", by=by)
        unsync(quote, by=by)
    return quote


def expire_quotes() -> int:
    """Quotes that nobody answered in time. Returns how many."""
    expired = 0
    while batch := _expire():
        expired += batch
    return expired


@transaction.atomic
def _expire() -> int:
    late = Quote.objects.filter(status__in=OPEN, valid_until__lt=Workspace.current().today).select_related("deal")
    quotes = list(late.select_for_update(skip_locked=True, of=["self"]).order_by("pk")[:AT_ONCE])
    for quote in quotes:
        quote.status, quote.answered_at = Status.EXPIRED, timezone.now()
        note(quote, "expired", by=None)
    return len(quotes)
