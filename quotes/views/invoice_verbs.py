"""The buttons of an invoice: one verb each."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse as address_of
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import reach_of
from crm.errors import Conflict, Refused
from crm.forms import as_typed
from crm.models import Workspace
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt
from pipeline.views.answers import dialog, go
from quotes import actions
from quotes.invoice_forms import PaymentForm, ShareForm
from quotes.models import Invoice, Payment
from quotes.views.editor import changeable as changeable_quote
from quotes.views.invoices import changeable


@login_required
def draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Of the quote: all of it, what is left, or a share."""
    quote = changeable_quote(request, pk)
    form = ShareForm(request.POST or None)
    if form.is_valid() and (made := attempt(form, actions.draft_invoice, quote, by=request.user, **form.cleaned_data)):
        return _there(request, made)
    return dialog(request, "quotes/invoice-share.html", quote=quote, deal=quote.deal, form=form)


@login_required
@require_POST
def issue(request: SignedInRequest, pk: int) -> HttpResponse:
    return _do(request, changeable(request, pk), _("Issued"), actions.issue_invoice)


@login_required
@require_POST
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    found = changeable(request, pk)
    actions.drop_invoice(found, by=request.user)
    messages.success(request, _("The draft is gone."))
    return redirect("pipeline:deal", found.deal_id)


@login_required
def credit(request: SignedInRequest, pk: int) -> HttpResponse:
    """A draft of a credit note: of all of it or of a share."""
    found = changeable(request, pk)
    form = ShareForm(request.POST or None)
    if form.is_valid() and (made := attempt(form, actions.credit_invoice, found, by=request.user, **form.cleaned_data)):
        return _there(request, made)
    return dialog(request, "quotes/invoice-credit.html", invoice=found, deal=found.deal, form=form)


@login_required
def payments(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form of a payment, POST records it."""
    found = changeable(request, pk)
    owed = as_typed(found.owed, found.currency.digits)
    form = PaymentForm(request.POST or None, initial={"amount": owed, "paid_on": Workspace.current().today})
    if form.is_valid() and attempt(form, actions.record_payment, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("Payment recorded"))
        return _there(request, found)
    return dialog(
        request, "quotes/invoice-payment.html", invoice=found, deal=found.deal, form=form, too_much=-found.owed
    )


@login_required
@require_POST
def reverse(request: SignedInRequest, pk: int) -> HttpResponse:
    invoices = Invoice.objects.editable_by(reach_of(request.user))
    payment = get_object_or_404(Payment.objects.filter(invoice__in=invoices).select_related("invoice__deal"), pk=pk)
    actions.reverse_payment(payment, by=request.user)
    messages.success(request, _("Payment reversed"))
    return redirect("quotes:invoice", payment.invoice_id)


def _there(request: SignedInRequest, invoice: Invoice) -> HttpResponse:
    return go(request, address_of("quotes:invoice", args=[invoice.pk]))


def _do(request: SignedInRequest, found: Invoice, text: str, verb: Any) -> HttpResponse:
    """The verb, then the invoice as it is; what it refuses is said there."""
    try:
        verb(found, lock=whole_number(request.POST.get("lock", "")), by=request.user)
        messages.success(request, text)
    except (Refused, Conflict) as problem:
        messages.error(request, str(problem))
    return redirect("quotes:invoice", found.pk)
