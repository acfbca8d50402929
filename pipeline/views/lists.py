"""Deals as a list, and one's own day."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.request import SignedInRequest
from pipeline.agenda import agenda_of
from pipeline.filters import DealFilter
from pipeline.forms import FilterForm
from pipeline.listing import listing_of
from pipeline.models import Outcome, Stage

IN_THE_BAR = {"q", "outcome", "stage", "owner", "team"}


@login_required
@require_safe
def deals(request: SignedInRequest) -> HttpResponse:
    """Every filter of pipeline.filters, `sort`, and `after` to go on. The foot sums all that match, to the cent."""
    reach = reach_of(request.user)
    asked = DealFilter.of(request.GET, reach)
    context = {"listing": listing_of(reach, asked, request.GET), "asked": asked, "may_add": reach.may_write}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return render(request, "pipeline/deals.html#rows", context)
    shown = [chip for chip in asked.chips() if chip.name not in IN_THE_BAR]
    kept = [(name, value) for name, values in asked.asked.lists() if name not in IN_THE_BAR for value in values]
    context |= {
        "form": FilterForm(initial=asked.asked.dict(), reach=reach),
        "outcomes": Outcome.choices,
        "stages": Stage.objects.filter(pipeline__is_active=True).order_by("pipeline__position", "pipeline", "position"),
        "chips": shown,
        "kept": [*kept, *(("sort", value) for value in request.GET.getlist("sort"))],
    }
    return render(request, "pipeline/deals.html", context)


@login_required
@require_safe
def my_day(request: SignedInRequest) -> HttpResponse:
    return render(request, "pipeline/day.html", {"agenda": agenda_of(reach_of(request.user))})
