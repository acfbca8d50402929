"""What quotes and deliveries do when a deal changes (marks, and a wake-up after it), is merged or taken apart."""

from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Refused
from pipeline.models import Deal, Outcome
from pipeline.signals import DealChanged, checklist_changed, deal_merged, deal_parted, deals_changed
from quotes import aftermath
from quotes.models import Invoice, Quote, Status


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
    """Quotes and invoices of both are the kept deal's, which follows its own if it did, and never the other's."""
    quotes = list(Quote.objects.select_for_update().filter(deal__in=[kept, gone]).order_by("pk"))
    if sum(quote.status == Status.ACCEPTED for quote in quotes) > 1:
        raise Refused(other=_("The customer accepted a quote of each: two sales, not one."))
    theirs = [quote.pk for quote in quotes if quote.deal_id == gone.pk]
    invoices = list(Invoice.objects.select_for_update().filter(deal=gone).order_by("pk").values_list("pk", flat=True))
    Quote.objects.filter(pk__in=theirs).update(deal=kept, is_synced=False)
    Invoice.objects.filter(pk__in=invoices).update(deal=kept)
    gone.amount_from_quote = False
    return {name: moved for name, moved in (("quotes", theirs), ("invoices", invoices)) if moved}


def move_back(kept: Deal, gone: Deal, moved: dict[str, Any], **_signal: Any) -> None:
    """Each has its own again. A deal that came to follow one of the other's follows none."""
    Quote.objects.filter(pk__in=moved.get("quotes", []), deal=kept).update(deal=gone, is_synced=False)
    Invoice.objects.filter(pk__in=moved.get("invoices", []), deal=kept).update(deal=gone)
    kept.amount_from_quote = kept.quotes.filter(is_synced=True).exists()
