"""The company's fiscal calendar as it is kept in rows: what somebody attached something to stays as it was.

Without rows it is arithmetic by the company's fiscal start. A year is written down, with its quarters and months, ahead
of its time and as soon as a quota or a plan rate is set in it; from then on only the calendar's turn to another start
may take it back, and only while nothing is attached to it and it has not begun.
"""

from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import FiscalPeriod, PlanRate, Workspace
from crm.periods import FiscalCalendar, Period, add_months
from crm.signals import periods_held

AHEAD = 24  # months
TURNING = 0x66697363  # advisory lock: shared by who attaches something to a period, alone for a turn


def fiscal_calendar() -> FiscalCalendar:
    """Read with the company's settings: once per request or task."""
    return calendar_of(Workspace.current())


def calendar_of(workspace: Workspace) -> FiscalCalendar:
    years = [Period(start, end, "year", month) for start, end, month in workspace.fiscal_years]
    return FiscalCalendar(years, workspace.fiscal_start)


def this(kind: str) -> Period:
    return fiscal_calendar().period_of(kind, Workspace.current().today)


def keep(*periods: Period) -> None:
    """Write down the periods' years, and those between them and the ones that are: something is attached to them now.

    Until the transaction ends the calendar cannot turn. Raises Refused if it just has, and one is none any more.
    """
    if not periods:
        return
    _lock("pg_advisory_xact_lock_shared")
    calendar = calendar_of(Workspace.objects.get(pk=1))  # as it is now, not as this request has read it
    if any(calendar.at(period.start, period.end).kind == "range" for period in periods):
        raise Refused(period=_("The fiscal year was changed in the meantime."))
    wanted = calendar
    for period in periods:
        wanted = FiscalCalendar(wanted.reaching(period.start), calendar.fiscal_start)
    _write([year for year in wanted.years if year not in calendar.years])


def keep_ahead() -> None:
    """The years of today and of the next two years."""
    today = Workspace.current().today
    keep(*(fiscal_calendar().month_of(day) for day in (today, add_months(today, AHEAD))))


def turned(workspace: Workspace, fiscal_start: int) -> FiscalCalendar:
    """What the calendar would be with another start."""
    return calendar_of(workspace).turned(fiscal_start, held_until(workspace))


def held_until(workspace: Workspace) -> date | None:
    """The last day whose periods must stay: of those that began, and of those that something is attached to."""
    planned = PlanRate.objects.order_by("-period__ends_on").values_list("period__ends_on", flat=True).first()
    heard: list[tuple[Any, Any]] = periods_held.send(sender=Workspace, workspace=workspace)
    held = [day for day in (planned and _day_before(planned), *(day for _receiver, day in heard)) if day]
    return max([workspace.today, *held]) if held else None


def turn(workspace: Workspace, before: FiscalCalendar) -> None:
    """Replace what may be replaced of the calendar as it was `before` by what the new start makes of it."""
    _lock("pg_advisory_xact_lock")  # whoever attaches something comes before us, or after
    to = before.turned(workspace.fiscal_start, held_until(workspace))
    free = FiscalPeriod.objects.all()
    if to.years:
        free = free.filter(starts_on__gte=to.years[-1].end)
    free.delete()
    workspace.forget_years()
    known = set(calendar_of(workspace).years)
    _write([year for year in to.years if year not in known])


def periods_in(year: Period, calendar: FiscalCalendar) -> list[Period]:
    """Its months and quarters in their order, each quarter after its months."""
    found: list[Period] = []
    for start in year.months:
        found.append(calendar.month_of(start))
        quarter = calendar.quarter_of(start)
        if quarter.end == found[-1].end:
            found.append(quarter)
    return found


def _write(years: list[Period]) -> None:
    if not years:
        return
    calendar = FiscalCalendar(years, years[-1].fiscal_start or 1)
    periods = [period for year in years for period in (year, *periods_in(year, calendar))]
    FiscalPeriod.objects.bulk_create([FiscalPeriod.of(period) for period in periods], ignore_conflicts=True)
    Workspace.current().forget_years()


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [TURNING])


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
