"""The strip on top of the dashboard: win rate, size, cycle, velocity, new and open deals, with their last periods."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar
from crm.models import Workspace
from crm.periods import Period
from crm.templatetags.penstock import compact_money, percent, plain_percent, whole
from forecasting.drawings import Spark, spark
from forecasting.measures import Closed, Lives, closed_in, opened_in
from forecasting.scope import Scope
from forecasting.templatetags.forecast import whole_money
from forecasting.weighting import ratio
from forecasting.wording import period_label

BACK = 7  # periods before this one in a sparkline


class Tile(NamedTuple):
    label: str
    value: str
    note: str
    spark: Spark
    url: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """The last periods, oldest first: what closed, the velocity, how many deals were new, how many open at the end."""

    periods: list[Period]
    closed: list[Closed]
    velocities: list[Decimal | None]
    opened: list[int]
    open: list[int]
    tiles: list[Tile]


def strip_of(scope: Scope) -> Strip:
    calendar, period = fiscal_calendar(), scope.asked.period
    periods = [calendar.beside(period, -back) for back in range(BACK, 0, -1)] + [period]
    closed, lives = closed_in(scope.deals, periods), Lives(scope.deals)
    still_open = [lives.open_at_end(each) for each in periods]
    strip = Strip(
        periods=periods,
        closed=closed,
        velocities=[_velocity(count, each) for count, each in zip(still_open, closed, strict=True)],
        opened=[lives.opened(each) for each in periods],
        open=still_open,
        tiles=[],
    )
    strip.tiles.extend(_tiles(scope, strip))
    return strip


def _tiles(scope: Scope, strip: Strip) -> list[Tile]:
    closed, periods, currency = strip.closed, strip.periods, scope.table.currency
    now, before = closed[-1], closed[-2]
    last, label = periods[-1], period_label(periods[-2])
    cycle, to = now.cycle, scope.to
    elapsed = Period(last.start, min(last.end, _tomorrow()))
    until_then = opened_in(scope.deals, _same_days(periods[-2], elapsed)).count()
    return [
        Tile(
            _("Win rate, by count"),
            percent(now.total.win_rate),
            _("%(period)s: %(was)s, by value %(value)s")
            % {"period": label, "was": percent(before.total.win_rate), "value": percent(now.total.value_win_rate)},
            spark([each.total.win_rate for each in closed]),
            to.closed,
        ),
        Tile(
            _("Average won deal"),
            whole_money(now.total.average_won, currency),
            f"{label}: {whole_money(before.total.average_won, currency)}",
            spark([each.total.average_won for each in closed]),
            to.won,
        ),
        Tile(
            _("Sales cycle, median"),
            _days(cycle.median),
            _("mean %(days)s") % {"days": _days(cycle.mean)},
            spark([each.cycle.median for each in closed]),
            to.won,
        ),
        Tile(
            _("Velocity, a day"),
            whole_money(strip.velocities[-1], currency),
            _("open × win rate × size ÷ cycle"),
            spark(strip.velocities),
        ),
        Tile(
            _("New deals"),
            whole(strip.opened[-1]),
            _("%(period)s to the same day: %(count)s") % {"period": label, "count": whole(until_then)},
            spark(strip.opened),
            to.opened,
        ),
        Tile(
            _("Open deals"),
            whole(strip.open[-1]),
            _("%(amount)s expected in %(period)s")
            % {"amount": compact_money(scope.row.figures.open, currency), "period": period_label(last)},
            spark(strip.open),
            to.open_ever,
        ),
    ]


def _velocity(open_deals: int, closed: Closed) -> Decimal | None:
    """Money a day: open deals × win rate × mean won ÷ mean cycle; nothing where the cycle is 0 or unknown."""
    rate, size, cycle = closed.total.win_rate, closed.total.average_won, closed.cycle.mean
    return None if rate is None or size is None else ratio(open_deals * rate * size, cycle)


def _days(days: Decimal | None) -> str:
    return "–" if days is None else _("%(n)s days") % {"n": plain_percent(Decimal(round(days)))}


def _tomorrow() -> date:
    return Workspace.current().today + timedelta(days=1)


def _same_days(before: Period, elapsed: Period) -> Period:
    """As many days of the period before as have passed of this one."""
    return Period(before.start, min(before.end, before.start + timedelta(days=max(1, elapsed.days))))
