"""The list of quotes."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.paging import page_newest_first
from crm.request import SignedInRequest
from quotes import listing

READ = ("deal__owner", "company")


@login_required
@require_safe
def quotes(request: SignedInRequest) -> HttpResponse:
    """`?q=&status=&owner=`, 50 newest first."""
    everything = listing.seen(reach_of(request.user))
    asked = listing.FilterForm(request.GET).chosen()
    found = listing.narrowed(everything, asked)
    context: dict[str, Any] = {"listed": page_newest_first(request, found.select_related(*READ)), "asked": asked}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return render(request, "quotes/quotes.html#rows", context)
    context |= {"total": found.count(), "states": listing.STATES, "owners": listing.owners(everything)}
    return render(request, "quotes/quotes.html", context)
