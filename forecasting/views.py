"""The pages of the forecast: the table, quotas with their history, won and lost."""

import json
import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.calendar import fiscal_calendar
from crm.errors import Conflict
from crm.models import Currency, Team, User, Workspace
from crm.periods import BadPeriod, Period
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from forecasting.actions import set_quota
from forecasting.authority import may_set_quota
from forecasting.cell_screen import cell_beside
from forecasting.forms import AskForm, QuotaForm
from forecasting.grid import grid_of
from forecasting.models import Quota
from forecasting.quotas import PeriodQuotas, total
from forecasting.reports import win_loss
from forecasting.revisions import quota_subject, revisions_of
from forecasting.screen import Calendar, screen_of
from forecasting.table import forecast_table
from forecasting.win_loss_screen import ALSO, report_of

# ── The forecast ───────────────────────────────────────────────────────────────────────────────────


@login_required
@vary_on_headers("HX-Request")
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


# ── Quotas ─────────────────────────────────────────────────────────────────────────────────────────


@login_required
def quotas(request: SignedInRequest) -> HttpResponse:
    """The quotas of a fiscal year: teams and people by months and quarters."""
    asked = AskForm(request.GET).asked("year")
    grid = grid_of(reach_of(request.user), asked.period, team=asked.team)
    if asked.team and asked.team not in grid.tree.teams:
        raise Http404
    return show(
        request, "forecasting/quotas.html", grid=grid, asked=asked, calendar=Calendar(request.GET, grid.year),
        currencies=Currency.objects.filter(is_active=True),
    )  # fmt: skip


@login_required
def quota(request: SignedInRequest, subject: str, period: str) -> HttpResponse:
    """One quota: its form and its revisions. A cell of the grid posts here too, and is answered with what changed."""
    span = _period(period)
    who = _subject(request, subject, span)
    whose: Any = {"owner": who} if isinstance(who, User) else {"team": who}
    held = Quota.objects.filter(starts_on=span.start, ends_on=span.end, **whose).first()
    form = QuotaForm.of(held, request.POST or None)
    conflict = None
    if form.is_valid():
        try:
            attempt(form, set_quota, **whose, period=span, by=request.user, **form.facts())
        except Conflict as error:
            conflict = error
        if not form.errors and not conflict:
            return _was_set(request, who, subject, span)
    return _quota_page(request, form, who, span, conflict)


def _was_set(request: SignedInRequest, who: User | Team, subject: str, span: Period) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        messages.success(request, _("The quota of %(name)s is set.") % {"name": who.name})
        return redirect(f"{_grid_address(span)}#{subject}")
    if request.headers.get("HX-Target") == "dialog":
        told = {"dialog:close": True, "penstock:forecast": True, "toast": {"text": _("Quota set")}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
    return _cells(request, subject, span)


def _cells(request: SignedInRequest, subject: str, span: Period, form: QuotaForm | None = None) -> HttpResponse:
    """The cell of the grid that was typed into, and every sum it is part of."""
    grid = grid_of(reach_of(request.user), span)
    cell = grid.cell(subject, span)
    if cell and form:
        cell.text = request.POST.get("amount", "")
        cell.errors = [str(text) for texts in form.errors.values() for text in texts]
    return render(
        request, "forecasting/quota-cells.html", {"grid": grid, "lines": grid.touched_by(subject), "changed": cell},
        status=422 if form else 200,
    )  # fmt: skip


def _quota_page(
    request: SignedInRequest, form: QuotaForm, who: User | Team, span: Period, conflict: Conflict | None
) -> HttpResponse:
    in_grid = request.method == "POST" and request.headers.get("HX-Request")
    if in_grid and request.headers.get("HX-Target") != "dialog":
        if conflict:
            raise conflict
        return _cells(request, _key_of(who), span, form)
    if conflict:
        form = form.rebased(conflict.current)
    form.fields["currency"].required = True  # as drawn; a cell of the grid sends none and keeps the quota's own
    part = "#form" if request.headers.get("HX-Request") else ""
    return show(
        request, f"forecasting/quota.html{part}", status=409 if conflict else 0, form=form, who=who, period=span,
        may_set=may_set_quota(request.user, who), conflict=conflict, revisions=revisions_of(who, span),
        back=_grid_address(span),
    )  # fmt: skip


@login_required
def quota_history(request: SignedInRequest) -> HttpResponse:
    """`?owner=|team=&period=`: who set which quota when and why."""
    asked = AskForm(request.GET).asked()
    kind, pk = ("person", asked.owner) if asked.owner else ("team", asked.team or 0)
    who = quota_subject(reach_of(request.user), kind, pk, asked.period)
    if who is None:
        raise Http404
    parts = PeriodQuotas(asked.period).of((kind, pk))
    return show(
        request, "forecasting/quota-history.html", who=who, asked=asked, subject=_key_of(who), held=parts,
        total=total(parts), currency=Workspace.current().currency_id, revisions=revisions_of(who, asked.period),
        calendar=Calendar(request.GET, asked.period), may_set=may_set_quota(request.user, who),
        grid_address=_grid_address(asked.period),
    )  # fmt: skip


def _period(key: str) -> Period:
    """A month or a quarter: what a quota is for."""
    try:
        period = fiscal_calendar().parse(key)
    except BadPeriod:
        raise Http404 from None
    if period.kind not in {"month", "quarter"}:
        raise Http404
    return period


def _subject(request: SignedInRequest, key: str, period: Period) -> User | Team:
    if not (match := re.fullmatch(r"(person|team)-([0-9]{1,18})", key)):
        raise Http404
    who = quota_subject(reach_of(request.user), match[1], int(match[2]), period)
    if who is None:
        raise Http404
    return who


def _key_of(who: User | Team) -> str:
    return f"{'person' if isinstance(who, User) else 'team'}-{who.pk}"


def _grid_address(period: Period) -> str:
    year = fiscal_calendar().year_of(period.start)
    return f"{reverse('forecasting:quotas')}?period={year.key}"


# ── Won and lost ───────────────────────────────────────────────────────────────────────────────────


@login_required
@vary_on_headers("HX-Request")
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
