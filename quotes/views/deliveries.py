"""The lists of deliveries and of renewals."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from crm.access import people_in, reach_of
from crm.models import Workspace
from crm.paging import page_by
from crm.request import SignedInRequest, whole_number
from pipeline.models import Deal
from quotes.after import NEXT_DUE, deliveries_of, planned, renewals_of
from quotes.models import RenewalState

DELIVERY_STATES = [
    ("running", _("Running")),
    ("late", _("Late")),
    ("finished", _("Delivered")),
    ("stopped", _("Stopped")),
]


@login_required
@require_safe
def deliveries(request: SignedInRequest) -> HttpResponse:
    """`?state=&owner=`: by their next day, 50 at a time."""
    context = _asked(request) | {"states": DELIVERY_STATES, "today": Workspace.current().today}
    context["page"] = page_by(request, deliveries_of(reach_of(request.user), context["asked"]), NEXT_DUE, "")
    return _answer(request, "quotes/deliveries.html", context)


@login_required
@require_safe
def renewals(request: SignedInRequest) -> HttpResponse:
    """`?state=&owner=`: by their day, 50 at a time."""
    reach = reach_of(request.user)
    context = _asked(request) | {"states": RenewalState.choices}
    page = page_by(request, renewals_of(reach, context["asked"]), F("due_on"), "")
    context |= {"page": page, "rows": planned(page.rows, Deal.objects.visible_to(reach))}
    return _answer(request, "quotes/renewals.html", context)


def _asked(request: SignedInRequest) -> dict[str, Any]:
    said = {"state": request.GET.get("state", "")[:20], "owner": whole_number(request.GET.get("owner", ""))}
    asked = {name: value for name, value in said.items() if value}
    return {"asked": asked, "owners": people_in(reach_of(request.user)).order_by("name")}


def _answer(request: SignedInRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    is_more = request.headers.get("HX-Request") and "after" in request.GET
    return render(request, f"{template}#rows" if is_more else template, context)
