"""Deals as a list, its columns, and one's own day."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from crm.access import reach_of
from crm.request import SignedInRequest
from pipeline.agenda import agenda_of
from pipeline.cells import arranged, columns, shown_to
from pipeline.filters import DealFilter, numbers_of
from pipeline.forms import FilterForm, changed_in_bulk
from pipeline.listing import deals_of, lines_for, listing_of, sums_of
from pipeline.models import Deal, ListColumns, Outcome, Stage
from pipeline.valuing import Valuing
from pipeline.views.answers import dialog

IN_THE_BAR = {"q", "outcome", "stage", "owner", "team"}


@login_required
@require_safe
def deals(request: SignedInRequest) -> HttpResponse:
    """Every filter of pipeline.filters, `sort`, and `after` to go on. The foot sums all that match, to the cent."""
    reach, shown = reach_of(request.user), shown_to(request.user)
    asked = DealFilter.of(request.GET, reach)
    context = {"listing": listing_of(reach, asked, request.GET, shown), "asked": asked, "may_add": reach.may_write}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return render(request, "pipeline/deals.html#rows", context)
    return render(request, "pipeline/deals.html", context | _bar(request, asked))


def _bar(request: SignedInRequest, asked: DealFilter) -> dict[str, object]:
    kept = [(name, value) for name, values in asked.asked.lists() if name not in IN_THE_BAR for value in values]
    return {
        "form": FilterForm(initial=asked.asked.dict(), reach=asked.reach),
        "outcomes": Outcome.choices,
        "stages": Stage.objects.filter(pipeline__is_active=True).order_by("pipeline__position", "pipeline", "position"),
        "chips": [chip for chip in asked.chips() if chip.name not in IN_THE_BAR],
        "kept": [*kept, *(("sort", value) for value in request.GET.getlist("sort"))],
        "facts": changed_in_bulk(),
    }


@login_required
@require_safe
def deals_rows(request: SignedInRequest) -> HttpResponse:
    """The rows of each `deal` named, as they are now; one that is not in the answer has left the list."""
    reach = reach_of(request.user)
    there = Deal.objects.visible_to(reach).filter(archived_at__isnull="archived" not in request.GET)
    ids = list(there.filter(pk__in=numbers_of(request.GET.getlist("deal"))).values_list("pk", flat=True))
    lines = lines_for(reach, ids, shown_to(request.user), Valuing.today())
    return render(request, "pipeline/deals.html#lines", {"listing": {"lines": lines}, "may_add": reach.may_write})


@login_required
@require_safe
def deals_sums(request: SignedInRequest) -> HttpResponse:
    """What everything that matches comes to: asked for by the page itself where the sum takes its time."""
    reach = reach_of(request.user)
    found = deals_of(reach, DealFilter.of(request.GET, reach), request.GET)
    return render(request, "pipeline/deals.html#sums", {"listing": {"sums": sums_of(found, Valuing.today())}})


@login_required
def deals_columns(request: SignedInRequest) -> HttpResponse:
    """Which columns the list has: `column` for each one shown, `place` for all in order; `up` and `down` move one."""
    chosen, names = arranged(request.user, request.POST)
    if request.method == "POST" and not {"up", "down"} & request.POST.keys():
        ListColumns.objects.update_or_create(user=request.user, defaults={"names": chosen})
        return HttpResponseClientRefresh() if request.headers.get("HX-Request") else redirect("pipeline:deals")
    places = [(columns()[name], name in chosen) for name in names]
    return dialog(request, "pipeline/columns.html", places=places, back=reverse("pipeline:deals"))


@login_required
@require_safe
def my_day(request: SignedInRequest) -> HttpResponse:
    return render(request, "pipeline/day.html", {"agenda": agenda_of(reach_of(request.user))})
