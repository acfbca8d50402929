"""Keep the rollups true. A rollup is recomputed from the deals, never incremented.

A change appends marks in its own transaction. A worker takes marks nobody else holds, locks their cells, and only then
reads the deals: whatever it reads is at least as new as the marks, and a change that commits later brings a mark of its
own. Killed at any point, its transaction leaves marks and cells as they were.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crm.bulk import append
from crm.events import announce
from crm.models import ExchangeRate, Workspace
from forecasting.models import Freshness, Recount, StaleCell
from forecasting.recount import (
    FAMILY_COLUMNS,
    FORECAST_COLUMNS,
    WIN_LOSS_COLUMNS,
    Key,
    family_query,
    forecast_query,
    win_loss_query,
)
from forecasting.seating import SEATS

AT_ONCE = 500  # marks in one transaction
REBUILDING = 0x70656E73  # advisory lock: shared by refreshes, alone for a rebuild
FORECAST_KEY = "owner_id, team_id, node_id, pipeline_id, month, currency_id, category"
FAMILY_KEY = f"family, {FORECAST_KEY}"
NEVER_NULL = {
    "team_id": "coalesce({0}.team_id, 0)",
    "node_id": "coalesce({0}.node_id, 0)",
    "month": "coalesce({0}.month, 'infinity')",
}
ROOM = "64MB"  # for each sort and hash of a rebuild, which is alone
WIN_LOSS_KEY = "owner_id, team_id, pipeline_id, month, outcome, dimension, key"


def mark(keys: Iterable[Key]) -> None:
    """Append marks in the caller's transaction."""
    append(StaleCell, [StaleCell(owner_id=owner, month=month) for owner, month in keys])


def mark_open_deals(where: str, params: dict[str, Any]) -> None:
    """Mark every cell that holds an open deal matching `where` (SQL on pipeline_deal d)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO forecasting_stalecell (owner_id, month, marked_at)"
            " SELECT DISTINCT d.owner_id, date_trunc('month', d.expected_close_on)::date, now() FROM pipeline_deal d"
            f" WHERE d.outcome = 'open' AND d.archived_at IS NULL AND {where}",
            params,
        )


def mark_deals_with(product_ids: Iterable[int]) -> None:
    """Mark every cell that holds a deal with one of these products."""
    lines = "SELECT l.deal_id FROM pipeline_dealline l WHERE l.product_id = ANY(%(products)s)"
    _mark_counted(f"id IN ({lines})", {"products": list(product_ids)})


def mark_people(people: list[int], since: date) -> None:
    """Mark every cell of theirs that holds a deal of that day or later, or one that no day is expected for."""
    _mark_counted(
        "owner_id = ANY(%(people)s) AND (day >= %(since)s OR day IS NULL)", {"people": people, "since": since}
    )


def _mark_counted(where: str, params: dict[str, Any]) -> None:
    """Mark every cell that holds a deal matching `where` (SQL on its id, owner_id and the day it counts on)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO forecasting_stalecell (owner_id, month, marked_at)"
            " SELECT DISTINCT owner_id, date_trunc('month', day)::date, now() FROM ("
            "  SELECT id, owner_id, CASE outcome WHEN 'open' THEN expected_close_on ELSE closed_on END AS day"
            "  FROM pipeline_deal WHERE archived_at IS NULL AND outcome <> 'lost'"
            f" ) AS deal WHERE {where}",
            params,
        )


def follow_seats() -> None:
    """Deals without an expected close count where their owner sits today: mark those of whoever moved today."""
    today = Workspace.current().today
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT user_id FROM {SEATS} AS seat WHERE %(today)s IN (starts_on, ends_on)", {"today": today}
        )
        mark((user, None) for (user,) in cursor.fetchall())


def follow_rates() -> None:
    """A rate that was set ahead of its day holds from today: mark the open deals of its currency."""
    workspace = Workspace.current()
    midnight = datetime.combine(workspace.today, time.min, workspace.zone)
    begun = ExchangeRate.objects.filter(base=workspace.currency_id, on=workspace.today, recorded_at__lt=midnight)
    if currencies := list(begun.values_list("currency_id", flat=True).distinct()):
        mark_open_deals("d.currency_id = ANY(%(currencies)s)", {"currencies": currencies})


@transaction.atomic
def refresh(limit: int = AT_ONCE) -> int:
    """Recompute the cells of up to `limit` marks. Returns how many marks were taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [REBUILDING])
        cursor.execute(
            "DELETE FROM forecasting_stalecell WHERE id IN"
            " (SELECT id FROM forecasting_stalecell ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
            " RETURNING owner_id, month",
            [limit],
        )
        taken = cursor.fetchall()
        if not taken:
            return 0
        keys: list[Key] = sorted(set(taken), key=lambda key: (key[0], key[1] is None, key[1]))
        cursor.execute(
            "SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k", [[_lock_of(key) for key in keys]]
        )
        _replace(cursor, "forecasting_forecastcell", FORECAST_COLUMNS, forecast_query(keys))
        _replace(cursor, "forecasting_familycell", FAMILY_COLUMNS, family_query(keys))
        _replace(cursor, "forecasting_winlosscell", WIN_LOSS_COLUMNS, win_loss_query(keys))
    _is_fresh()
    announce("forecast")
    return len(taken)


def refresh_all() -> int:
    """Every free mark that is there now: one that comes meanwhile wakes a run of its own."""
    taken = count = refresh()
    while count == AT_ONCE:
        taken += (count := refresh())
    return taken


def _lock_of(key: Key) -> int:
    owner, month = key
    return owner * 100_000 + (month.year * 12 + month.month if month else 0)


def _replace(cursor: Any, table: str, columns: str, query: tuple[str, dict[str, Any]]) -> None:
    text, params = query
    cursor.execute(
        f"DELETE FROM {table} c USING unnest(%(owners)s::bigint[], %(months)s::date[]) AS k(owner, month)"
        " WHERE c.owner_id = k.owner AND c.month IS NOT DISTINCT FROM k.month",
        params,
    )
    cursor.execute(f"INSERT INTO {table} ({columns}) {text}", params)


def rebuild() -> Recount:
    """Recount every cell from the deals, mend those that differ, and report them.

    Cells whose marks are still waiting are not differences: a refresh will come to them.
    """
    recount = Recount.objects.create()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REBUILDING])
        cursor.execute(f"SET LOCAL work_mem = '{ROOM}'")
        differences = [
            *_mend(cursor, "forecasting_forecastcell", FORECAST_KEY, FORECAST_COLUMNS, forecast_query()),
            *_mend(cursor, "forecasting_familycell", FAMILY_KEY, FAMILY_COLUMNS, family_query()),
            *_mend(cursor, "forecasting_winlosscell", WIN_LOSS_KEY, WIN_LOSS_COLUMNS, win_loss_query()),
        ]
        cursor.execute(
            "SELECT (SELECT count(*) FROM forecasting_forecastcell) + (SELECT count(*) FROM forecasting_familycell)"
            " + (SELECT count(*) FROM forecasting_winlosscell)"
        )
        recount.cells = cursor.fetchone()[0]
        recount.differences = differences[:1000]
        recount.finished_at = timezone.now()
        recount.save()
        _is_fresh()
        announce("forecast")
    return recount


def _mend(cursor: Any, table: str, key: str, columns: str, query: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    text, params = query
    names = [name.strip() for name in columns.split(",")]
    values = [name for name in names if name not in key.split(", ")]
    cursor.execute("DROP TABLE IF EXISTS recounted, drifted")
    cursor.execute(f"CREATE TEMP TABLE recounted ON COMMIT DROP AS {text}", params)
    cursor.execute("ANALYZE recounted")
    # Equality throughout, NULL replaced: a join on IS NOT DISTINCT FROM could not hash the month.
    sides = [NEVER_NULL.get(name, "{0}." + name) for name in key.split(", ")]
    joined = " AND ".join(f"{side.format('f')} = {side.format('c')}" for side in sides)
    differs = " OR ".join(f"f.{name} <> c.{name}" for name in values)
    waiting = (
        "EXISTS (SELECT FROM forecasting_stalecell m"
        " WHERE m.owner_id = {0}.owner_id AND m.month IS NOT DISTINCT FROM {0}.month)"
    )
    cursor.execute(
        f"CREATE TEMP TABLE drifted ON COMMIT DROP AS"
        f" SELECT c.id AS cell, f.* FROM {table} c FULL JOIN recounted f ON {joined}"
        f" WHERE (c.id IS NULL OR f.owner_id IS NULL OR {differs})"
        f" AND NOT {waiting.format('c')} AND NOT {waiting.format('f')}"
    )
    cursor.execute(
        f"SELECT to_jsonb(d) - 'cell' || jsonb_build_object('table', %s::text, 'was', to_jsonb(c)) FROM drifted d"
        f" LEFT JOIN {table} c ON c.id = d.cell LIMIT 1000",
        [table],
    )
    differences = [json.loads(row[0]) for row in cursor.fetchall()]
    if differences:
        cursor.execute(f"DELETE FROM {table} WHERE id IN (SELECT cell FROM drifted)")
        cursor.execute(  # those of a month together: whoever asks for some months reads few pages
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM drifted WHERE owner_id IS NOT NULL ORDER BY month"
        )
    return differences


def _is_fresh() -> None:
    """Say so once the transaction has committed, outside of it: every worker writes this one row."""

    def write() -> None:
        Freshness.objects.update_or_create(pk=1, defaults={"at": timezone.now()})

    transaction.on_commit(write)
