"""One's own number: what is owed, what is won, what is missing, and the deals that would close the gap."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.models import Workspace
from crm.period_choice import Calendar
from crm.templatetags.penstock import whole
from forecasting.adjustments import Adjusted, Seats, shown
from forecasting.explaining import DealLine, deals_of
from forecasting.forms import Asked
from forecasting.links import Opening
from forecasting.runs import ByDay, ByPeriod, by_day, by_period
from forecasting.scope import Scope, scope_of
from forecasting.screen import Headline, adjust_url, headline_of, opening_of
from forecasting.table import forecast_table
from forecasting.types import REVENUE
from forecasting.weighting import Makeup, Row, makeup

SHOWN = 8  # deals
MANY = 500  # deals: of more, none is the one that matters


@dataclass(frozen=True, slots=True)
class Closing:
    """The open deals that weigh most, and how far they would go."""

    finding: str
    lines: Sequence[DealLine]
    left: int  # not shown
    url: str


@dataclass(frozen=True, slots=True)
class Mine:
    scope: Scope
    headline: Headline
    calendar: Calendar
    closing: Closing
    by_day: ByDay
    by_period: ByPeriod
    adjust_url: str  # empty: one may not

    @property
    def row(self) -> Row:
        return self.scope.row

    @property
    def adjusted(self) -> Adjusted | None:
        return shown(self.row, cumulative=True).get("forecast")

    @property
    def forecast(self) -> Decimal:
        return self.adjusted.amount if self.adjusted else self.row.static_forecast

    @property
    def missing(self) -> Decimal | None:
        """What no deal is there for yet: the gap less all that is open. None: nothing."""
        gap = self.row.gap
        short = None if gap is None else gap - self.row.figures.open
        return short if short is not None and short > 0 else None

    @property
    def a_week(self) -> Decimal | None:
        """What is to be won in each week that is left, today's days counted."""
        gap, days = self.row.gap, self.scope.table.days_left + 1
        is_running = Workspace.current().today in self.scope.asked.period
        return gap * 7 / days if is_running and gap is not None and gap > 0 and days > 7 else None


def mine_of(reach: Reach, asked: Asked, query: QueryDict) -> Mine:
    """Of the reader or of somebody within reach; of who sells nothing, all they answer for. Raises Http404."""
    scope = _scope(reach, asked)
    row, table = scope.row, scope.table
    may_adjust = table.is_judged and Seats(table.tree).may_adjust(row)
    return Mine(
        scope=scope,
        headline=headline_of(table, row, asked),
        calendar=Calendar(query, table.period),
        closing=_closing(row, scope.to, reach),
        by_day=by_day(scope),
        by_period=by_period(scope),
        adjust_url=f"{adjust_url(row, table.period)}forecast/" if may_adjust else "",
    )


def _scope(reach: Reach, asked: Asked) -> Scope:
    whose = asked.owner or reach.user_id
    alone = replace(asked, owner=whose, team=None)
    table = forecast_table(reach, asked.period, owner=whose, pipeline=asked.pipeline)
    if row := table.of_person(whose):
        return Scope(reach, alone, table, row, opening_of(row, asked.period, asked.pipeline))
    if asked.owner:
        raise Http404
    return scope_of(reach, asked)


def _closing(row: Row, to: Opening, reach: Reach) -> Closing:
    url = to.of(Makeup(open=makeup("open").open))
    if row.figures.open_deals > MANY:
        return Closing(_("Too many deals for any one of them to matter"), [], row.figures.open_deals, url)
    lines = next(iter(deals_of(makeup("weighted"), reach=reach, opening=to, type=REVENUE))).lines
    return Closing(_far(row.gap, lines), lines[:SHOWN], max(0, len(lines) - SHOWN), url)


def _far(gap: Decimal | None, lines: Sequence[DealLine]) -> str:
    """How many of the deals that weigh most it takes, if all of them are won."""
    if gap is None:
        return _("No quota is set")
    if gap <= 0:
        return _("The quota is reached")
    won = Decimal(0)
    for number, line in enumerate(lines, 1):
        won += line.worth or Decimal(0)
        if won >= gap:
            return (
                _("The likeliest one would close it")
                if number == 1
                else _("The likeliest %(n)s together would close it") % {"n": number}
            )
    return _("All of them together leave %(amount)s open") % {"amount": whole(gap - won)}
