"""What history says about deals: how large, how quick, how far they come. Each question is one statement.

`deals` are the live deals of a scope; the closed ones count at their last close, in the workspace's currency.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from crm.access import Reach
from crm.models import Workspace
from crm.periods import Period
from forecasting.planning import Aged, Cycle, Share, Size
from forecasting.reports import WinLossRow
from pipeline.filters import NARROW, DealFilter
from pipeline.models import Deal, Outcome
from pipeline.valuing import CHANCE, Valuing

LATELY = 90  # days whose new deals are what is usual
COLUMNS = ("id", "outcome", "opened_at", "closed_on", "base_amount")


def deals_behind(address: str, reach: Reach) -> QuerySet[Deal]:
    """The live deals that an address of the deal list shows; a bare query string will do."""
    query = QueryDict(urlsplit(address).query or address.lstrip("?"))
    return DealFilter.of(query, reach).apply(Deal.objects.visible_to(reach).live())


def _ask(question: str, deals: QuerySet[Deal], params: Sequence[Any], columns: Sequence[str] = COLUMNS) -> list[Any]:
    """`question` begins behind WITH deal AS (…); its parameters follow those of the deals."""
    try:
        sql, own = deals.order_by().values_list(*columns).query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"WITH deal AS ({sql}) {question}", [*own, *params])
        return list(cursor.fetchall())


# ── Sizes and cycles ───────────────────────────────────────────────────────────────────────────────

CLOSED = """, during AS (SELECT * FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS p(starts, ends, number)),
closed AS (
    SELECT p.number, d.outcome, d.base_amount, d.closed_on - (d.opened_at AT TIME ZONE %s)::date AS days
    FROM deal d JOIN during p ON d.closed_on >= p.starts AND d.closed_on < p.ends
)
SELECT number, outcome, count(*), coalesce(sum(base_amount), 0), count(*) FILTER (WHERE base_amount IS NULL),
       coalesce(stddev_samp(base_amount), 0), avg(days) FILTER (WHERE days >= 0),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE days >= 0),
       count(*) FILTER (WHERE days >= 0), count(*) FILTER (WHERE days < 0)
FROM closed GROUP BY number, outcome
"""


@dataclass(slots=True)
class Closed:
    """Deals closed in a period, and how large and quick the won ones were."""

    total: WinLossRow
    size: Size | None = None
    cycle: Cycle = field(default_factory=Cycle)

    @property
    def win_rate(self) -> Share | None:
        return None if self.total.win_rate is None else Share(self.total.win_rate, self.total.closed_deals)


def closed_in(deals: QuerySet[Deal], periods: Sequence[Period]) -> list[Closed]:
    """For each of the periods."""
    starts, ends = [period.start for period in periods], [period.end for period in periods]
    found = [Closed(WinLossRow(period.key, "")) for period in periods]
    within = deals.filter(closed_on__gte=min(starts), closed_on__lt=max(ends))
    for number, outcome, count, value, missing, deviation, days, median, of, errors in _ask(
        CLOSED, within, [starts, ends, _zone()]
    ):
        closed = found[number - 1]
        closed.total.add(outcome, count, value, missing)
        if outcome == Outcome.WON:
            mean = closed.total.average_won
            closed.size = None if mean is None else Size(mean, deviation, count - missing)
            closed.cycle = Cycle(days, None if median is None else Decimal(str(median)), of, errors)
    return found


BY_DAY = "SELECT closed_on, count(*), coalesce(sum(base_amount), 0) FROM deal GROUP BY closed_on ORDER BY closed_on"


def won_by_day(deals: QuerySet[Deal]) -> list[tuple[date, int, Decimal]]:
    """Of won deals: on each day how many, and their value."""
    return _ask(BY_DAY, deals, [])


# ── Ages ───────────────────────────────────────────────────────────────────────────────────────────

AGES = """
SELECT greatest(0, coalesce(closed_on, %s) - (opened_at AT TIME ZONE %s)::date) AS age,
       count(*) FILTER (WHERE outcome = 'won'), count(*) FILTER (WHERE outcome = 'lost'),
       count(*) FILTER (WHERE outcome = 'open')
FROM deal GROUP BY age
"""


def ages_of(deals: QuerySet[Deal], period: Period) -> list[Aged]:
    """How old the deals that were opened in the period were when they closed, or are today."""
    return [Aged(*row) for row in _ask(AGES, opened_in(deals, period), [Workspace.current().today, _zone()])]


def opened_in(deals: QuerySet[Deal], period: Period) -> QuerySet[Deal]:
    return deals.filter(NARROW["opened_from"]([str(period.start)]), NARROW["opened_to"]([str(period.last_day)]))


LIVES = """
SELECT date_trunc('month', opened_at AT TIME ZONE %s)::date AS opened, date_trunc('month', closed_on)::date AS closed,
       count(*)
FROM deal GROUP BY opened, closed
"""


class Lives:
    """When deals were opened and closed, by month: how many were new in a period, how many open at its end."""

    def __init__(self, deals: QuerySet[Deal]) -> None:
        self.rows: list[tuple[date, date | None, int]] = _ask(LIVES, deals, [_zone()])

    def opened(self, period: Period) -> int:
        return sum(count for opened, _closed, count in self.rows if opened in period)

    def open_at_end(self, period: Period) -> int:
        return sum(
            count
            for opened, closed, count in self.rows
            if opened < period.end and (closed is None or closed >= period.end)
        )


def a_week(deals: QuerySet[Deal]) -> Decimal:
    """New deals a week, over the last days."""
    today = Workspace.current().today
    lately = Period(today - timedelta(days=LATELY - 1), today + timedelta(days=1))
    return Decimal(opened_in(deals, lately).count()) * 7 / LATELY


def expected_variance(deals: QuerySet[Deal]) -> Decimal:
    """Σ amount² · p · (1 − p) of open deals, each in the workspace's currency."""
    valued = deals.annotate(value=Valuing.today().open_value(), chance=CHANCE)
    question = "SELECT coalesce(sum(value * value * chance / 100 * (1 - chance / 100)), 0) FROM deal"
    rows = _ask(question, valued, [], ("value", "chance"))
    return Decimal(rows[0][0]) if rows else Decimal(0)


# ── Stages ─────────────────────────────────────────────────────────────────────────────────────────

# A deal that skips a stage passes it on the day it enters a later one; entered again, the first time counts.
ENTERED = """, stage AS (
    SELECT id, position FROM pipeline_stage WHERE pipeline_id = %s AND kind = 'open'
), first AS (
    SELECT c.deal_id, s.position, min((c.effective_at AT TIME ZONE %s)::date) AS day
    FROM deal d JOIN pipeline_dealchange c ON c.deal_id = d.id JOIN stage s ON s.id = c.stage_id
    GROUP BY c.deal_id, s.position
), entered AS (
    SELECT d.id, d.outcome, d.closed_on, s.id AS stage,
           coalesce(min(f.day) FILTER (WHERE f.position >= s.position), d.closed_on) AS day,
           bool_or(f.position > s.position) OR d.outcome = 'won' AS went_on
    FROM deal d CROSS JOIN stage s LEFT JOIN first f ON f.deal_id = d.id
    GROUP BY d.id, d.outcome, d.closed_on, s.id
    HAVING count(f.day) FILTER (WHERE f.position >= s.position) > 0 OR d.outcome = 'won'
)
"""
STAGE_AGES = """
SELECT stage, greatest(0, coalesce(closed_on, %s) - day) AS age, count(*) FILTER (WHERE outcome = 'won'),
       count(*) FILTER (WHERE outcome = 'lost'), count(*) FILTER (WHERE outcome = 'open')
FROM entered GROUP BY stage, age
"""
CONVERSIONS = """
SELECT stage, count(*), count(*) FILTER (WHERE went_on),
       count(*) FILTER (WHERE went_on IS NOT TRUE AND outcome = 'open')
FROM entered WHERE day >= %s AND day < %s GROUP BY stage
"""


class Passed(NamedTuple):
    """Deals that entered a stage: how many later entered a later one or were won, and how many are still there."""

    entered: int = 0
    went_on: int = 0
    still_open: int = 0


def stage_ages(deals: QuerySet[Deal], pipeline: int, period: Period) -> dict[int, list[Aged]]:
    """By stage, how long after entering it the deals opened in the period were won, lost, or are still open."""
    found: dict[int, list[Aged]] = defaultdict(list)
    mine = opened_in(deals, period).filter(pipeline=pipeline)
    for stage, *aged in _ask(ENTERED + STAGE_AGES, mine, [pipeline, _zone(), Workspace.current().today]):
        found[stage].append(Aged(*aged))
    return found


def conversions(deals: QuerySet[Deal], pipeline: int, period: Period) -> dict[int, Passed]:
    """By stage, of the deals that entered it in the period."""
    mine = deals.filter(pipeline=pipeline).exclude(closed_on__lt=period.start)
    return {
        stage: Passed(*counts)
        for stage, *counts in _ask(ENTERED + CONVERSIONS, mine, [pipeline, _zone(), period.start, period.end])
    }


def _zone() -> str:
    return Workspace.current().time_zone
