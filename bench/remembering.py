"""What is remembered: how a quarter changed, and every cell locked at the end of a day."""

from datetime import timedelta
from functools import partial

from bench.measure import Result, compare, once, run_sql
from bench.screens import admin
from crm.access import reach_of
from crm.calendar import this
from crm.models import Workspace
from crm.request import surroundings
from forecasting import snapshots
from forecasting.models import ForecastSnapshot
from forecasting.movements import Movement, slippage, waterfall
from forecasting.span import usual_span

# The least that must be read of every deal that was ever expected in the quarter.
CHANGES_OF_QUARTER = """
SELECT c.outcome, count(*), sum(c.amount) FROM pipeline_dealchange c WHERE c.deal_id IN (
    SELECT deal_id FROM pipeline_dealchange
    WHERE outcome = 'open' AND expected_close_on >= %(start)s AND expected_close_on < %(end)s
) GROUP BY c.outcome
"""
NEWEST_CHANGES = """
SELECT owner_id, date_trunc('month', coalesce(closed_on, expected_close_on)), count(*), sum(amount) FROM (
    SELECT DISTINCT ON (deal_id) * FROM pipeline_dealchange WHERE known_at <= %(at)s
    ORDER BY deal_id, effective_at DESC, id DESC
) AS stood GROUP BY 1, 2
"""


def changes(size: str) -> Result:
    """Of everybody, from the quarter's first day until now; what slipped is a second question."""
    with surroundings(via="bench"):
        period = this("quarter")
        movement = Movement(reach_of(admin()), period, *usual_span(period))
        params = {"start": period.start, "end": period.end}

        def ours() -> None:
            waterfall(movement)

        result = compare(
            "waterfall of a quarter", size, ours, lambda: run_sql(CHANGES_OF_QUARTER, params=params), 5, at_most=2000
        )
        sums = waterfall(movement).sums.values()
        slipped = once(partial(slippage, movement))
    result.note = f"{sum(each.deals for each in sums):,} rows of the ledger; what slipped in {slipped:,.0f} ms"
    return result


def snapshot(size: str) -> Result:
    """The first day, when every cell is new, and the next one, when hardly any is."""
    yesterday = Workspace.current().today - timedelta(days=1)
    with surroundings(via="bench"):
        first = once(partial(snapshots.lock_day, yesterday - timedelta(days=1)))
        second = once(partial(snapshots.lock_day, yesterday))
        floor = once(partial(run_sql, NEWEST_CHANGES, params={"at": snapshots.end_of(yesterday).at}))
    result = Result("nightly snapshot", size, second, max(first, second), floor, at_most=60_000)
    days = {day: ForecastSnapshot.objects.filter(day=day).count() for day in (yesterday - timedelta(days=1), yesterday)}
    result.note = "{:,} cells at first, {:,} changed by the next day".format(*days.values())
    return result
