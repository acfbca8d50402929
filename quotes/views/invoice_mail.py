"""The mails that bring an invoice and remind of it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.request import SignedInRequest
from crm.views.answers import attempt
from pipeline.views.answers import dialog, go
from quotes.actions.posting import invoice_letter_of, reminder_of, send_invoice, send_reminder
from quotes.mail_forms import ReminderForm, SendForm
from quotes.models import Invoice
from quotes.views.invoices import changeable


@login_required
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    found = changeable(request, pk)
    if found.is_draft:
        raise Http404
    form = SendForm(request.POST or None, initial=_proposed(request, found))
    form.fields["message"].help_text = _("The PDF is attached.")
    if form.is_valid():
        words = {name: value for name, value in form.cleaned_data.items() if name != "lock"}
        if attempt(form, send_invoice, found, by=request.user, **words):
            messages.success(request, _("It is on its way."))
            return go(request, reverse("quotes:invoice", args=[pk]))
    context: dict[str, Any] = {"invoice": found, "deal": found.deal, "form": form, "mail_is_on": settings.MAIL_IS_ON}
    return dialog(request, "quotes/invoice-send.html", **context)


@login_required
def reminders(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET proposes the next one, POST mails it."""
    found = changeable(request, pk)
    proposed = reminder_of(found)
    form = ReminderForm(request.POST or None, initial=proposed | {"to": ", ".join(proposed["to"])})
    if form.is_valid() and attempt(form, send_reminder, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("The reminder is on its way."))
        return go(request, reverse("quotes:invoice", args=[pk]))
    context: dict[str, Any] = {"invoice": found, "deal": found.deal, "form": form, "mail_is_on": settings.MAIL_IS_ON}
    return dialog(request, "quotes/invoice-remind.html", **context)


def _proposed(request: SignedInRequest, invoice: Invoice) -> dict[str, Any]:
    letter = invoice_letter_of(invoice, by=request.user)
    return {"to": ", ".join(letter.to), "subject": letter.subject, "message": letter.message}
