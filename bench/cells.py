"""The rollups: read, refreshed after one change, and counted again from nothing."""

import itertools
import re
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from bench.measure import Result, by_turns, compare, once, p95, run_sql, watching_sql
from bench.screens import BY_MONTH_AND_OWNER, admin, answer, signed_in
from crm.access import reach_of
from crm.models import Workspace
from crm.past import looking_back, moment_of
from crm.periods import quarter_of
from crm.request import surroundings
from forecasting import workers
from forecasting.models import ForecastCell, StaleCell, WinLossCell
from forecasting.recount import forecast_query, win_loss_query
from forecasting.table import forecast_table
from pipeline.actions import revise_deal
from pipeline.models import Deal, DealChange

STOOD = """
SELECT owner_id, outcome, count(*), sum(amount) FROM (
    SELECT DISTINCT ON (deal_id) * FROM pipeline_dealchange WHERE known_at <= %(at)s
    ORDER BY deal_id, effective_at DESC, id DESC
) AS deal
WHERE (outcome = 'open' AND expected_close_on >= %(start)s AND expected_close_on < %(end)s)
   OR (outcome = 'won' AND closed_on >= %(start)s AND closed_on < %(end)s)
GROUP BY 1, 2
"""


def table(size: str) -> Result:
    reach = reach_of(admin())
    period = quarter_of(Workspace.current().today)

    def ours() -> None:
        with surroundings(via="bench"):
            forecast_table(reach, period)

    result = compare(
        "forecast table from the cells",
        size,
        ours,
        lambda: run_sql(BY_MONTH_AND_OWNER),
        60,
        at_most=20,
        at_most_p95=200,
    )
    result.note = f"{ForecastCell.objects.count():,} cells; the floor sums the deals by month and owner"
    return result


def as_of(size: str) -> Result:
    """The table of a period as it stood in the middle of it, counted from history as it is asked for."""
    reach, today = reach_of(admin()), Workspace.current().today
    moment = moment_of((today - timedelta(days=90)).isoformat())
    period = quarter_of(moment.day)

    def ours() -> None:
        with surroundings(via="bench"), looking_back(moment):
            forecast_table(reach, period)

    def floor() -> None:
        run_sql(STOOD, params={"at": moment.at, "start": period.start, "end": period.end})

    result = compare("forecast table as of 90 days ago", size, ours, floor, rounds=12, at_most=1500)
    result.note = f"{DealChange.objects.count():,} rows of history; the floor sums the newest rows of then by owner"
    return result


def drill_down(size: str) -> Result:
    """What makes a number, as a page: by turns the company's, a team's and people's."""
    client, asked = signed_in(), "?" + urlencode({"period": quarter_of(Workspace.current().today).key})
    page = client.get(f"/forecast/{asked}").content.decode()
    named = re.findall(r'href="(/forecast/cell/[^"/]+/)forecast/', page)
    explained = itertools.cycle([f"{cell}forecast/{asked}" for cell in named[:12]])
    show = answer(lambda: client.get(next(explained)))
    return compare("what makes a number", size, show, None, 60, at_most=150)


def refresh(size: str) -> Result:
    """A deal's amount changes; a worker brings the owner's month up to date."""
    deals = itertools.cycle(Deal.objects.filter(outcome="open", expected_close_on__isnull=False).order_by("pk")[:100])
    amounts = itertools.count(1000)
    workers.refresh_all()

    def change() -> None:
        revise_deal(next(deals), amount=next(amounts), by=None)

    taken, floors = [], []
    queries = 0
    for _ in range(60):
        change()
        mark = StaleCell.objects.get()
        floors.append(once(partial(run_floor, [(mark.owner_id, mark.month)])))
        with watching_sql() as statements, surroundings(via="worker"):
            taken.append(once(workers.refresh))
        queries = len(statements)
    taken.sort()
    return Result(
        "one cell’s refresh", size, median(taken), p95(taken), median(floors), queries,
        at_most=1000, note="an owner’s month: forecast and win/loss; the floor only asks",
    )  # fmt: skip


def run_floor(keys: Any) -> None:
    for query in (forecast_query(keys), win_loss_query(keys)):
        with connection.cursor() as cursor:
            cursor.execute(*query)
            cursor.fetchall()


def rebuild(size: str) -> Result:
    """Every cell again, compared with what is there."""
    plain, taken = by_turns(3, plain_group_by, workers.rebuild, warm=1)
    cells = ForecastCell.objects.count() + WinLossCell.objects.count()
    result = Result("full rebuild", size, median(taken), taken[-1], median(plain))
    result.at_most = 3 * median(plain)
    result.note = f"{Deal.objects.count():,} deals into {cells:,} cells; the floor is the plain GROUP BY"
    return result


def plain_group_by() -> None:
    """The two questions asked of the deals, every row of the answers read."""
    for text, params in (forecast_query(), win_loss_query()):
        with connection.cursor() as cursor:
            raw: Any = cursor.cursor
            with raw.copy(f"COPY ({text}) TO STDOUT", params) as copy:
                for _block in copy:
                    pass
