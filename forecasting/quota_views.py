"""The pages of quotas: the grid of a year, one quota with its form, their history."""

import json
import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crm.access import reach_of
from crm.calendar import fiscal_calendar
from crm.errors import Conflict
from crm.models import Currency, Team, User, Workspace
from crm.period_choice import Calendar
from crm.periods import BadPeriod, Period
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from crm.views.moments import of_any_moment
from forecasting.actions import set_quota
from forecasting.authority import may_set_quota
from forecasting.batches import last_batch
from forecasting.forms import AskForm, QuotaForm
from forecasting.grid import grid_address, grid_of
from forecasting.models import Quota
from forecasting.quotas import PeriodQuotas, total
from forecasting.revisions import quota_subject, revisions_of
from forecasting.types import ForecastType
from forecasting.wording import types_offered


@login_required
@of_any_moment
def quotas(request: SignedInRequest) -> HttpResponse:
    """The quotas of a fiscal year: teams and people by months and quarters."""
    asked = AskForm(request.GET).asked("year")
    grid = grid_of(reach_of(request.user), asked.period, team=asked.team, type=ForecastType.read(asked.type))
    if asked.team and asked.team not in grid.tree.teams:
        raise Http404
    return show(
        request, "forecasting/quotas.html", grid=grid, asked=asked, calendar=Calendar(request.GET, grid.year),
        currencies=Currency.objects.filter(is_active=True), types=types_offered(), last=last_batch(request.user),
    )  # fmt: skip


@login_required
def quota(request: SignedInRequest, subject: str, period: str) -> HttpResponse:
    """One quota: its form and its revisions. A cell of the grid posts here too, and is answered with what changed."""
    span, kind = _period(period), _type_of(request)
    who = _subject(request, subject, span)
    whose: Any = {"owner": who} if isinstance(who, User) else {"team": who}
    held = Quota.objects.filter(starts_on=span.start, ends_on=span.end, unit=kind.unit, family=kind.family, **whose)
    form, conflict = QuotaForm.of(held.first(), kind, request.POST or None), None
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
        return redirect(f"{grid_address(span, _type_of(request))}#{subject}")
    if request.headers.get("HX-Target") == "dialog":
        told = {"dialog:close": True, "penstock:forecast": True, "toast": {"text": _("Quota set")}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
    return _cells(request, subject, span)


def _cells(request: SignedInRequest, subject: str, span: Period, form: QuotaForm | None = None) -> HttpResponse:
    """The cell of the grid that was typed into, and every sum it is part of."""
    grid = grid_of(reach_of(request.user), span, type=_type_of(request))
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
    if "currency" in form.fields:
        form.fields["currency"].required = True  # as drawn; a cell of the grid sends none and keeps the quota's own
    part = "#form" if request.headers.get("HX-Request") else ""
    return show(
        request, f"forecasting/quota.html{part}", status=409 if conflict else 0, form=form, who=who, period=span,
        may_set=may_set_quota(request.user, who), conflict=conflict,
        revisions=revisions_of(who, span, form.type), back=grid_address(span, form.type), type=form.type,
    )  # fmt: skip


@login_required
@of_any_moment
def quota_history(request: SignedInRequest) -> HttpResponse:
    """`?owner=|team=&period=`: who set which quota when and why."""
    asked = AskForm(request.GET).asked()
    kind, pk = ("person", asked.owner) if asked.owner else ("team", asked.team or 0)
    who = quota_subject(reach_of(request.user), kind, pk, asked.period)
    if who is None:
        raise Http404
    type = ForecastType.read(asked.type)
    parts = PeriodQuotas(asked.period, type).of((kind, pk))
    return show(
        request, "forecasting/quota-history.html", who=who, asked=asked, subject=_key_of(who), held=parts,
        total=total(parts), currency=Workspace.current().currency_id, type=type, types=types_offered(),
        revisions=revisions_of(who, asked.period, type), calendar=Calendar(request.GET, asked.period),
        may_set=may_set_quota(request.user, who), grid_address=grid_address(asked.period, type),
    )  # fmt: skip


def _type_of(request: SignedInRequest) -> ForecastType:
    return ForecastType.read(request.GET.get("type", ""))


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
