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

from django.db import connection

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

# Each change that made the deal what it was then: rows of history in the order in which they were learnt, without those
# dated back before one that was known. `b` and `e`: worth when it began to stand so, and when it ended.
STEPS = f"""
WITH candidate AS MATERIALIZED (
    SELECT DISTINCT deal_id FROM pipeline_dealchange
    WHERE outcome = 'open' AND {MONTH.format("expected_close_on")} = ANY(%(months)s)
      AND expected_close_on >= %(start)s AND expected_close_on < %(end)s AND known_at <= %(until)s
), known AS (
    SELECT c.*, max(c.effective_at) OVER learnt AS newest
    FROM candidate JOIN pipeline_dealchange c USING (deal_id)
    WHERE c.known_at <= %(until)s
    WINDOW learnt AS (
        PARTITION BY c.deal_id ORDER BY c.known_at, c.effective_at, c.id ROWS UNBOUNDED PRECEDING)
), stood AS (
    SELECT deal_id, id, known_at, effective_at, outcome, is_archived, owner_id, expected_close_on, currency_id,
           coalesce(amount, 0) AS amount, {{whose}} AS mine, {{piped}} AS piped,
           coalesce(expected_close_on >= %(start)s AND expected_close_on < %(end)s, false) AS timely,
           lead(known_at) OVER w AS next_at
    FROM known WHERE effective_at = newest
    WINDOW w AS (PARTITION BY deal_id ORDER BY known_at, effective_at, id)
), worth AS (
    SELECT stood.*, outcome = 'open' AND NOT is_archived AND mine AND piped AND timely AS is_in,
           known_at > %(since)s AS is_news, rb.rate IS NULL AS b_missing, re.rate IS NULL AS e_missing,
           coalesce(round(amount * rb.rate, %(digits)s), 0) AS b, coalesce(round(amount * re.rate, %(digits)s), 0) AS e
    FROM stood
    LEFT JOIN rated rb ON rb.currency = currency_id
        AND rb.number = width_bucket(greatest(known_at, %(since)s), %(breaks)s::timestamptz[])
    LEFT JOIN rated re ON re.currency = currency_id
        AND re.number = width_bucket(coalesce(next_at, %(until)s), %(breaks)s::timestamptz[])
    WHERE next_at IS NULL OR next_at > %(since)s
), step AS (
    SELECT worth.*, lag(is_in, 1, false) OVER w AS was_in, lag(e) OVER w AS was, lag(outcome) OVER w AS was_outcome,
           lag(is_archived) OVER w AS was_archived, lag(mine) OVER w AS was_mine, lag(piped) OVER w AS was_piped,
           lag(expected_close_on) OVER w AS was_expected
    FROM worth WINDOW w AS (PARTITION BY deal_id ORDER BY known_at, effective_at, id)
)"""
RATED = """
, rated AS MATERIALIZED (
    SELECT * FROM unnest(%(numbers)s::int[], %(currencies)s::text[], %(rates)s::numeric[]) AS r(number, currency, rate)
)"""
STEPS = STEPS.replace("), known AS (", f"){RATED}, known AS (", 1)

ENTRIES = """, entry AS (
    SELECT deal_id, part.cause, sum(part.value) AS value, min(part.at) AS at, min(part.place) AS place,
           count(*) FILTER (WHERE part.missing) AS missing
    FROM step CROSS JOIN LATERAL (VALUES
        ('start', b, %(since)s, 0, b_missing, is_in AND NOT is_news),
        (CASE WHEN b > was THEN 'up' ELSE 'down' END, b - was, known_at, 1, false, is_news AND was_in AND b <> was),
        (CASE WHEN outcome <> 'open' THEN outcome WHEN is_archived THEN 'deleted' WHEN NOT mine THEN 'owner_out'
              WHEN NOT piped THEN 'pipeline_out' ELSE 'pushed_out' END,
         -b, known_at, 2, b_missing, is_news AND was_in AND NOT is_in),
        (CASE WHEN was_outcome IS NULL THEN 'created' WHEN was_outcome <> 'open' THEN 'reopened'
              WHEN was_archived THEN 'restored' WHEN NOT was_mine THEN 'owner_in' WHEN NOT was_piped THEN 'pipeline_in'
              ELSE 'pulled_in' END,
         b, known_at, 2, b_missing, is_news AND is_in AND NOT was_in),
        ('fx', e - b, coalesce(next_at, %(until)s), 3, false, is_in AND e <> b),
        ('end', e, %(until)s, 4, e_missing, is_in AND next_at IS NULL)
    ) AS part(cause, value, at, place, missing, is_so)
    WHERE part.is_so
    GROUP BY deal_id, part.cause
)"""
BY_CAUSE = "SELECT cause, count(*), sum(value), sum(missing)::int FROM entry GROUP BY cause"
LEDGER = """
SELECT deal_id, cause, value, at FROM entry WHERE cause = ANY(%(causes)s)
ORDER BY {order}, deal_id LIMIT %(limit)s OFFSET %(offset)s"""
IN_TIME, BY_SIZE = "at, place", "abs(value) DESC, at"

SLIPPED = """
, deal AS (
    SELECT deal_id, bool_or(is_in AND NOT is_news) AS was_due, min(owner_id) FILTER (WHERE NOT is_news) AS owner,
           sum(b) FILTER (WHERE is_in AND NOT is_news) AS value,
           bool_or(next_at IS NULL AND outcome = 'open' AND NOT is_archived) AS is_open,
           bool_or(next_at IS NULL AND outcome = 'won') AS is_won,
           bool_or(next_at IS NULL AND outcome = 'lost') AS is_lost,
           count(*) FILTER (WHERE is_push) AS pushes,
           sum(expected_close_on - was_expected) FILTER (WHERE is_push) AS days
    FROM (SELECT *, is_news AND was_in AND outcome = 'open' AND expected_close_on > was_expected AS is_push FROM step) s
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
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
