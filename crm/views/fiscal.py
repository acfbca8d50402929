"""The fiscal calendar, and the rates that quotas of its periods are planned with."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.contrib import messages
from django.db.models import OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm import actions
from crm.access import admin_only
from crm.calendar import fiscal_calendar, periods_in, this, turned
from crm.forms import FiscalForm, PlanRateForm
from crm.models import Currency, ExchangeRate, FiscalPeriod, PlanRate, Workspace
from crm.models.calendar import Told
from crm.period_words import period_label, span
from crm.periods import BadPeriod, FiscalCalendar, Period
from crm.rates import set_plan_rate
from crm.request import SignedInRequest
from crm.templatetags.penstock import day
from crm.views.answers import attempt, show

SHOWN = 4  # years, from the one before this

# ── The calendar ───────────────────────────────────────────────────────────────────────────────────


class YearLine(NamedTuple):
    label: str
    days: str
    months: int
    fiscal_start: int
    is_new: bool  # not as it is today


@admin_only
def fiscal_year(request: SignedInRequest) -> HttpResponse:
    """The years as they are; `?fiscal_start=4` shows what they would be, a POST makes it so."""
    workspace = Workspace.current()
    asked = request.POST or (request.GET if "fiscal_start" in request.GET else None)
    form = FiscalForm(asked, initial={"fiscal_start": workspace.fiscal_start})
    month = form.cleaned_data["fiscal_start"] if form.is_valid() else workspace.fiscal_start
    if request.method == "POST" and form.is_valid():
        actions.revise_workspace(fiscal_start=month, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("crm:fiscal-year")
    years = _years(fiscal_calendar())
    planned = _years(turned(workspace, month), fiscal_calendar()) if month != workspace.fiscal_start else []
    return show(request, "crm/fiscal-year.html", section="fiscal-year", form=form, years=years, planned=planned)


def _years(calendar: FiscalCalendar, before: FiscalCalendar | None = None) -> list[YearLine]:
    """From last year on, until there is a whole one by the start that holds then."""
    year = calendar.beside(calendar.year_of(Workspace.current().today), -1)
    lines: list[YearLine] = []
    while len(lines) < SHOWN or lines[-1].fiscal_start != calendar.fiscal_start:
        is_new = before is not None and before.year_of(year.start) != year
        lines.append(YearLine(period_label(year), span(year), len(year.months), year.fiscal_start, is_new))
        year = calendar.year_of(year.end)
    return lines


# ── Plan rates ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PlanCell:
    """What a quota of the period counts one unit for, and of which day, if no plan says; no rate: not convertible."""

    rate: Decimal | None
    source: str = ""
    is_own: bool = False


class PlanLine(NamedTuple):
    period: Period
    label: str
    cells: list[PlanCell]


@admin_only
def plan_rates(request: SignedInRequest) -> HttpResponse:
    """`?period=2027`: the periods of a fiscal year and what their quotas are converted at; a POST sets one rate."""
    year = _year_asked(request.GET.get("period", ""))
    periods = [year, *periods_in(year, fiscal_calendar())]
    labels = [(period.key, period_label(period)) for period in periods]
    base = Workspace.current().currency_id
    form = PlanRateForm(request.POST or None, base=base, periods=labels, initial={"period": year.key})
    if form.is_valid() and _plan(form, request):
        messages.success(request, _("The plan rate is set."))
        return redirect(f"{reverse('crm:plan-rates')}?period={year.key}")
    currencies = _with_rates(base, periods)
    lines = _plan_lines(periods, currencies)
    beside = [fiscal_calendar().beside(year, step) for step in (-1, 1)]
    return show(
        request, "crm/plan-rates.html", section="plan-rates", form=form, year=period_label(year), lines=lines,
        currencies=currencies, beside=[(each.key, period_label(each)) for each in beside],
    )  # fmt: skip


def _year_asked(key: str) -> Period:
    calendar = fiscal_calendar()
    try:
        return calendar.year_of(calendar.parse(key).start)
    except BadPeriod:
        return this("year")


def _plan(form: PlanRateForm, request: SignedInRequest) -> bool:
    known = form.cleaned_data | {"period": fiscal_calendar().parse(form.cleaned_data["period"])}
    attempt(form, set_plan_rate, by=request.user, **known)
    return not form.errors


def _with_rates(base: str, periods: list[Period]) -> list[Currency]:
    """Those with any rate or plan rate, annotated with what each period's quotas count them for."""
    rated = ExchangeRate.objects.filter(base=base).values("currency")
    planned = PlanRate.objects.filter(base=base).values("currency")
    told = {
        f"{name}_{number}": expression
        for number, period in enumerate(periods)
        for name, expression in PlanRate.told(base, OuterRef("pk"), period.start, period.end)._asdict().items()
    }
    some = Currency.objects.filter(Q(pk__in=rated) | Q(pk__in=planned), is_active=True)
    return list(some.annotate(**told))


def _plan_lines(periods: list[Period], currencies: list[Currency]) -> list[PlanLine]:
    rows = {row.pk: row.period for row in FiscalPeriod.objects.filter(plan_rates__isnull=False).distinct()}
    lines = []
    for number, period in enumerate(periods):
        told = [Told(*(getattr(each, f"{name}_{number}") for name in Told._fields)) for each in currencies]
        cells = [_cell(period, each, rows.get(each.period)) for each in told]
        lines.append(PlanLine(period, period_label(period), cells))
    return lines


def _cell(period: Period, told: Told, planned: Period | None) -> PlanCell:
    if planned:
        return PlanCell(told.rate, is_own=(planned.start, planned.end) == (period.start, period.end))
    return PlanCell(told.rate, _("rate of %(day)s") % {"day": day(told.on, "ydMMM")} if told.on else "")
