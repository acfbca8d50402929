"""What became of the open deals of a period between two instants: a waterfall that reconciles deal by deal.

A deal is *in* while it is open, not deleted, expected to close in the period, and belongs to whom the question is
about: its owner, team and pipeline as they were at that time. Every change that was learnt between the two instants
moves it in, out, up or down; what rates did to it in between is told apart. Each part is rounded for each deal, so

    end = start + all causes

holds exactly for every deal, and so for every filter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from crm.access import Reach
from crm.models import Workspace
from crm.periods import Period
from forecasting.seating import below
from pipeline.models.changes import MONTH

# In the order in which a waterfall has them. The last six only where there are any.
GAINS = ("created", "reopened", "pulled_in", "up", "owner_in", "pipeline_in", "restored")
LOSSES = ("down", "pushed_out", "lost", "won", "owner_out", "pipeline_out", "deleted")
CAUSES = (*GAINS, "fx", *LOSSES)
RARE = {"reopened", "owner_in", "pipeline_in", "restored", "owner_out", "pipeline_out", "deleted"}

ROOM = "64MB"  # for sorting the changes of a large company’s quarter

# Each change that made the deal what it was then: rows of history in the order in which they were learnt, without those
# dated back before one that was known. `why` says why the deal is not in, `b` and `e` what it is worth when it began to
# stand so, and when that ended. A period is whole months.
STEPS = f"""
WITH candidate AS (
    SELECT DISTINCT deal_id FROM pipeline_dealchange
    WHERE outcome = 'open' AND {MONTH.format("expected_close_on")} = ANY(%(months)s) AND known_at <= %(until)s
), rated AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(currencies)s::text[], %(rates)s::numeric[]) AS r(number, currency, rate)
), known AS (
    SELECT deal_id, id, known_at, effective_at, owner_id, expected_close_on, currency_id, amount,
           CASE WHEN outcome <> 'open' THEN outcome WHEN is_archived THEN 'deleted' WHEN NOT {{whose}} THEN 'owner_out'
                WHEN NOT {{piped}} THEN 'pipeline_out'
                WHEN expected_close_on >= %(start)s AND expected_close_on < %(end)s THEN 'in'
                ELSE 'pushed_out' END AS why,
           max(effective_at) OVER (
               PARTITION BY deal_id ORDER BY known_at, effective_at, id ROWS UNBOUNDED PRECEDING) AS newest
    FROM pipeline_dealchange JOIN candidate USING (deal_id)
    WHERE known_at <= %(until)s
), stood AS (
    SELECT *, lead(known_at) OVER (PARTITION BY deal_id ORDER BY known_at, effective_at, id) AS next_at
    FROM known WHERE effective_at = newest
), worth AS (
    SELECT deal_id, id, known_at, effective_at, next_at, owner_id, expected_close_on, why,
           known_at > %(since)s AS is_news, rb.rate IS NULL AS b_missing, re.rate IS NULL AS e_missing,
           coalesce(round(amount * rb.rate, %(digits)s), 0) AS b, coalesce(round(amount * re.rate, %(digits)s), 0) AS e
    FROM stood
    LEFT JOIN rated rb ON rb.currency = currency_id
        AND rb.number = width_bucket(greatest(known_at, %(since)s), %(breaks)s::timestamptz[])
    LEFT JOIN rated re ON re.currency = currency_id
        AND re.number = width_bucket(coalesce(next_at, %(until)s), %(breaks)s::timestamptz[])
    WHERE next_at IS NULL OR next_at > %(since)s
), step AS MATERIALIZED (
    SELECT *, lag(e) OVER w AS was, lag(why, 1, 'new') OVER w AS why_before,
           lag(expected_close_on) OVER w AS was_expected
    FROM worth WINDOW w AS (PARTITION BY deal_id ORDER BY known_at, effective_at, id)
)"""

ENTRIES = """, entry AS (
    SELECT deal_id, cause, sum(value) AS value, min(at) AS at, min(place) AS place,
           count(*) FILTER (WHERE missing) AS missing
    FROM (
        SELECT deal_id, 'start' AS cause, b AS value, %(since)s AS at, 0 AS place, b_missing AS missing
        FROM step WHERE why = 'in' AND NOT is_news
        UNION ALL
        SELECT deal_id, CASE WHEN b > was THEN 'up' ELSE 'down' END, b - was, known_at, 1, false
        FROM step WHERE is_news AND why_before = 'in' AND b <> was
        UNION ALL
        SELECT deal_id, why, -b, known_at, 2, b_missing
        FROM step WHERE is_news AND why_before = 'in' AND why <> 'in'
        UNION ALL
        SELECT deal_id, CASE why_before WHEN 'new' THEN 'created' WHEN 'deleted' THEN 'restored'
               WHEN 'owner_out' THEN 'owner_in' WHEN 'pipeline_out' THEN 'pipeline_in'
               WHEN 'pushed_out' THEN 'pulled_in' ELSE 'reopened' END, b, known_at, 2, b_missing
        FROM step WHERE is_news AND why = 'in' AND why_before <> 'in'
        UNION ALL
        SELECT deal_id, 'fx', e - b, coalesce(next_at, %(until)s), 3, false FROM step WHERE why = 'in' AND e <> b
        UNION ALL
        SELECT deal_id, 'end', e, %(until)s, 4, e_missing FROM step WHERE why = 'in' AND next_at IS NULL
    ) AS part
    GROUP BY deal_id, cause
)"""
BY_CAUSE = "SELECT cause, count(*), sum(value), sum(missing)::int FROM entry GROUP BY cause"
LEDGER = """
SELECT deal_id, cause, value, at FROM entry WHERE cause = ANY(%(causes)s)
ORDER BY {order}, deal_id LIMIT %(limit)s OFFSET %(offset)s"""
IN_TIME, BY_SIZE = "at, place", "abs(value) DESC, at"

SLIPPED = """
, deal AS (
    SELECT deal_id, bool_or(why = 'in' AND NOT is_news) AS was_due, min(owner_id) FILTER (WHERE NOT is_news) AS owner,
           sum(b) FILTER (WHERE why = 'in' AND NOT is_news) AS value,
           bool_or(next_at IS NULL AND why NOT IN ('won', 'lost', 'deleted')) AS is_open,
           bool_or(next_at IS NULL AND why = 'won') AS is_won, bool_or(next_at IS NULL AND why = 'lost') AS is_lost,
           count(*) FILTER (WHERE is_push) AS pushes,
           sum(expected_close_on - was_expected) FILTER (WHERE is_push) AS days
    FROM (
        SELECT *, is_news AND why_before = 'in' AND why NOT IN ('won', 'lost', 'deleted')
               AND expected_close_on > was_expected AS is_push
        FROM step
    ) AS pushed
    GROUP BY deal_id
)
SELECT owner, count(*), sum(value), count(*) FILTER (WHERE is_open), coalesce(sum(value) FILTER (WHERE is_open), 0),
       count(*) FILTER (WHERE is_won), count(*) FILTER (WHERE is_lost),
       sum(pushes)::int, count(*) FILTER (WHERE pushes > 0), coalesce(sum(days), 0)::int
FROM deal WHERE was_due GROUP BY owner"""

# The newest rate of each currency at an instant, and each one that came afterwards, from when it counted.
RATES = """
WITH rate AS (
    SELECT currency_id, rate, "on", id, greatest(recorded_at, "on"::timestamp AT TIME ZONE %(zone)s) AS at
    FROM crm_exchangerate WHERE base_id = %(base)s
)
SELECT * FROM (
    SELECT DISTINCT ON (currency_id) * FROM rate WHERE at <= %(since)s ORDER BY currency_id, "on" DESC, id DESC
) AS newest UNION ALL SELECT * FROM rate WHERE at > %(since)s AND at <= %(until)s ORDER BY at, "on", id"""


@dataclass(frozen=True, slots=True)
class Movement:
    """The question: a period's open deals, between two instants, of whom."""

    reach: Reach
    period: Period
    since: datetime
    until: datetime
    team: int | None = None
    owner: int | None = None
    pipeline: int | None = None

    def params(self) -> dict[str, Any]:
        workspace = Workspace.current()
        breaks, rated = _rates(self.since, self.until)
        teams = below([self.team], workspace.today) if self.team else []
        return {
            "start": self.period.start,
            "end": self.period.end,
            "months": self.period.months,
            "since": self.since,
            "until": self.until,
            "digits": workspace.currency.digits,
            "breaks": breaks,
            "numbers": [each.number for each in rated],
            "currencies": [each.currency for each in rated],
            "rates": [each.rate for each in rated],
            "teams": teams,
            "owner": self.owner,
            "pipeline": self.pipeline,
            "me": self.reach.user_id,
            "reads": sorted(self.reach.reads or ()),
        }

    def sql(self, query: str) -> str:
        """With what belongs to whom the question is about, at that time."""
        whose = [
            "" if self.reach.reads is None else "(owner_id = %(me)s OR team_id = ANY(%(reads)s))",
            "team_id = ANY(%(teams)s)" if self.team else "",
            "owner_id = %(owner)s" if self.owner else "",
        ]
        mine = " AND ".join(part for part in whose if part)
        return STEPS.format(
            whose=f"coalesce({mine}, false)" if mine else "true",
            piped="pipeline_id = %(pipeline)s" if self.pipeline else "true",
        ) + query  # fmt: skip


class Entry(NamedTuple):
    """One row of the ledger: what one cause did to one deal, when first."""

    deal_id: int
    cause: str
    value: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Sum:
    deals: int = 0
    value: Decimal = Decimal(0)
    missing: int = 0  # deals without an exchange rate, in no sum


@dataclass(frozen=True, slots=True)
class Waterfall:
    movement: Movement
    currency: str
    sums: dict[str, Sum] = field(default_factory=dict)

    def of(self, cause: str) -> Sum:
        return self.sums.get(cause, Sum())

    @property
    def start(self) -> Sum:
        return self.of("start")

    @property
    def end(self) -> Sum:
        return self.of("end")

    @property
    def causes(self) -> list[str]:
        """Those to show: the rare ones only where there are any."""
        return [cause for cause in CAUSES if cause in self.sums or cause not in RARE]

    @property
    def change(self) -> Decimal:
        return self.end.value - self.start.value

    @property
    def is_empty(self) -> bool:
        return not self.sums


def waterfall(movement: Movement) -> Waterfall:
    rows = _asked(movement.sql(ENTRIES + BY_CAUSE), movement.params())
    return Waterfall(movement, Workspace.current().currency_id, {cause: Sum(*rest) for cause, *rest in rows})


def ledger(
    movement: Movement, causes: Sequence[str] = CAUSES, *, order: str = IN_TIME, limit: int = 100, offset: int = 0
) -> list[Entry]:
    """One row for each deal and cause, in the order in which they happened."""
    params = movement.params() | {"causes": list(causes), "limit": limit, "offset": offset}
    return [Entry(*row) for row in _asked(movement.sql(ENTRIES + LEDGER.format(order=order)), params)]


# ── Slippage ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Slippage:
    """Of the deals that were expected in the period at its beginning, by whom they then belonged to."""

    owner: int | None
    due: int = 0
    due_value: Decimal = Decimal(0)
    slipped: int = 0  # still open
    slipped_value: Decimal = Decimal(0)
    won: int = 0
    lost: int = 0
    pushes: int = 0
    pushed: int = 0  # deals
    pushed_days: int = 0

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.slipped) / self.due if self.due else None

    @property
    def value_share(self) -> Decimal | None:
        return self.slipped_value / self.due_value if self.due_value else None

    @property
    def days_a_push(self) -> Decimal | None:
        return Decimal(self.pushed_days) / self.pushes if self.pushes else None


def slippage(movement: Movement) -> list[Slippage]:
    """Everybody's, and before them all together."""
    rows = [Slippage(*row) for row in _asked(movement.sql(SLIPPED), movement.params())]
    whole = Slippage(None)
    for name in ("due", "due_value", "slipped", "slipped_value", "won", "lost", "pushes", "pushed", "pushed_days"):
        setattr(whole, name, sum((getattr(row, name) for row in rows), type(getattr(whole, name))()))
    return [whole, *sorted(rows, key=lambda row: (-row.slipped_value, row.owner or 0))]


# ── Rates ──────────────────────────────────────────────────────────────────────────────────────────


class Rated(NamedTuple):
    number: int  # of the stretch of time between two breaks
    currency: str
    rate: Decimal


def _rates(since: datetime, until: datetime) -> tuple[list[datetime], list[Rated]]:
    """The instants at which a rate changed, the first being `since`, and every currency's rate from each on."""
    workspace = Workspace.current()
    params = {
        "base": workspace.currency_id,
        "zone": workspace.time_zone,
        "since": since,
        "until": until,
    }
    breaks, stretches = [since], [{workspace.currency_id: Decimal(1)}]
    newest: dict[str, tuple[date, int]] = {}
    for currency, rate, on, pk, at in _asked(RATES, params):
        if newest.get(currency, (date.min, 0)) > (on, pk):
            continue
        newest[currency] = (on, pk)
        if at > breaks[-1]:
            breaks.append(at)
            stretches.append(dict(stretches[-1]))
        stretches[-1][currency] = rate
    rated = [
        Rated(number, currency, rate)
        for number, stretch in enumerate(stretches, 1)
        for currency, rate in stretch.items()
    ]
    return breaks, rated


def _asked(sql: str, params: dict[str, Any]) -> Iterable[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{ROOM}'")
        cursor.execute(sql, params)
        return list(cursor.fetchall())
