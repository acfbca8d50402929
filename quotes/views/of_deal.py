"""The quotes on a deal's page and in its panel."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crm.access import reach_of
from crm.errors import Refused
from crm.request import SignedInRequest
from pipeline.models import Deal
from pipeline.views.answers import changeable, visible
from quotes.actions import draft_quote
from quotes.models import Quote


@login_required
def for_deal(request: SignedInRequest, pk: int) -> HttpResponse:
    """The deal's quotes, newest first. POST drafts another: scripts stay with the deal, a plain form goes to it."""
    if request.method == "POST":
        return _draft(request, changeable(request, pk))
    return _section(request, visible(request, pk))


def _draft(request: SignedInRequest, deal: Deal) -> HttpResponse:
    try:
        quote = draft_quote(deal, by=request.user)
    except Refused as refused:
        return _section(request, deal, problem=str(refused), status=422)
    if request.headers.get("HX-Request"):
        return _section(request, deal, drafted=quote)
    messages.success(request, _("Drafted %(quote)s.") % {"quote": quote})
    return redirect("quotes:quote", quote.pk)


def _section(
    request: SignedInRequest, deal: Deal, *, drafted: Quote | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"deal": deal, "quotes": deal.quotes.all(), "drafted": drafted, "problem": problem}
    context["may_change"] = reach_of(request.user).changes(deal.owner_id, deal.team_id) and not deal.archived_at
    return render(request, "quotes/of-deal.html", context, status=status)
