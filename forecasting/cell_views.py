"""One number of the forecast: what makes it, as a page, as the panel beside the table, and as a file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from crm.views.moments import of_any_moment
from forecasting.cell_screen import cell_of
from forecasting.forms import AskForm


@login_required
@require_safe
@vary_on_headers("HX-Target")
@of_any_moment
def cell(request: SignedInRequest, row: str, measure: str) -> HttpResponse:
    """The deals, rates, chances and quotas of a number; a page of its own, for htmx the panel."""
    found = cell_of(reach_of(request.user), AskForm(request.GET).asked(), row, measure)
    if found is None:
        raise Http404
    template = "cell-panel" if request.headers.get("HX-Target") == "panel-host" else "cell"
    return show(request, f"forecasting/{template}.html", cell=found, asked=found.asked)
