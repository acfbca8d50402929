"""The quotes on a deal's page and in its panel."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from crm.access import reach_of
from crm.request import SignedInRequest
from pipeline.views.answers import visible


@login_required
def for_deal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Newest first; which of them the deal's amount follows."""
    deal = visible(request, pk)
    may_change = reach_of(request.user).changes(deal.owner_id, deal.team_id)
    return render(request, "quotes/of-deal.html", {"deal": deal, "quotes": deal.quotes.all(), "may_change": may_change})
