"""What quotes and deliveries do when a deal changes (marks, and a wake-up after it), is merged or taken apart."""

from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from pipeline.models import Deal, Outcome
from pipeline.signals import DealChanged, checklist_changed, deal_merged, deal_parted, deals_changed
from quotes import aftermath
from quotes.models import Quote, Status


def connect() -> None:
    deals_changed.connect(mark_won, dispatch_uid="quotes.mark_won")
    checklist_changed.connect(mark_checklist, dispatch_uid="quotes.mark_checklist")
    deal_merged.connect(move_quotes, dispatch_uid="quotes.move_quotes")
    deal_parted.connect(move_back, dispatch_uid="quotes.move_back")


def mark_won(changes: list[DealChanged], **kwargs: Any) -> None:
    """Deals that are won, or were."""
    aftermath.mark(
        [
            change.after.deal_id
            for change in changes
            if Outcome.WON in (change.after.outcome, change.before and change.before.outcome)
        ]
    )


def mark_checklist(deal_id: int, **kwargs: Any) -> None:
    aftermath.mark([deal_id])


def move_quotes(kept: Deal, gone: Deal, **_signal: Any) -> dict[str, Any]:
    """The quotes of both are the kept deal's, which follows its own if it did; it is not moved by the other's."""
    quotes = list(Quote.objects.select_for_update().filter(deal__in=[kept, gone]).order_by("pk"))
    if sum(quote.status == Status.ACCEPTED for quote in quotes) > 1:
        raise Refused(other=_("The customer accepted a quote of each: two sales, not one."))
    theirs = [quote.pk for quote in quotes if quote.deal_id == gone.pk]
    Quote.objects.filter(pk__in=theirs).update(deal=kept, is_synced=False)
    gone.amount_from_quote = False
    return {"quotes": theirs} if theirs else {}


def move_back(kept: Deal, gone: Deal, moved: dict[str, Any], **_signal: Any) -> None:
    """Each has its own again. A deal that came to follow one of the other's follows none."""
    Quote.objects.filter(pk__in=moved.get("quotes", []), deal=kept).update(deal=gone, is_synced=False)
    kept.amount_from_quote = kept.quotes.filter(is_synced=True).exists()
