"""The dashboard of the forecast."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from crm.views.moments import of_any_moment
from forecasting.dashboard import dashboard_of
from forecasting.forms import AskForm


@login_required
@vary_on_headers("HX-Request")
@of_any_moment
def dashboard(request: SignedInRequest) -> HttpResponse:
    """A month or a quarter at a glance; asked by htmx, only the figures."""
    asked = AskForm(request.GET).asked()
    screen = dashboard_of(reach_of(request.user), asked, request.GET)
    part = "#numbers" if request.headers.get("HX-Request") else ""
    return show(
        request, f"forecasting/dashboard.html{part}", screen=screen, asked=asked, address=request.get_full_path()
    )
