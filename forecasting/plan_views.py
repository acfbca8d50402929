"""The pages of planning: backwards from a target, and the quotas that a plan makes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.forms import as_typed
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from crm.views.moments import of_any_moment
from forecasting.forms import AskForm
from forecasting.plan_quotas import set_planned_quotas, shares_of, ways
from forecasting.plan_screen import plan_screen


@login_required
@vary_on_headers("HX-Request")
@of_any_moment
def plan(request: SignedInRequest) -> HttpResponse:
    """What a target takes; asked by htmx, only the answer."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    screen = plan_screen(reach, asked, request.GET)
    part = "#answer" if request.headers.get("HX-Request") else ""
    return show(request, f"forecasting/plan.html{part}", screen=screen, asked=asked, form=screen.form)


@login_required
def plan_quotas(request: SignedInRequest) -> HttpResponse:
    """The target shared out among those below, to be looked at, changed, and set as their quotas."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    shares = shares_of(reach, asked, request.GET, request.POST if request.method == "POST" else None)
    if shares.form.is_valid():
        attempt(shares.form, set_planned_quotas, shares, by=request.user)
        if not shares.form.errors:
            count = len(shares.form.amounts)
            messages.success(request, ngettext("%(n)s quota is set.", "%(n)s quotas are set.", count) % {"n": count})
            return redirect(f"{reverse('forecasting:quotas')}{asked.address}")
    return show(
        request, "forecasting/plan-quotas.html", shares=shares, form=shares.form, asked=asked, ways=ways(),
        target_typed=as_typed(shares.target),
    )  # fmt: skip
