"""The pages of the forecast: the table, quotas with their history, won and lost."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from crm.views.moments import of_any_moment
from forecasting.cell_screen import cell_beside
from forecasting.forms import AskForm
from forecasting.reports import win_loss
from forecasting.screen import screen_of
from forecasting.table import forecast_table
from forecasting.win_loss_screen import ALSO, report_of

# ── The forecast ───────────────────────────────────────────────────────────────────────────────────


@login_required
@vary_on_headers("HX-Request")
@of_any_moment
def forecast(request: SignedInRequest) -> HttpResponse:
    """Quota, won, gap and pipeline of everyone within reach; asked by htmx, only the numbers."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    table = forecast_table(reach, asked.period, **asked.counted)
    if asked.team and asked.team not in table.tree.teams:
        raise Http404
    screen = screen_of(table, request.GET, reach=reach, asked=asked)
    part = "#numbers" if request.headers.get("HX-Request") else ""
    cell = None if part else cell_beside(reach, asked, request.GET.get("cell", ""))
    return show(
        request, f"forecasting/forecast.html{part}",
        screen=screen, asked=asked, cell=cell, address=request.get_full_path(),
    )  # fmt: skip


# ── Won and lost ───────────────────────────────────────────────────────────────────────────────────


@login_required
@vary_on_headers("HX-Request")
@of_any_moment
def win_loss_report(request: SignedInRequest) -> HttpResponse:
    """Won and lost deals of a period by what they have in common; asked by htmx, only the numbers."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    also = ALSO if asked.by == "reason" else ()
    found = win_loss(reach, asked.period, by=asked.by, also=also, **asked.narrowed)
    report = report_of(found, request.GET, reach=reach, asked=asked)
    part = "#numbers" if request.headers.get("HX-Request") else ""
    return show(
        request, f"forecasting/win-loss.html{part}", report=report, found=found, asked=asked,
        address=request.get_full_path(),
    )  # fmt: skip
