"""The buttons of a quote: one verb each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import reach_of
from crm.errors import Conflict, Refused
from crm.request import SignedInRequest, whole_number
from quotes import actions
from quotes.models import Quote
from quotes.screen import Screen
from quotes.views.desks import show
from quotes.views.editor import changeable

DECISIONS = {
    "ask": actions.ask_approval,
    "grant": actions.grant,
    "refuse": actions.refuse,
}


@login_required
@require_POST
def revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """The next version, and there."""
    return _do(request, changeable(request, pk), _("A new version, to be sent"), actions.revise_quote)


@login_required
@require_POST
def sync(request: SignedInRequest, pk: int) -> HttpResponse:
    """`follow=1`: the deal's amount and lines follow this quote; 0: no longer."""
    if request.POST.get("follow") == "0":
        return _do(
            request, changeable(request, pk), _("The deal keeps its amount"), actions.unsync_quote, **_seen(request)
        )
    return _do(request, changeable(request, pk), _("The deal follows this quote"), actions.sync_quote, **_seen(request))


@login_required
@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    return _do(request, changeable(request, pk), _("Cancelled"), actions.cancel_quote, **_seen(request))


@login_required
@require_POST
def approval(request: SignedInRequest, pk: int) -> HttpResponse:
    """`decision`: ask, grant, refuse or withdraw; with a `remark`."""
    found, decision = changeable(request, pk), request.POST.get("decision", "")
    if decision == "withdraw":
        return _do(request, found, _("A draft again"), actions.withdraw, **_seen(request))
    said = {"ask": _("Waiting for approval"), "grant": _("Approved"), "refuse": _("Sent back")}
    verb, remark = DECISIONS.get(decision, actions.ask_approval), request.POST.get("remark", "")
    return _do(request, found, said.get(decision, said["ask"]), verb, remark=remark, **_seen(request))


@login_required
@require_POST
def prices(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take what the price book says now."""
    return _do(request, changeable(request, pk), _("Prices updated"), actions.refresh_prices, **_seen(request))


def _seen(request: SignedInRequest) -> dict[str, Any]:
    """The state of the quote that the button was pressed on."""
    return {"lock": whole_number(request.POST.get("lock", ""))}


def _do(request: SignedInRequest, found: Quote, text: str, verb: Callable[..., Quote], **said: Any) -> HttpResponse:
    try:
        done = verb(found, by=request.user, **said)
    except (Refused, Conflict) as problem:
        screen = Screen(found, reach_of(request.user), problem=str(problem))
        return show(request, screen, status=problem.status)
    messages.success(request, text)
    return redirect("quotes:quote", done.pk)
