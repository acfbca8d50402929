"""One number of the forecast: what makes it, as a page, as the panel beside the table, and as a file."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.models import Job
from crm.request import SignedInRequest
from crm.sheets import TYPES
from crm.views.answers import served_file, served_sheet, show
from crm.views.moments import of_any_moment
from forecasting.cell_screen import cell_of
from forecasting.exporting import (
    AT_ONCE,
    as_it_was_asked,
    deal_rows,
    deals_name,
    export_deals,
    sheet_title,
    table_name,
    table_rows,
)
from forecasting.forms import AskForm
from forecasting.models import Export
from forecasting.table import forecast_table


@login_required
@require_safe
@of_any_moment
@vary_on_headers("HX-Target")
@of_any_moment
def cell(request: SignedInRequest, row: str, measure: str) -> HttpResponse:
    """The deals, rates, chances and quotas of a number; a page of its own, for htmx the panel."""
    found = cell_of(reach_of(request.user), AskForm(request.GET).asked(), row, measure)
    if found is None:
        raise Http404
    template = "cell-panel" if request.headers.get("HX-Target") == "panel-host" else "cell"
    return show(request, f"forecasting/{template}.html", cell=found, asked=found.asked)


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────


@login_required
@require_safe
@of_any_moment
def export(request: SignedInRequest, form: str) -> HttpResponse:
    """The table exactly as it is shown, all lines unfolded."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    table = forecast_table(reach, asked.period, **asked.counted)
    if form not in TYPES or (asked.team and asked.team not in table.tree.teams):
        raise Http404
    return served_sheet(table_rows(table, asked), form, table_name(table), title=sheet_title(table))


@login_required
@require_POST
def cell_export(request: SignedInRequest, row: str, measure: str) -> HttpResponse:
    """The deals beneath a number: at once, or where they are many by a job."""
    asked, form = AskForm(request.GET).asked(), request.POST.get("form", "csv")
    with as_it_was_asked(request.user, asked) as reach:
        found = cell_of(reach, asked, row, measure)
        if found is None or form not in TYPES or not found.found.has_deals:
            raise Http404
        if found.count <= AT_ONCE:
            return served_sheet(deal_rows(found, reach), form, deals_name(found), title=sheet_title(found.table))
    return redirect("crm:job", pk=export_deals(cell=found, form=form, by=request.user).job_id)


@login_required
@require_safe
def export_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a job wrote, for whoever asked for it."""
    found = get_object_or_404(Export, pk=pk, by=request.user, job__state=Job.State.DONE)
    if not found.path.exists():
        raise Http404
    return served_file(found.path.open("rb"), found.form, found.name)
