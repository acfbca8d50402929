"""The list of quotes, and those that wait for one's word."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.paging import page_newest_first
from crm.request import SignedInRequest
from quotes import listing
from quotes.actions import awaiting
from quotes.models import Approval

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
    context |= {"waiting": awaiting(reach_of(request.user)).count()}
    context |= {"total": found.count(), "states": listing.STATES, "owners": listing.owners(everything)}
    return render(request, "quotes/quotes.html", context)


@login_required
@require_safe
def approvals(request: SignedInRequest) -> HttpResponse:
    """What waits for a manager's word, the longest first."""
    waiting = awaiting(reach_of(request.user)).select_related(*READ)
    asked = Approval.objects.filter(granted=None).select_related("asked_by")
    rows = waiting.prefetch_related(Prefetch("approvals", asked, to_attr="open_approvals"))
    return render(request, "quotes/approvals.html", {"quotes": rows})
