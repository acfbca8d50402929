"""Quotas as they stood, and the rollups counted anew from the deals as they stood (crm.past)."""

from collections.abc import Callable
from typing import Any

from django.db import models

from crm.moment import Moment
from crm.past import columns_of, literal, recorded_by, stands_for
from forecasting.models import (
    Adjustment,
    FamilyCell,
    ForecastCell,
    Quota,
    QuotaChange,
    StaleCell,
    TreePlace,
    TreeSeat,
    WinLossCell,
)
from forecasting.recount import family_query, forecast_query, win_loss_query

VALUES = {"id", "amount", "currency_id", "version"}  # what a revision changes; the rest says which quota it is


@stands_for(Quota)
def quotas(moment: Moment) -> str:
    """The newest revision of each that was recorded by then."""
    held = {field.attname for field in QuotaChange._meta.concrete_fields} & {
        field.attname for field in Quota._meta.concrete_fields
    }
    key = ", ".join(sorted(held - VALUES))
    same = " AND ".join(f"q.{column} IS NOT DISTINCT FROM c.{column}" for column in sorted(held - VALUES))
    then = {column: f"c.{column}" for column in held} | {
        "id": f"coalesce((SELECT q.id FROM public.forecasting_quota q WHERE {same}), -c.id)",  # gone since: none
        "version": "c.revision",
        "currency_id": "nullif(c.currency_id, '')",
    }
    return f"""
SELECT {columns_of(Quota, then, lambda field: f"c.{field.attname}")}
FROM (
    SELECT DISTINCT ON ({key}) *, count(*) OVER (PARTITION BY {key}) AS revision
    FROM public.forecasting_quotachange WHERE recorded_at <= {literal(moment.at)}
    ORDER BY {key}, recorded_at DESC, id DESC
) c WHERE c.amount IS NOT NULL"""


@stands_for(StaleCell)
def marks(moment: Moment) -> str:
    """Nothing waits to be counted: what is shown of the past is counted as it is asked for."""
    return "SELECT * FROM public.forecasting_stalecell WHERE false"


def _counted(model: type[models.Model], query: Callable[[], tuple[str, dict[str, Any]]]) -> None:
    def cells(moment: Moment) -> str:
        text, params = query()
        columns = columns_of(model, {"id": "0::bigint"}, lambda field: f"c.{field.attname}")
        return f"SELECT {columns} FROM ({text % {name: literal(value) for name, value in params.items()}}) c"

    stands_for(model)(cells)


def _held(model: type[models.Model]) -> None:
    """Of rows that newer ones supersede: those that held then are the newest."""

    def rows(moment: Moment) -> str:
        at = literal(moment.at)
        columns = columns_of(model, {"superseded_at": "NULL::timestamptz"}, lambda field: f"c.{field.attname}")
        return f"""
SELECT {columns} FROM public.{model._meta.db_table} c
WHERE c.recorded_at <= {at} AND (c.superseded_at IS NULL OR c.superseded_at > {at})"""

    stands_for(model)(rows)


recorded_by(Adjustment)
_held(TreePlace)
_held(TreeSeat)
_counted(ForecastCell, forecast_query)
_counted(FamilyCell, family_query)
_counted(WinLossCell, win_loss_query)
