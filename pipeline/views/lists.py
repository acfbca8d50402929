"""Deals as a list, its columns, and one's own day."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.moments import of_any_moment
from pipeline.agenda import agenda_of
from pipeline.bar import bar_of, choice_of, opening_address
from pipeline.cells import arranged, columns, shown_to
from pipeline.filters import ALL, DealFilter, numbers_of
from pipeline.forms import changed_in_bulk
from pipeline.listing import deals_of, lines_for, listing_of, sums_of
from pipeline.models import Deal, ListColumns, Screen
from pipeline.valuing import Valuing
from pipeline.views.answers import dialog, filter_dialog


@login_required
@require_safe
@of_any_moment
def deals(request: SignedInRequest) -> HttpResponse:
    """Every filter of pipeline.filters, `sort`, and `after` to go on. The foot sums all that match, to the cent.

    Asked for nothing, it is the view that this person opens the list with.
    """
    reach, choice = reach_of(request.user), choice_of(request.user, Screen.LIST)
    if not request.GET and (address := opening_address(reach, choice)):
        return redirect(address)
    asked = DealFilter.of(request.GET, reach)
    listing = listing_of(reach, asked, request.GET, shown_to(request.user))
    context = {"listing": listing, "asked": asked, "may_add": reach.may_write}
    if request.headers.get("HX-Request") and "after" in request.GET:
        return render(request, "pipeline/deals.html#rows", context)
    views = bar_of(request.user, Screen.LIST, None, asked, choice)
    return render(request, "pipeline/deals.html", context | {"views": views, "facts": changed_in_bulk()})


@login_required
@require_safe
def deals_filter(request: SignedInRequest) -> HttpResponse:
    """The form that narrows the list; `apply` goes there."""
    here = reverse("pipeline:deals")
    return filter_dialog(request, Screen.LIST, here=here, clear=f"{here}?view={ALL}")


@login_required
@require_safe
@of_any_moment
def deals_rows(request: SignedInRequest) -> HttpResponse:
    """The rows of each `deal` named, as they are now; one that is not in the answer has left the list."""
    reach = reach_of(request.user)
    there = Deal.objects.visible_to(reach).filter(archived_at__isnull="archived" not in request.GET)
    ids = list(there.filter(pk__in=numbers_of(request.GET.getlist("deal"))).values_list("pk", flat=True))
    lines = lines_for(reach, ids, shown_to(request.user), Valuing.today())
    return render(request, "pipeline/deals.html#lines", {"listing": {"lines": lines}, "may_add": reach.may_write})


@login_required
@require_safe
@of_any_moment
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
