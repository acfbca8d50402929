"""The pages of the forecast: the table, quotas with their history, won and lost."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from forecasting.forms import AskForm
from forecasting.screen import screen_of
from forecasting.table import forecast_table
from pipeline.models import Pipeline

# ── The forecast ───────────────────────────────────────────────────────────────────────────────────


@login_required
@vary_on_headers("HX-Request")
def forecast(request: SignedInRequest) -> HttpResponse:
    """Quota, won, gap and pipeline of everyone within reach; asked by htmx, only the numbers."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    table = forecast_table(reach, asked.period, **asked.narrowed)
    if asked.team and asked.team not in table.tree.teams:
        raise Http404
    screen = screen_of(table, request.GET, reach=reach, asked=asked)
    part = "#numbers" if request.headers.get("HX-Request") else ""
    pipelines = [] if part else Pipeline.objects.all()
    return show(
        request, f"forecasting/forecast.html{part}", screen=screen, asked=asked, pipelines=pipelines,
        address=request.get_full_path(),
    )  # fmt: skip
