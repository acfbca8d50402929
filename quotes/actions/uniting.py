"""What hangs on a deal goes along when it is merged into another, and comes back when that is taken apart."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.errors import Refused
from pipeline.models import Deal
from quotes.models import Delivery, DeliveryStep, Invoice, Quote, Renewal, RenewalState, Sending, Status, TemplateStep

Moved = dict[str, Any]  # name → ids, or (id, what it had to let go of)


def unite(kept: Deal, gone: Deal) -> Moved:
    """Quotes and all that follows them are the kept deal's, which follows its own if it did, and never the other's."""
    quotes = list(Quote.objects.select_for_update().filter(deal__in=[kept, gone]).order_by("pk"))
    if sum(quote.status == Status.ACCEPTED for quote in quotes) > 1:
        raise Refused(other=_("The customer accepted a quote of each: two sales, not one."))
    theirs = [quote.pk for quote in quotes if quote.deal_id == gone.pk]
    Quote.objects.filter(pk__in=theirs).update(deal=kept, is_synced=False)
    gone.amount_from_quote = False
    moved = {"quotes": theirs, **_unite_deliveries(kept, gone), **_unite_renewals(kept, gone)}
    for name, model in (("invoices", Invoice), ("sendings", Sending)):
        rows = model.objects.select_for_update().filter(deal=gone).order_by("pk")
        moved[name] = list(rows.values_list("pk", flat=True))
        model.objects.filter(pk__in=moved[name]).update(deal=kept)
    return {name: rows for name, rows in moved.items() if rows}


def part(kept: Deal, gone: Deal, moved: Moved) -> None:
    """Each has its own again. A deal that came to follow one of the other's follows none."""
    Quote.objects.filter(pk__in=moved.get("quotes", []), deal=kept).update(deal=gone, is_synced=False)
    for name, model in (("invoices", Invoice), ("sendings", Sending), ("deliveries", Delivery)):
        model._default_manager.filter(pk__in=moved.get(name, []), deal=kept).update(deal=gone)
    kept.amount_from_quote = kept.quotes.filter(is_synced=True).exists()
    delivery = Delivery.objects.filter(deal=gone).first()
    for pk, step in moved.get("steps", []):
        known = TemplateStep.objects.filter(pk=step).first()
        DeliveryStep.objects.filter(pk=pk, delivery__deal=kept).update(delivery=delivery, template_step=known)
    for pk, months in moved.get("renewals", []):
        Renewal.objects.filter(pk=pk, deal=kept).update(deal=gone, months=months)
    Renewal.objects.filter(pk__in=moved.get("renewal_of", []), opened_deal=kept).update(opened_deal=gone)


def _unite_deliveries(kept: Deal, gone: Deal) -> Moved:
    """One checklist: a step that both were to do is to be done once, and what either did stays."""
    ours, theirs = (Delivery.objects.filter(deal=deal).first() for deal in (kept, gone))
    if theirs is None:
        return {}
    if ours is None:
        Delivery.objects.filter(pk=theirs.pk).update(deal=kept)
        return {"deliveries": [theirs.pk]}
    known = ours.steps.exclude(template_step=None).values("template_step")
    steps = theirs.steps.exclude(template_step__in=known, activity__done_at=None)
    moved = list(steps.values_list("pk", "template_step"))
    steps.filter(template_step__in=known).update(template_step=None)
    DeliveryStep.objects.filter(pk__in=[pk for pk, _step in moved]).update(delivery=ours)
    return {"steps": moved}


def _unite_renewals(kept: Deal, gone: Deal) -> Moved:
    """Planned twice for the same time, it is planned once; the link of one that opened is kept."""
    known = Renewal.objects.filter(deal=kept).exclude(months=None).values("months")
    theirs = Renewal.objects.filter(deal=gone).exclude(opened_deal=kept)
    theirs = theirs.exclude(~Q(state=RenewalState.OPENED), months__in=known)
    moved = list(theirs.values_list("pk", "months"))
    theirs.filter(months__in=known).update(months=None)
    Renewal.objects.filter(pk__in=[pk for pk, _months in moved]).update(deal=kept)
    opened = Renewal.objects.filter(opened_deal=gone).exclude(deal=kept)
    if Renewal.objects.filter(opened_deal=kept).exists():
        opened = opened.none()
    links = list(opened.values_list("pk", flat=True))
    Renewal.objects.filter(pk__in=links).update(opened_deal=kept)
    return {"renewals": moved, "renewal_of": links}
