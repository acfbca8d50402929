"""A figure of the forecast, and what people think it will come to."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar
from crm.errors import Conflict
from crm.models import Team, User
from crm.periods import BadPeriod, Period
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from forecasting.adjustments import Subject
from forecasting.judging import adjust
from forecasting.judging_forms import AdjustmentForm
from forecasting.judging_screen import Judged, judged
from forecasting.models import Measure


@login_required
def adjustment(request: SignedInRequest, line: str, period: str, measure: str) -> HttpResponse:
    """What a line's figure is raw and as adjusted, and the form that adjusts it."""
    cell = _cell(request.user, line, period, measure)
    form, conflict = AdjustmentForm.of(cell.mine, cell.currency, request.POST or None), None
    if form.is_valid():
        try:
            attempt(form, adjust, **_slot(cell), by=request.user, **form.facts())
        except Conflict as error:
            conflict, form = error, form.rebased(error.current, cell.currency)
        if not form.errors and not conflict:
            return _was_adjusted(request, cell, is_reset=form.cleaned_data["amount"] is None)
    return _page(request, cell, form, conflict)


def _page(request: SignedInRequest, cell: Judged, form: AdjustmentForm, conflict: Conflict | None) -> HttpResponse:
    part = "#form" if request.headers.get("HX-Request") else ""
    return show(
        request, f"forecasting/adjustment.html{part}", status=409 if conflict else 0,
        cell=cell, form=form, conflict=conflict, what=Measure(cell.measure).label, back=_table_address(cell.period),
    )  # fmt: skip


def _was_adjusted(request: SignedInRequest, cell: Judged, *, is_reset: bool) -> HttpResponse:
    told = _("Adjustment taken back") if is_reset else _("Figure adjusted")
    if request.headers.get("HX-Request"):
        trigger = {"dialog:close": True, "penstock:forecast": True, "toast": {"text": told}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(trigger)})
    messages.success(request, told)
    return redirect(f"{_table_address(cell.period)}#{cell.row.key}")


def _cell(user: User, line: str, period: str, measure: str) -> Judged:
    try:
        subject, span = Subject.parse(line), _period(period)
    except ValueError:
        raise Http404 from None
    if measure not in Measure or not (cell := judged(user, subject, span, measure)):
        raise Http404
    return cell


def _period(key: str) -> Period:
    span = fiscal_calendar().parse(key)
    if span.kind == "range":
        raise BadPeriod(key)
    return span


def _slot(cell: Judged) -> dict[str, Any]:
    owner, team = cell.subject
    return {
        "owner": get_object_or_404(User, pk=owner) if owner else None,
        "team": get_object_or_404(Team, pk=team) if team else None,
        "period": cell.period,
        "measure": cell.measure,
    }


def _table_address(period: Period) -> str:
    return f"{reverse('forecasting:forecast')}?period={period.key}"
