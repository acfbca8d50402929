"""A quote as its customer gets it: the PDF, its pages as images, and the mail that brings it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.access import reach_of
from crm.errors import Conflict, Refused
from crm.request import SignedInRequest
from pipeline.models import Deal
from pipeline.views.answers import dialog, go
from quotes.actions import mark_sent
from quotes.actions.sending import letter_of, send_quote
from quotes.documents import document_for, document_of
from quotes.mail_forms import SendForm
from quotes.models import Quote, Sending
from quotes.sending import post_again
from quotes.serving import served_page, served_quote
from quotes.views.editor import changeable, visible


@login_required
@require_safe
def pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    return served_quote(request, visible(request, pk))


@login_required
@require_safe
def page(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    found = visible(request, pk)
    kept = document_for(found)
    return served_page(request, kept.data if kept else document_of(found), number)


@login_required
def send(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mails the quote; with `by_hand` it only counts as sent."""
    found = changeable(request, pk)
    form = SendForm(request.POST or None, initial=_proposed(request, found))
    if form.is_valid() and _send(form, found, request):
        return go(request, reverse("quotes:quote", args=[pk]))
    mail_is_on = settings.MAIL_IS_ON
    return dialog(request, "quotes/send.html", quote=found, deal=found.deal, form=form, mail_is_on=mail_is_on)


def _proposed(request: SignedInRequest, quote: Quote) -> dict[str, Any]:
    letter = letter_of(quote, by=request.user)
    return {"to": ", ".join(letter.to), "subject": letter.subject, "message": letter.message, "lock": quote.lock}


def _send(form: SendForm, quote: Quote, request: SignedInRequest) -> bool:
    try:
        if "by_hand" in request.POST:
            mark_sent(quote, lock=form.cleaned_data["lock"], by=request.user)
            messages.success(request, _("The quote counts as sent."))
        else:
            send_quote(quote, by=request.user, **form.cleaned_data)
            messages.success(request, _("The quote is on its way."))
    except Refused as refused:
        form.refuse(refused)
    except Conflict as conflict:
        form.add_error(None, str(conflict))
    return form.is_valid()


@login_required
@require_POST
def sending_retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Of a mail that failed."""
    deals = Deal.objects.editable_by(reach_of(request.user))
    sending = get_object_or_404(Sending.objects.filter(deal__in=deals), pk=pk)
    post_again(sending)
    messages.success(request, _("It is tried again."))
    return (
        redirect("pipeline:deal", sending.deal_id)
        if sending.quote is None
        else redirect("quotes:quote", sending.quote_id)
    )
