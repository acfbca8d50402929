"""The report on quotes and on what is owed, as a page and as files."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import served_sheet
from quotes.report import quote_report
from quotes.report_screen import AskForm, report_rows, screen_of, unpaid_rows


@login_required
@require_safe
def report(request: SignedInRequest) -> HttpResponse:
    """What became of the quotes of a period, and what is unpaid today."""
    return render(request, "quotes/report.html", {"screen": screen_of(reach_of(request.user), request.GET)})


@login_required
@require_safe
def report_file(request: SignedInRequest, form: str) -> HttpResponse:
    asked = AskForm(request.GET).asked()
    found = quote_report(reach_of(request.user), asked.period, by=asked.by, owner=asked.owner, team=asked.team)
    return served_sheet(report_rows(found), form, f"quotes-{found.period.key}-{found.by}")


@login_required
@require_safe
def unpaid_file(request: SignedInRequest, form: str) -> HttpResponse:
    """The unpaid invoices, one by one."""
    asked = AskForm(request.GET).asked()
    return served_sheet(unpaid_rows(reach_of(request.user), asked.owner, asked.team), form, "unpaid")
