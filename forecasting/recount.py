"""The question the rollups answer, asked of the deals themselves: one SQL for a few cells and for all of them.

The queries take the base currency's rates as a VALUES list and an optional list of (owner, month) keys.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from crm.models import ExchangeRate, Workspace
from forecasting.seating import seat_join
from pipeline.models.changes import MONTH

Key = tuple[int, date | None]  # owner, first of the month; None: no expected close date

FORECAST_COLUMNS = (
    "owner_id, team_id, node_id, pipeline_id, month, currency_id, category,"
    " deals, weighted_deals, amount, base_amount, base_weighted, not_convertible"
)
FAMILY_COLUMNS = f"family, {FORECAST_COLUMNS}"
WIN_LOSS_COLUMNS = "owner_id, team_id, pipeline_id, month, outcome, dimension, key, deals, value, not_convertible"

KEYS = "JOIN unnest(%(owners)s::bigint[], %(months)s::date[]) AS k(owner, month) ON d.owner_id = k.owner AND {match}"
EXPECTED = (
    "((d.expected_close_on >= k.month AND d.expected_close_on < k.month + interval '1 month')"
    " OR (k.month IS NULL AND d.expected_close_on IS NULL))"
)
CLOSED = "d.closed_on >= k.month AND d.closed_on < k.month + interval '1 month'"

# The deals that count in the forecast, each with its month, category, worth and chance.
DEALS = """
    SELECT d.id, d.owner_id, d.team_id, seat.team_id AS node_id, d.pipeline_id,
           {expected_month} AS month, d.currency_id,
           coalesce(nullif(d.category_override, ''), s.category) AS category,
           coalesce(d.amount, 0) AS amount, round(coalesce(d.amount, 0) * r.rate, %(digits)s) AS base,
           coalesce(d.probability_override, s.probability) AS chance
    FROM pipeline_deal d {expected}
    JOIN pipeline_stage s ON s.id = d.stage_id
    LEFT JOIN (VALUES {rates}) AS r(currency, rate) ON r.currency = d.currency_id
    LEFT JOIN {seat_expected}
    WHERE d.outcome = 'open' AND d.archived_at IS NULL
    UNION ALL
    SELECT d.id, d.owner_id, d.team_id, seat.team_id, d.pipeline_id, {closed_month},
           d.currency_id, 'won', coalesce(d.amount, 0), d.base_amount, 100
    FROM pipeline_deal d {closed}
    LEFT JOIN {seat_closed}
    WHERE d.outcome = 'won' AND d.archived_at IS NULL
"""

SUMS = """owner_id, team_id, node_id, pipeline_id, month, currency_id, category, count(*)::int AS deals,
       sum(chance) / 100 AS weighted_deals, sum(amount) AS amount, coalesce(sum(base), 0) AS base_amount,
       coalesce(sum(round(base * chance * 0.01, %(digits)s)), 0) AS base_weighted,
       (count(*) FILTER (WHERE base IS NULL))::int AS not_convertible"""

FORECAST = f"""
SELECT {SUMS}
FROM ({DEALS}) AS deal
GROUP BY owner_id, team_id, node_id, pipeline_id, month, currency_id, category
"""

# The lines of the deals in {deals}: what all lines up to each come to, without it, and all of them.
LINES = """
    SELECT l.deal_id, l.product_id, sum(l.total) OVER upto AS upto, sum(l.total) OVER upto - l.total AS before,
           sum(l.total) OVER (PARTITION BY l.deal_id) AS whole, row_number() OVER upto AS number
    FROM pipeline_dealline l WHERE {has_deal}
    WINDOW upto AS (PARTITION BY l.deal_id ORDER BY l.position, l.id)
"""


def part_of(value: str, digits: str = "%(digits)s") -> str:
    """SQL for a line's part of a deal's value, by rounding the running total: the parts add up to it exactly."""
    return (
        f"CASE WHEN whole = 0 THEN CASE WHEN number = 1 THEN {value} ELSE 0 END"
        f" ELSE round({value} * upto / whole, {digits}) - round({value} * before / whole, {digits}) END"
    )


# A deal's part in a product family is that of its lines of that family.
FAMILY_PARTS = f"""
    SELECT deal.id, owner_id, team_id, node_id, pipeline_id, month, deal.currency_id, category, chance, p.family,
           sum({part_of("amount", "3")}) AS amount, sum({part_of("base")}) AS base
    FROM deal JOIN line ON line.deal_id = deal.id JOIN pipeline_product p ON p.id = line.product_id
    WHERE p.family <> ''
    GROUP BY deal.id, owner_id, team_id, node_id, pipeline_id, month, deal.currency_id, category, chance, p.family
"""

FAMILIES = f"""
WITH deal AS MATERIALIZED ({DEALS}), line AS ({LINES})
SELECT family, {SUMS}
FROM ({FAMILY_PARTS}) AS part
GROUP BY family, owner_id, team_id, node_id, pipeline_id, month, currency_id, category
"""

WIN_LOSS = f"""
WITH deal AS MATERIALIZED (
    SELECT d.id, d.owner_id, d.team_id, d.pipeline_id, {{closed_month}} AS month, d.outcome,
           d.base_amount AS value, coalesce(d.win_reason_id, d.loss_reason_id)::text AS reason,
           d.source_id::text AS source, d.competitor, c.sector, c.country
    FROM pipeline_deal d {{closed}}
    LEFT JOIN contacts_company c ON c.id = d.company_id
    WHERE d.outcome <> 'open' AND d.archived_at IS NULL
), line AS ({LINES})
SELECT owner_id, team_id, pipeline_id, month, outcome, dimension, coalesce(key, '') AS key, count(*)::int AS deals,
       coalesce(sum(value), 0) AS value, (count(*) FILTER (WHERE value IS NULL))::int AS not_convertible
FROM (
    SELECT owner_id, team_id, pipeline_id, month, outcome, dimension, key, value
    FROM deal CROSS JOIN LATERAL (VALUES
        ('all', ''), ('reason', reason), ('source', source), ('sector', sector), ('country', country),
        ('competitor', competitor)) AS part(dimension, key)
    UNION ALL
    SELECT owner_id, team_id, pipeline_id, month, outcome, 'product', product_id::text, sum(part)
    FROM (
        SELECT deal.*, product_id, CASE WHEN product_id IS NULL THEN value ELSE {part_of("value")} END AS part
        FROM deal LEFT JOIN line ON line.deal_id = deal.id
    ) AS split
    GROUP BY id, owner_id, team_id, pipeline_id, month, outcome, product_id
) AS closed_by
GROUP BY owner_id, team_id, pipeline_id, month, outcome, dimension, coalesce(key, '')
"""


def forecast_query(keys: Sequence[Key] | None = None) -> tuple[str, dict[str, Any]]:
    """SQL and parameters of the forecast cells, all of them or those of `keys`."""
    return _prepared(FORECAST, keys)


def family_query(keys: Sequence[Key] | None = None) -> tuple[str, dict[str, Any]]:
    """SQL and parameters of the product families' cells, all of them or those of `keys`."""
    return _prepared(FAMILIES, keys)


def win_loss_query(keys: Sequence[Key] | None = None) -> tuple[str, dict[str, Any]]:
    """SQL and parameters of the win/loss cells, all of them or those of `keys`."""
    return _prepared(WIN_LOSS, keys)


def _prepared(query: str, keys: Sequence[Key] | None) -> tuple[str, dict[str, Any]]:
    workspace = Workspace.current()
    rates = ExchangeRate.rates_on(workspace.today, workspace.currency_id)
    worth = [(rates.base, rates.rate(rates.base)), *rates.worth.items()]
    params: dict[str, Any] = {"digits": workspace.currency.digits, "today": workspace.today}
    for number, (currency, rate) in enumerate(worth):
        params |= {f"currency{number}": currency, f"rate{number}": rate}
    if keys is not None:
        params |= {"owners": [owner for owner, _ in keys], "months": [month for _, month in keys]}
    text = query.format(
        rates=", ".join(f"(%(currency{number})s, %(rate{number})s::numeric)" for number in range(len(worth))),
        expected=KEYS.format(match=EXPECTED) if keys is not None else "",
        closed=KEYS.format(match=CLOSED) if keys is not None else "",
        expected_month=MONTH.format("d.expected_close_on"),
        closed_month=MONTH.format("d.closed_on"),
        seat_expected=seat_join("d.owner_id", "coalesce(d.expected_close_on, %(today)s)"),
        seat_closed=seat_join("d.owner_id", "d.closed_on"),
        has_deal="l.deal_id IN (SELECT id FROM deal)" if keys is not None else "true",
    )
    return text, params
