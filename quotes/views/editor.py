"""A quote as its author sees it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from crm.access import reach_of
from crm.request import SignedInRequest
from quotes.models import Quote

READ = ("deal", "company", "currency", "book", "made_by")


@login_required
def quote(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Quote.objects.visible_to(reach_of(request.user)).select_related(*READ), pk=pk)
    return render(request, "quotes/quote.html", {"quote": found})
