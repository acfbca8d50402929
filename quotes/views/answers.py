"""The customer's side of a quote, for its owner: the link, what came through it, and answers entered by hand."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.access import reach_of
from crm.errors import Refused
from crm.forms import Form
from crm.request import SignedInRequest
from pipeline.views.answers import dialog
from quotes.actions import Caller, accept_quote, decline_quote, link_of, retract_acceptance, revoke_link
from quotes.actions.approving import is_above
from quotes.answer_forms import AcceptanceForm, DeclineForm, LinkForm, RetractionForm
from quotes.linking import address_of
from quotes.models import Quote, QuoteLink
from quotes.views.editor import changeable, visible


@login_required
@require_safe
def customer(request: SignedInRequest, pk: int) -> HttpResponse:
    """The link, who looked when, what was asked and answered."""
    return _customer(request, visible(request, pk))


@login_required
@require_POST
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make the link, or another one that works until `expires_on`; the one before works no more."""
    quote, form = changeable(request, pk), LinkForm(request.POST)
    if not form.is_valid():
        return _customer(request, quote, form)
    link_of(quote, expires_on=form.cleaned_data["expires_on"], by=request.user)
    return _back(request, quote)


@login_required
@require_POST
def revocation(request: SignedInRequest, pk: int) -> HttpResponse:
    quote = changeable(request, pk)
    revoke_link(get_object_or_404(QuoteLink, quote=quote, revoked_at=None), by=request.user)
    return _back(request, quote)


@login_required
def acceptance(request: SignedInRequest, pk: int) -> HttpResponse:
    """Signed paper, or a yes by word."""
    quote = changeable(request, pk)
    form = AcceptanceForm(request.POST or None, request.FILES or None, quote=quote)

    def accept(said: dict[str, Any]) -> None:
        chosen = [line.pk for line in said["chosen"]] if "chosen" in said else None
        caller = Caller(said["name"], said["email"])
        accept_quote(quote, caller=caller, chosen=chosen, note_=said["note"], paper=said["paper"], by=request.user)

    return _by_hand(request, quote, form, accept, "quotes/acceptance.html", _("Accepted"))


@login_required
def retraction(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was accepted by mistake."""
    quote, form = changeable(request, pk), RetractionForm(request.POST or None)
    if not is_above(reach_of(request.user), quote):
        raise Http404

    def take_back(said: dict[str, Any]) -> None:
        retract_acceptance(quote, reason=said["reason"], by=request.user)

    return _by_hand(request, quote, form, take_back, "quotes/retraction.html", _("The acceptance is taken back"))


@login_required
def decline(request: SignedInRequest, pk: int) -> HttpResponse:
    quote, form = changeable(request, pk), DeclineForm(request.POST or None)

    def turn_down(said: dict[str, Any]) -> None:
        decline_quote(quote, caller=Caller(said["name"]), reason=said["reason"], by=request.user)

    return _by_hand(request, quote, form, turn_down, "quotes/decline.html", _("Declined"))


# ── How it goes ────────────────────────────────────────────────────────────────────────────────────


def _by_hand(
    request: SignedInRequest,
    quote: Quote,
    form: Form,
    verb: Callable[[dict[str, Any]], None],
    template: str,
    text: str,
) -> HttpResponse:
    if form.is_valid():
        try:
            verb(form.cleaned_data)
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, text)
            return _back(request, quote)
    return dialog(request, template, deal=quote.deal, quote=quote, form=form)


def _customer(request: SignedInRequest, quote: Quote, form: LinkForm | None = None) -> HttpResponse:
    found = quote.links.filter(revoked_at=None).first()
    may_change = reach_of(request.user).changes(quote.deal.owner_id, quote.deal.team_id)
    return dialog(
        request,
        "quotes/customer.html",
        deal=quote.deal,
        quote=quote,
        form=form or LinkForm(initial={"expires_on": found.expires_on if found else quote.valid_until}),
        link=found,
        address=address_of(found) if found and may_change else "",  # who has it may answer
        acceptances=quote.acceptances.select_related("by", "retraction__by"),
        remarks=quote.remarks.select_related("by"),
        may_change=may_change,
    )


def _back(request: SignedInRequest, quote: Quote) -> HttpResponse:
    """To the quote; a dialog's form tells the page to go there."""
    answer = redirect("quotes:quote", quote.pk)
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.headers.get("HX-Request") else answer
