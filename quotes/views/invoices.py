"""Invoices to be read: the list, one of them, its files, and those of a deal."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crm.access import reach_of, teams_below
from crm.models import Workspace
from crm.paging import page_newest_first
from crm.request import SignedInRequest
from pipeline.views.answers import visible as visible_deal
from quotes.actions import save_invoice
from quotes.billing import document_for_invoice, invoice_document_of
from quotes.invoice_forms import STATES, UNSETTLED, FilterForm
from quotes.invoice_screen import InvoiceScreen
from quotes.models import Invoice, InvoiceQuerySet, Quote, Status
from quotes.serving import served_invoice, served_page, served_reminder
from quotes.ubl import ubl_of
from quotes.views.desks import save, show, show_products

READ = ("deal__owner", "company", "contact", "currency", "quote__book", "corrects", "document", "made_by")


def visible(request: SignedInRequest, pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.visible_to(reach_of(request.user)).select_related(*READ), pk=pk)


def changeable(request: SignedInRequest, pk: int) -> Invoice:
    return get_object_or_404(Invoice.objects.editable_by(reach_of(request.user)).select_related(*READ), pk=pk)


# ── The list ───────────────────────────────────────────────────────────────────────────────────────


@login_required
@require_safe
def invoices(request: SignedInRequest) -> HttpResponse:
    """`?q=&status=&owner=&team=&due_from=&due_until=`, 50 newest first."""
    asked, today = FilterForm(request.GET).chosen(), Workspace.current().today
    found = _narrowed(Invoice.objects.visible_to(reach_of(request.user)), asked)
    listed = page_newest_first(request, found.select_related(*READ))
    context: dict[str, Any] = {"listed": listed, "asked": asked, "rows": _with_states(listed.rows), "today": today}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return render(request, "quotes/invoices.html#rows", context)
    return render(request, "quotes/invoices.html", context | {"total": found.count(), "states": STATES})


def _narrowed(found: InvoiceQuerySet, asked: dict[str, Any]) -> InvoiceQuerySet:
    exact = {"owner": "deal__owner", "due_from": "due_on__gte", "due_until": "due_on__lte"}
    found = found.filter(**{field: asked[name] for name, field in exact.items() if name in asked})
    if team := asked.get("team"):
        found = found.filter(deal__team__in=teams_below(team))
    if state := asked.get("status"):
        found = found.owing() if state == UNSETTLED else found.in_state(state, Workspace.current().today)
    if text := asked.get("q"):
        named = Q(number__icontains=text) | Q(title__icontains=text) | Q(company__name__icontains=text)
        found = found.filter(named)
    return found


def _with_states(found: Any) -> list[tuple[Invoice, str]]:
    today = Workspace.current().today
    return [(invoice, invoice.state_on(today)) for invoice in found]


# ── One of them ────────────────────────────────────────────────────────────────────────────────────


@login_required
def invoice(request: SignedInRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        screen = InvoiceScreen(changeable(request, pk), reach_of(request.user))
        return save(request, screen, verb=save_invoice, find=visible)
    return show(request, InvoiceScreen(visible(request, pk), reach_of(request.user)))


@login_required
@require_safe
def products(request: SignedInRequest, pk: int) -> HttpResponse:
    return show_products(request, changeable(request, pk))


@login_required
@require_safe
def pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    """As it went out; of a draft, how it would look now."""
    return served_invoice(request, visible(request, pk))


@login_required
@require_safe
def reminder(request: SignedInRequest, pk: int, level: int) -> HttpResponse:
    """The PDF with which its customer was reminded."""
    return served_reminder(request, visible(request, pk), level)


@login_required
@require_safe
def page(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    found = visible(request, pk)
    kept = document_for_invoice(found)
    return served_page(request, kept.data if kept else invoice_document_of(found), number)


@login_required
@require_safe
def xml(request: SignedInRequest, pk: int) -> HttpResponse:
    """EN 16931 in UBL 2.1; 422 with what it lacks for that."""
    found = visible(request, pk)
    response = HttpResponse(ubl_of(found), content_type="application/xml")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.kind}-{found.pk}.xml"'
    return response


# ── Those of a deal ────────────────────────────────────────────────────────────────────────────────


@login_required
@require_safe
def of_deal(request: SignedInRequest, pk: int) -> HttpResponse:
    """On its page and in its panel."""
    deal = visible_deal(request, pk)
    rows = _with_states(Invoice.objects.filter(deal=deal).select_related("currency"))
    accepted = Quote.objects.filter(deal=deal, status=Status.ACCEPTED).first()
    may_change = reach_of(request.user).changes(deal.owner_id, deal.team_id)
    context = {"deal": deal, "rows": rows, "accepted": accepted, "may_change": may_change}
    return render(request, "quotes/invoices-of-deal.html", context)
