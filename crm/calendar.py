"""The company's fiscal calendar as it is kept in rows: what somebody attached something to stays as it was.

Without rows it is arithmetic by the company's fiscal start. A year is written down, with its quarters and months, ahead
of its time and as soon as a quota or a plan rate is set in it; from then on only the calendar's turn to another start
may take it back, and only while nothing is attached to it and it has not begun.
"""

from datetime import date
from typing import Any

from crm.models import FiscalPeriod, PlanRate, Workspace
from crm.periods import FiscalCalendar, Period, add_months
from crm.signals import periods_held

AHEAD = 24  # months


def fiscal_calendar() -> FiscalCalendar:
    """Read with the company's settings: once per request or task."""
    return calendar_of(Workspace.current())


def calendar_of(workspace: Workspace) -> FiscalCalendar:
    years = [Period(start, end, "year", month) for start, end, month in workspace.fiscal_years]
    return FiscalCalendar(years, workspace.fiscal_start)


def this(kind: str) -> Period:
    return fiscal_calendar().period_of(kind, Workspace.current().today)


def keep(period: Period) -> None:
    """Write down the period's year, and those between it and the ones that are: something is attached to it now."""
    calendar = fiscal_calendar()
    known, wanted = set(calendar.years), calendar.reaching(period.start)
    _write([year for year in wanted if year not in known])


def keep_ahead() -> None:
    """The years of today and of the next two years."""
    today = Workspace.current().today
    for day in (today, add_months(today, AHEAD)):
        keep(fiscal_calendar().month_of(day))


def turned(workspace: Workspace, fiscal_start: int) -> FiscalCalendar:
    """What the calendar would be with another start."""
    return calendar_of(workspace).turned(fiscal_start, held_until(workspace))


def held_until(workspace: Workspace) -> date | None:
    """The last day whose periods must stay: of those that began, and of those that something is attached to."""
    planned = PlanRate.objects.order_by("-period__ends_on").values_list("period__ends_on", flat=True).first()
    heard: list[tuple[Any, Any]] = periods_held.send(sender=Workspace, workspace=workspace)
    held = [day for day in (planned and _day_before(planned), *(day for _receiver, day in heard)) if day]
    return max([workspace.today, *held]) if held else None


def turn(workspace: Workspace, to: FiscalCalendar) -> None:
    """Replace what may be replaced by what the new start makes of it."""
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


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
