"""How winning goes along: day by day against the quota and its pace, month by month against each quota."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar, periods_in
from crm.models import Workspace
from crm.periods import Period
from crm.templatetags.penstock import percent
from forecasting.drawings import Bar, RunUp, Sum, bars, run_up, x_of
from forecasting.grid import grid_of
from forecasting.links import Opening
from forecasting.measures import deals_behind, won_by_day
from forecasting.quotas import PeriodQuotas, counting, total
from forecasting.scope import Scope
from forecasting.screen import pace_of
from forecasting.templatetags.forecast import compact
from forecasting.weighting import ratio

# ── By day ─────────────────────────────────────────────────────────────────────────────────────────


class Day(NamedTuple):
    day: date
    deals: int
    value: Decimal
    won: Decimal  # by its end
    url: str


@dataclass(frozen=True, slots=True)
class ByDay:
    finding: str
    days: list[Day]
    drawing: RunUp
    starts: list[tuple[str, date]]  # where months begin on the drawing
    quota: Decimal | None
    pace: Decimal | None
    won: Decimal
    forecast: Decimal
    is_running: bool

    @property
    def marks(self) -> list[tuple[tuple[str, str], Day]]:
        return list(zip(self.drawing.marks, self.days, strict=True))


def by_day(scope: Scope) -> ByDay:
    period, row, today = scope.asked.period, scope.row, Workspace.current().today
    days, won = [], Decimal(0)
    for day, count, value in won_by_day(deals_behind(scope.to.won, scope.reach)):
        won += value
        alone = Opening(Period(day, day + timedelta(days=1)), scope.to.scope)
        days.append(Day(day, count, value, won, alone.won))
    elapsed = min(max(0, (today - period.start).days + 1), period.days)
    pace = pace_of(row.quota, period, today)
    return ByDay(
        finding=_progress(won, row.quota, pace, is_over=today >= period.end),
        days=days,
        drawing=run_up(
            [Sum((each.day - period.start).days, each.won) for each in days],
            days=period.days,
            today=max(elapsed, (days[-1].day - period.start).days + 1 if days else 0),
            quota=row.quota,
            forecast=row.static_forecast,
        ),
        starts=[(x_of((month - period.start).days, period.days), month) for month in _marked(period)],
        quota=row.quota,
        pace=pace,
        won=won,
        forecast=row.static_forecast,
        is_running=today in period,
    )


def _marked(period: Period) -> list[date]:
    """The first days of its months, of every third where there are many."""
    return period.months[:: 3 if len(period.months) > 6 else 1]


def _progress(won: Decimal, quota: Decimal | None, pace: Decimal | None, *, is_over: bool) -> str:
    words = {"won": compact(won), "rate": percent(ratio(won, quota), 1)}
    if not quota:
        return _("%(won)s won; no quota is set") % words
    if won >= quota:
        return _("The quota is reached: %(rate)s") % words
    if is_over:
        return _("The quota was missed: %(rate)s won") % words
    if pace is None:
        return _("The period has not begun")
    words["amount"] = compact(abs(won - pace))
    if won < pace:
        return _("%(amount)s behind the even pace: %(rate)s of the quota won") % words
    return _("%(amount)s ahead of the even pace: %(rate)s of the quota won") % words


# ── By month ───────────────────────────────────────────────────────────────────────────────────────


class Column(NamedTuple):
    period: Period
    won: Decimal
    quota: Decimal | None
    url: str
    is_current: bool
    is_future: bool

    @property
    def attainment(self) -> Decimal | None:
        return None if self.is_future else ratio(self.won, self.quota)

    @property
    def is_reached(self) -> bool:
        return self.quota is not None and self.won >= self.quota


@dataclass(frozen=True, slots=True)
class ByPeriod:
    finding: str
    year: Period
    columns: list[Column]
    drawings: list[Bar]

    @property
    def drawn(self) -> list[tuple[Column, Bar]]:
        return list(zip(self.columns, self.drawings, strict=True))


def by_period(scope: Scope) -> ByPeriod:
    """The months of the fiscal year; its quarters where only they have quotas."""
    calendar, today = fiscal_calendar(), Workspace.current().today
    year = calendar.year_of(scope.asked.period.start)
    quotas, shown = _quotas(scope, year), periods_in(year, calendar)
    kinds = {part.kind for part in shown if quotas.get(part)}
    kind = "quarter" if kinds == {"quarter"} else "month"
    won: dict[date, Decimal] = defaultdict(Decimal)
    for day, _count, value in won_by_day(deals_behind(Opening(year, scope.to.scope).won, scope.reach)):
        won[day] += value
    columns = [
        Column(
            period=part,
            won=sum((value for day, value in won.items() if day in part), Decimal(0)),
            quota=quotas.get(part),
            url=Opening(part, scope.to.scope).won,
            is_current=today in part,
            is_future=part.start > today,
        )
        for part in shown
        if part.kind == kind
    ]
    pairs = [(column.won, column.quota) for column in columns]
    return ByPeriod(_reached(columns, kind, today), year, columns, bars(pairs))


def _quotas(scope: Scope, year: Period) -> dict[Period, Decimal | None]:
    """What is owed in each month and quarter of the year: by a person, else by the first line of the grid."""
    calendar, owner = fiscal_calendar(), scope.row.id if scope.row.kind == "person" else scope.asked.owner
    if owner:
        own = PeriodQuotas(year).all.get(("person", owner), [])
        return {
            part: total(counting(each for each in own if part.start <= each.start and each.end <= part.end))
            for part in periods_in(year, calendar)
        }
    first = grid_of(scope.reach, year, team=scope.asked.team).lines[0]
    return {cell.period: cell.counts for cell in first.cells}


def _reached(columns: list[Column], kind: str, today: date) -> str:
    finished = [column for column in columns if column.period.end <= today and column.quota]
    if not finished:
        return _("No finished month has a quota") if kind == "month" else _("No finished quarter has a quota")
    words = {"n": sum(column.is_reached for column in finished), "of": len(finished)}
    if kind == "month":
        return _("%(n)s of %(of)s finished months reached their quota") % words
    return _("%(n)s of %(of)s finished quarters reached their quota") % words
